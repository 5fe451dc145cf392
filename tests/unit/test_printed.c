#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "printed.h"

#define NOW	1760000000

static void
what_is_understood(void **state)
{
	static const struct {
		const char	*text, *key;
		int64_t		 expires_at, lifetime_s;
	} cases[] = {
		{ "ya29.a-b_c", "ya29.a-b_c", 0, 0 },
		{ " \r\n\tsk-1 \r\nsecond line\n", "sk-1", 0, 0 },
		{ "{\"access_token\":\"a\",\"expires_in\":60}", "a", NOW + 60,
		    60 },
		{ "{\"token\":\"a\",\"expires_in\":\"60\"}", "a", NOW + 60,
		    60 },
		{ "{\"token\":\"b\",\"access_token\":\"a\"}", "a", 0, 0 },
		{ "{\"accessToken\":\"a\",\"expires_on\":1760000100,"
		    "\"expiresOn\":\"2025-10-09 10:00:00.000000\"}", "a",
		    NOW + 100, 100 },
		{ "{\"token\":\"a\",\"expires_at\":1760000100000}", "a",
		    NOW + 100, 100 },
		{ "{\"token\":\"a\",\"expires_at\":\"tomorrow\"}", "a", 0,
		    0 },
		{ "{\"token\":\"a\",\"expires_in\":-5}", "a", 0, 0 },
		{ "{\"token\":\"a\",\"expires_in\":99999999999}",
		    "a", 0, INT32_MAX },
		{ "{\"token\":\"a\",\"expires_at\":99999999999}",
		    "a", 99999999999, INT32_MAX },
		/* {"iat":1759999000,"exp":1760000500} */
		{ "e30.eyJpYXQiOjE3NTk5OTkwMDAsImV4cCI6MTc2MDAwMDUwMH0.x",
		    "e30.eyJpYXQiOjE3NTk5OTkwMDAsImV4cCI6MTc2MDAwMDUwMH0.x",
		    NOW + 500, 1500 },
		/* One that is over by our clock may be right by another. */
		{ "{\"token\":\"a\",\"expires_at\":1}", "a", 1, 0 },
	};
	struct printed	printed;
	struct problem	problem;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(printed_read(&printed, cases[i].text,
		    strlen(cases[i].text), NOW, &problem), 0);
		assert_string_equal(printed.key, cases[i].key);
		assert_int_equal(printed.expires_at, cases[i].expires_at);
		assert_int_equal(printed.lifetime_s, cases[i].lifetime_s);
		printed_release(&printed);
	}
}

static void
what_is_not(void **state)
{
	static const struct {
		const char	*text;
		size_t		 length;
		const char	*why;
	} cases[] = {
		{ "", 0, "nothing" },
		{ " \n\r\t", 4, "nothing" },
		{ "\0", 1, "a line that is no key" },
		{ "secret\0x", 8, "a line that is no key" },
		{ "secret\0", 7, "a line that is no key" },
		{ "secret word", 11, "a line that is no key" },
		{ "secret\x7f", 7, "a line that is no key" },
		{ "secret\xc3\xa4", 8, "a line that is no key" },
		{ "{\"token\":\"secret", 16, "JSON that is none" },
		{ "{\"token\":\"sec ret\"}", 19, "without a usable" },
		{ "{\"token\":\"sec\\u0000ret\"}", 24, "without a usable" },
		{ "{\"token\":[\"secret\"]}", 20, "without a usable" },
		{ "{}", 2, "without a usable" },
	};
	struct printed	printed;
	struct problem	problem;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(printed_read(&printed, cases[i].text,
		    cases[i].length, NOW, &problem), -1);
		assert_non_null(strstr(problem.message, cases[i].why));
		assert_null(strstr(problem.message, "sec"));
		assert_null(printed.key);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(what_is_understood),
		cmocka_unit_test(what_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
