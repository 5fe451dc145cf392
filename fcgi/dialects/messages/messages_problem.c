#include "build.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "json_text.h"
#include "messages.h"

#define NEAR_MAX	26	/* bytes, from a number to what it is of */

/* Anthropic's words for a prompt that leaves no room for max_tokens. */
#define OVERFLOW	"input length and `max_tokens` exceed context limit"

static const char *const types[PROBLEM_KINDS] = {
	[PROBLEM_NONE] =		"api_error",
	[PROBLEM_INVALID] =		"invalid_request_error",
	[PROBLEM_CONTEXT_EXCEEDED] =	"invalid_request_error",
	[PROBLEM_UNAUTHORIZED] =	"authentication_error",
	[PROBLEM_PAYMENT] =		"billing_error",
	[PROBLEM_FORBIDDEN] =		"permission_error",
	[PROBLEM_MISSING] =		"not_found_error",
	[PROBLEM_METHOD] =		"invalid_request_error",
	[PROBLEM_CLIENT_TIMEOUT] =	"timeout_error",
	[PROBLEM_TOO_LARGE] =		"request_too_large",
	[PROBLEM_MEDIA_TYPE] =		"invalid_request_error",
	[PROBLEM_UPGRADE] =		"invalid_request_error",
	[PROBLEM_RATE] =		"rate_limit_error",
	[PROBLEM_SERVER] =		"api_error",
	[PROBLEM_NOT_IMPLEMENTED] =	"not_supported",
	[PROBLEM_UPSTREAM] =		"api_error",
	[PROBLEM_OVERLOADED] =		"overloaded_error",
	[PROBLEM_TIMEOUT] =		"timeout_error",
};

/* A number of four digits and more that is no part of a word or a name. */
struct number {
	const char	*start, *end;
	int64_t		 value;
};

/* The next one from there on; false: there is none. */
static bool
number_find(const char *at, struct number *number)
{
	bool	word = false;

	for (; *at != '\0'; word = isalnum((unsigned char)*at) ||
	    strchr("-_.$", *at) != NULL, at++) {
		if (!isdigit((unsigned char)*at) || word)
			continue;
		number->start = at;
		for (number->value = 0; isdigit((unsigned char)*at) ||
		    (*at == ',' && isdigit((unsigned char)at[1])); at++)
			if (*at != ',' && number->value < INT64_MAX / 10000)
				number->value = number->value * 10 +
				    (*at - '0');
		number->end = at;
		if (number->value >= 1000 && !isalpha((unsigned char)*at) &&
		    *at != '-')
			return true;
		at--;
	}
	return false;
}

/* Whether one of the words is in those bytes of a text. */
static bool
is_near(const char *at, size_t length, const char *const words[])
{
	char	near[NEAR_MAX + 1];

	snprintf(near, sizeof(near), "%.*s", (int)length, at);
	for (; *words != NULL; words++)
		if (strcasestr(near, *words) != NULL)
			return true;
	return false;
}

/* What a message says of tokens; 0: nothing. */
struct tokens {
	int64_t	input, output, limit;
};

/* "context length is 9 tokens ... 5 input tokens ... 6 in the completion" */
static void
tokens_note(struct tokens *tokens, const char *message,
    const struct number *number)
{
	static const char *const	inputs[] = { "input", "messages",
					    "prompt", NULL };
	static const char *const	outputs[] = { "output", "completion",
					    NULL };
	static const char *const	large[] = { "too large:", NULL };
	static const char *const	limits[] = { "context length", NULL };
	size_t				before = (size_t)(number->start -
					    message);
	const char			*at;

	if (before > NEAR_MAX)
		before = NEAR_MAX;
	at = number->start - before;
	if (is_near(at, before, limits))
		tokens->limit = number->value;
	else if (is_near(at, before, large))
		tokens->output = number->value;
	else if (is_near(number->end, NEAR_MAX, inputs))
		tokens->input += number->value;
	else if (is_near(number->end, NEAR_MAX, outputs))
		tokens->output = number->value;
}

/*
 * Where the prompt alone has room: Claude Code asks again with the tokens that are
 * left when it reads just this form, and so it is when it comes so.
 */
static bool
write_overflow(char *out, size_t size, const char *message)
{
	struct tokens	tokens = { 0, 0, 0 };
	struct number	number = { .end = message };

	while (number_find(number.end, &number))
		tokens_note(&tokens, message, &number);
	if (tokens.input == 0 || tokens.input >= tokens.limit ||
	    tokens.input + tokens.output <= tokens.limit)
		return false;
	snprintf(out, size, OVERFLOW ": %" PRId64 " + %" PRId64 " > %" PRId64
	    ", decrease input length or `max_tokens` and try again",
	    tokens.input, tokens.output, tokens.limit);
	return true;
}

/*
 * Claude Code compacts its history when it reads just this form, so others'
 * ways to say it are brought into it.
 */
static void
write_too_long(char *out, size_t size, const char *message)
{
	struct number	number = { .end = message };
	int64_t		n[2], more, most;
	int		count = 0;

	while (count < 2 && number_find(number.end, &number))
		n[count++] = number.value;
	if (count == 0) {
		snprintf(out, size, "prompt is too long: %.400s", message);
		return;
	}
	most = count == 2 && n[1] < n[0] ? n[1] : n[0];
	more = count == 2 && n[1] > n[0] ? n[1] : n[0];
	if (more == most)
		more = most + 1;
	snprintf(out, size, "prompt is too long: %" PRId64 " tokens > %" PRId64
	    " maximum", more, most);
}

static void
message_write(char *out, size_t size, const struct problem *p)
{
	if (p->kind != PROBLEM_CONTEXT_EXCEEDED ||
	    strncasecmp(p->message, "prompt is too long", 18) == 0 ||
	    strstr(p->message, OVERFLOW) != NULL)
		snprintf(out, size, "%s", p->message);
	else if (!write_overflow(out, size, p->message))
		write_too_long(out, size, p->message);
}

void
messages_write_problem(struct json_write *w, const struct problem *p,
    const char *request_id)
{
	char	message[sizeof(p->message)];

	message_write(message, sizeof(message), p);
	json_put(w, "{'type':'error','error':{'type':%s,'message':%s",
	    types[p->kind], message);
	if (p->details != NULL)
		json_member_raw(w, "details", text_of(p->details));
	json_put_end(w);
	if (request_id != NULL)
		json_member_string(w, "request_id", request_id);
	json_put_end(w);
}

void
messages_emit_keep_alive(struct frames *frames, struct watch *watch)
{
	(void)watch;
	json_put_raw(frame_begin(frames, "ping"),
	    text_of("{\"type\": \"ping\"}"));
	frame_end(frames);
}
