#include "build.h"

#include <pthread.h>
#include <stdatomic.h>

#include "board_cases.h"
#include "scoreboard_quota.h"

#define NAME	4711
#define NOW	1790000000	/* 2026-09-21 14:13:20 UTC */
#define DAY	86400

static void
a_minute_begins_with_its_first_request(void **state)
{
	struct scoreboard		*board = board_open();
	struct quota			*quota = scoreboard_quota(board, NAME);
	static const struct quota_limits two = { .requests_per_minute = 2 };
	struct quota_seat		 seat;

	(void)state;
	assert_int_equal(quota_requests(quota, NOW), 0);
	assert_int_equal(quota_enter(board, quota, &two, 0, NOW, &seat),
	    QUOTA_NONE);
	assert_null(seat.quota);
	assert_int_equal(quota_enter(board, quota, &two, 0, NOW + 30, &seat),
	    QUOTA_NONE);
	assert_int_equal(quota_requests(quota, NOW + 30), 2);
	assert_int_equal(quota_enter(board, quota, &two, 0, NOW + 59, &seat),
	    QUOTA_REQUESTS_PER_MINUTE);
	assert_int_equal(quota_minute_end(quota, NOW + 59), NOW + 60);
	assert_int_equal(quota_enter(board, quota, &two, 0, NOW + 60, &seat),
	    QUOTA_NONE);
	assert_int_equal(quota_requests(quota, NOW + 60), 1);
	/* A clock that was set back begins one, too. */
	assert_int_equal(quota_requests(quota, NOW), 0);
	scoreboard_close(board);
}

static void
tokens_are_of_a_day_and_of_a_month(void **state)
{
	struct scoreboard	*board = board_open();
	struct quota		*quota = scoreboard_quota(board, NAME);

	(void)state;
	assert_true(quota_is_new(quota));
	quota_spend(quota, NOW, 100);
	quota_spend(quota, NOW, 1);
	assert_false(quota_is_new(quota));
	assert_int_equal(quota_tokens(quota, QUOTA_DAY, NOW), 101);
	assert_int_equal(quota_tokens(quota, QUOTA_DAY, NOW + DAY), 0);
	quota_spend(quota, NOW + DAY, 10);
	assert_int_equal(quota_tokens(quota, QUOTA_DAY, NOW + DAY), 10);
	assert_int_equal(quota_tokens(quota, QUOTA_MONTH, NOW + DAY), 111);
	assert_int_equal(quota_tokens(quota, QUOTA_MONTH, NOW + 10 * DAY), 0);
	scoreboard_close(board);
}

static void
windows_end_at_midnight_and_on_the_first(void **state)
{
	(void)state;
	assert_int_equal(quota_window_start(QUOTA_DAY, NOW), 1789948800);
	assert_int_equal(quota_window_end(QUOTA_DAY, NOW), 1789948800 + DAY);
	/* 2026-09-01, 2026-10-01 */
	assert_int_equal(quota_window_start(QUOTA_MONTH, NOW), 1788220800);
	assert_int_equal(quota_window_end(QUOTA_MONTH, NOW), 1790812800);
	/* 2028-02-29 23:59:59, and a second later. */
	assert_int_equal(quota_window_end(QUOTA_MONTH, 1835481599),
	    1835481600);
	assert_int_equal(quota_window_start(QUOTA_MONTH, 1835481600),
	    1835481600);
	/* 2026-12-31, 2027-01-01 */
	assert_int_equal(quota_window_end(QUOTA_MONTH, 1798718400),
	    1798761600);
}

static void
what_was_before_is_said_once(void **state)
{
	struct scoreboard	*board = board_open();
	struct quota		*quota = scoreboard_quota(board, NAME);
	static const uint64_t	 first[] = { 5, 50 }, second[] = { 7, 70 };

	(void)state;
	quota_fill(quota, NOW, first);
	quota_spend(quota, NOW, 1);
	quota_fill(quota, NOW, second);
	assert_int_equal(quota_tokens(quota, QUOTA_DAY, NOW), 6);
	assert_int_equal(quota_tokens(quota, QUOTA_MONTH, NOW), 51);
	assert_ptr_equal(scoreboard_quota(board, NAME), quota);
	assert_true(quota_is_new(scoreboard_quota(board, NAME + 1)));
	scoreboard_close(board);
}

