#include "build.h"

#include "board_cases.h"
#include "scoreboard_series.h"

static const struct series_labels	one = { "chat", "glm-5", "common" },
					two = { "chat", "glm-5", "spare" };
static const uint64_t	tokens[SERIES_TOKENS] = { 1, 2, 3, 4, 5 };

static void
all_processes_add_to_the_same(void **state)
{
	struct scoreboard	*board = board_open(), *other = board_open();
	struct series		 seen;

	(void)state;
	assert_int_equal(scoreboard_series_read(board, 0, &seen), -1);
	scoreboard_series_add(board, &one, SERIES_2XX, tokens);
	scoreboard_series_add(other, &one, SERIES_5XX, tokens);
	scoreboard_series_add(other, &two, SERIES_2XX, tokens);
	assert_int_equal(scoreboard_series_read(board, 0, &seen), 0);
	assert_memory_equal(&seen.labels, &one, sizeof(one));
	assert_int_equal(seen.requests[SERIES_2XX], 1);
	assert_int_equal(seen.requests[SERIES_5XX], 1);
	assert_int_equal(seen.requests[SERIES_4XX], 0);
	assert_int_equal(seen.tokens[SERIES_INPUT], 2);
	assert_int_equal(seen.tokens[SERIES_REASONING], 10);
	assert_int_equal(scoreboard_series_read(board, 1, &seen), 0);
	assert_string_equal(seen.labels.upstream, "spare");
	assert_int_equal(scoreboard_series_read(board, 2, &seen), -1);
	scoreboard_close(other);
	scoreboard_close(board);
	/* ... and it is there for the next one. */
	board = board_open();
	assert_int_equal(scoreboard_series_read(board, 0, &seen), 0);
	assert_int_equal(seen.requests[SERIES_2XX], 1);
	scoreboard_close(board);
}

static void
what_has_no_room_is_other(void **state)
{
	struct problem		 problem;
	struct scoreboard	*board = scoreboard_open(NULL, &problem);
	struct series_labels	 labels;
	struct series		 seen;
	int			 i;

	(void)state;
	for (i = 0; i < SCOREBOARD_SERIES + 7; i++) {
		memset(&labels, 0, sizeof(labels));
		snprintf(labels.model, sizeof(labels.model), "model-%d", i);
		scoreboard_series_add(board, &labels, SERIES_2XX, tokens);
	}
	assert_int_equal(scoreboard_series_read(board, SCOREBOARD_SERIES - 1,
	    &seen), 0);
	assert_string_equal(seen.labels.model, "model-255");
	assert_int_equal(seen.requests[SERIES_2XX], 1);
	assert_int_equal(scoreboard_series_read(board, SCOREBOARD_SERIES,
	    &seen), 0);
	assert_string_equal(seen.labels.model, "other");
	assert_int_equal(seen.requests[SERIES_2XX], 7);
	assert_int_equal(scoreboard_series_read(board, SCOREBOARD_SERIES + 1,
	    &seen), -1);
	scoreboard_close(board);
}

static void
histograms_are_read_whole(void **state)
{
	struct problem		 problem;
	struct scoreboard	*board = scoreboard_open(NULL, &problem);
	uint64_t		 buckets[SCOREBOARD_BUCKETS];

	(void)state;
	scoreboard_observe(board, LATENCY_TOTAL, 1024);
	scoreboard_observe(board, LATENCY_TOTAL, 1025);
	assert_int_equal(scoreboard_histogram(board, LATENCY_TOTAL, buckets),
	    2049);
	assert_int_equal(buckets[10], 1);
	assert_int_equal(buckets[11], 1);
	assert_int_equal(scoreboard_histogram(board, LATENCY_FIRST_BYTE,
	    buckets), 0);
	scoreboard_close(board);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(all_processes_add_to_the_same,
		    board_setup, board_teardown),
		cmocka_unit_test(what_has_no_room_is_other),
		cmocka_unit_test(histograms_are_read_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
