#include "build.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "problem_words.h"

#define RETRY_AFTER_MAX	86400	/* a day; more is nonsense */

static const struct problem_word words[] = {
	{ "context_length_exceeded", PROBLEM_CONTEXT_EXCEEDED, true },
	{ "exceed_context_size_error", PROBLEM_CONTEXT_EXCEEDED, true },
	{ "insufficient_quota", PROBLEM_PAYMENT, true },
	{ "billing_error", PROBLEM_PAYMENT, true },
	{ "billing_hard_limit_reached", PROBLEM_PAYMENT, true },
	{ "billing_not_active", PROBLEM_PAYMENT, true },
	{ "API_KEY_INVALID", PROBLEM_UNAUTHORIZED, true },
	{ "invalid_api_key", PROBLEM_UNAUTHORIZED, true },
	{ "authentication_error", PROBLEM_UNAUTHORIZED, true },
	{ "UNAUTHENTICATED", PROBLEM_UNAUTHORIZED, true },
	{ "model_not_found", PROBLEM_MISSING, true },
	{ "overloaded_error", PROBLEM_OVERLOADED, true },
	{ "server_is_overloaded", PROBLEM_OVERLOADED, true },
	{ "UNAVAILABLE", PROBLEM_OVERLOADED, true },
	{ "rate_limit_exceeded", PROBLEM_RATE, true },
	{ "1113", PROBLEM_PAYMENT, true },		/* GLM */
	{ "1261", PROBLEM_CONTEXT_EXCEEDED, true },
	{ "1301", PROBLEM_INVALID, true },
	{ "1302", PROBLEM_RATE, true },
	{ "1303", PROBLEM_RATE, true },
	{ "1304", PROBLEM_RATE, true },
	{ "1305", PROBLEM_OVERLOADED, true },
	{ "1308", PROBLEM_RATE, true },
	{ "rate_limit_error", PROBLEM_RATE, true },
	{ "RESOURCE_EXHAUSTED", PROBLEM_RATE, false },
	{ "permission_error", PROBLEM_FORBIDDEN, false },
	{ "PERMISSION_DENIED", PROBLEM_FORBIDDEN, false },
	{ "not_found_error", PROBLEM_MISSING, false },
	{ "NOT_FOUND", PROBLEM_MISSING, false },
	{ "request_too_large", PROBLEM_TOO_LARGE, false },
	{ "timeout_error", PROBLEM_TIMEOUT, false },
	{ "DEADLINE_EXCEEDED", PROBLEM_TIMEOUT, false },
	{ "invalid_request_error", PROBLEM_INVALID, false },
	{ "invalid_prompt", PROBLEM_INVALID, false },
	{ "BadRequestError", PROBLEM_INVALID, false },	/* vLLM, SGLang */
	{ "NotFoundError", PROBLEM_MISSING, false },
	{ "INVALID_ARGUMENT", PROBLEM_INVALID, false },
	{ "FAILED_PRECONDITION", PROBLEM_INVALID, false },
	{ "api_error", PROBLEM_SERVER, false },
	{ "server_error", PROBLEM_SERVER, false },
	{ "INTERNAL", PROBLEM_SERVER, false },
};

/* MiniMax's numbers, which mean something else elsewhere. */
static const struct {
	int64_t			code;
	enum problem_kind	kind;
} base_codes[] = {
	{ 1001, PROBLEM_TIMEOUT }, { 1002, PROBLEM_RATE },
	{ 1004, PROBLEM_UNAUTHORIZED }, { 1008, PROBLEM_PAYMENT },
	{ 1026, PROBLEM_INVALID }, { 1027, PROBLEM_INVALID },
	{ 1039, PROBLEM_RATE }, { 1041, PROBLEM_RATE },
	{ 2013, PROBLEM_INVALID }, { 2049, PROBLEM_UNAUTHORIZED },
	{ 2056, PROBLEM_RATE },
};

struct phrase {
	const char	*phrase, *with;		/* both of them, if two */
};

/* How the vendors say that a prompt is too long. */
static const struct phrase context_phrases[] = {
	{ "prompt is too long", NULL }, { "prompt too long", NULL },
	{ "input is too long", NULL }, { "input too long", NULL },
	{ "context too long", NULL }, { "context length", NULL },
	{ "context window", NULL }, { "context_length_exceeded", NULL },
	{ "exceed context limit", NULL }, { "exceeds the context", NULL },
	{ "available context size", NULL },
	{ "maximum prompt length", NULL }, { "too many tokens", NULL },
	{ "context of ", "exceed" }, { "input token count", "exceed" },
	{ "prompt token count", "exceed" }, { "token limit", "exceed" },
	{ "prompt exceeds", "length" }, { "input length", "exceed" },
	{ "maximum token", "exceed" }, { "tokens limit", "exceed" },
	{ "max_prompt_tokens", "exceed" }, { "tokens", "too long for" },
	{ "max_new_tokens", "must be <=" }, { "too many input tokens", NULL },
	{ "range of input length", NULL },
	{ "reduce the length of the messages", NULL },
};

/* How they refuse what another account, or another model, sealed. */
static const struct phrase seal_phrases[] = {
	{ "invalid_encrypted_content", NULL },
	{ "encrypted content", "could not be verified" },
	{ "encrypted content", "could not be decrypted" },
	{ "invalid `signature` in `thinking`", NULL },
	{ "invalid signature in thinking", NULL },
	{ "invalid `data` in `redacted_thinking`", NULL },
	{ "corrupted thought signature", NULL },
	{ "invalid thought signature", NULL },
	{ "thought signature is not valid", NULL },
};

