#include "build.h"

#include <stdio.h>

#include "config_keys.h"

/*
 * The words of endpoint[].type and models[].type, and what follows from each.
 * With its line in enum dialect_kind this is all that the configuration knows
 * of a dialect.
 */
const struct key_word config_type_words[] = {
	{ "openai", DIALECT_RESPONSES },
	{ "anthropic", DIALECT_MESSAGES },
	{ "google", DIALECT_GENERATE },
	{ "common", DIALECT_CHAT },
	{ NULL, 0 }
};

#define ANY_THINKING	(~0u)
#define STYLE(style)	(1u << THINKING_##style)

static const struct config_type types[DIALECT_KINDS] = {
	[DIALECT_CHAT] = { 'c', AUTH_BEARER, THINKING_BUDGET, ANY_THINKING,
	    "/chat/completions", "/models" },
	[DIALECT_RESPONSES] = { 'r', AUTH_BEARER, THINKING_BUDGET,
	    ANY_THINKING, "/responses", "/models" },
	[DIALECT_MESSAGES] = { 'm', AUTH_X_API_KEY, THINKING_BUDGET,
	    STYLE(BUDGET) | STYLE(ADAPTIVE), "/messages",
	    "/models?limit=1000" },
	[DIALECT_GENERATE] = { 'g', AUTH_X_GOOG_API_KEY, THINKING_LEVEL,
	    STYLE(BUDGET) | STYLE(LEVEL), "/{model}", "?pageSize=1000" },
};

const struct config_type *
config_type_of(enum dialect_kind dialect)
{
	return &types[dialect];
}

const char *
dialect_type(enum dialect_kind dialect)
{
	return key_word_of(config_type_words, (int)dialect);
}

char
dialect_letter(enum dialect_kind dialect)
{
	return types[dialect].letter;
}

int
dialect_of_letter(char letter)
{
	int	kind;

	for (kind = DIALECT_KINDS - 1; kind >= 0; kind--)
		if (types[kind].letter == letter)
			break;
	return kind;
}
