#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "neutral/efforts.h"

static void
budgets_and_efforts_go_both_ways(void **state)
{
	static const struct {
		int64_t		budget;
		enum effort	effort;
	} cases[] = {
		{ -1, EFFORT_AUTO }, { 0, EFFORT_OFF }, { 1, EFFORT_LOW },
		{ 4096, EFFORT_LOW }, { 12287, EFFORT_LOW },
		{ 12288, EFFORT_MEDIUM }, { 24576, EFFORT_HIGH },
		{ 31999, EFFORT_HIGH }, { 40960, EFFORT_XHIGH },
		{ INT64_MAX, EFFORT_XHIGH },
	};
	size_t	i;
	int	effort;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(efforts_of_budget(cases[i].budget),
		    cases[i].effort);
	for (effort = EFFORT_LOW; effort <= EFFORT_XHIGH; effort++)
		assert_int_equal(efforts_of_budget(
		    efforts_budget((enum effort)effort)), effort);
	assert_int_equal(efforts_budget(EFFORT_OFF), 0);
	assert_int_equal(efforts_budget(EFFORT_MAX), 40960);
}

static void
clamps_to_the_nearest(void **state)
{
	static const struct {
		unsigned	allowed;
		enum effort	effort, clamped;
	} cases[] = {
		{ 0, EFFORT_MAX, EFFORT_MAX },
		{ 1u << EFFORT_LOW, EFFORT_AUTO, EFFORT_AUTO },
		{ 1u << EFFORT_LOW, EFFORT_MAX, EFFORT_LOW },
		{ 1u << EFFORT_LOW, EFFORT_OFF, EFFORT_LOW },
		{ 1u << EFFORT_OFF | 1u << EFFORT_HIGH, EFFORT_LOW,
		    EFFORT_HIGH },
		{ 1u << EFFORT_OFF, EFFORT_HIGH, EFFORT_OFF },
		{ 1u << EFFORT_OFF | 1u << EFFORT_LOW, EFFORT_OFF,
		    EFFORT_OFF },
		{ 1u << EFFORT_LOW | 1u << EFFORT_HIGH, EFFORT_MEDIUM,
		    EFFORT_LOW },
		{ 1u << EFFORT_HIGH | 1u << EFFORT_XHIGH, EFFORT_MAX,
		    EFFORT_XHIGH },
	};
	struct model	model;
	size_t		i;

	(void)state;
	memset(&model, 0, sizeof(model));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		model.efforts = cases[i].allowed;
		assert_int_equal(efforts_clamp(&model, cases[i].effort),
		    cases[i].clamped);
	}
	assert_string_equal(efforts_word(EFFORT_OFF), "none");
	assert_string_equal(efforts_word(EFFORT_XHIGH), "xhigh");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(budgets_and_efforts_go_both_ways),
		cmocka_unit_test(clamps_to_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
