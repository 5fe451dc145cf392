#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

static struct json_value
scan(struct json_document *document, const char *text)
{
	json_init(document, NULL);
	assert_int_equal(json_scan(document, text, strlen(text), NULL), 0);
	return json_root(document);
}

static void
assert_raw(struct json_value value, const char *raw)
{
	assert_int_equal(json_raw(value).length, strlen(raw));
	assert_memory_equal(json_raw(value).at, raw, strlen(raw));
}

static void
gets_members_and_elements(void **state)
{
	struct json_document	document;
	struct json_value	root, list;

	(void)state;
	root = scan(&document, " {\"a\": 1, \"b\" : [10, {\"a\": 2}, []], "
	    "\"c\":{\"d\":{\"e\":null}}, \"\":true } ");
	assert_int_equal(json_kind(root), JSON_OBJECT);
	assert_int_equal(json_count(root), 4);
	assert_raw(json_get(root, "a"), "1");
	list = json_get(root, "b");
	assert_raw(list, "[10, {\"a\": 2}, []]");
	assert_int_equal(json_count(list), 3);
	assert_raw(json_at(list, 0), "10");
	assert_raw(json_get(json_at(list, 1), "a"), "2");
	assert_raw(json_at(list, 2), "[]");
	assert_int_equal(json_count(json_at(list, 2)), 0);
	assert_true(json_is(json_at(list, 3), JSON_MISSING));
	assert_raw(json_get(json_get(json_get(root, "c"), "d"), "e"), "null");
	assert_true(json_true(json_get(root, "")));
	assert_false(json_true(json_get(root, "a")));
	assert_true(json_is(json_get(root, "d"), JSON_MISSING));
	assert_true(json_is(json_get(list, "a"), JSON_MISSING));
	assert_true(json_is(json_at(root, 0), JSON_MISSING));
	json_release(&document);
}

static void
gets_several_members_at_once(void **state)
{
	static const struct text	keys[] = { TEXT_OF("a"), TEXT_OF("bc"),
					    TEXT_OF("ad"), TEXT_OF("") };
	struct json_document		document;
	struct json_value		root, values[4];

	(void)state;
	root = scan(&document, "{\"bc\":1,\"a\":2,\"b\\u0063\":[3],\"ae\":4,"
	    "\"a\":5}");
	json_members(root, keys, 4, values);
	assert_raw(values[0], "5");
	assert_raw(values[1], "[3]");
	assert_true(json_is(values[2], JSON_MISSING));
	assert_true(json_is(values[3], JSON_MISSING));
	json_members(values[1], keys, 4, values);
	assert_true(json_is(values[0], JSON_MISSING));
	json_members(JSON_NOTHING, keys, 4, values);
	assert_true(json_is(values[3], JSON_MISSING));
	json_release(&document);
}

static void
scans_into_an_arena(void **state)
{
	struct arena		arena;
	struct json_value	root;

	(void)state;
	arena_init(&arena, 1024, NULL);
	root = json_scan_into(&arena, (struct text){ "{\"a\":[1]}", 9 });
	assert_raw(json_at(json_get(root, "a"), 0), "1");
	root = json_scan_into(&arena, (struct text){ "{\"a\":[1]", 8 });
	assert_true(json_is(root, JSON_MISSING));
	assert_false(arena.failed);
	arena_release(&arena);
	arena_init(&arena, 64, NULL);
	root = json_scan_into(&arena, (struct text){ "{\"a\":[1]}", 9 });
	assert_true(json_is(root, JSON_MISSING));
	assert_true(arena.failed);
	arena_release(&arena);
}

