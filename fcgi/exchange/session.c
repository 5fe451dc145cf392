#include "build.h"

#include <string.h>

#include "dialects/dialects.h"
#include "json_text.h"
#include "session.h"
#include "sha256.h"
#include "token.h"

static void
derive_uuid(char out[UUID_SIZE], const char *name, struct text value,
    const char *caller)
{
	const struct text between = { "", 1 };
	const struct text texts[] = { text_of(name), between, value, between,
	    text_of(caller) };
	uint8_t digest[SHA256_SIZE];

	sha256(digest, texts, sizeof(texts) / sizeof(texts[0]));
	uuid_form(out, digest);
}

/* The first of the list that the client sent; *name says which. */
static const char *
find_hint(const struct client *client, const char *const *names,
    const char **name)
{
	for (; names != NULL && *names != NULL; names++) {
		const char *value = client_header(client, *names);

		if (value != NULL && *value != '\0') {
			*name = *names;
			return value;
		}
	}
	return NULL;
}

/* Any dialect's header counts: clients send theirs whatever they speak. */
static const char *
find_header(const struct client *client, const char **name)
{
	static const char *const ours[] = { "x-session-id", NULL };
	const char *value = find_hint(client, ours, name);
	int kind = DIALECT_KINDS;

	while (value == NULL && kind-- > 0)
		value = find_hint(client, dialect_of((enum dialect_kind)kind)
		    ->session_headers, name);
	return value;
}

void
session_find(struct session *session, const struct client *client,
    const char *name, struct text hint, const char *caller)
{
	const char *value = find_header(client, &name);

	if (value != NULL)
		hint = (struct text){ value, strlen(value) };
	session->hinted = hint.length > 0;
	if (!session->hinted) {
		uuid_random(session->id);
	} else if (uuid_is(hint)) {
		memcpy(session->id, hint.at, 36);
		session->id[36] = '\0';
	} else {
		derive_uuid(session->id, name, hint, caller);
	}
	session->hash = session->hinted ? token_hash(session->id, 36) : 0;
}
