#include "build.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"

static void
allocates_apart_and_aligned(void **state)
{
	struct arena	 arena;
	unsigned char	*at[200];
	size_t		 i, j;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	assert_null(arena.chunks);
	for (i = 0; i < 200; i++) {
		at[i] = arena_alloc(&arena, i);
		assert_non_null(at[i]);
		assert_int_equal((uintptr_t)at[i] % alignof(max_align_t), 0);
		memset(at[i], (int)i, i);
	}
	for (i = 0; i < 200; i++)
		for (j = 0; j < i; j++)
			assert_int_equal(at[i][j], i);
	arena_release(&arena);
	assert_int_equal(arena.used, 0);
}

static void
fails_at_its_ceiling_and_stays_failed(void **state)
{
	struct arena	arena;
	size_t		i;

	(void)state;
	arena_init(&arena, 10000, NULL);
	for (i = 0; i < 1000 && arena_alloc(&arena, 100) != NULL; i++)
		assert_true(arena.used <= 10000);
	assert_in_range(i, 60, 100);
	assert_true(arena.failed);
	assert_null(arena_alloc(&arena, 9999));
	arena_release(&arena);
	assert_false(arena.failed);
	assert_non_null(arena_alloc(&arena, 9000));
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 40));
	assert_null(arena_memdup(&arena, "", SIZE_MAX));
	arena_release(&arena);
}

static void
keeps_small_room_beside_large_pieces(void **state)
{
	struct arena	arena;
	size_t		i, before;

	(void)state;
#ifdef SANITIZED
	skip();
#endif
	arena_init(&arena, 1 << 20, NULL);
	assert_non_null(arena_alloc(&arena, 16));
	before = arena.used;
	assert_non_null(arena_alloc(&arena, 100000));
	assert_in_range(arena.used, before + 100000, before + 100064);
	before = arena.used;
	for (i = 0; i < 100; i++)
		assert_non_null(arena_alloc(&arena, 16));
	assert_int_equal(arena.used, before);
	arena_release(&arena);
}

static void
charges_its_budget(void **state)
{
	struct budget	budget;
	struct arena	one, two;

	(void)state;
	budget_init(&budget, 20000);
	arena_init(&one, 1 << 20, &budget);
	arena_init(&two, 1 << 20, &budget);
	assert_non_null(arena_alloc(&one, 15000));
	assert_int_equal(budget.used, one.used);
	assert_null(arena_alloc(&two, 15000));
	assert_true(two.failed);
	assert_non_null(arena_alloc(&two, 3000));
	assert_int_equal(budget.used, one.used + two.used);
	arena_release(&one);
	assert_non_null(arena_alloc(&two, 15000));
	arena_release(&two);
	assert_int_equal(budget.used, 0);
}

static void
clears_and_copies(void **state)
{
	struct arena	 arena;
	char		*string;
	int		*numbers, i;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	memset(arena_alloc(&arena, 1000), 0xff, 1000);
	numbers = arena_calloc(&arena, 100, sizeof(*numbers));
	for (i = 0; i < 100; i++)
		assert_int_equal(numbers[i], 0);
	assert_null(arena_calloc(&arena, SIZE_MAX / 2, 3));
	assert_true(arena.failed);
	assert_string_equal(arena_strdup(&arena, "text"), "text");
	string = arena_memdup(&arena, "a\0bc", 3);
	assert_memory_equal(string, "a\0b", 4);
	assert_string_equal(arena_memdup(&arena, NULL, 0), "");
	assert_string_equal(arena_printf(&arena, "%s-%d", "x", 7), "x-7");
	string = arena_printf(&arena, "%5000d", 1);
	assert_int_equal(strlen(string), 5000);
	arena_release(&arena);

	arena_init(&arena, 100, NULL);
	assert_null(arena_printf(&arena, "%5000d", 1));
	assert_null(arena_strdup(&arena, "a text that does not fit into an"
	    " arena of a hundred bytes, which has a chunk's head to keep too"));
	assert_true(arena.failed);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(allocates_apart_and_aligned),
		cmocka_unit_test(fails_at_its_ceiling_and_stays_failed),
		cmocka_unit_test(keeps_small_room_beside_large_pieces),
		cmocka_unit_test(charges_its_budget),
		cmocka_unit_test(clears_and_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
