#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scoreboard.h"

static void
keeps_who_is_asked_for(void **state)
{
	struct problem		 problem;
	struct scoreboard	*board = scoreboard_open(NULL, &problem);
	uint64_t		 i;

	(void)state;
	assert_int_equal(scoreboard_home(board, 5), 0);
	scoreboard_move(board, 5, 70);
	scoreboard_move(board, 6, 71);
	assert_int_equal(scoreboard_home(board, 5), 70);
	scoreboard_move(board, 5, 72);
	assert_int_equal(scoreboard_home(board, 5), 72);
	assert_int_equal(scoreboard_home(board, 6), 71);
	/* More than there is room for in one place. */
	for (i = 1; i < 20; i++)
		scoreboard_move(board, 5 + i * SCOREBOARD_HOMES, i);
	assert_int_equal(scoreboard_home(board, 5 + 19 * SCOREBOARD_HOMES),
	    19);
	scoreboard_close(board);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(keeps_who_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
