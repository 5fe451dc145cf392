#include "build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "json.h"

/* Text of a number json_double() looks at. */
#define NUMBER_MAX	512

static const struct json_token *
value_token(struct json_value value)
{
	if (value.document == NULL || value.index >= value.document->count)
		return NULL;
	return &value.document->tokens[value.index];
}

static struct json_value
value_missing(void)
{
	struct json_value	missing = { NULL, UINT32_MAX };

	return missing;
}

struct json_value
json_scan_into(struct arena *arena, struct text text)
{
	struct json_document	 document, *kept;
	struct json_value	 root = { 0 };
	struct json_token	*tokens;

	json_init(&document, arena->budget);
	if (json_scan(&document, text.at, text.length, NULL) == 0 &&
	    (kept = arena_alloc(arena, sizeof(*kept))) != NULL &&
	    (tokens = arena_calloc(arena, document.count,
	    sizeof(*tokens))) != NULL) {
		memcpy(tokens, document.tokens,
		    document.count * sizeof(*tokens));
		*kept = document;
		kept->tokens = tokens;
		root = json_root(kept);
	}
	json_release(&document);
	return root;
}

struct json_value
json_root(const struct json_document *document)
{
	struct json_value	root = { document, 0 };

	return document->count > 0 ? root : value_missing();
}

enum json_kind
json_kind(struct json_value value)
{
	const struct json_token	*token = value_token(value);

	return token != NULL ? token->kind : JSON_MISSING;
}

bool
json_is(struct json_value value, enum json_kind kind)
{
	return json_kind(value) == kind;
}

struct json_walk
json_walk(struct json_value value)
{
	const struct json_token	*token = value_token(value);
	struct json_walk	 walk;

	walk.key = value_missing();
	walk.value = value;
	walk.index = 0;
	walk.end = 0;
	walk.members = false;
	if (token != NULL) {
		walk.index = value.index + 1;
		walk.end = token->next;
		walk.members = token->kind == JSON_OBJECT;
	}
	return walk;
}

bool
json_next(struct json_walk *walk)
{
	const struct json_document	*document = walk->value.document;

	if (walk->index >= walk->end) {
		walk->key = walk->value = value_missing();
		return false;
	}
	if (walk->members) {
		walk->key.document = document;
		walk->key.index = walk->index++;
	}
	walk->value.index = walk->index;
	walk->index = document->tokens[walk->index].next;
	return true;
}

bool
json_all_known(struct json_value object, bool (*known)(struct escaped))
{
	const struct json_token	*token = value_token(object), *key, *end;
	const struct json_token	*tokens;

	if (token == NULL || token->kind != JSON_OBJECT)
		return true;
	tokens = object.document->tokens;
	end = &tokens[token->next];
	for (key = token + 1; key < end; key = &tokens[key[1].next])
		if (!known((struct escaped){ object.document->text +
		    key->offset + 1, key->length - 2 }))
			return false;
	return true;
}

/* Whether a string's token says `text`. */
static inline bool
token_equals(const struct json_document *document,
    const struct json_token *token, struct text text)
{
	const char	*inside = document->text + token->offset + 1;

	if (token->escaped)
		return escape_equals((struct escaped){ inside,
		    token->length - 2 }, text);
	/* Most are told apart without a call. */
	return token->length - 2 == text.length && (text.length == 0 ||
	    (inside[0] == text.at[0] &&
	    memcmp(inside, text.at, text.length) == 0));
}

bool
json_says(struct json_value string, struct text text)
{
	const struct json_token	*token = value_token(string);

	return token != NULL && token->kind == JSON_STRING &&
	    token_equals(string.document, token, text);
}

struct json_value
json_member(struct json_value object, struct text key)
{
	const struct json_token	*token = value_token(object), *tokens;
	struct json_value	 found = value_missing();
	uint32_t		 index, end;

	if (token == NULL || token->kind != JSON_OBJECT)
		return found;
	tokens = object.document->tokens;
	end = token->next;
	for (index = object.index + 1; index < end;
	    index = tokens[index + 1].next)
		if (token_equals(object.document, &tokens[index], key))
			found = (struct json_value){ object.document,
			    index + 1 };
	return found;
}

void
json_members(struct json_value object, const struct text *keys, size_t count,
    struct json_value *values)
{
	const struct json_token	*token = value_token(object), *tokens;
	uint32_t		 index, end;
	size_t			 i;

	for (i = 0; i < count; i++)
		values[i] = value_missing();
	if (token == NULL || token->kind != JSON_OBJECT)
		return;
	tokens = object.document->tokens;
	end = token->next;
	for (index = object.index + 1; index < end;
	    index = tokens[index + 1].next)
		for (i = 0; i < count; i++)
			if ((tokens[index].length == keys[i].length + 2 ||
			    tokens[index].escaped) && token_equals(
			    object.document, &tokens[index], keys[i])) {
				values[i] = (struct json_value){
				    object.document, index + 1 };
				break;
			}
}

