#include "build.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "json_text.h"
#include "messages.h"

#define NUMBERS_MAX	2	/* looked for in a foreign message */

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

/* Numbers of four digits and more that are no part of a word or a name. */
static int
numbers_read(const char *at, int64_t *numbers)
{
	bool	word = false;
	int64_t	number;
	int	count = 0;

	while (*at != '\0' && count < NUMBERS_MAX) {
		if (!isdigit((unsigned char)*at) || word) {
			word = isalnum((unsigned char)*at) ||
			    strchr("-_.$", *at) != NULL;
			at++;
			continue;
		}
		for (number = 0; isdigit((unsigned char)*at) || (*at == ',' &&
		    isdigit((unsigned char)at[1])); at++)
			if (*at != ',' && number < INT64_MAX / 100)
				number = number * 10 + (*at - '0');
		if (number >= 1000 && !isalpha((unsigned char)*at) &&
		    *at != '-')
			numbers[count++] = number;
	}
	return count;
}

/*
 * Claude Code compacts its history when it reads just this form, so others'
 * ways to say it are brought into it.
 */
static void
message_write(char *out, size_t size, const struct problem *p)
{
	int64_t	n[NUMBERS_MAX], more, most;
	int	count;

	if (p->kind != PROBLEM_CONTEXT_EXCEEDED ||
	    strncasecmp(p->message, "prompt is too long", 18) == 0) {
		snprintf(out, size, "%s", p->message);
		return;
	}
	count = numbers_read(p->message, n);
	if (count == 0) {
		snprintf(out, size, "prompt is too long: %.400s", p->message);
		return;
	}
	most = count == 2 && n[1] < n[0] ? n[1] : n[0];
	more = count == 2 && n[1] > n[0] ? n[1] : n[0];
	if (more == most)
		more = most + 1;
	snprintf(out, size, "prompt is too long: %" PRId64 " tokens > %" PRId64
	    " maximum", more, most);
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
