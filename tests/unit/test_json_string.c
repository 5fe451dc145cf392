/* The end of a string, against a reader that takes one byte after the other. */
#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json_string.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define LENGTH_MAX	144

/* What may and what may not stand in a string. */
static const char *const	pieces[] = {
	"\"", "\\n", "\\\\", "\\\"", "\\/", "\\b", "\\f", "\\r", "\\t",
	"\\\\\\\\\\\"", "\\u0041", "\\ud83D\\uDE00\\u12aF", " ", "\x7f",
	"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
	"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82",
	"\xe4\xbd\xa0\xe5\xa5\xbd\xed\x9f\xbf\xee\x80\x80\xe0\xa0\x80",
	"\x1f", "\n", "\\x", "\\u12g4", "\\u12", "\\", "\\N", "\\\x80",
	"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe2\x82", "\xe2",
	"\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
	"\xf5\x80\x80\x80", "\xff", "\xc3\xa9\xc3", "\xe4\xbd\xa0\xe4\xbd\"",
};

/* Of them these may. */
#define VALID_FIRST	1
#define VALID_COUNT	18

static size_t
escape_length(const unsigned char *at, size_t room)
{
	size_t	i;

	if (room < 2)
		return 0;
	if (at[1] != 'u')
		return at[1] != '\0' && strchr("\"\\/bfnrt", at[1]) != NULL ?
		    2 : 0;
	for (i = 2; i < 6; i++)
		if (i >= room || at[i] == '\0' ||
		    strchr("0123456789abcdefABCDEF", at[i]) == NULL)
			return 0;
	return 6;
}

/* RFC 3629: decoded, and compared with the least that needs so many bytes. */
static size_t
character_length(const unsigned char *at, size_t room)
{
	static const uint32_t	least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t		code;
	size_t			length, i;

	if (at[0] < 0x80)
		return at[0] >= 0x20 && at[0] != '"';
	length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	if (at[0] < 0xc0 || at[0] >= 0xf8 || room < length)
		return 0;
	code = at[0] & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if (at[i] < 0x80 || at[i] > 0xbf)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return length;
}

static const unsigned char *
end_by_byte(const unsigned char *at, const unsigned char *end, bool *escaped)
{
	size_t	length;

	while (at < end) {
		length = *at == '\\' ? escape_length(at, (size_t)(end - at)) :
		    character_length(at, (size_t)(end - at));
		if (length == 0)
			break;
		if (*at == '\\')
			*escaped = true;
		at += length;
	}
	return at;
}

static void
check(const unsigned char *at, const unsigned char *end)
{
	bool			 wanted = false, escaped = false;
	const unsigned char	*stop = end_by_byte(at, end, &wanted);

	if (json_string_end(at, end, &escaped) != stop || escaped != wanted)
		fail_msg("not %zu of %zu, %d: %.*s", (size_t)(stop - at),
		    (size_t)(end - at), wanted, (int)(end - at), at);
}

/* Memory that ends where the text does, so that overruns are seen. */
static void
try_every_place(const char *piece, size_t before, size_t length)
{
	size_t		 bytes = strlen(piece), place, fits;
	unsigned char	*text = malloc(before + length), *at = text + before;

	assert_non_null(text);
	memset(text, '\\', before);
	for (place = 0; place <= length; place++) {
		memset(at, 'u', length);
		fits = length - place < bytes ? length - place : bytes;
		memcpy(at + place, piece, fits);
		check(at, at + length);
		if (place + fits + bytes <= length)
			memcpy(at + length - bytes, piece, bytes);
		check(at, at + length);
	}
	free(text);
}

static void
stops_where_a_plain_reader_does(void **state)
{
	size_t	piece, before, length;

	(void)state;
	for (piece = 0; piece < COUNT(pieces); piece++)
		for (length = 1; length < LENGTH_MAX; length++) {
			/* Every length around one wide block and two. */
			if (length > 86 && length < 120)
				continue;
			for (before = 0; before < 16; before++)
				try_every_place(pieces[piece], before, length);
		}
	check((const unsigned char *)"", (const unsigned char *)"");
}

/* Pieces next to each other, more or less of them; a bad one now and then. */
static size_t
compose(char *text, size_t room)
{
	size_t		length = 0, bytes, plain = (size_t)rand() % 40;
	const char	*piece;

	while (length < room) {
		piece = pieces[VALID_FIRST + rand() % VALID_COUNT];
		if (rand() % 200 == 0)
			piece = pieces[(size_t)rand() % COUNT(pieces)];
		if ((size_t)rand() % 40 < plain)
			piece = "plain text" + rand() % 10;
		bytes = strlen(piece);
		if (bytes > room - length)
			bytes = room - length;
		memcpy(text + length, piece, bytes);
		length += bytes;
	}
	return length;
}

static void
bears_dense_pieces(void **state)
{
	char		 text[400];
	unsigned char	*copy;
	size_t		 round, length;

	(void)state;
	srand(1);
	for (round = 0; round < 100000; round++) {
		length = compose(text, (size_t)rand() % sizeof(text));
		copy = malloc(length + 1);
		assert_non_null(copy);
		memcpy(copy + 1, text, length);
		check(copy + 1, copy + 1 + length);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(stops_where_a_plain_reader_does),
		cmocka_unit_test(bears_dense_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
