#include "build.h"

#include "dialects/chat/chat.h"
#include "dialects/dialects.h"
#include "dialects/generate/generate.h"
#include "dialects/messages/messages.h"
#include "dialects/responses/responses.h"

static const struct dialect *const dialects[DIALECT_KINDS] = {
	[DIALECT_CHAT] =	&dialect_chat,
	[DIALECT_RESPONSES] =	&dialect_responses,
	[DIALECT_MESSAGES] =	&dialect_messages,
	[DIALECT_GENERATE] =	&dialect_generate,
};

const struct dialect *
dialect_of(enum dialect_kind kind)
{
	return dialects[kind];
}
