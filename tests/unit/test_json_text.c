#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json_text.h"

#define SPAN(text)	{ text, sizeof(text) - 1 }
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct {
	struct escaped	escaped;
	struct text	decoded;
	bool		lone;
} spellings[] = {
	{ SPAN(""), SPAN(""), false },
	{ SPAN("plain"), SPAN("plain"), false },
	{ SPAN("\\\"\\\\\\/\\b\\f\\n\\r\\t"), SPAN("\"\\/\b\f\n\r\t"), false },
	{ SPAN("a\\u0041\\u00e9\\u20ac\\u20AC"),
	    SPAN("aA\xc3\xa9\xe2\x82\xac\xe2\x82\xac"), false },
	{ SPAN("\\ud83d\\ude00!"), SPAN("\xf0\x9f\x98\x80!"), false },
	{ SPAN("\\udbff\\udfff"), SPAN("\xf4\x8f\xbf\xbf"), false },
	{ SPAN("x\\u0000y"), SPAN("x\0y"), false },
	{ SPAN("\\ud800"), SPAN("\xef\xbf\xbd"), true },
	{ SPAN("\\udc00"), SPAN("\xef\xbf\xbd"), true },
	{ SPAN("\\ud800a"), SPAN("\xef\xbf\xbd" "a"), true },
	{ SPAN("\\ud800\\n"), SPAN("\xef\xbf\xbd\n"), true },
	{ SPAN("\\ud800\\u0041"), SPAN("\xef\xbf\xbd" "A"), true },
	{ SPAN("\\ud800\\ud83d\\ude00"),
	    SPAN("\xef\xbf\xbd\xf0\x9f\x98\x80"), true },
	{ SPAN("\\udc00\\ud800"), SPAN("\xef\xbf\xbd\xef\xbf\xbd"), true },
	{ SPAN("\\\\u0041"), SPAN("\\u0041"), false },
	{ SPAN("\\uffff\\u007f\\u0080\\u07ff\\u0800"),
	    SPAN("\xef\xbf\xbf\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80"), false },
	/* No escapes, which a scanned document cannot hold. */
	{ SPAN("\\"), SPAN("\\"), false },
	{ SPAN("a\\q\\u12"), SPAN("a\\q\\u12"), false },
	{ SPAN("\\u00g0"), SPAN("\\u00g0"), false },
	{ SPAN("\\ud83d\\ude0"), SPAN("\xef\xbf\xbd\\ude0"), true },
};

static void
decodes(void **state)
{
	struct arena	arena;
	struct buf	buf;
	struct text	text;
	bool		lone;
	size_t		i;

	(void)state;
	arena_init(&arena, 1 << 16, NULL);
	buf_init(&buf, 1 << 16, NULL);
	for (i = 0; i < COUNT(spellings); i++) {
		lone = false;
		text = text_decode(&arena, spellings[i].escaped, &lone);
		assert_int_equal(text.length, spellings[i].decoded.length);
		assert_memory_equal(text.at, spellings[i].decoded.at,
		    text.length);
		assert_int_equal(lone, spellings[i].lone);
		lone = false;
		buf_clear(&buf);
		assert_int_equal(text_decode_into(&buf, spellings[i].escaped,
		    &lone), 0);
		assert_int_equal(buf.length, text.length);
		assert_memory_equal(buf.at, text.at, text.length);
		assert_int_equal(lone, spellings[i].lone);
		text_decode(&arena, spellings[i].escaped, NULL);
		assert_true(escaped_starts_with(spellings[i].escaped, text));
	}
	lone = true;
	text_decode(&arena, spellings[1].escaped, &lone);
	assert_true(lone);
	buf_release(&buf);
	arena_release(&arena);
}

static void
borrows_what_needs_no_change(void **state)
{
	struct escaped	escaped = escaped_of("plain \xc3\xa9 text");
	struct text	text = text_of("plain \xc3\xa9 \x7f text / '");
	struct arena	arena;

	(void)state;
	arena_init(&arena, 0, NULL);
	assert_ptr_equal(text_decode(&arena, escaped, NULL).at, escaped.at);
	assert_ptr_equal(text_escape(&arena, text).at, text.at);
	assert_false(arena.failed);
}

static void
takes_empty_spans(void **state)
{
	struct escaped	escaped = { NULL, 0 };
	struct text	text = { NULL, 0 };
	struct arena	arena;
	struct buf	buf;

	(void)state;
	arena_init(&arena, 1000, NULL);
	buf_init(&buf, 10, NULL);
	assert_int_equal(text_decode(&arena, escaped, NULL).length, 0);
	assert_string_equal(text_decode_string(&arena, escaped), "");
	assert_int_equal(text_escape(&arena, text).length, 0);
	assert_int_equal(text_encode(&buf, text), 0);
	assert_int_equal(text_decode_into(&buf, escaped, NULL), 0);
	assert_true(text_equals(text, ""));
	assert_false(text_equals(text, "x"));
	assert_true(text_is_blank(text));
	assert_true(escaped_is_blank(escaped));
	assert_true(escaped_starts_with(escaped, text));
	assert_int_equal(utf8_valid(NULL, 0), 0);
	arena_release(&arena);
}

static void
fails_when_full(void **state)
{
	struct escaped	escaped = SPAN("0123456789\\n");
	struct text	text = SPAN("0123456789\n");
	struct arena	arena;
	struct buf	buf;

	(void)state;
	arena_init(&arena, 8, NULL);
	assert_int_equal(text_decode(&arena, escaped, NULL).length, 0);
	assert_true(arena.failed);
	arena_init(&arena, 8, NULL);
	assert_int_equal(text_escape(&arena, text).length, 0);
	assert_true(arena.failed);
	assert_null(text_decode_string(&arena, escaped));
	buf_init(&buf, 10, NULL);
	assert_int_equal(text_decode_into(&buf, escaped, NULL), -1);
	buf_clear(&buf);
	assert_int_equal(text_encode(&buf, text), -1);
	assert_true(buf.failed);
	buf_release(&buf);
	buf_init(&buf, 11, NULL);
	assert_int_equal(text_decode_into(&buf, escaped, NULL), 0);
	buf_release(&buf);
}

