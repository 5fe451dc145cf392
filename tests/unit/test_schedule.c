#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tokend.h"

#define HOUR_S	3600
#define HOUR_MS	(3600 * 1000)
#define DAY_S	86400

/* The fake clocks. */
static struct moment	now;

static int
setup(void **state)
{
	(void)state;
	now = (struct moment){ .boot_ms = 1000000, .wall_s = 1760000000 };
	return 0;
}

/* Time goes by, on both clocks. */
static void
pass_s(int64_t seconds)
{
	now.boot_ms += seconds * 1000;
	now.wall_s += seconds;
}

static void
grant(struct schedule *schedule, int64_t lifetime_s)
{
	schedule_grant(schedule, now, lifetime_s, now.wall_s + lifetime_s,
	    false);
}

static void
test_six_hours(void **state)
{
	struct schedule	schedule = { .known = false };

	(void)state;
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
	assert_false(schedule_good(&schedule, now));
	grant(&schedule, 8 * HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now), 6 * HOUR_MS);
	pass_s(5 * HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now), HOUR_MS);
	assert_true(schedule_good(&schedule, now));
	pass_s(HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
	pass_s(2 * HOUR_S);
	assert_false(schedule_good(&schedule, now));
}

/* Short lives are renewed before their end, but never all the time. */
static void
test_before_expiry(void **state)
{
	static const struct {
		int64_t	lifetime_s, due_s;
	} cases[] = {
		{ 3 * HOUR_S, 3 * HOUR_S - 600 },
		{ HOUR_S, HOUR_S - 360 },
		{ 300, 270 },
		{ 40, 20 },
		{ 10, 5 },
		{ 30 * DAY_S, 6 * HOUR_S },
		{ 0, 6 * HOUR_S },
	};
	struct schedule	schedule;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memset(&schedule, 0, sizeof(schedule));
		grant(&schedule, cases[i].lifetime_s);
		assert_int_equal(schedule_due_ms(&schedule, now),
		    cases[i].due_s * 1000);
	}
}

/* A start with a fresh stored token calls nobody. */
static void
test_load(void **state)
{
	struct schedule	schedule;

	(void)state;
	schedule_load(&schedule, now, now.wall_s - HOUR_S,
	    now.wall_s + 7 * HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now), 5 * HOUR_MS);
	assert_true(schedule_good(&schedule, now));
	/* Old, expired, of unknown age, from the future. */
	schedule_load(&schedule, now, now.wall_s - 7 * HOUR_S,
	    now.wall_s + HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
	schedule_load(&schedule, now, now.wall_s - HOUR_S, now.wall_s - 1);
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
	assert_false(schedule_good(&schedule, now));
	schedule_load(&schedule, now, 0, now.wall_s + HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now),
	    HOUR_MS - 360 * 1000);
	schedule_load(&schedule, now, now.wall_s + DAY_S,
	    now.wall_s + DAY_S + 8 * HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now), 6 * HOUR_MS);
	/* More hours ago than the machine is up. */
	now.boot_ms = 5000;
	schedule_load(&schedule, now, now.wall_s - 5 * HOUR_S,
	    now.wall_s + 3 * HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now), HOUR_MS);
}

