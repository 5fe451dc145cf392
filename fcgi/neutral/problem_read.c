#include "build.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "problem_read.h"
#include "problem_words.h"

/* What was found in a body, decoded. */
struct found {
	char			message[sizeof(((struct problem *)0)->message)];
	enum problem_kind	kind;		/* PROBLEM_NONE: not said */
	bool			sharp;		/* kind wins over the status */
	const char		*code, *parameter;
	int			retry_after_s;
	int			status;		/* of HTTP; 0: not said */
};

/*
 * Where servers put their sentence, the best first: text, or what holds one. A
 * provider's own error is more than what its broker says of it.
 */
static const char *const message_keys[] = {
	"metadata", "raw", "message", "detail", "details",
	"error_description", "error_message", "error_msg", "errorMessage",
	"msg", "status_msg", "ret_msg", "reason", "title", "Message",
	"faultstring", "fault", "errors", "base_resp", "error", "data",
};
#define MESSAGE_DEPTH	8

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
	struct text		 text = json_raw(value);
	const struct problem_word *word;

	if (json_is(value, JSON_STRING))
		text = text_decode(arena, json_escaped(value), NULL);
	else if (!json_is(value, JSON_NUMBER))
		return;
	if (found->status == 0 && text.length == 3 && *text.at >= '4' &&
	    *text.at <= '5' && isdigit((unsigned char)text.at[1]) &&
	    isdigit((unsigned char)text.at[2]))
		found->status = (text.at[0] - '0') * 100 +
		    (text.at[1] - '0') * 10 + text.at[2] - '0';
	word = problem_word_find(text);
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
			found->retry_after_s = problem_duration(delay);
	}
}

static void
found_text(struct found *found, struct arena *arena, struct json_value value)
{
	message_take(found->message, sizeof(found->message),
	    text_decode(arena, json_escaped(value), NULL));
}

/*
 * The first sentence in a value: text, JSON as text, the first of a list, a
 * member of an object; of errors by field the first, too.
 */
static void
found_message(struct found *found, struct arena *arena,
    struct json_value value, int depth)
{
	struct text		text;
	struct json_value	inside;
	struct json_walk	fields;
	size_t			i;

	if (depth == 0 || found->message[0] != '\0')
		return;
	if (json_is(value, JSON_ARRAY)) {
		found_message(found, arena, json_at(value, 0), depth - 1);
	} else if (json_is(value, JSON_STRING)) {
		text = text_decode(arena, json_escaped(value), NULL);
		inside = text.length > 0 && *text.at == '{' ?
		    json_scan_into(arena, text) : JSON_NOTHING;
		if (!json_is(inside, JSON_MISSING))
			found_message(found, arena, inside, depth - 1);
		if (found->message[0] == '\0')
			found_text(found, arena, value);
	} else if (json_is(value, JSON_OBJECT)) {
		for (i = 0; i < sizeof(message_keys) / sizeof(*message_keys);
		    i++)
			found_message(found, arena, json_get(value,
			    message_keys[i]), depth - 1);
		fields = json_walk(json_get(value, "errors"));
		if (json_is(json_get(value, "errors"), JSON_OBJECT) &&
		    json_next(&fields))
			found_message(found, arena, fields.value, depth - 1);
	}
}

static void
found_base(struct found *found, struct json_value base)
{
	enum problem_kind	kind;
	int64_t			code = 0;

	json_int64(json_get(base, "status_code"), &code);
	kind = problem_of_base_code(code);
	if (kind == PROBLEM_NONE)
		return;
	found->kind = kind;
	found->sharp = true;
}

static void
found_object(struct found *found, struct arena *arena,
    struct json_value object)
{
	found_message(found, arena, object, MESSAGE_DEPTH);
	found_details(found, arena, json_get(object, "details"));
	found_base(found, json_get(object, "base_resp"));
	found_word(found, arena, json_get(object, "code"));
	found_word(found, arena, json_get(object, "error_code"));
	found_word(found, arena, json_get(object, "type"));
	found_word(found, arena, json_get(object, "error_type"));
	found_word(found, arena, json_get(object, "status"));
	found_word(found, arena, json_get(object, "status_code"));
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
	    json_is(json_get(body, "message"), JSON_MISSING) &&
	    json_is(json_get(body, "error_description"), JSON_MISSING))
		found_message(found, arena, error, MESSAGE_DEPTH);
	found_object(found, arena, body);
	if (json_is(body, JSON_STRING))
		found_text(found, arena, body);
}

/* Joins what the body and the status say. */
static void
problem_take(struct problem *p, int status, struct found *found)
{
	enum problem_kind	kind;
	int			retry_after_s = p->retry_after_s;
	bool			unsaid = status < 400;

	if (unsaid && found->status != 0)
		status = found->status;
	kind = problem_of_status(status);
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
	else if (unsaid)
		problem_set(p, kind, "the upstream reported an error and did "
		    "not say why");
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
	if (plain[0] != '\0' && status < 400)
		snprintf(found.message, sizeof(found.message), "%s", plain);
	else if (plain[0] != '\0')
		snprintf(found.message, sizeof(found.message),
		    "the upstream answered %d: %.400s", status, plain);
	found.message[utf8_valid(found.message, strlen(found.message))] = '\0';
	problem_take(p, status, &found);
}

void
problem_of_no_json(struct problem *p, struct text body)
{
	char	stripped[1024], plain[sizeof(p->message) / 2];

	while (body.length > 0 && isspace((unsigned char)*body.at)) {
		body.at++;
		body.length--;
	}
	if (body.length > 0 && (*body.at == '{' || *body.at == '[')) {
		problem_set(p, PROBLEM_UPSTREAM,
		    "the upstream's reply isn't JSON, or was cut");
		return;
	}
	if (body.length > 0 && *body.at == '<')
		body = html_strip(stripped, sizeof(stripped), body);
	message_take(plain, sizeof(plain), body);
	if (plain[0] == '\0')
		problem_set(p, PROBLEM_UPSTREAM,
		    "the upstream's reply is empty");
	else
		problem_set(p, PROBLEM_UPSTREAM,
		    "the upstream's reply isn't JSON: %.400s", plain);
}

void
problem_of_end(struct problem *p, struct arena *arena, struct json_value word,
    struct json_value sentence)
{
	struct found	found;
	char		plain[64];

	memset(&found, 0, sizeof(found));
	message_take(plain, sizeof(plain),
	    text_decode(arena, json_escaped(word), NULL));
	found_message(&found, arena, sentence, MESSAGE_DEPTH);
	problem_set(p, PROBLEM_UPSTREAM, "the upstream ended its answer with "
	    "%s%s%.400s", plain, found.message[0] != '\0' ? ": " : "",
	    found.message);
}