static void
makes_strings(void **state)
{
	struct escaped	plain = { "one two", 3 };
	struct arena	arena;

	(void)state;
	arena_init(&arena, 10000, NULL);
	assert_string_equal(text_decode_string(&arena, plain), "one");
	assert_string_equal(text_decode_string(&arena,
	    escaped_of("\\u006fne\\\\")), "one\\");
	assert_null(text_decode_string(&arena, escaped_of("a\\u0000")));
	assert_false(arena.failed);
	arena_release(&arena);
}

static void
assert_encodes(struct text text, const char *escaped)
{
	struct arena	arena;
	struct buf	buf;
	struct escaped	result;

	buf_init(&buf, 10000, NULL);
	assert_int_equal(text_encode(&buf, text), 0);
	assert_string_equal(buf.at, escaped);
	arena_init(&arena, 10000, NULL);
	result = text_escape(&arena, text);
	assert_int_equal(result.length, buf.length);
	assert_memory_equal(result.at, buf.at, buf.length);
	arena_release(&arena);
	buf_release(&buf);
}

static void
encodes(void **state)
{
	struct text	zero = SPAN("a\0b");

	(void)state;
	assert_encodes(text_of(""), "");
	assert_encodes(text_of("plain \xc3\xa9 / ' \x7f"),
	    "plain \xc3\xa9 / ' \x7f");
	assert_encodes(text_of("\"\\\b\f\n\r\t"), "\\\"\\\\\\b\\f\\n\\r\\t");
	assert_encodes(text_of("\x01\x1f\x0b"), "\\u0001\\u001f\\u000b");
	assert_encodes(zero, "a\\u0000b");
	assert_encodes(text_of("\xff" "a\xc3"), "\xef\xbf\xbd" "a\xef\xbf\xbd");
	assert_encodes(text_of("\xed\xa0\x80"),
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_encodes(text_of("0123456789abcdef0123456789\n0123456789abcdef"),
	    "0123456789abcdef0123456789\\n0123456789abcdef");
	assert_encodes(text_of("0123456789abcd\xf0\x9f\x98\x80\n"),
	    "0123456789abcd\xf0\x9f\x98\x80\\n");
}

/* Any text survives being escaped and decoded. */
static void
comes_back(void **state)
{
	struct arena	arena;
	struct text	text, back;
	char		bytes[40];
	size_t		round, i;
	unsigned int	seed = 1;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	for (round = 0; round < 2000; round++) {
		text.at = bytes;
		text.length = round % sizeof(bytes);
		for (i = 0; i < text.length; i++) {
			seed = seed * 1103515245 + 12345;
			bytes[i] = (char)(seed >> 16 & 0x7f);
		}
		back = text_decode(&arena, text_escape(&arena, text), NULL);
		assert_int_equal(back.length, text.length);
		assert_memory_equal(back.at, text.at, text.length);
		if (round % 100 == 0)
			arena_release(&arena);
	}
	assert_false(arena.failed);
	arena_release(&arena);
}

static void
compares(void **state)
{
	struct text	zero = SPAN("\0");

	(void)state;
	assert_true(text_equals(text_of("abc"), "abc"));
	assert_false(text_equals(text_of("abc"), "ab"));
	assert_false(text_equals(text_of("ab"), "abc"));
	assert_false(text_equals(zero, ""));

	assert_true(text_is_blank(text_of(" \t\n\r\v\f")));
	assert_false(text_is_blank(text_of(" x ")));
	assert_false(text_is_blank(zero));
	assert_true(escaped_is_blank(escaped_of(" \\n\\t\\u0020\\r")));
	assert_false(escaped_is_blank(escaped_of(" \\n.")));
	assert_false(escaped_is_blank(escaped_of("\\u0000")));
	assert_false(escaped_is_blank(escaped_of("\\\\")));

	assert_true(escaped_starts_with(escaped_of("You\\nare"),
	    text_of("You\na")));
	assert_true(escaped_starts_with(escaped_of("\\u0059ou"),
	    text_of("You")));
	assert_true(escaped_starts_with(escaped_of("x"), text_of("")));
	assert_false(escaped_starts_with(escaped_of("You"), text_of("You ")));
	assert_false(escaped_starts_with(escaped_of("Yo\\nu"),
	    text_of("You")));
	assert_true(escaped_starts_with(escaped_of("\\u00e9"),
	    text_of("\xc3")));
}

static void
measures_utf8(void **state)
{
	static const struct {
		struct text	text;
		size_t		valid;
	} cases[] = {
		{ SPAN("plain \"\\\n"), 9 }, { SPAN("a\0b"), 3 },
		{ SPAN("a\xc3\xa9z"), 4 }, { SPAN("a\xc3"), 1 },
		{ SPAN("a\xff" "b"), 1 }, { SPAN("\xf0\x9f\x98"), 0 },
		{ SPAN("0123456789abcdef\xe2\x82\xac\xe2\x82"), 19 },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(utf8_valid(cases[i].text.at,
		    cases[i].text.length), cases[i].valid);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(borrows_what_needs_no_change),
		cmocka_unit_test(takes_empty_spans),
		cmocka_unit_test(fails_when_full),
		cmocka_unit_test(makes_strings),
		cmocka_unit_test(encodes),
		cmocka_unit_test(comes_back),
		cmocka_unit_test(compares),
		cmocka_unit_test(measures_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