static void
takes_missing_values_for_granted(void **state)
{
	struct json_document	document;
	struct json_value	missing, zero = { NULL, 0 };
	struct json_walk	walk;
	int64_t			number = 7;
	double			real = 7;

	(void)state;
	missing = json_get(scan(&document, "{}"), "x");
	assert_int_equal(json_kind(missing), JSON_MISSING);
	assert_int_equal(json_kind(zero), JSON_MISSING);
	assert_true(json_is(json_get(missing, "x"), JSON_MISSING));
	assert_true(json_is(json_at(missing, 0), JSON_MISSING));
	assert_int_equal(json_count(missing), 0);
	assert_raw(missing, "");
	assert_int_equal(json_escaped(missing).length, 0);
	assert_false(json_equals(missing, ""));
	assert_int_equal(json_int64(missing, &number), -1);
	assert_int_equal(json_double(missing, &real), -1);
	assert_int_equal(number, 7);
	walk = json_walk(missing);
	assert_false(json_next(&walk));
	json_release(&document);
	assert_true(json_is(json_root(&document), JSON_MISSING));
}

static void
walks_members_and_elements(void **state)
{
	static const char	*const keys[] = { "a", "b", "a" };
	static const char	*const values[] = { "[1,[2]]", "{\"x\":0}",
				    "3" };
	struct json_document	 document;
	struct json_value	 root;
	struct json_walk	 walk;
	size_t			 i = 0;

	(void)state;
	root = scan(&document, "{\"a\":[1,[2]],\"b\":{\"x\":0},\"a\":3}");
	walk = json_walk(root);
	while (json_next(&walk)) {
		assert_true(i < 3);
		assert_true(json_equals(walk.key, keys[i]));
		assert_raw(walk.value, values[i]);
		i++;
	}
	assert_int_equal(i, 3);
	assert_false(json_next(&walk));
	assert_true(json_is(walk.value, JSON_MISSING));
	walk = json_walk(json_at(json_root(&document), 0));
	assert_false(json_next(&walk));
	json_release(&document);

	root = scan(&document, "[\"x\",[7]]");
	walk = json_walk(root);
	assert_true(json_next(&walk));
	assert_true(json_is(walk.key, JSON_MISSING));
	assert_true(json_equals(walk.value, "x"));
	assert_true(json_next(&walk));
	assert_raw(walk.value, "[7]");
	assert_false(json_next(&walk));
	walk = json_walk(json_at(root, 0));
	assert_false(json_next(&walk));
	json_release(&document);
}

static void
compares_decoded_keys_and_takes_the_last(void **state)
{
	struct json_document	document;
	struct json_value	root;

	(void)state;
	root = scan(&document, "{\"model\":1,\"\\u006dodel\":2,"
	    "\"m\\u006Fdel\\u0000\":3,\"s\\/\\n\":4,\"\\ud83d\\ude00\":5,"
	    "\"\xc3\xa9\":6,\"\\u00e9\":7,\"\\ud800\":8}");
	assert_raw(json_get(root, "model"), "2");
	assert_raw(json_get(root, "s/\n"), "4");
	assert_raw(json_get(root, "\xf0\x9f\x98\x80"), "5");
	assert_raw(json_get(root, "\xc3\xa9"), "7");
	assert_raw(json_get(root, "\xef\xbf\xbd"), "8");
	assert_true(json_is(json_get(root, "mode"), JSON_MISSING));
	assert_true(json_is(json_get(root, "modell"), JSON_MISSING));
	assert_true(json_is(json_get(root, "\\u006dodel"), JSON_MISSING));
	json_release(&document);

	root = scan(&document, "[\"a\\\"b\",\"\",\"\\u0000\",5]");
	assert_true(json_equals(json_at(root, 0), "a\"b"));
	assert_false(json_equals(json_at(root, 0), "a\\\"b"));
	assert_false(json_equals(json_at(root, 0), "a"));
	assert_true(json_equals(json_at(root, 1), ""));
	assert_false(json_equals(json_at(root, 2), ""));
	assert_false(json_equals(json_at(root, 3), "5"));
	assert_int_equal(json_escaped(json_at(root, 0)).length, 4);
	assert_int_equal(json_escaped(json_at(root, 1)).length, 0);
	assert_int_equal(json_escaped(json_at(root, 3)).length, 0);
	json_release(&document);
}

