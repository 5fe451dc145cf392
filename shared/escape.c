#include "build.h"

#include <string.h>

#include "encoding.h"
#include "escape.h"
#include "utf8.h"

/* The code unit of the \uXXXX at `at`; -1 if there is none. */
static long
code_unit(const char *at, size_t length)
{
	long	unit = 0;
	size_t	i;
	int	digit;

	if (length < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	for (i = 2; i < 6; i++) {
		digit = hex_digit(at[i]);
		if (digit == -1)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

static char
simple_escape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '"': case '\\': case '/':
		return c;
	default:
		return '\0';
	}
}

struct escape_walk
escape_walk(struct escaped escaped)
{
	struct escape_walk	walk;

	walk.at = escaped.length > 0 ? escaped.at : "";
	walk.end = walk.at + escaped.length;
	walk.lone = false;
	return walk;
}

/* At a \u: puts what it says into walk->decoded and returns its length. */
static size_t
unicode_decode(struct escape_walk *walk)
{
	size_t	room = (size_t)(walk->end - walk->at);
	long	unit = code_unit(walk->at, room), low;

	if (unit == -1) {
		walk->decoded[0] = *walk->at++;
		return 1;
	}
	walk->at += 6;
	if (unit < 0xd800 || unit > 0xdfff)
		return utf8_put(walk->decoded, (uint32_t)unit);
	low = unit <= 0xdbff ? code_unit(walk->at, room - 6) : -1;
	if (low >= 0xdc00 && low <= 0xdfff) {
		walk->at += 6;
		return utf8_put(walk->decoded, (uint32_t)(0x10000 +
		    ((unit - 0xd800) << 10) + (low - 0xdc00)));
	}
	walk->lone = true;
	return utf8_put(walk->decoded, UTF8_REPLACEMENT);
}

bool
escape_next(struct escape_walk *walk, struct text *piece)
{
	size_t		 room = (size_t)(walk->end - walk->at);
	const char	*escape;
	char		 simple;

	if (room == 0)
		return false;
	if (*walk->at != '\\') {
		escape = memchr(walk->at, '\\', room);
		piece->at = walk->at;
		piece->length = escape != NULL ?
		    (size_t)(escape - walk->at) : room;
		walk->at += piece->length;
		return true;
	}
	piece->at = walk->decoded;
	simple = room > 1 ? simple_escape(walk->at[1]) : '\0';
	if (simple != '\0') {
		walk->decoded[0] = simple;
		walk->at += 2;
		piece->length = 1;
	} else {
		piece->length = unicode_decode(walk);
	}
	return true;
}

bool
escape_equals(struct escaped escaped, struct text text)
{
	struct escape_walk	walk = escape_walk(escaped);
	struct text		piece;

	while (escape_next(&walk, &piece)) {
		if (piece.length > text.length ||
		    memcmp(piece.at, text.at, piece.length) != 0)
			return false;
		text.at += piece.length;
		text.length -= piece.length;
	}
	return text.length == 0;
}

void
escape_measure(struct escaped text, int64_t *bytes, int64_t *characters)
{
	struct escape_walk	walk = escape_walk(text);
	struct text		piece;
	size_t			i;

	while (escape_next(&walk, &piece)) {
		*bytes += (int64_t)piece.length;
		for (i = 0; i < piece.length; i++)
			*characters += !utf8_follows(
			    (unsigned char)piece.at[i]);
	}
}

int64_t
escape_characters(struct escaped text)
{
	int64_t	bytes = 0, characters = 0;

	escape_measure(text, &bytes, &characters);
	return characters;
}

bool
escape_ends_high(struct escaped text)
{
	const char	*end = text.at + text.length, *at = end - ESCAPE_UNIT;

	if (text.length < ESCAPE_UNIT || *at != '\\' ||
	    (code_unit(at, ESCAPE_UNIT) & ~0x3ffL) != 0xd800)
		return false;
	while (at > text.at && at[-1] == '\\')
		at--;
	return (end - at) % 2 == 0;
}

bool
escape_begins_low(struct escaped text)
{
	return (code_unit(text.at, text.length) & ~0x3ffL) == 0xdc00;
}
