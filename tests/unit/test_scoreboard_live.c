#include "build.h"

#include "board_cases.h"
#include "scoreboard_live.h"

static const struct live_exchange	one = { "alice", "claude", "anthropic",
    "messages", 1700000000000, 0, true };

static void
what_is_shown_is_seen_by_all(void **state)
{
	struct scoreboard	*board = board_open(), *other = board_open();
	struct live_exchange	 seen[4];
	struct live		*live = scoreboard_show(board, &one);

	(void)state;
	*live_bytes_of(live) = 77;
	assert_int_equal(scoreboard_live(other, seen, 4), 1);
	assert_string_equal(seen[0].key, "alice");
	assert_string_equal(seen[0].model, "claude");
	assert_string_equal(seen[0].upstream, "anthropic");
	assert_string_equal(seen[0].dialect, "messages");
	assert_int_equal(seen[0].began_ms, 1700000000000);
	assert_int_equal(seen[0].bytes, 77);
	assert_true(seen[0].stream);
	assert_non_null(scoreboard_show(other, &one));
	assert_int_equal(scoreboard_live(other, seen, 1), 1);
	assert_int_equal(scoreboard_live(other, seen, 4), 2);
	live_end(live);
	assert_int_equal(scoreboard_live(other, seen, 4), 1);
	assert_null(live_bytes_of(NULL));
	live_end(NULL);
	scoreboard_close(other);
	assert_int_equal(scoreboard_live(board, seen, 4), 0);
	scoreboard_close(board);
}

static void
show_one(struct scoreboard *board)
{
	if (scoreboard_show(board, &one) == NULL)
		_exit(1);
}

/* ... and its entries are used again. */
static void
a_dead_process_shows_nothing(void **state)
{
	struct scoreboard	*board = board_open();
	struct live_exchange	 seen[4];
	pid_t			 pid = board_process(show_one);
	int			 i;

	(void)state;
	assert_int_equal(scoreboard_live(board, seen, 4), 1);
	board_kill(pid);
	assert_int_equal(scoreboard_live(board, seen, 4), 0);
	for (i = 0; i < SCOREBOARD_LIVE; i++)
		assert_non_null(scoreboard_show(board, &one));
	assert_null(scoreboard_show(board, &one));
	scoreboard_close(board);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_shown_is_seen_by_all,
		    board_setup, board_teardown),
		cmocka_unit_test_setup_teardown(a_dead_process_shows_nothing,
		    board_setup, board_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