static void
reads_whole_numbers(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 number;
	} whole[] = {
		{ "0", 0 }, { "-0", 0 }, { "0.0", 0 }, { "0e999999999999", 0 },
		{ "-0.000e-7", 0 }, { "1", 1 }, { "-1", -1 }, { "42", 42 },
		{ "1e3", 1000 }, { "2.0", 2 }, { "1.5e1", 15 },
		{ "100e-2", 1 }, { "1200E-2", 12 }, { "-1.20e+2", -120 },
		{ "0.001e3", 1 }, { "10.50e2", 1050 }, { "1E18",
		    INT64_C(1000000000000000000) },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
		{ "922337203685477580700e-2", INT64_MAX },
		{ "9.223372036854775807e18", INT64_MAX },
		{ "0.0000000000000000000000000001e28", 1 },
		{ "10000000000000000000000000000e-28", 1 },
	};
	static const char *const	 others[] = {
		"0.5", "1e-1", "1.05", "9223372036854775808",
		"-9223372036854775809", "1e19", "1e400", "-1e400",
		"18446744073709551616", "18446744073709551617",
		"1e99999999999999999999", "1e-99999999999999999999",
		"\"1\"", "true", "null", "[1]", "{}",
	};
	struct json_document		 document;
	int64_t				 number;
	size_t				 i;

	(void)state;
	for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		number = 77;
		assert_int_equal(json_int64(scan(&document, whole[i].text),
		    &number), 0);
		if (number != whole[i].number)
			fail_msg("%s is %jd", whole[i].text, (intmax_t)number);
		json_release(&document);
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		number = 77;
		if (json_int64(scan(&document, others[i]), &number) == 0)
			fail_msg("%s is %jd", others[i], (intmax_t)number);
		assert_int_equal(number, 77);
		json_release(&document);
	}
}

static void
reads_doubles(void **state)
{
	struct json_document	document;
	char			long_number[600];
	double			number = 77;

	(void)state;
	assert_int_equal(json_double(scan(&document, "-1.5e2"), &number), 0);
	assert_true(number == -150);
	json_release(&document);
	assert_int_equal(json_double(scan(&document, "1e-400"), &number), 0);
	assert_true(number == 0);
	json_release(&document);
	assert_int_equal(json_double(scan(&document, "1e400"), &number), -1);
	json_release(&document);
	assert_int_equal(json_double(scan(&document, "\"1\""), &number), -1);
	json_release(&document);
	memset(long_number, '1', sizeof(long_number));
	long_number[512] = '\0';
	assert_int_equal(json_double(scan(&document, long_number), &number),
	    -1);
	json_release(&document);
	long_number[300] = '\0';
	assert_int_equal(json_double(scan(&document, long_number), &number),
	    0);
	json_release(&document);
}

static void
says_line_and_column(void **state)
{
	size_t	line, column;

	(void)state;
	json_position("ab\ncd\n\ne", 0, &line, &column);
	assert_int_equal(line, 1);
	assert_int_equal(column, 1);
	json_position("ab\ncd\n\ne", 4, &line, &column);
	assert_int_equal(line, 2);
	assert_int_equal(column, 2);
	json_position("ab\ncd\n\ne", 7, &line, &column);
	assert_int_equal(line, 4);
	assert_int_equal(column, 1);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(gets_members_and_elements),
		cmocka_unit_test(gets_several_members_at_once),
		cmocka_unit_test(scans_into_an_arena),
		cmocka_unit_test(takes_missing_values_for_granted),
		cmocka_unit_test(walks_members_and_elements),
		cmocka_unit_test(compares_decoded_keys_and_takes_the_last),
		cmocka_unit_test(reads_whole_numbers),
		cmocka_unit_test(reads_doubles),
		cmocka_unit_test(says_line_and_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
