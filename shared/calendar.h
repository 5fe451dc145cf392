#ifndef CALENDAR_H
#define CALENDAR_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/*
 * The calendar of UTC (Gregorian, years from 0 on) in 64 bits on every machine:
 * a time_t of 32 bits ends in 2038, and what somebody says ends in 2099 must
 * not have ended. Seconds are since 1970; months are, too: 1970-01 is 0.
 */
int64_t	calendar_month(int64_t seconds);
int64_t	calendar_month_start(int64_t month);	/* seconds */

/* Of a date as strptime() leaves it: no member but tm_mday is out of range. */
int64_t	calendar_seconds(const struct tm *);

/* Whether its month has that day. */
bool	calendar_has(const struct tm *);

#endif
