#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "neutral/id.h"

static void
test_mint(void **state)
{
	struct text	one, two;
	struct arena	arena;
	size_t		i;

	(void)state;
	arena_init(&arena, 1 << 16, NULL);
	one = id_mint(&arena, "call_");
	two = id_mint(&arena, "call_");
	assert_int_equal(one.length, 5 + 24);
	assert_memory_equal(one.at, "call_", 5);
	for (i = 5; i < one.length; i++)
		assert_non_null(strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz", one.at[i]));
	assert_int_equal(two.length, one.length);
	assert_memory_not_equal(one.at, two.at, one.length);
	arena_release(&arena);
}

static void
test_full(void **state)
{
	struct arena	arena;
	struct text	id;

	(void)state;
	arena_init(&arena, 16, NULL);
	id = id_mint(&arena, "call_");
	assert_null(id.at);
	assert_int_equal(id.length, 0);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_mint),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