const struct problem_word *
problem_word_find(struct text text)
{
	size_t	i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equals(text, words[i].word))
			return &words[i];
	return NULL;
}

/* Whether it is said with one of them. */
static bool
says(const char *text, const struct phrase *phrases, size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		if (strcasestr(text, phrases[i].phrase) != NULL &&
		    (phrases[i].with == NULL ||
		    strcasestr(text, phrases[i].with) != NULL))
			return true;
	return false;
}

bool
problem_is_context(const char *message)
{
	return says(message, context_phrases,
	    sizeof(context_phrases) / sizeof(context_phrases[0]));
}

bool
problem_is_seal(const struct problem *p)
{
	static const size_t	count = sizeof(seal_phrases) /
				    sizeof(seal_phrases[0]);

	return p->kind == PROBLEM_INVALID &&
	    (says(p->message, seal_phrases, count) ||
	    (p->code != NULL && says(p->code, seal_phrases, count)));
}

/* "1h2m3.5s", "34s", "20ms", "7 seconds" as seconds; 0 if it is none. */
static double
duration_read(const char *at)
{
	double	seconds = 0, number;
	char	*end;

	while (isdigit((unsigned char)*at)) {
		number = strtod(at, &end);
		while (*end == ' ')
			end++;
		if (strncmp(end, "ms", 2) == 0) {
			seconds += number / 1000;
			end++;
		} else if (*end == 'h')
			seconds += number * 3600;
		else if (*end == 'm')
			seconds += number * 60;
		else if (*end == 's')
			seconds += number;
		else
			break;
		at = end + 1;
	}
	return seconds;
}

static int
seconds_round(double seconds)
{
	if (!(seconds > 0))
		return 0;
	if (seconds >= RETRY_AFTER_MAX)
		return RETRY_AFTER_MAX;
	return (int)seconds + ((double)(int)seconds < seconds);
}

int
problem_duration(const char *text)
{
	return seconds_round(duration_read(text));
}

int
problem_retry_after(const char *message)
{
	static const char *const	phrases[] = { "try again in ",
	    "retry in ", "retry after " };
	const char			*at;
	size_t				 i;

	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		at = strcasestr(message, phrases[i]);
		if (at != NULL)
			return problem_duration(at + strlen(phrases[i]));
	}
	return 0;
}

enum problem_kind
problem_of_base_code(int64_t code)
{
	size_t	i;

	for (i = 0; i < sizeof(base_codes) / sizeof(base_codes[0]); i++)
		if (base_codes[i].code == code)
			return base_codes[i].kind;
	return PROBLEM_NONE;
}

/* A 400 that means "no such model here", in the words of servers. */
static bool
misses_model(const char *message)
{
	static const char *const phrases[] = {
		"not found", "not exist", "unknown model", "not supported",
		"unsupported model", "invalid model", "no such model",
		"not available", "no endpoints found",
	};
	size_t	i;

	if (strcasestr(message, "model") == NULL &&
	    strcasestr(message, "endpoints") == NULL)
		return false;
	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (strcasestr(message, phrases[i]) != NULL)
			return true;
	return false;
}

bool
problem_is_no_route(const struct problem *p)
{
	static const char *const phrases[] = {
		"no static resource", "404 not", "no such path",
		"no such route", "no such endpoint", "no route",
		"path not found", "route not found", "endpoint not found",
		"unknown path", "unknown route", "unknown endpoint",
		"unknown request url", "unrecognized request url",
		"invalid url", "unsupported path", "unsupported endpoint",
		"endpoint is not supported", "endpoint not supported",
		"cannot post",
	};
	static const char *const ends[] = {
		"not found", "not supported", "not exist", "unsupported",
		"not implemented", "not allowed", "unknown",
	};
	size_t	i;

	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (strcasestr(p->message, phrases[i]) != NULL)
			return true;
	if (strcasestr(p->message, "count_tokens") == NULL &&
	    strcasestr(p->message, "countTokens") == NULL)
		return false;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcasestr(p->message, ends[i]) != NULL)
			return true;
	return false;
}

bool
problem_is_upstreams(const struct problem *p, bool own_credential)
{
	if (p->ours)
		return false;
	if (p->status == 425)
		return true;
	switch (p->kind) {
	case PROBLEM_UNAUTHORIZED:
	case PROBLEM_PAYMENT:
	case PROBLEM_FORBIDDEN:
		return !own_credential;
	case PROBLEM_MISSING:
	case PROBLEM_METHOD:
	case PROBLEM_CLIENT_TIMEOUT:
	case PROBLEM_RATE:
	case PROBLEM_SERVER:
	case PROBLEM_NOT_IMPLEMENTED:
	case PROBLEM_UPSTREAM:
	case PROBLEM_OVERLOADED:
	case PROBLEM_TIMEOUT:
		return true;
	case PROBLEM_INVALID:
		return misses_model(p->message);
	case PROBLEM_NONE:
	case PROBLEM_CONTEXT_EXCEEDED:
	case PROBLEM_TOO_LARGE:
	case PROBLEM_MEDIA_TYPE:
	case PROBLEM_UPGRADE:
	case PROBLEM_KINDS:
		break;
	}
	return false;
}
