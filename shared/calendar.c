#include "build.h"

#include "calendar.h"

#define DAY_S		86400
#define MARCH_0		719468	/* days from year 0's first of March to 1970 */

/* A year begins with March, so that its last day is the one that may lack. */

int64_t
calendar_month(int64_t seconds)
{
	int64_t	days = seconds / DAY_S - (seconds % DAY_S < 0) + MARCH_0;
	int64_t	era = days / 146097, rest = days % 146097;
	int64_t	year = (rest - rest / 1460 + rest / 36524 - rest / 146096) /
		    365;
	int64_t	day = rest - (365 * year + year / 4 - year / 100);

	return (era * 400 + year - 1970) * 12 + (5 * day + 2) / 153 + 2;
}

int64_t
calendar_month_start(int64_t month)
{
	int64_t	months = month + 1970 * 12 - 2;
	int64_t	year = months / 12;
	int64_t	days = 365 * year + year / 4 - year / 100 + year / 400 +
		    (153 * (months % 12) + 2) / 5;

	return (days - MARCH_0) * DAY_S;
}

static int64_t
month_of(const struct tm *utc)
{
	return ((int64_t)utc->tm_year - 70) * 12 + utc->tm_mon;
}

int64_t
calendar_seconds(const struct tm *utc)
{
	return calendar_month_start(month_of(utc)) +
	    ((int64_t)utc->tm_mday - 1) * DAY_S + utc->tm_hour * 3600 +
	    utc->tm_min * 60 + utc->tm_sec;
}

bool
calendar_has(const struct tm *utc)
{
	int64_t	month = month_of(utc), start = calendar_month_start(month);

	return utc->tm_mday > 0 && start + (int64_t)utc->tm_mday * DAY_S <=
	    calendar_month_start(month + 1);
}
