#include "build.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "problem_read.h"

#define RETRY_AFTER_MAX	86400	/* a day; more is nonsense */

/* What was found in a body, decoded. */
struct found {
	char			message[sizeof(((struct problem *)0)->message)];
	enum problem_kind	kind;		/* PROBLEM_NONE: not said */
	bool			sharp;		/* kind wins over the status */
	const char		*code, *parameter;
	int			retry_after_s;
};

/* `sharp`: says more than the HTTP status and wins over it. */
static const struct word {
	const char		*word;
	enum problem_kind	 kind;
	bool			 sharp;
} words[] = {
	{ "context_length_exceeded", PROBLEM_CONTEXT_EXCEEDED, true },
	{ "exceed_context_size_error", PROBLEM_CONTEXT_EXCEEDED, true },
	{ "insufficient_quota", PROBLEM_PAYMENT, true },
	{ "billing_error", PROBLEM_PAYMENT, true },
	{ "billing_hard_limit_reached", PROBLEM_PAYMENT, true },
	{ "API_KEY_INVALID", PROBLEM_UNAUTHORIZED, true },
	{ "invalid_api_key", PROBLEM_UNAUTHORIZED, true },
	{ "authentication_error", PROBLEM_UNAUTHORIZED, true },
	{ "UNAUTHENTICATED", PROBLEM_UNAUTHORIZED, true },
	{ "model_not_found", PROBLEM_MISSING, true },
	{ "overloaded_error", PROBLEM_OVERLOADED, true },
	{ "server_is_overloaded", PROBLEM_OVERLOADED, true },
	{ "UNAVAILABLE", PROBLEM_OVERLOADED, true },
	{ "rate_limit_exceeded", PROBLEM_RATE, true },
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
	{ "INVALID_ARGUMENT", PROBLEM_INVALID, false },
	{ "FAILED_PRECONDITION", PROBLEM_INVALID, false },
	{ "api_error", PROBLEM_SERVER, false },
	{ "server_error", PROBLEM_SERVER, false },
	{ "INTERNAL", PROBLEM_SERVER, false },
};

/* Lower case; how the vendors say that a prompt is too long. */
static const char *const context_phrases[] = {
	"prompt is too long", "maximum context length", "context window",
	"context_length_exceeded", "exceed context limit",
	"exceeds the context", "available context size",
	"input token count", "maximum prompt length",
};

/* Where servers put their sentence, the best first. */
static const char *const message_keys[] = {
	"message", "detail", "details", "error_description", "msg", "reason",
	"title", "Message",
};

static const struct word *
word_find(struct text text)
{
	size_t	i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equals(text, words[i].word))
			return &words[i];
	return NULL;
}

enum problem_kind
problem_of_word(struct text text)
{
	const struct word	*word = word_find(text);

	return word != NULL ? word->kind : PROBLEM_NONE;
}

int
problem_is_context(const char *message)
{
	size_t	i;

	for (i = 0; i < sizeof(context_phrases) / sizeof(*context_phrases); i++)
		if (strcasestr(message, context_phrases[i]) != NULL)
			return strcmp(context_phrases[i],
			    "input token count") != 0 ||
			    strcasestr(message, "exceed") != NULL;
	return 0;
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
problem_retry_after(const char *message)
{
	static const char *const	phrases[] = { "try again in ",
	    "retry in ", "retry after " };
	const char			*at;
	size_t				 i;

	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		at = strcasestr(message, phrases[i]);
		if (at != NULL)
			return seconds_round(
			    duration_read(at + strlen(phrases[i])));
	}
	return 0;
}

