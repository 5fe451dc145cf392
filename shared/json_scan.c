#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "json_string.h"
#include "plain.h"

/* The first allocation; a small request needs no second. */
#define TOKENS_MIN	256u

struct scan {
	struct json_document	*document;
	const unsigned char	*text;
	const unsigned char	*end;
	uint32_t		 depth;		/* open containers */
	uint32_t		 depth_max;
	uint32_t		 record_depth;
	uint32_t		 tokens_max;
	struct json_token	*tokens;	/* the document's */
	uint32_t		 count;
	uint32_t		 room;		/* for so many, now */
	uint32_t		 open[JSON_DEPTH_MAX];	/* their tokens, */
	unsigned char		 close[JSON_DEPTH_MAX];	/* their ends */
};

void
json_init(struct json_document *document, struct budget *budget)
{
	memset(document, 0, sizeof(*document));
	document->budget = budget;
}

void
json_release(struct json_document *document)
{
	free(document->tokens);
	budget_give(document->budget,
	    (size_t)document->capacity * sizeof(*document->tokens));
	json_init(document, document->budget);
}

/*
 * Every function below that begins with scan_ is at `at`, passes what it is
 * named for, and returns what is behind it; NULL when it failed.
 */

static const unsigned char *
scan_fail(struct scan *scan, const unsigned char *at,
    enum json_failure failure, const char *reason)
{
	struct json_document	*document = scan->document;

	document->failure = failure;
	document->reason = reason;
	document->offset = (size_t)(at - scan->text);
	document->count = 0;
	return NULL;
}

/* Not JSON: for want of more text, or because of what stands there. */
static const unsigned char *
scan_expected(struct scan *scan, const unsigned char *at, const char *reason)
{
	if (at >= scan->end)
		reason = "the text ends too early";
	return scan_fail(scan, at, JSON_INVALID, reason);
}

/* Makes room for more of them; the failure's offset is `at`. */
static bool
tokens_grow(struct scan *scan, const unsigned char *at)
{
	struct json_document	*document = scan->document;
	struct json_token	*tokens;
	uint32_t		 capacity;
	size_t			 more;

	if (scan->count >= scan->tokens_max)
		return scan_fail(scan, at, JSON_TOO_MANY,
		    "too many values") != NULL;
	capacity = document->capacity * 2;
	if (capacity < TOKENS_MIN)
		capacity = TOKENS_MIN;
	if (capacity > scan->tokens_max)
		capacity = scan->tokens_max;
	more = (size_t)(capacity - document->capacity) * sizeof(*tokens);
	if (budget_take(document->budget, more) == -1)
		return scan_fail(scan, at, JSON_NO_MEMORY,
		    "out of memory") != NULL;
	tokens = realloc(document->tokens, (size_t)capacity * sizeof(*tokens));
	if (tokens == NULL) {
		budget_give(document->budget, more);
		return scan_fail(scan, at, JSON_NO_MEMORY,
		    "out of memory") != NULL;
	}
	document->tokens = tokens;
	document->capacity = capacity;
	scan->tokens = tokens;
	scan->room = capacity;
	return true;
}

/* A token for what lies between `start` and `at`, if it is wanted: `at`. */
static inline const unsigned char *
token_add(struct scan *scan, enum json_kind kind, const unsigned char *start,
    const unsigned char *at, bool escaped)
{
	struct json_token	*token;

	if (scan->depth > scan->record_depth)
		return at;
	if (scan->count == scan->room && !tokens_grow(scan, at))
		return NULL;
	token = &scan->tokens[scan->count++];
	token->offset = (uint32_t)(start - scan->text);
	token->length = (uint32_t)(at - start);
	token->next = scan->count;
	token->kind = (uint8_t)kind;
	token->escaped = escaped;
	token->unused = 0;
	return at;
}

static const unsigned char *
spaces_end(const unsigned char *at, const unsigned char *end)
{
	while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' ||
	    *at == '\t'))
		at++;
	return at;
}

static inline const unsigned char *
space_end(const unsigned char *at, const unsigned char *end)
{
	return at < end && *at <= ' ' ? spaces_end(at, end) : at;
}

