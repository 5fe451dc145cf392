#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "calendar.h"

#define DAY_S	86400

static struct tm
date(const char *text)
{
	struct tm	 utc = { .tm_mday = 1 };
	const char	*end = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);

	assert_non_null(end);
	assert_string_equal(end, "Z");
	return utc;
}

static void
dates_are_seconds_in_64_bits(void **state)
{
	static const struct {
		const char	*date;
		int64_t		 seconds;
	} cases[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1969-12-31T23:59:59Z", -1 },
		{ "2000-02-29T12:00:00Z", INT64_C(951825600) },
		{ "2038-01-19T03:14:07Z", INT64_C(2147483647) },
		{ "2038-01-19T03:14:08Z", INT64_C(2147483648) },
		{ "2099-12-31T23:59:59Z", INT64_C(4102444799) },
		{ "2100-03-01T00:00:00Z", INT64_C(4107542400) },
		{ "2999-01-01T00:00:00Z", INT64_C(32472144000) },
		{ "9999-12-31T23:59:59Z", INT64_C(253402300799) },
	};
	struct tm	utc;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		utc = date(cases[i].date);
		assert_true(calendar_seconds(&utc) == cases[i].seconds);
	}
}

/* As far as this machine's own calendar goes. */
static void
every_day_is_the_c_librarys(void **state)
{
	const int64_t	last = sizeof(time_t) > 4 ? 253402300799 : INT32_MAX;
	int64_t		seconds, month;
	struct tm	utc;
	time_t		then;

	(void)state;
	for (seconds = -70LL * 366 * DAY_S; seconds < last; seconds += DAY_S) {
		then = (time_t)seconds;
		assert_non_null(gmtime_r(&then, &utc));
		month = (utc.tm_year - 70) * 12 + utc.tm_mon;
		assert_true(calendar_seconds(&utc) == seconds);
		assert_true(calendar_month(seconds) == month);
		assert_true(calendar_month(seconds + DAY_S - 1) == month);
		assert_true(calendar_month_start(month) ==
		    seconds - (utc.tm_mday - 1) * DAY_S);
		assert_true(calendar_has(&utc));
	}
}

static void
months_have_their_days(void **state)
{
	static const struct {
		const char	*date;
		bool		 is;
	} cases[] = {
		{ "2027-01-31T00:00:00Z", true },
		{ "2027-02-28T00:00:00Z", true },
		{ "2027-02-29T00:00:00Z", false },
		{ "2028-02-29T00:00:00Z", true },
		{ "2028-02-30T00:00:00Z", false },
		{ "2100-02-29T00:00:00Z", false },
		{ "2400-02-29T00:00:00Z", true },
		{ "2027-04-31T00:00:00Z", false },
		{ "2027-12-31T00:00:00Z", true },
	};
	struct tm	utc;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		utc = date(cases[i].date);
		assert_int_equal(calendar_has(&utc), cases[i].is);
	}
	utc.tm_mday = 0;
	assert_false(calendar_has(&utc));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_seconds_in_64_bits),
		cmocka_unit_test(every_day_is_the_c_librarys),
		cmocka_unit_test(months_have_their_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