/* Copies text as one line of valid UTF-8, cut between characters. */
static void
message_take(char *out, size_t size, struct text text)
{
	size_t	 i, used = 0;
	bool	 valid = utf8_valid(text.at, text.length) == text.length;
	char	 c;

	for (i = 0; i < text.length && used < size - 1; i++) {
		c = text.at[i];
		if ((unsigned char)c <= ' ' || c == 0x7f)
			c = ' ';
		else if (!valid && (c & 0x80) != 0)
			c = '?';
		if (c == ' ' && (used == 0 || out[used - 1] == ' '))
			continue;
		out[used++] = c;
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[utf8_valid(out, used)] = '\0';
}

static void
found_word(struct found *found, struct arena *arena, struct json_value value)
{
	const struct word	*word;

	if (!json_is(value, JSON_STRING))
		return;
	word = word_find(text_decode(arena, json_escaped(value), NULL));
	if (word == NULL || (found->kind != PROBLEM_NONE &&
	    (found->sharp || !word->sharp)))
		return;
	found->kind = word->kind;
	found->sharp = word->sharp;
}

/* An OpenAI `code` or `param` that may be shown as it is. */
static const char *
found_plain(struct arena *arena, struct json_value value)
{
	char	*text;

	if (!json_is(value, JSON_STRING))
		return NULL;
	text = text_decode_string(arena, json_escaped(value));
	if (text == NULL || *text == '\0' || strlen(text) > 64)
		return NULL;
	return text;
}

/* Google: google.rpc.Status details, ErrorInfo and RetryInfo. */
static void
found_details(struct found *found, struct arena *arena,
    struct json_value details)
{
	struct json_walk	 walk = json_walk(details);
	const char		*delay;

	if (!json_is(details, JSON_ARRAY))
		return;
	while (json_next(&walk)) {
		found_word(found, arena, json_get(walk.value, "reason"));
		delay = found_plain(arena, json_get(walk.value, "retryDelay"));
		if (delay != NULL)
			found->retry_after_s = seconds_round(
			    duration_read(delay));
	}
}

static void
found_message(struct found *found, struct arena *arena,
    struct json_value object)
{
	struct json_value	value;
	size_t			i;

	for (i = 0; i < sizeof(message_keys) / sizeof(*message_keys); i++) {
		if (found->message[0] != '\0')
			return;
		value = json_get(object, message_keys[i]);
		if (json_is(value, JSON_ARRAY))
			value = json_get(json_at(value, 0), "msg");
		if (json_is(value, JSON_STRING))
			message_take(found->message, sizeof(found->message),
			    text_decode(arena, json_escaped(value), NULL));
	}
}

static void
found_object(struct found *found, struct arena *arena,
    struct json_value object)
{
	found_message(found, arena, object);
	found_details(found, arena, json_get(object, "details"));
	found_word(found, arena, json_get(object, "code"));
	found_word(found, arena, json_get(object, "type"));
	found_word(found, arena, json_get(object, "status"));
	if (found->code == NULL)
		found->code = found_plain(arena, json_get(object, "code"));
	if (found->parameter == NULL)
		found->parameter = found_plain(arena,
		    json_get(object, "param"));
}

static void
found_read(struct found *found, struct arena *arena, struct json_value body)
{
	struct json_value	error;

	if (json_is(body, JSON_ARRAY))
		body = json_at(body, 0);
	if (json_is(json_get(body, "response"), JSON_OBJECT) &&
	    json_is(json_get(body, "error"), JSON_MISSING))
		body = json_get(body, "response");
	error = json_get(body, "error");
	if (json_is(error, JSON_ARRAY))
		error = json_at(error, 0);
	if (json_is(error, JSON_OBJECT))
		found_object(found, arena, error);
	else if (json_is(error, JSON_STRING) &&
	    json_is(json_get(body, "message"), JSON_MISSING))
		message_take(found->message, sizeof(found->message),
		    text_decode(arena, json_escaped(error), NULL));
	found_object(found, arena, body);
	if (json_is(body, JSON_STRING))
		message_take(found->message, sizeof(found->message),
		    text_decode(arena, json_escaped(body), NULL));
}

/* Joins what the body and the status say. */
static void
problem_take(struct problem *p, int status, struct found *found)
{
	enum problem_kind	kind = problem_of_status(status);
	int			retry_after_s = p->retry_after_s;

	if (found->kind != PROBLEM_NONE && (found->sharp || status < 400))
		kind = found->kind;
	if ((kind == PROBLEM_INVALID || kind == PROBLEM_TOO_LARGE) &&
	    problem_is_context(found->message))
		kind = PROBLEM_CONTEXT_EXCEEDED;
	if (retry_after_s == 0)
		retry_after_s = found->retry_after_s;
	if (retry_after_s == 0)
		retry_after_s = problem_retry_after(found->message);
	if (found->message[0] != '\0')
		problem_set(p, kind, "%s", found->message);
	else
		problem_set(p, kind,
		    "the upstream answered %d and did not say why", status);
	if (status >= 400 && problem_of_status(status) == kind)
		p->status = status;
	p->retry_after_s = retry_after_s;
	p->code = found->code;
	p->parameter = found->parameter;
}

void
problem_read(struct problem *p, int status, struct arena *arena,
    struct json_value body)
{
	struct found	found;

	memset(&found, 0, sizeof(found));
	found_read(&found, arena, body);
	problem_take(p, status, &found);
}

void
problem_read_body(struct problem *p, int status, struct arena *arena,
    const struct json_document *body)
{
	if (json_is(json_root(body), JSON_MISSING))
		problem_read_text(p, status, (struct text){ body->text,
		    body->length });
	else
		problem_read(p, status, arena, json_root(body));
}

/* The text of an HTML page without tags; of its title if it has one. */
static struct text
html_strip(char *out, size_t size, struct text page)
{
	const char	*at = page.at, *end = page.at + page.length, *title;
	struct text	 text;
	size_t		 used = 0;
	bool		 tag = false;

	for (title = at; title + 7 < end; title++)
		if (strncasecmp(title, "<title>", 7) == 0)
			break;
	if (title + 7 < end)
		at = title + 7;
	for (; at < end && used < size; at++) {
		if (*at == '<' && title + 7 < end)
			break;
		if (*at == '<' || *at == '>') {
			tag = *at == '<';
			out[used++] = ' ';
		} else if (!tag)
			out[used++] = *at;
	}
	text.at = out;
	text.length = used;
	return text;
}

void
problem_read_text(struct problem *p, int status, struct text body)
{
	struct found	found;
	char		stripped[1024], plain[sizeof(found.message)];

	memset(&found, 0, sizeof(found));
	while (body.length > 0 && isspace((unsigned char)*body.at)) {
		body.at++;
		body.length--;
	}
	if (body.length > 0 && *body.at == '<')
		body = html_strip(stripped, sizeof(stripped), body);
	message_take(plain, sizeof(plain), body);
	if (plain[0] != '\0')
		snprintf(found.message, sizeof(found.message),
		    "the upstream answered %d: %.400s", status, plain);
	found.message[utf8_valid(found.message, strlen(found.message))] = '\0';
	problem_take(p, status, &found);
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
problem_is_upstreams(const struct problem *p, bool own_credential)
{
	if (p->status == 425)
		return true;
	switch (p->kind) {
	case PROBLEM_UNAUTHORIZED:
	case PROBLEM_PAYMENT:
	case PROBLEM_FORBIDDEN:
		return !own_credential;
	case PROBLEM_MISSING:
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
	case PROBLEM_METHOD:
	case PROBLEM_TOO_LARGE:
	case PROBLEM_MEDIA_TYPE:
	case PROBLEM_UPGRADE:
	case PROBLEM_KINDS:
		break;
	}
	return false;
}
