#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/headers.h"

static void
keeps_order_and_repeats(void **state)
{
	struct arena	arena;
	struct headers	headers;
	char		name[16];
	int		i;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	headers_init(&headers, &arena);
	assert_null(headers_find(&headers, "a"));
	assert_int_equal(headers_add(&headers, "Content-Type", "text/plain"), 0);
	assert_int_equal(headers_add(&headers, "x-a", "1"), 0);
	assert_int_equal(headers_add(&headers, "x-a", "2"), 0);
	assert_int_equal(headers_printf(&headers, "x-n", "%d%%", 7), 0);
	assert_string_equal(headers.at[0].name, "content-type");
	assert_string_equal(headers_find(&headers, "x-a"), "1");
	assert_string_equal(headers_find(&headers, "X-N"), "7%");
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(headers_add(&headers,
		    arena_strdup(&arena, name), "v"), 0);
	}
	assert_int_equal(headers.count, 104);
	assert_string_equal(headers.at[103].name, "n99");
	assert_string_equal(headers.at[2].value, "2");
	arena_release(&arena);
}

static void
sets_and_removes_all_of_a_name(void **state)
{
	struct arena	arena;
	struct headers	headers;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	headers_init(&headers, &arena);
	headers_add(&headers, "a", "1");
	headers_add(&headers, "b", "2");
	headers_add(&headers, "a", "3");
	assert_int_equal(headers_set(&headers, "A", "4"), 0);
	assert_int_equal(headers.count, 2);
	assert_string_equal(headers.at[0].name, "b");
	assert_string_equal(headers.at[1].value, "4");
	/* A refused value takes nothing away. */
	assert_int_equal(headers_set(&headers, "b", "x\ny"), -1);
	assert_string_equal(headers_find(&headers, "b"), "2");
	headers_remove(&headers, "B");
	assert_null(headers_find(&headers, "b"));
	assert_int_equal(headers.count, 1);
	arena_release(&arena);
}

static void
refuses_what_would_split_a_head(void **state)
{
	struct arena	 arena;
	struct headers	 headers;
	static const char *const names[] = {
		"", "a b", "a:", "a\r\n", "\xc3\xa4", "a\x7f", "a\t", "(",
	};
	static const char *const values[] = {
		"a\r\nb: c", "\n", "\r", "\x01", "\x7f", "a\x1b[0m",
	};
	size_t		 i;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	headers_init(&headers, &arena);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(headers_add(&headers, names[i], "v"), -1);
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_int_equal(headers_add(&headers, "a", values[i]), -1);
		assert_int_equal(headers_printf(&headers, "a", "%s", values[i]),
		    -1);
	}
	assert_int_equal(headers.count, 0);
	assert_int_equal(headers_add(&headers, "a!#$%&'*+-.^_`|~9", ""), 0);
	assert_int_equal(headers_add(&headers, "a", "tab\tand \xc3\xa4"), 0);
	arena_release(&arena);
}

static void
fails_without_memory(void **state)
{
	struct arena	arena;
	struct headers	headers;

	(void)state;
	arena_init(&arena, 64, NULL);
	headers_init(&headers, &arena);
	assert_int_equal(headers_add(&headers, "a", "b"), -1);
	assert_int_equal(headers.count, 0);
	assert_int_equal(headers_printf(&headers, "a", "%200d", 1), -1);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(keeps_order_and_repeats),
		cmocka_unit_test(sets_and_removes_all_of_a_name),
		cmocka_unit_test(refuses_what_would_split_a_head),
		cmocka_unit_test(fails_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
