#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json_text.h"
#include "neutral/spoken.h"

static void
rests(const char *one, const char *two, const char *whole, const char *rest)
{
	struct spoken	spoken = { 0, 0 };
	struct escaped	got;

	spoken_add(&spoken, escaped_of(one));
	spoken_add(&spoken, escaped_of(two));
	got = spoken_rest(&spoken, escaped_of(whole));
	assert_int_equal(got.length, strlen(rest));
	assert_memory_equal(got.at, rest, got.length);
	assert_int_equal(spoken_all(&spoken, escaped_of(whole)),
	    *rest == '\0' && strcmp(whole, "other") != 0 && *whole != '\0' &&
	    strlen(one) + strlen(two) > 0);
}

static void
what_is_missing_is_the_end(void **state)
{
	(void)state;
	rests("", "", "whole", "whole");
	rests("wh", "o", "whole", "le");
	rests("wh", "ole", "whole", "");
	rests("a\\n", "b", "a\\nb\\\"c", "\\\"c");
	rests("\\u0061", "b", "ab\\u00e9", "\\u00e9");
	rests("\\u00e9", "", "\xc3\xa9x", "x");
}

static void
what_was_said_otherwise_adds_nothing(void **state)
{
	(void)state;
	rests("an", "other", "other", "");
	rests("others", "", "other", "");
	rests("x", "", "other", "");
	rests("x", "", "", "");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(what_is_missing_is_the_end),
		cmocka_unit_test(what_was_said_otherwise_adds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
