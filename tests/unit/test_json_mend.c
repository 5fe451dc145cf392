#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json_mend.h"

static const struct {
	const char	*from, *to;
} cases[] = {
	{ "{\"a\":[1,\"\xc3\xa9\xf0\x9f\x98\x80\",true]}",
	    "{\"a\":[1,\"\xc3\xa9\xf0\x9f\x98\x80\",true]}" },
	{ "\"caf\xe9 ok\"", "\"caf\xef\xbf\xbd ok\"" },
	{ "\"\xf0\x9f\x98\"", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\"\xe9\xc3\xa9\"", "\"\xef\xbf\xbd\xc3\xa9\"" },
	{ "\"a\tb\nc\"", "\"a\\u0009b\\u000ac\"" },
	{ "\"\\\"\\\\\\u00e9\"", "\"\\\"\\\\\\u00e9\"" },
	{ "\"\\d\\'\"", "\"\\\\d\\\\'\"" },
	{ "[NaN,-Infinity,Infinity,\"NaN\"]", "[null,null,null,\"NaN\"]" },
	{ "\"open\\", "\"open\\\\" },
};

static void
mends(void **state)
{
	struct buf	out;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&out, 1024, NULL);
		assert_int_equal(json_mend(&out, cases[i].from,
		    strlen(cases[i].from)), 0);
		assert_int_equal(out.length, strlen(cases[i].to));
		assert_memory_equal(out.at, cases[i].to, out.length);
		buf_release(&out);
	}
}

static void
has_a_ceiling(void **state)
{
	struct buf	out;

	(void)state;
	buf_init(&out, 4, NULL);
	assert_int_equal(json_mend(&out, "\"\xff\xff\"", 4), -1);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(mends),
		cmocka_unit_test(has_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