struct json_value
json_at(struct json_value array, size_t index)
{
	struct json_walk	walk = json_walk(array);

	if (walk.members)
		return value_missing();
	while (json_next(&walk))
		if (index-- == 0)
			return walk.value;
	return value_missing();
}

size_t
json_count(struct json_value value)
{
	struct json_walk	walk = json_walk(value);
	size_t			count = 0;

	while (json_next(&walk))
		count++;
	return count;
}

struct text
json_raw(struct json_value value)
{
	const struct json_token	*token = value_token(value);
	struct text		 raw = { "", 0 };

	if (token != NULL) {
		raw.at = value.document->text + token->offset;
		raw.length = token->length;
	}
	return raw;
}

struct text
json_inside(struct json_value array)
{
	struct text	raw = json_raw(array);

	if (json_count(array) == 0)
		return (struct text){ "", 0 };
	return (struct text){ raw.at + 1, raw.length - 2 };
}

struct escaped
json_escaped(struct json_value value)
{
	const struct json_token	*token = value_token(value);
	struct escaped		 escaped = { "", 0 };

	if (token != NULL && token->kind == JSON_STRING) {
		escaped.at = value.document->text + token->offset + 1;
		escaped.length = token->length - 2;
	}
	return escaped;
}

bool
json_true(struct json_value value)
{
	return json_is(value, JSON_TRUE);
}

/* A number taken apart: the digits without dot, and a power of ten. */
struct decimal {
	const char	*digits;
	size_t		 length;	/* dot, if any, included */
	int64_t		 exponent;
	bool		 negative;
};

/* Exponents stop to count where no text could make up for them. */
static int64_t
exponent_read(const char *at, const char *end)
{
	int64_t	exponent = 0;
	bool	negative = *at == '-';

	if (*at == '-' || *at == '+')
		at++;
	for (; at < end; at++)
		if (exponent < 2 * (int64_t)JSON_TEXT_MAX)
			exponent = exponent * 10 + (*at - '0');
	return negative ? -exponent : exponent;
}

/* Leading and trailing zeros go, so that what is whole has exponent >= 0. */
static struct decimal
decimal_read(struct text number)
{
	const char	*at = number.at, *end = at + number.length, *p;
	struct decimal	 decimal = { NULL, 0, 0, *number.at == '-' };
	bool		 fraction = false;

	if (decimal.negative)
		at++;
	for (p = at; p < end && (*p | 0x20) != 'e'; p++)
		if (*p == '.')
			fraction = true;
		else if (fraction)
			decimal.exponent--;
	if (p < end)
		decimal.exponent += exponent_read(p + 1, end);
	while (p > at && (p[-1] == '0' || p[-1] == '.')) {
		decimal.exponent += p[-1] == '0';
		p--;
	}
	while (at < p && (*at == '0' || *at == '.'))
		at++;
	decimal.digits = at;
	decimal.length = (size_t)(p - at);
	return decimal;
}

/* The magnitude of a whole number: 0, or -1 if it is not whole or too large. */
static int
decimal_magnitude(const struct decimal *decimal, uint64_t *magnitude)
{
	uint64_t	value = 0;
	int64_t		zeros;
	size_t		i;

	*magnitude = 0;
	if (decimal->length == 0)
		return 0;
	if (decimal->exponent < 0 || decimal->exponent > 18)
		return -1;
	for (i = 0; i < decimal->length; i++)
		if (decimal->digits[i] != '.' &&
		    (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value,
		    (uint64_t)(decimal->digits[i] - '0'), &value)))
			return -1;
	for (zeros = decimal->exponent; zeros > 0; zeros--)
		if (__builtin_mul_overflow(value, 10, &value))
			return -1;
	*magnitude = value;
	return 0;
}

int
json_int64(struct json_value value, int64_t *out)
{
	struct decimal	decimal;
	uint64_t	magnitude;

	if (!json_is(value, JSON_NUMBER))
		return -1;
	decimal = decimal_read(json_raw(value));
	if (decimal_magnitude(&decimal, &magnitude) == -1 ||
	    magnitude > (uint64_t)INT64_MAX + decimal.negative)
		return -1;
	*out = decimal.negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	return 0;
}

int
json_double(struct json_value value, double *out)
{
	struct text	raw = json_raw(value);
	char		number[NUMBER_MAX + 1];
	double		converted;

	if (!json_is(value, JSON_NUMBER) || raw.length > NUMBER_MAX)
		return -1;
	memcpy(number, raw.at, raw.length);
	number[raw.length] = '\0';
	converted = strtod(number, NULL);
	if (!isfinite(converted))
		return -1;
	*out = converted;
	return 0;
}

void
json_position(const char *text, size_t offset, size_t *line, size_t *column)
{
	size_t	i;

	*line = *column = 1;
	for (i = 0; i < offset; i++) {
		*column += 1;
		if (text[i] == '\n') {
			*line += 1;
			*column = 1;
		}
	}
}