static void
what_others_may_use_counts(void **state)
{
	struct scoreboard		*board = board_open();
	struct quota			*quota = scoreboard_quota(board, NAME);
	static const struct quota_limits limits = {
		.tokens = { [QUOTA_DAY] = 100, [QUOTA_MONTH] = 150 },
	};
	struct quota_seat		 a, b;

	(void)state;
	assert_int_equal(quota_enter(board, quota, &limits, 60, NOW, &a),
	    QUOTA_NONE);
	assert_int_equal(quota_enter(board, quota, &limits, 60, NOW, &b),
	    QUOTA_NONE);
	assert_int_equal(quota_enter(board, quota, &limits, 60, NOW, &b),
	    QUOTA_TOKENS_PER_DAY);
	assert_null(b.quota);
	quota_leave(&a);
	quota_leave(&a);
	quota_spend(quota, NOW, 39);
	assert_int_equal(quota_enter(board, quota, &limits, 1, NOW, &a),
	    QUOTA_NONE);
	quota_spend(quota, NOW, 61);
	assert_int_equal(quota_enter(board, quota, &limits, 1, NOW, &b),
	    QUOTA_TOKENS_PER_DAY);
	assert_int_equal(quota_enter(board, quota, &limits, 1, NOW + DAY, &b),
	    QUOTA_TOKENS_PER_MONTH);
	scoreboard_close(board);
}

static const struct quota_limits	three = { .concurrent = 3 };

static void
take_two(struct scoreboard *board)
{
	struct quota_seat	seat;
	int			i;

	for (i = 0; i < 2; i++)
		if (quota_enter(board, scoreboard_quota(board, NAME), &three,
		    0, NOW, &seat) != QUOTA_NONE)
			_exit(1);
}

static void
places_of_a_dead_process_are_free(void **state)
{
	struct scoreboard	*board = board_open();
	struct quota		*quota = scoreboard_quota(board, NAME);
	pid_t			 pid = board_process(take_two), next;
	struct quota_seat	 seat;

	(void)state;
	assert_int_equal(quota_enter(board, quota, &three, 0, NOW, &seat),
	    QUOTA_NONE);
	assert_int_equal(quota_enter(board, quota, &three, 0, NOW, &seat),
	    QUOTA_CONCURRENT);
	board_kill(pid);
	/* Who gets the dead one's slot does not get its places. */
	next = board_process(take_two);
	assert_int_equal(quota_enter(board, quota, &three, 0, NOW, &seat),
	    QUOTA_CONCURRENT);
	board_kill(next);
	assert_int_equal(quota_enter(board, quota, &three, 0, NOW, &seat),
	    QUOTA_NONE);
	scoreboard_close(board);
}

#define THREADS	16
#define ROUNDS	2000

static atomic_int	inside, most;

static void *
enter_and_leave(void *of)
{
	struct scoreboard	*board = of;
	struct quota		*quota = scoreboard_quota(board, NAME);
	struct quota_seat	 seat;
	int			 i, now, seen;

	for (i = 0; i < ROUNDS; i++) {
		if (quota_enter(board, quota, &three, 0, NOW, &seat) !=
		    QUOTA_NONE)
			continue;
		now = atomic_fetch_add(&inside, 1) + 1;
		seen = atomic_load(&most);
		while (seen < now &&
		    !atomic_compare_exchange_weak(&most, &seen, now))
			;
		atomic_fetch_sub(&inside, 1);
		quota_leave(&seat);
	}
	return NULL;
}

static void
never_more_than_the_limit_at_once(void **state)
{
	struct scoreboard	*board = board_open();
	pthread_t		 threads[THREADS];
	int			 i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    enter_and_leave, board), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_in_range(most, 1, 3);
	scoreboard_close(board);
}

static void
the_one_that_nobody_asked_for_makes_room(void **state)
{
	struct scoreboard	*board = board_open();
	static const uint64_t	 known[] = { 5, 50 };
	struct quota		*quota;
	uint64_t		 name;

	(void)state;
	for (name = 1; name <= SCOREBOARD_QUOTAS; name++)
		quota_fill(scoreboard_quota(board, name), NOW, known);
	quota = scoreboard_quota(board, SCOREBOARD_QUOTAS + 1);
	assert_non_null(quota);
	assert_true(quota_is_new(quota));
	scoreboard_close(board);
}

#define WITH_BOARD(test)						\
	cmocka_unit_test_setup_teardown(test, board_setup, board_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BOARD(a_minute_begins_with_its_first_request),
		WITH_BOARD(tokens_are_of_a_day_and_of_a_month),
		cmocka_unit_test(windows_end_at_midnight_and_on_the_first),
		WITH_BOARD(what_was_before_is_said_once),
		WITH_BOARD(what_others_may_use_counts),
		WITH_BOARD(places_of_a_dead_process_are_free),
		WITH_BOARD(never_more_than_the_limit_at_once),
		WITH_BOARD(the_one_that_nobody_asked_for_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
