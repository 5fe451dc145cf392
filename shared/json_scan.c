#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

/* The first allocation; a small request needs no second. */
#define TOKENS_MIN	256u

struct scan {
	struct json_document	*document;
	const unsigned char	*text;
	const unsigned char	*at;		/* not yet scanned */
	const unsigned char	*end;
	uint32_t		 depth;		/* open containers */
	uint32_t		 depth_max;
	uint32_t		 record_depth;
	uint32_t		 tokens_max;
	uint32_t		 open[JSON_DEPTH_MAX];	/* their tokens, */
	char			 close[JSON_DEPTH_MAX];	/* their ends */
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

static int
scan_fail(struct scan *scan, enum json_failure failure, const char *reason)
{
	struct json_document	*document = scan->document;

	document->failure = failure;
	document->reason = reason;
	document->offset = (size_t)(scan->at - scan->text);
	document->count = 0;
	return -1;
}

/* Not JSON: for want of more text, or because of what stands there. */
static int
scan_expected(struct scan *scan, const char *reason)
{
	if (scan->at >= scan->end)
		reason = "the text ends too early";
	return scan_fail(scan, JSON_INVALID, reason);
}

static int
tokens_grow(struct scan *scan)
{
	struct json_document	*document = scan->document;
	struct json_token	*tokens;
	uint32_t		 capacity;
	size_t			 more;

	if (document->count >= scan->tokens_max)
		return scan_fail(scan, JSON_TOO_MANY, "too many values");
	capacity = document->capacity * 2;
	if (capacity < TOKENS_MIN)
		capacity = TOKENS_MIN;
	if (capacity > scan->tokens_max)
		capacity = scan->tokens_max;
	more = (size_t)(capacity - document->capacity) * sizeof(*tokens);
	if (budget_take(document->budget, more) == -1)
		return scan_fail(scan, JSON_NO_MEMORY, "out of memory");
	tokens = realloc(document->tokens, (size_t)capacity * sizeof(*tokens));
	if (tokens == NULL) {
		budget_give(document->budget, more);
		return scan_fail(scan, JSON_NO_MEMORY, "out of memory");
	}
	document->tokens = tokens;
	document->capacity = capacity;
	return 0;
}

/* A token for what lies between `start` and scan->at, if it is wanted. */
static inline int
token_add(struct scan *scan, enum json_kind kind, const unsigned char *start,
    bool escaped)
{
	struct json_document	*document = scan->document;
	struct json_token	*token;

	if (scan->depth > scan->record_depth)
		return 0;
	if ((document->count == document->capacity ||
	    document->count >= scan->tokens_max) && tokens_grow(scan) == -1)
		return -1;
	token = &document->tokens[document->count++];
	token->offset = (uint32_t)(start - scan->text);
	token->length = (uint32_t)(scan->at - start);
	token->next = document->count;
	token->kind = (uint8_t)kind;
	token->escaped = escaped;
	token->unused = 0;
	return 0;
}

static inline void
scan_space(struct scan *scan)
{
	const unsigned char	*at = scan->at;

	while (at < scan->end && (*at == ' ' || *at == '\n' || *at == '\r' ||
	    *at == '\t'))
		at++;
	scan->at = at;
}

static inline int
is_hex(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' &&
	    (c | 0x20) <= 'f');
}

static inline int
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* At a backslash. */
static int
scan_escape(struct scan *scan)
{
	size_t	room = (size_t)(scan->end - scan->at), i;

	if (room < 2) {
		scan->at = scan->end;
		return scan_expected(scan, NULL);
	}
	switch (scan->at[1]) {
	case '"': case '\\': case '/': case 'b':
	case 'f': case 'n': case 'r': case 't':
		scan->at += 2;
		return 0;
	case 'u':
		for (i = 2; i < 6; i++)
			if (i >= room || !is_hex(scan->at[i]))
				return scan_fail(scan, JSON_INVALID,
				    "\\u without four hexadecimal digits");
		scan->at += 6;
		return 0;
	}
	return scan_fail(scan, JSON_INVALID, "unknown escape in a string");
}

/* At a byte that is not ASCII: up to the next that is. */
static int
scan_characters(struct scan *scan)
{
	size_t	length;

	do {
		length = utf8_sequence(scan->at, scan->end);
		if (length == 0)
			return scan_fail(scan, JSON_INVALID,
			    "invalid UTF-8 in a string");
		scan->at += length;
	} while (scan->at < scan->end && *scan->at >= 0x80);
	return 0;
}

/* At a quote. */
static int
scan_string(struct scan *scan)
{
	const unsigned char	*start = scan->at++;
	bool			 escaped = false;

	for (;;) {
		scan->at = utf8_plain(scan->at, scan->end);
		if (scan->at >= scan->end)
			return scan_expected(scan, NULL);
		if (*scan->at == '"')
			break;
		if (*scan->at == '\\') {
			escaped = true;
			if (scan_escape(scan) == -1)
				return -1;
		} else if (*scan->at >= 0x80) {
			if (scan_characters(scan) == -1)
				return -1;
		} else {
			return scan_fail(scan, JSON_INVALID,
			    "control character in a string");
		}
	}
	scan->at++;
	return token_add(scan, JSON_STRING, start, escaped);
}

/* One digit or more; returns whether there was one. */
static bool
scan_digits(struct scan *scan)
{
	const unsigned char	*start = scan->at;

	while (scan->at < scan->end && is_digit(*scan->at))
		scan->at++;
	return scan->at > start;
}

