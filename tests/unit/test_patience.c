#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "upstream/patience.h"

static void
test_the_longer_limit_counts(void **state)
{
	struct config	config = { .first_byte_timeout_s = 600,
			    .idle_timeout_s = 300 };
	struct patience	patience;

	(void)state;
	patience_start(&patience, &config);
	assert_int_equal(patience.limit_s, 600);
	config.idle_timeout_s = 900;
	patience_start(&patience, &config);
	assert_int_equal(patience.limit_s, 900);
}

static void
test_content_renews_it(void **state)
{
	struct config	config = { .first_byte_timeout_s = 60,
			    .idle_timeout_s = 30 };
	struct patience	patience;
	struct problem	problem;

	(void)state;
	problem_clear(&problem);
	patience_start(&patience, &config);
	assert_int_equal(patience_check(&patience, &problem), 0);
	patience.since_ms -= 60000;
	assert_int_equal(patience_check(&patience, &problem), -1);
	assert_int_equal(problem.kind, PROBLEM_TIMEOUT);
	assert_string_equal(problem.message, "the upstream sent nothing but "
	    "signs of life for 60 seconds");
	patience_renew(&patience);
	assert_int_equal(patience_check(&patience, &problem), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_longer_limit_counts),
		cmocka_unit_test(test_content_renews_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
