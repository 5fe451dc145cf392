#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "json_text.h"
#include "neutral/text_table.h"

#define MANY	100000u

static struct text	none = { "", 0 };

static void
what_was_added_is_found(void **state)
{
	struct text_table	table;
	struct arena		arena;
	int			one = 1, two = 2;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	text_table_init(&table, &arena);
	assert_null(text_table_find(&table, none, none));
	assert_int_equal(text_table_add(&table, text_of("a"), text_of("bc"),
	    &one), 1);
	assert_null(text_table_find(&table, text_of("ab"), text_of("c")));
	assert_null(text_table_find(&table, text_of("a"), none));
	assert_int_equal(text_table_add(&table, text_of("ab"), text_of("c"),
	    &two), 1);
	assert_int_equal(text_table_add(&table, text_of("a"), text_of("bc"),
	    &two), 0);
	assert_ptr_equal(text_table_find(&table, text_of("a"), text_of("bc")),
	    &one);
	assert_ptr_equal(text_table_find(&table, text_of("ab"), text_of("c")),
	    &two);
	assert_int_equal(text_table_put(&table, text_of("a"), text_of("bc"),
	    &two), 0);
	assert_ptr_equal(text_table_find(&table, text_of("a"), text_of("bc")),
	    &two);
	assert_int_equal(text_table_add(&table, none, none, &one), 1);
	assert_ptr_equal(text_table_find(&table, none, none), &one);
	arena_release(&arena);
}

static void
it_grows(void **state)
{
	struct text_table	table;
	struct arena		arena;
	static char		names[MANY][12];
	size_t			i;

	(void)state;
	arena_init(&arena, 64 << 20, NULL);
	text_table_init(&table, &arena);
	for (i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "tool_%zu", i);
		assert_int_equal(text_table_add(&table, none,
		    text_of(names[i]), names[i]), 1);
	}
	assert_true(table.count == MANY && table.size >= 2 * MANY);
	for (i = 0; i < MANY; i++)
		assert_ptr_equal(text_table_find(&table, none,
		    text_of(names[i])), names[i]);
	assert_null(text_table_find(&table, none, text_of("tool_x")));
	arena_release(&arena);
}

static void
a_full_arena_is_said(void **state)
{
	struct text_table	table;
	struct arena		arena;
	char			names[64][4];
	int			added = 1;
	size_t			i;

	(void)state;
	arena_init(&arena, 4096, NULL);
	text_table_init(&table, &arena);
	for (i = 0; i < 64 && added == 1; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		added = text_table_add(&table, text_of(names[i]), none, &i);
	}
	assert_int_equal(added, -1);
	assert_ptr_equal(text_table_find(&table, text_of("0"), none), &i);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(what_was_added_is_found),
		cmocka_unit_test(it_grows),
		cmocka_unit_test(a_full_arena_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