static const unsigned char *
scan_long_string(struct scan *scan, const unsigned char *start)
{
	const unsigned char	*at;
	bool			 escaped = false;

	at = json_string_end(start + 1, scan->end, &escaped);
	if (at >= scan->end)
		return scan_expected(scan, at, NULL);
	if (*at == '"')
		return token_add(scan, JSON_STRING, start, at + 1, escaped);
	if (*at >= 0x80)
		return scan_fail(scan, at, JSON_INVALID,
		    "invalid UTF-8 in a string");
	if (*at != '\\')
		return scan_fail(scan, at, JSON_INVALID,
		    "control character in a string");
	if (scan->end - at < 2)
		return scan_expected(scan, scan->end, NULL);
	return scan_fail(scan, at, JSON_INVALID, at[1] == 'u' ?
	    "\\u without four hexadecimal digits" :
	    "unknown escape in a string");
}

/* At a quote. Most strings are short and plain. */
static inline const unsigned char *
scan_string(struct scan *scan, const unsigned char *start)
{
	const unsigned char	*at = start + 1;
	uint32_t		 stops;

	if (scan->end - at >= PLAIN_BLOCK) {
		stops = plain_stops(at);
		at += stops != 0 ? __builtin_ctz(stops) : 0;
		if (*at == '"')
			return token_add(scan, JSON_STRING, start, at + 1,
			    false);
	}
	return scan_long_string(scan, start);
}

/* Behind the digits that stand here; NULL, the failure set, if none does. */
static const unsigned char *
scan_digits(struct scan *scan, const unsigned char *at)
{
	const unsigned char	*start = at;

	while (at < scan->end && *at >= '0' && *at <= '9')
		at++;
	return at > start ? at : scan_expected(scan, at, "expected a digit");
}

/* At a minus or a digit. */
static const unsigned char *
scan_number(struct scan *scan, const unsigned char *start)
{
	const unsigned char	*at = start, *end = scan->end;

	if (*at == '-')
		at++;
	if (at < end && *at == '0')
		at++;
	else if ((at = scan_digits(scan, at)) == NULL)
		return NULL;
	if (at < end && *at == '.' &&
	    (at = scan_digits(scan, at + 1)) == NULL)
		return NULL;
	if (at < end && (*at | 0x20) == 'e') {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		if ((at = scan_digits(scan, at)) == NULL)
			return NULL;
	}
	return token_add(scan, JSON_NUMBER, start, at, false);
}

static const unsigned char *
scan_literal(struct scan *scan, const unsigned char *at, enum json_kind kind,
    struct text literal)
{
	if ((size_t)(scan->end - at) < literal.length ||
	    memcmp(at, literal.at, literal.length) != 0)
		return scan_fail(scan, at, JSON_INVALID, "expected a value");
	return token_add(scan, kind, at, at + literal.length, false);
}

/* At a bracket; up to what is inside. */
static const unsigned char *
scan_open(struct scan *scan, const unsigned char *at)
{
	bool	object = *at == '{';

	if (scan->depth >= scan->depth_max)
		return scan_fail(scan, at, JSON_TOO_DEEP, "nested too deeply");
	scan->open[scan->depth] = scan->count;
	scan->close[scan->depth] = object ? '}' : ']';
	if (token_add(scan, object ? JSON_OBJECT : JSON_ARRAY, at, at + 1,
	    false) == NULL)
		return NULL;
	scan->depth++;
	return space_end(at + 1, scan->end);
}

/* At the end of the innermost container. */
static inline const unsigned char *
scan_close(struct scan *scan, const unsigned char *at)
{
	struct json_token	*token;

	at++;
	scan->depth--;
	if (scan->depth > scan->record_depth)
		return at;
	token = &scan->tokens[scan->open[scan->depth]];
	token->length = (uint32_t)(at - scan->text) - token->offset;
	token->next = scan->count;
	return at;
}

/* At a member: its key and colon, up to the value. */
static const unsigned char *
scan_key(struct scan *scan, const unsigned char *at)
{
	if (at >= scan->end || *at != '"')
		return scan_expected(scan, at, "expected a key");
	at = scan_string(scan, at);
	if (at == NULL)
		return NULL;
	at = space_end(at, scan->end);
	if (at >= scan->end || *at != ':')
		return scan_expected(scan, at, "expected ':'");
	return space_end(at + 1, scan->end);
}

