#include "build.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "json_text.h"
#include "plain.h"
#include "utf8.h"

static bool
has_escape(struct escaped escaped)
{
	return escaped.length > 0 &&
	    memchr(escaped.at, '\\', escaped.length) != NULL;
}

static size_t
decode(char *out, struct escaped escaped, bool *lone)
{
	struct escape_walk	walk = escape_walk(escaped);
	struct text		piece;
	size_t			length = 0;

	while (escape_next(&walk, &piece)) {
		memcpy(out + length, piece.at, piece.length);
		length += piece.length;
	}
	if (walk.lone && lone != NULL)
		*lone = true;
	return length;
}

struct text
text_decode(struct arena *arena, struct escaped escaped, bool *lone)
{
	struct text	text = { escaped.at, escaped.length };
	char		*out;

	if (!has_escape(escaped))
		return text;
	out = arena_alloc(arena, escaped.length);
	text.at = out != NULL ? out : "";
	text.length = out != NULL ? decode(out, escaped, lone) : 0;
	return text;
}

char *
text_decode_string(struct arena *arena, struct escaped escaped)
{
	char	*out;
	size_t	 length;

	out = arena_memdup(arena, escaped.at, escaped.length);
	if (out == NULL)
		return NULL;
	length = decode(out, escaped, NULL);
	out[length] = '\0';
	return strlen(out) == length ? out : NULL;
}

int
text_decode_into(struct buf *buf, struct escaped escaped, bool *lone)
{
	struct escape_walk	walk = escape_walk(escaped);
	struct text		piece;

	while (escape_next(&walk, &piece))
		if (buf_add(buf, piece.at, piece.length) == -1)
			return -1;
	if (walk.lone && lone != NULL)
		*lone = true;
	return 0;
}

/* The first byte that may not stand in a JSON string as it is. */
static const char *
verbatim(const char *from, const char *end)
{
	const unsigned char	*at = (const unsigned char *)from;
	const unsigned char	*last = (const unsigned char *)end;
	size_t			 length;

	for (;;) {
		at = plain_end(at, last);
		if (at == last || *at < 0x80)
			break;
		length = utf8_sequence(at, last);
		if (length == 0)
			break;
		at += length;
	}
	return (const char *)at;
}

/* The escape for a byte at which verbatim() stopped; returns its length. */
static size_t
escape_write(char *out, char c)
{
	static const char	hex[] = "0123456789abcdef";
	static const char	controls[] = "\b\f\n\r\t\"\\";
	static const char	names[] = "bfnrt\"\\";
	const char		*known;

	if ((unsigned char)c >= 0x80)
		return utf8_put(out, UTF8_REPLACEMENT);
	out[0] = '\\';
	known = c != '\0' ? strchr(controls, c) : NULL;
	if (known != NULL) {
		out[1] = names[known - controls];
		return 2;
	}
	memcpy(out + 1, "u00", 3);
	out[4] = hex[c >> 4];
	out[5] = hex[c & 15];
	return 6;
}

int
text_encode(struct buf *buf, struct text text)
{
	const char	*at = text.at, *end, *stop;
	char		 escape[6];

	if (text.length == 0)
		return 0;
	end = at + text.length;
	for (;; at = stop + 1) {
		stop = verbatim(at, end);
		if (buf_add(buf, at, (size_t)(stop - at)) == -1)
			return -1;
		if (stop == end)
			return 0;
		if (buf_add(buf, escape, escape_write(escape, *stop)) == -1)
			return -1;
	}
}

/* The length text_encode() would write. */
static size_t
encoded_length(struct text text)
{
	const char	*at = text.at, *end = at + text.length, *stop;
	char		 escape[6];
	size_t		 length = 0;

	for (;; at = stop + 1) {
		stop = verbatim(at, end);
		length += (size_t)(stop - at);
		if (stop == end)
			return length;
		length += escape_write(escape, *stop);
	}
}

struct escaped
text_escape(struct arena *arena, struct text text)
{
	struct escaped	 escaped = { text.at, text.length };
	const char	*at = text.at, *end, *stop;
	char		*out;

	if (text.length == 0)
		return escaped;
	end = at + text.length;
	if (verbatim(at, end) == end)
		return escaped;
	escaped.length = encoded_length(text);
	out = arena_alloc(arena, escaped.length);
	if (out == NULL) {
		escaped.at = "";
		escaped.length = 0;
		return escaped;
	}
	escaped.at = out;
	for (;; at = stop + 1) {
		stop = verbatim(at, end);
		memcpy(out, at, (size_t)(stop - at));
		out += stop - at;
		if (stop == end)
			return escaped;
		out += escape_write(out, *stop);
	}
}

struct text
text_of(const char *string)
{
	struct text	text = { string, strlen(string) };

	return text;
}

struct escaped
escaped_of(const char *string)
{
	struct escaped	escaped = { string, strlen(string) };

	return escaped;
}

bool
text_equals(struct text text, const char *string)
{
	size_t	length = strlen(string);

	return text.length == length && (length == 0 ||
	    memcmp(text.at, string, length) == 0);
}

bool
text_same(struct text a, struct text b)
{
	return a.length == b.length &&
	    (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

bool
text_is_blank(struct text text)
{
	size_t	i;

	for (i = 0; i < text.length; i++)
		if (text.at[i] == '\0' ||
		    strchr(" \t\n\r\v\f", text.at[i]) == NULL)
			return false;
	return true;
}

bool
escaped_is_blank(struct escaped escaped)
{
	struct escape_walk	walk = escape_walk(escaped);
	struct text		piece;

	while (escape_next(&walk, &piece))
		if (!text_is_blank(piece))
			return false;
	return true;
}

bool
escaped_ends_with(struct escaped escaped, struct text end)
{
	return escaped.length >= end.length && memcmp(escaped.at +
	    escaped.length - end.length, end.at, end.length) == 0;
}

bool
escaped_starts_with(struct escaped escaped, struct text prefix)
{
	struct escape_walk	walk = escape_walk(escaped);
	struct text		piece;
	size_t			length;

	while (prefix.length > 0 && escape_next(&walk, &piece)) {
		length = piece.length < prefix.length ? piece.length :
		    prefix.length;
		if (memcmp(piece.at, prefix.at, length) != 0)
			return false;
		prefix.at += length;
		prefix.length -= length;
	}
	return prefix.length == 0;
}

size_t
utf8_valid(const char *text, size_t length)
{
	const unsigned char	*at = (const unsigned char *)text;
	const unsigned char	*end;
	size_t			 sequence;

	if (length == 0)
		return 0;
	end = at + length;
	while (at < end) {
		at = plain_end(at, end);
		sequence = utf8_sequence(at, end);
		if (sequence == 0)
			break;
		at += sequence;
	}
	return (size_t)(at - (const unsigned char *)text);
}