static void
test_clock_jumps(void **state)
{
	struct schedule	schedule = { .known = false };

	(void)state;
	/* Back by a year: the interval goes on as before. */
	grant(&schedule, 8 * HOUR_S);
	now.wall_s -= 365 * DAY_S;
	assert_int_equal(schedule_due_ms(&schedule, now), 6 * HOUR_MS);
	pass_s(6 * HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
	/* Granted by a clock that is a year late: still six hours. */
	schedule_grant(&schedule, now, 8 * HOUR_S,
	    now.wall_s + 365 * DAY_S + 8 * HOUR_S, false);
	assert_int_equal(schedule_due_ms(&schedule, now), 6 * HOUR_MS);

	/* Forward by a year: one refresh, and then no storm of them. */
	grant(&schedule, 8 * HOUR_S);
	now.wall_s += 365 * DAY_S;
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
	schedule_grant(&schedule, now, 8 * HOUR_S,
	    now.wall_s - 365 * DAY_S + 8 * HOUR_S, false);
	assert_int_equal(schedule_due_ms(&schedule, now), 6 * HOUR_MS);
	assert_true(schedule_good(&schedule, now));
	/* The clock is set right again: nothing happens. */
	now.wall_s -= 365 * DAY_S;
	assert_int_equal(schedule_due_ms(&schedule, now), 6 * HOUR_MS);
	pass_s(9 * HOUR_S);
	assert_false(schedule_good(&schedule, now));

	/* A night asleep: boot time and wall clock went on together. */
	grant(&schedule, 8 * HOUR_S);
	pass_s(10 * HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
}

/* After a pause that no clock saw, the wall clock is set right. */
static void
test_clock_set(void **state)
{
	static struct tokend	tokend;

	(void)state;
	assert_int_equal(tokend_clock_ahead_s(&tokend, now), 0);
	tokend.service_boot_s = now.wall_s - now.boot_ms / 1000;
	pass_s(HOUR_S);
	assert_int_equal(tokend_clock_ahead_s(&tokend, now), 0);
	now.wall_s += 2 * HOUR_S;
	assert_int_equal(tokend_clock_ahead_s(&tokend, now), 2 * HOUR_S);
	tokend_clock_set(&tokend);
	assert_int_equal(tokend_clock_ahead_s(&tokend, now), 0);
}

/* Unsent: the pauses grow to their ceiling, scattered, while the token is good. */
static void
test_backoff(void **state)
{
	struct schedule	schedule = { .known = false };
	int64_t		due, before = 0;
	int		i;

	(void)state;
	grant(&schedule, 8 * HOUR_S);
	pass_s(6 * HOUR_S);
	for (i = 0; i < 30; i++) {
		schedule_start(&schedule, now);
		schedule_fail(&schedule, now, false, 0, 512);
		due = schedule_due_ms(&schedule, now);
		assert_true(due >= before || due >= 60000);
		assert_in_range(due, 5000, 300000);
		before = due;
		pass_s(1);
		now.boot_ms = schedule.retry_boot_ms;
	}
	assert_int_equal(due, 300000);
	schedule_fail(&schedule, now, false, 0, 0);
	assert_int_equal(schedule_due_ms(&schedule, now), 225000);
	schedule_fail(&schedule, now, false, 0, 1023);
	assert_in_range(schedule_due_ms(&schedule, now), 374000, 375000);
	/* An expired token is urgent. */
	pass_s(3 * HOUR_S);
	schedule_fail(&schedule, now, false, 0, 512);
	assert_int_equal(schedule_due_ms(&schedule, now), 60000);
	/* The server's word counts, within reason. */
	schedule_fail(&schedule, now, false, 120, 512);
	assert_int_equal(schedule_due_ms(&schedule, now), 120000);
	schedule_fail(&schedule, now, true, 1000000, 512);
	assert_int_equal(schedule_due_ms(&schedule, now), HOUR_MS);
	/* Success forgets it all. */
	grant(&schedule, 8 * HOUR_S);
	assert_int_equal(schedule.failures, 0);
	assert_int_equal(schedule_due_ms(&schedule, now), 6 * HOUR_MS);
}

/* A lost answer: the same again at once, for 25 s after the first was sent. */
static void
test_replay(void **state)
{
	struct schedule	schedule = { .known = false };
	int64_t		first = now.boot_ms;
	int		tries = 0;

	(void)state;
	for (;;) {
		schedule_start(&schedule, now);
		pass_s(6);	/* time-outs */
		schedule_fail(&schedule, now, true, 0, 512);
		tries++;
		if (schedule_due_ms(&schedule, now) > 0)
			break;
	}
	assert_int_equal(tries, 5);
	assert_int_equal(schedule.first_sent_boot_ms, first);
	assert_int_equal(schedule_due_ms(&schedule, now), 10000);

	/* Answers of 500 at once: pauses between, so that nothing is hammered. */
	memset(&schedule, 0, sizeof(schedule));
	for (tries = 0; tries < 100; tries++) {
		schedule_start(&schedule, now);
		schedule_fail(&schedule, now, true, 0, 512);
		if (schedule_due_ms(&schedule, now) >= 5000)
			break;
		now.boot_ms = schedule.retry_boot_ms;
	}
	assert_in_range(tries, 4, 12);

	/* After a crash: at once, whatever the token's age. */
	schedule_load(&schedule, now, now.wall_s, now.wall_s + 8 * HOUR_S);
	schedule_resume(&schedule, now);
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
	schedule_start(&schedule, now);
	schedule_fail(&schedule, now, true, 0, 512);
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
}

/* What ends the quick repeats of an exchange whose answer was lost. */
static void
test_replay_ends(void **state)
{
	struct schedule	schedule = { .known = false };
	int		tries;

	(void)state;
	/* A server that answers how long to wait is not asked at once. */
	schedule_start(&schedule, now);
	schedule_fail(&schedule, now, true, 20, 512);
	assert_int_equal(schedule_due_ms(&schedule, now), 20000);
	assert_int_equal(schedule.first_sent_boot_ms, now.boot_ms);

	/* Where none is reached meanwhile, it is soon tried again all the same. */
	memset(&schedule, 0, sizeof(schedule));
	schedule_start(&schedule, now);
	schedule_fail(&schedule, now, true, 0, 512);
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
	schedule_start(&schedule, now);
	for (tries = 0; schedule_due_ms(&schedule, now) < 5000; tries++) {
		assert_true(tries < 12);
		pass_s(schedule_due_ms(&schedule, now) / 1000);
		schedule_start(&schedule, now);
		schedule_fail(&schedule, now, false, 0, 512);
	}
	assert_int_equal(tries, 8);
	/* The 25 s are over, and the pauses are those of any failure. */
	assert_in_range(now.boot_ms - schedule.first_sent_boot_ms, 25001,
	    29000);
	assert_int_equal(schedule_due_ms(&schedule, now), 10000);
	/* One that was never sent has nothing to repeat. */
	memset(&schedule, 0, sizeof(schedule));
	schedule_start(&schedule, now);
	schedule_fail(&schedule, now, false, 0, 512);
	assert_int_equal(schedule_due_ms(&schedule, now), 5000);
}

static void
test_dead(void **state)
{
	struct schedule	schedule = { .known = false };

	(void)state;
	grant(&schedule, 8 * HOUR_S);
	pass_s(6 * HOUR_S);
	assert_false(schedule_refuse(&schedule, now, 2));
	assert_int_equal(schedule_due_ms(&schedule, now), 1000);
	assert_true(schedule_refuse(&schedule, now, 2));
	pass_s(365 * DAY_S);
	assert_true(schedule_due_ms(&schedule, now) == SCHEDULE_NEVER);
	assert_false(schedule_ask(&schedule, now));
	schedule_wake(&schedule);
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
	/* What may be a middlebox's answer is asked more often. */
	assert_false(schedule_refuse(&schedule, now, 5));
	assert_false(schedule_refuse(&schedule, now, 5));
	assert_int_equal(schedule_due_ms(&schedule, now), 4000);
	assert_false(schedule_refuse(&schedule, now, 5));
	assert_false(schedule_refuse(&schedule, now, 5));
	assert_int_equal(schedule_due_ms(&schedule, now), 64000);
	assert_true(schedule_refuse(&schedule, now, 5));
	grant(&schedule, 8 * HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now), 6 * HOUR_MS);
}

static void
test_ask(void **state)
{
	static const int	pauses_s[] = { 30, 300, 1800, 1800 };
	struct schedule		schedule = { .known = false };
	size_t			i;

	(void)state;
	grant(&schedule, 8 * HOUR_S);
	for (i = 0; i < sizeof(pauses_s) / sizeof(*pauses_s); i++) {
		assert_true(schedule_ask(&schedule, now));
		assert_false(schedule_ask(&schedule, now));
		schedule_grant(&schedule, now, 8 * HOUR_S,
		    now.wall_s + 8 * HOUR_S, true);
		pass_s(pauses_s[i] - 1);
		assert_false(schedule_ask(&schedule, now));
		pass_s(1);
	}
	/* Not while a refresh fails anyway; a scheduled one begins anew. */
	schedule_fail(&schedule, now, false, 0, 1);
	assert_false(schedule_ask(&schedule, now));
	grant(&schedule, 8 * HOUR_S);
	assert_true(schedule_ask(&schedule, now));
	pass_s(30);
	assert_true(schedule_ask(&schedule, now));
}

/* Another host has the token, too: its turn is first. */
static void
test_yield(void **state)
{
	struct schedule	schedule = { .known = false };

	(void)state;
	grant(&schedule, 8 * HOUR_S);
	schedule_yield(&schedule);
	assert_int_equal(schedule_due_ms(&schedule, now), 8 * HOUR_MS);
	assert_false(schedule_ask(&schedule, now));
	pass_s(8 * HOUR_S - 1);
	assert_int_equal(schedule_due_ms(&schedule, now), 1000);
	assert_false(schedule_ask(&schedule, now));
	pass_s(1);
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
	assert_true(schedule_ask(&schedule, now));
	grant(&schedule, 8 * HOUR_S);
	assert_int_equal(schedule_due_ms(&schedule, now), 6 * HOUR_MS);
	/* Whoever wants it all the same. */
	schedule_yield(&schedule);
	schedule_wake(&schedule);
	assert_int_equal(schedule_due_ms(&schedule, now), 0);
}

#define TEST(name)	cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_six_hours),
		TEST(test_before_expiry),
		TEST(test_load),
		TEST(test_clock_jumps),
		TEST(test_clock_set),
		TEST(test_backoff),
		TEST(test_replay),
		TEST(test_replay_ends),
		TEST(test_dead),
		TEST(test_ask),
		TEST(test_yield),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