/* At a value: all of a scalar, the start of a container. */
static inline const unsigned char *
scan_value(struct scan *scan, const unsigned char *at)
{
	if (at >= scan->end)
		return scan_expected(scan, at, NULL);
	switch (*at) {
	case '"':
		return scan_string(scan, at);
	case '{': case '[':
		return scan_open(scan, at);
	case 't':
		return scan_literal(scan, at, JSON_TRUE,
		    (struct text){ "true", 4 });
	case 'f':
		return scan_literal(scan, at, JSON_FALSE,
		    (struct text){ "false", 5 });
	case 'n':
		return scan_literal(scan, at, JSON_NULL,
		    (struct text){ "null", 4 });
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return scan_number(scan, at);
	default:
		return scan_fail(scan, at, JSON_INVALID, "expected a value");
	}
}

/*
 * Behind a value or at the end of an empty container: closes what ends here and
 * moves on to the next key or value; at no depth there is none.
 */
static const unsigned char *
scan_on(struct scan *scan, const unsigned char *at)
{
	unsigned char	close;

	while (scan->depth > 0) {
		close = scan->close[scan->depth - 1];
		at = space_end(at, scan->end);
		if (at >= scan->end)
			return scan_expected(scan, at, NULL);
		if (*at == ',')
			return space_end(at + 1, scan->end);
		if (*at != close)
			return scan_fail(scan, at, JSON_INVALID,
			    close == '}' ? "expected ',' or '}'" :
			    "expected ',' or ']'");
		at = scan_close(scan, at);
	}
	return at;
}

/* Whether the innermost container ends at `at`. */
static inline bool
ends_here(const struct scan *scan, const unsigned char *at)
{
	return at < scan->end && *at == scan->close[scan->depth - 1];
}

static int
scan_text(struct scan *scan)
{
	const unsigned char	*at = space_end(scan->text, scan->end);
	uint32_t		 depth;

	for (;;) {
		depth = scan->depth;
		at = scan_value(scan, at);
		if (at == NULL)
			return -1;
		if (scan->depth == depth || ends_here(scan, at))
			at = scan_on(scan, at);
		if (at == NULL)
			return -1;
		if (scan->depth == 0)
			break;
		if (scan->close[scan->depth - 1] == '}')
			at = scan_key(scan, at);
		if (at == NULL)
			return -1;
	}
	at = space_end(at, scan->end);
	if (at == scan->end) {
		scan->document->count = scan->count;
		return 0;
	}
	scan_fail(scan, at, JSON_INVALID, "something follows the value");
	return -1;
}

static uint32_t
limit(uint32_t value, uint32_t standard, uint32_t most)
{
	if (value == 0)
		return standard;
	return value < most ? value : most;
}

int
json_scan(struct json_document *document, const char *text, size_t length,
    const struct json_limits *limits)
{
	static const struct json_limits	 none;
	struct scan			 scan;

	if (limits == NULL)
		limits = &none;
	if (length == 0)
		text = "";
	document->text = text;
	document->length = length;
	document->count = 0;
	document->failure = JSON_OK;
	document->reason = NULL;
	document->offset = 0;
	scan.document = document;
	scan.text = (const unsigned char *)text;
	scan.end = scan.text + length;
	scan.depth = 0;
	scan.depth_max = limit(limits->depth_max, JSON_DEPTH_MAX,
	    JSON_DEPTH_MAX);
	scan.record_depth = limit(limits->record_depth, JSON_DEPTH_MAX,
	    JSON_DEPTH_MAX);
	scan.tokens_max = limit(limits->tokens_max, JSON_TOKENS_MAX,
	    UINT32_MAX / 2);
	scan.tokens = document->tokens;
	scan.count = 0;
	scan.room = document->capacity < scan.tokens_max ?
	    document->capacity : scan.tokens_max;
	if (length <= JSON_TEXT_MAX)
		return scan_text(&scan);
	scan_fail(&scan, scan.text, JSON_TOO_MANY, "the text is too long");
	return -1;
}
