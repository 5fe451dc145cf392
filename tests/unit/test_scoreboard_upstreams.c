#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scoreboard.h"
#include "scoreboard_board.h"

#define ONE	7777u

static struct scoreboard	*board;

static int
setup(void **state)
{
	struct problem	problem;

	(void)state;
	board = scoreboard_open(NULL, &problem);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	scoreboard_close(board);
	return 0;
}

static void
is_left_alone_after_three_failures(void **state)
{
	struct upstream_health	health;
	int64_t			away;

	(void)state;
	scoreboard_upstream_failed(board, ONE, 0, "it answered 529");
	scoreboard_upstream_failed(board, ONE, 0, "it answered 529");
	assert_int_equal(scoreboard_upstream_away_ms(board, ONE), 0);
	scoreboard_upstream_failed(board, ONE, 0, "it answered 500");
	away = scoreboard_upstream_away_ms(board, ONE);
	assert_in_range(away, 4000, 5000);
	assert_int_equal(scoreboard_upstream_away_ms(board, ONE + 1), 0);
	scoreboard_upstream_read(board, ONE, &health);
	assert_int_equal(health.failures, 3);
	assert_string_equal(health.reason, "it answered 500");
	assert_in_range(health.away_ms, 4000, 5000);
}

static void
a_success_forgives(void **state)
{
	struct upstream_health	health;

	(void)state;
	scoreboard_upstream_failed(board, ONE, 0, "a");
	scoreboard_upstream_failed(board, ONE, 0, "a");
	scoreboard_upstream_good(board, ONE);
	scoreboard_upstream_failed(board, ONE, 0, "a");
	scoreboard_upstream_failed(board, ONE, 0, "a");
	assert_int_equal(scoreboard_upstream_away_ms(board, ONE), 0);
	scoreboard_upstream_read(board, ONE, &health);
	assert_int_equal(health.failures, 2);
}

static void
what_it_says_itself_counts_at_once(void **state)
{
	(void)state;
	scoreboard_upstream_failed(board, ONE, 30, "slow down");
	assert_in_range(scoreboard_upstream_away_ms(board, ONE), 29000, 30000);
	scoreboard_upstream_failed(board, ONE + 1, 1, "slow down");
	assert_in_range(scoreboard_upstream_away_ms(board, ONE + 1), 4000,
	    5000);
	scoreboard_upstream_failed(board, ONE + 2, 86400, "tomorrow");
	assert_in_range(scoreboard_upstream_away_ms(board, ONE + 2), 3599000,
	    3600000);
}

/* Those that were on their way when it was set aside make it no longer. */
static void
a_burst_counts_as_one(void **state)
{
	int	i;

	(void)state;
	for (i = 0; i < 64; i++)
		scoreboard_upstream_failed(board, ONE, 0, "a");
	assert_in_range(scoreboard_upstream_away_ms(board, ONE), 4000, 5000);
	/* Also one that says when to come again, and the longest counts. */
	for (i = 0; i < 64; i++)
		scoreboard_upstream_failed(board, ONE, i == 30 ? 8 : 1, "a");
	assert_in_range(scoreboard_upstream_away_ms(board, ONE), 7000, 8000);
}

/* Its pause is over. */
static void
pass_time(uint64_t hash)
{
	atomic_store(&board->board->upstreams[hash % SCOREBOARD_UPSTREAMS]
	    .away_until_ms, 1);
}

static void
one_alone_tries_it_until_it_begins_to_answer(void **state)
{
	(void)state;
	scoreboard_upstream_failed(board, ONE, 30, "a");
	pass_time(ONE);
	assert_int_equal(scoreboard_upstream_away_ms(board, ONE), 0);
	assert_in_range(scoreboard_upstream_away_ms(board, ONE), 29000, 30000);
	scoreboard_upstream_tried(board, ONE);
	assert_int_equal(scoreboard_upstream_away_ms(board, ONE), 0);
	assert_in_range(scoreboard_upstream_away_ms(board, ONE), 29000, 30000);
	scoreboard_upstream_tried(board, ONE + 1);
}

static void
pauses_grow_to_a_minute(void **state)
{
	static const int64_t	most[] = { 5000, 10000, 20000, 40000, 60000,
				    60000 };
	size_t			i;

	(void)state;
	for (i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		scoreboard_upstream_failed(board, ONE, 1, "a");
		assert_in_range(scoreboard_upstream_away_ms(board, ONE),
		    most[i] - 1000, most[i]);
		pass_time(ONE);
	}
}

static void
reasons_are_cut(void **state)
{
	struct upstream_health	health;
	char			reason[400];

	(void)state;
	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	scoreboard_upstream_failed(board, ONE, 0, reason);
	scoreboard_upstream_read(board, ONE, &health);
	assert_int_equal(strlen(health.reason), SCOREBOARD_REASON - 1);
}

static void
more_than_there_is_room_for(void **state)
{
	uint64_t	i;

	(void)state;
	for (i = 1; i < SCOREBOARD_UPSTREAMS * 2; i++)
		scoreboard_upstream_failed(board, i, 100, "a");
	assert_in_range(scoreboard_upstream_away_ms(board, i - 1), 90000,
	    100000);
	for (i = 0; i < 100000; i += 1000)
		assert_in_range(scoreboard_upstream_away_ms(board, i), 0,
		    100000);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(
		    is_left_alone_after_three_failures, setup, teardown),
		cmocka_unit_test_setup_teardown(a_success_forgives, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    what_it_says_itself_counts_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_burst_counts_as_one, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    one_alone_tries_it_until_it_begins_to_answer, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(pauses_grow_to_a_minute, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(reasons_are_cut, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(more_than_there_is_room_for,
		    setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
