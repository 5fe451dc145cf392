#include "build.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "budget.h"

static void
takes_up_to_its_ceiling(void **state)
{
	struct budget	budget;

	(void)state;
	budget_init(&budget, 100);
	assert_int_equal(budget_take(&budget, 60), 0);
	assert_int_equal(budget_take(&budget, 41), -1);
	assert_int_equal(budget.used, 60);
	assert_int_equal(budget_take(&budget, 40), 0);
	assert_int_equal(budget_take(&budget, 1), -1);
	assert_int_equal(budget_take(&budget, 0), 0);
	assert_int_equal(budget_take(&budget, SIZE_MAX), -1);
	budget_give(&budget, 100);
	assert_int_equal(budget.used, 0);
	assert_int_equal(budget_take(NULL, SIZE_MAX), 0);
	budget_give(NULL, 5);
}

#define ROUNDS	20000

static void *
taker(void *argument)
{
	struct budget	*budget = argument;
	size_t		 round, taken = 0;

	for (round = 0; round < ROUNDS; round++) {
		if (budget_take(budget, 7) == 0)
			taken += 7;
		if (round % 2 == 1 && taken > 0) {
			budget_give(budget, taken);
			taken = 0;
		}
	}
	budget_give(budget, taken);
	return NULL;
}

static void
is_shared_by_threads(void **state)
{
	struct budget	budget;
	pthread_t	threads[4];
	size_t		i;

	(void)state;
	budget_init(&budget, 40);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, taker,
		    &budget), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(budget.used, 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(takes_up_to_its_ceiling),
		cmocka_unit_test(is_shared_by_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