/* At a minus or a digit. */
static int
scan_number(struct scan *scan)
{
	const unsigned char	*start = scan->at;

	if (*scan->at == '-')
		scan->at++;
	if (scan->at < scan->end && *scan->at == '0')
		scan->at++;
	else if (!scan_digits(scan))
		return scan_expected(scan, "expected a digit");
	if (scan->at < scan->end && *scan->at == '.') {
		scan->at++;
		if (!scan_digits(scan))
			return scan_expected(scan, "expected a digit");
	}
	if (scan->at < scan->end && (*scan->at | 0x20) == 'e') {
		scan->at++;
		if (scan->at < scan->end &&
		    (*scan->at == '+' || *scan->at == '-'))
			scan->at++;
		if (!scan_digits(scan))
			return scan_expected(scan, "expected a digit");
	}
	return token_add(scan, JSON_NUMBER, start, false);
}

static int
scan_literal(struct scan *scan, enum json_kind kind, const char *literal)
{
	const unsigned char	*start = scan->at;
	size_t			 length = strlen(literal);

	if ((size_t)(scan->end - start) < length ||
	    memcmp(start, literal, length) != 0)
		return scan_fail(scan, JSON_INVALID, "expected a value");
	scan->at += length;
	return token_add(scan, kind, start, false);
}

/* At a bracket. */
static int
scan_open(struct scan *scan, enum json_kind kind)
{
	const unsigned char	*start = scan->at;

	if (scan->depth >= scan->depth_max)
		return scan_fail(scan, JSON_TOO_DEEP, "nested too deeply");
	scan->at++;
	scan->open[scan->depth] = scan->document->count;
	scan->close[scan->depth] = kind == JSON_OBJECT ? '}' : ']';
	if (token_add(scan, kind, start, false) == -1)
		return -1;
	scan->depth++;
	return 0;
}

/* At the end of the innermost container. */
static void
scan_close(struct scan *scan)
{
	struct json_document	*document = scan->document;
	struct json_token	*token;

	scan->at++;
	scan->depth--;
	if (scan->depth > scan->record_depth)
		return;
	token = &document->tokens[scan->open[scan->depth]];
	token->length = (uint32_t)(scan->at - scan->text) - token->offset;
	token->next = document->count;
}

/* At a member: its key and colon. */
static int
scan_key(struct scan *scan)
{
	if (scan->at >= scan->end || *scan->at != '"')
		return scan_expected(scan, "expected a key");
	if (scan_string(scan) == -1)
		return -1;
	scan_space(scan);
	if (scan->at >= scan->end || *scan->at != ':')
		return scan_expected(scan, "expected ':'");
	scan->at++;
	return 0;
}

/* At a value: all of a scalar, the start of a container. */
static int
scan_value(struct scan *scan)
{
	if (scan->at >= scan->end)
		return scan_expected(scan, NULL);
	switch (*scan->at) {
	case '"':
		return scan_string(scan);
	case '{':
		return scan_open(scan, JSON_OBJECT);
	case '[':
		return scan_open(scan, JSON_ARRAY);
	case 't':
		return scan_literal(scan, JSON_TRUE, "true");
	case 'f':
		return scan_literal(scan, JSON_FALSE, "false");
	case 'n':
		return scan_literal(scan, JSON_NULL, "null");
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return scan_number(scan);
	}
	return scan_fail(scan, JSON_INVALID, "expected a value");
}

/*
 * Behind a value: closes what ends here and moves on to the next value. Returns
 * 1 when there is one, 0 when the outermost value is complete.
 */
static int
scan_on(struct scan *scan)
{
	char	close;

	while (scan->depth > 0) {
		close = scan->close[scan->depth - 1];
		scan_space(scan);
		if (scan->at >= scan->end)
			return scan_expected(scan, NULL);
		if (*scan->at == ',') {
			scan->at++;
			scan_space(scan);
			if (close == '}' && scan_key(scan) == -1)
				return -1;
			return 1;
		}
		if (*scan->at != (unsigned char)close)
			return scan_fail(scan, JSON_INVALID, close == '}' ?
			    "expected ',' or '}'" : "expected ',' or ']'");
		scan_close(scan);
	}
	return 0;
}

/*
 * In a container just opened: returns 1 when a value follows, 0 when it was
 * empty and is closed.
 */
static int
scan_first(struct scan *scan)
{
	char	close = scan->close[scan->depth - 1];

	scan_space(scan);
	if (scan->at < scan->end && *scan->at == (unsigned char)close) {
		scan_close(scan);
		return 0;
	}
	if (close == '}' && scan_key(scan) == -1)
		return -1;
	return 1;
}

static int
scan_text(struct scan *scan)
{
	uint32_t	depth;
	int		more;

	do {
		scan_space(scan);
		depth = scan->depth;
		if (scan_value(scan) == -1)
			return -1;
		more = scan->depth > depth ? scan_first(scan) : 0;
		if (more == 0)
			more = scan_on(scan);
	} while (more == 1);
	if (more == -1)
		return -1;
	scan_space(scan);
	if (scan->at < scan->end)
		return scan_fail(scan, JSON_INVALID,
		    "something follows the value");
	return 0;
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
	scan.text = scan.at = (const unsigned char *)text;
	scan.end = scan.text + length;
	scan.depth = 0;
	scan.depth_max = limit(limits->depth_max, JSON_DEPTH_MAX,
	    JSON_DEPTH_MAX);
	scan.record_depth = limit(limits->record_depth, JSON_DEPTH_MAX,
	    JSON_DEPTH_MAX);
	scan.tokens_max = limit(limits->tokens_max, JSON_TOKENS_MAX,
	    UINT32_MAX / 2);
	if (length > JSON_TEXT_MAX)
		return scan_fail(&scan, JSON_TOO_MANY, "the text is too long");
	return scan_text(&scan);
}
