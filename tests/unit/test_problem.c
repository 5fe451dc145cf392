#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "problem.h"

static void
says_what_was_set_last(void **state)
{
	struct problem	p;

	(void)state;
	problem_clear(&p);
	assert_int_equal(p.kind, PROBLEM_NONE);
	assert_int_equal(problem_field(&p, PROBLEM_INVALID, "messages",
	    "messages[%d] has no role", 3), -1);
	assert_string_equal(p.message, "messages[3] has no role");
	assert_string_equal(p.parameter, "messages");
	assert_int_equal(problem_status(&p), 400);
	p.status = 422;
	p.retry_after_s = 5;
	assert_int_equal(problem_status(&p), 422);
	assert_int_equal(problem_set(&p, PROBLEM_TIMEOUT, "late: %s",
	    p.message), -1);
	assert_string_equal(p.message, "late: messages[3] has no role");
	assert_int_equal(problem_status(&p), 504);
	assert_null(p.parameter);
	assert_int_equal(p.retry_after_s, 0);
}

static void
cuts_long_messages_between_characters(void **state)
{
	struct problem	p;
	char		text[1200];
	size_t		i;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[1000] = '\0';
	problem_set(&p, PROBLEM_SERVER, "%s", text);
	assert_int_equal(strlen(p.message), sizeof(p.message) - 1);
	for (i = 0; i < 4; i++) {
		memset(text, 'a', i);
		text[i] = '\0';
		while (strlen(text) < 1000)
			strncat(text, "\xf0\x9f\x98\x80", 5);
		problem_set(&p, PROBLEM_SERVER, "%s", text);
		assert_int_equal((strlen(p.message) - i) % 4, 0);
		assert_in_range(strlen(p.message), 500, 511);
	}
}

static void
maps_kinds_and_statuses(void **state)
{
	(void)state;
	assert_int_equal(problem_of_status(400), PROBLEM_INVALID);
	assert_int_equal(problem_of_status(401), PROBLEM_UNAUTHORIZED);
	assert_int_equal(problem_of_status(404), PROBLEM_MISSING);
	assert_int_equal(problem_of_status(422), PROBLEM_INVALID);
	assert_int_equal(problem_of_status(429), PROBLEM_RATE);
	assert_int_equal(problem_of_status(500), PROBLEM_SERVER);
	assert_int_equal(problem_of_status(503), PROBLEM_OVERLOADED);
	assert_int_equal(problem_of_status(520), PROBLEM_SERVER);
	assert_int_equal(problem_of_status(529), PROBLEM_OVERLOADED);
	assert_int_equal(problem_of_status(302), PROBLEM_UPSTREAM);
	assert_int_equal(problem_of_status(0), PROBLEM_UPSTREAM);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(says_what_was_set_last),
		cmocka_unit_test(cuts_long_messages_between_characters),
		cmocka_unit_test(maps_kinds_and_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
