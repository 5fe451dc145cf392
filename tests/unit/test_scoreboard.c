#include "build.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "board_cases.h"

static void
wait_good(pid_t pid)
{
	int	status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
test_private(void **state)
{
	struct problem		 problem;
	struct scoreboard	*scoreboard;

	(void)state;
	scoreboard = scoreboard_open(NULL, &problem);
	assert_false(scoreboard_shared(scoreboard));
	assert_int_equal(problem.kind, PROBLEM_NONE);
	assert_int_equal(scoreboard_turn(scoreboard, 7), 0);
	assert_int_equal(scoreboard_turn(scoreboard, 7), 1);
	scoreboard_enter(scoreboard);
	assert_int_equal(scoreboard_in_flight(scoreboard), 1);
	assert_int_equal(scoreboard_processes(scoreboard), 1);
	scoreboard_close(scoreboard);

	scoreboard = scoreboard_open("/proc/nowhere/scoreboard", &problem);
	assert_false(scoreboard_shared(scoreboard));
	assert_int_equal(problem.kind, PROBLEM_SERVER);
	scoreboard_count(scoreboard, COUNT_CUT, 3);
	assert_int_equal(scoreboard_counter(scoreboard, COUNT_CUT), 3);
	scoreboard_close(scoreboard);
}

/* A file that is not one of ours is left alone. */
static void
test_foreign_file(void **state)
{
	struct problem		 problem;
	struct scoreboard	*scoreboard;
	struct stat		 status;
	FILE			*file = fopen(board_path, "w");
	size_t			 size;

	(void)state;
	assert_non_null(file);
	fputs("not ours", file);
	fclose(file);
	scoreboard = scoreboard_open(board_path, &problem);
	assert_false(scoreboard_shared(scoreboard));
	assert_non_null(strstr(problem.message, "version"));
	scoreboard_close(scoreboard);
	stat(board_path, &status);
	assert_int_equal(status.st_size, 8);

	unlink(board_path);
	scoreboard_close(board_open());
	stat(board_path, &status);
	assert_int_equal(status.st_mode & 07777, 0600);
	size = (size_t)status.st_size;
	file = fopen(board_path, "w");
	assert_int_equal(ftruncate(fileno(file), (off_t)size), 0);
	fclose(file);
	scoreboard = scoreboard_open(board_path, &problem);
	assert_false(scoreboard_shared(scoreboard));
	assert_non_null(strstr(problem.message, "damaged"));
	scoreboard_close(scoreboard);
}

/* Each of several processes at once makes the file or finds it. */
static void
test_birth(void **state)
{
	struct scoreboard	*scoreboard;
	pid_t			 pids[8];
	int			 i;

	(void)state;
	for (i = 0; i < 8; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			scoreboard_turn(board_open(), 5);
			_exit(0);
		}
	}
	for (i = 0; i < 8; i++)
		wait_good(pids[i]);
	scoreboard = board_open();
	assert_int_equal(scoreboard_turn(scoreboard, 5), 8);
	scoreboard_close(scoreboard);
}

#define PROCESSES	4
#define TURNS		3000
#define LIST		5

static void
take_turns(void)
{
	struct scoreboard	*scoreboard = board_open();
	int			 i;

	for (i = 0; i < TURNS; i++)
		scoreboard_count(scoreboard,
		    (enum counter)(scoreboard_turn(scoreboard, 99) % LIST), 1);
	scoreboard_close(scoreboard);
}

/* Counted in the first counters: how often each of five entries was taken. */
static void
test_fair(void **state)
{
	struct scoreboard	*scoreboard;
	pid_t			 pids[PROCESSES];
	int			 i;

	(void)state;
	for (i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			take_turns();
			_exit(0);
		}
	}
	for (i = 0; i < PROCESSES; i++)
		wait_good(pids[i]);
	scoreboard = board_open();
	for (i = 0; i < LIST; i++)
		assert_int_equal(scoreboard_counter(scoreboard,
		    (enum counter)i), PROCESSES * TURNS / LIST);
	scoreboard_close(scoreboard);
}

static void
test_turns(void **state)
{
	struct problem		 problem;
	struct scoreboard	*scoreboard;
	uint64_t		 name;

	(void)state;
	scoreboard = scoreboard_open(NULL, &problem);
	/* Colliding names are told apart, and 0 is a name. */
	assert_int_equal(scoreboard_turn(scoreboard, 3), 0);
	assert_int_equal(scoreboard_turn(scoreboard, 3 + SCOREBOARD_TURNS), 0);
	assert_int_equal(scoreboard_turn(scoreboard, 0), 0);
	assert_int_equal(scoreboard_turn(scoreboard, 0), 1);
	assert_int_equal(scoreboard_turn(scoreboard, 3), 1);
	assert_int_equal(scoreboard_turn(scoreboard, 3 + SCOREBOARD_TURNS), 1);
	/* More names than room: each new one begins at 0 and goes on. */
	for (name = 1000; name < 1200; name++) {
		assert_int_equal(scoreboard_turn(scoreboard, name), 0);
		assert_int_equal(scoreboard_turn(scoreboard, name), 1);
	}
	scoreboard_close(scoreboard);
}

static void
test_cooldowns(void **state)
{
	struct problem		 problem;
	struct scoreboard	*scoreboard, *other;
	int			 i;

	(void)state;
	scoreboard = board_open();
	other = board_open();
	assert_int_equal(scoreboard_cooling(scoreboard, 1), 0);
	scoreboard_cool(scoreboard, 1, 100);
	assert_in_range(scoreboard_cooling(other, 1), 98, 100);
	scoreboard_cool(other, 1, 10);		/* never shortened */
	assert_in_range(scoreboard_cooling(scoreboard, 1), 98, 100);
	scoreboard_cool(other, 1, 200);
	assert_in_range(scoreboard_cooling(scoreboard, 1), 198, 200);
	/* The same place in the table, another credential. */
	assert_int_equal(scoreboard_cooling(scoreboard,
	    1 + SCOREBOARD_COOLDOWNS), 0);
	scoreboard_cool(scoreboard, 1 + SCOREBOARD_COOLDOWNS, 50);
	assert_in_range(scoreboard_cooling(scoreboard,
	    1 + SCOREBOARD_COOLDOWNS), 48, 50);
	scoreboard_cool(scoreboard, 2, 0);
	scoreboard_cool(scoreboard, 2, -5);
	assert_int_equal(scoreboard_cooling(scoreboard, 2), 0);
	scoreboard_cool(scoreboard, 2, 10 * 86400);
	assert_in_range(scoreboard_cooling(scoreboard, 2), 86398, 86400);
	scoreboard_close(other);
	scoreboard_close(scoreboard);

	/* A full table gives up what ends soonest. */
	scoreboard = scoreboard_open(NULL, &problem);
	for (i = 0; i < SCOREBOARD_COOLDOWNS; i++)
		scoreboard_cool(scoreboard, (uint64_t)i, i == 700 ? 60 : 600);
	assert_in_range(scoreboard_cooling(scoreboard, 700), 58, 60);
	scoreboard_cool(scoreboard, 123456, 300);
	assert_in_range(scoreboard_cooling(scoreboard, 123456), 298, 300);
	assert_int_equal(scoreboard_cooling(scoreboard, 700), 0);
	assert_in_range(scoreboard_cooling(scoreboard, 699), 598, 600);
	scoreboard_close(scoreboard);
}

static void
enter_three(struct scoreboard *scoreboard)
{
	int	i;

	for (i = 0; i < 3; i++)
		scoreboard_enter(scoreboard);
}

static void
test_killed(void **state)
{
	struct scoreboard	*scoreboard = board_open();
	pid_t			 pid;
	int			 i;

	(void)state;
	scoreboard_enter(scoreboard);
	for (i = 0; i < 20; i++) {
		pid = board_process(enter_three);
		assert_int_equal(scoreboard_in_flight(scoreboard), 4);
		assert_int_equal(scoreboard_processes(scoreboard), 2);
		board_kill(pid);
		assert_int_equal(scoreboard_in_flight(scoreboard), 1);
		assert_int_equal(scoreboard_processes(scoreboard), 1);
	}
	scoreboard_leave(scoreboard);
	assert_int_equal(scoreboard_in_flight(scoreboard), 0);
	scoreboard_close(scoreboard);
}

/* Dead slots are taken again: far more lives than slots. */
static void
test_slots(void **state)
{
	static struct scoreboard	*many[SCOREBOARD_SLOTS + 2];
	size_t				 i;

	(void)state;
	for (i = 0; i < SCOREBOARD_SLOTS + 2; i++) {
		many[i] = board_open();
		scoreboard_enter(many[i]);
	}
	assert_int_equal(scoreboard_processes(many[0]), SCOREBOARD_SLOTS);
	assert_int_equal(scoreboard_in_flight(many[0]), SCOREBOARD_SLOTS);
	scoreboard_leave(many[SCOREBOARD_SLOTS + 1]);	/* has no slot */
	scoreboard_close(many[5]);
	many[5] = board_open();
	assert_int_equal(scoreboard_in_flight(many[0]), SCOREBOARD_SLOTS - 1);
	for (i = 0; i < SCOREBOARD_SLOTS + 2; i++)
		scoreboard_close(many[i]);
}

static void
test_latencies(void **state)
{
	struct problem		 problem;
	struct scoreboard	*scoreboard;
	int			 i;

	(void)state;
	scoreboard = scoreboard_open(NULL, &problem);
	assert_int_equal(scoreboard_quantile(scoreboard, LATENCY_TOTAL, 50),
	    0);
	for (i = 0; i < 90; i++)
		scoreboard_observe(scoreboard, LATENCY_TOTAL, 1000);
	for (i = 0; i < 10; i++)
		scoreboard_observe(scoreboard, LATENCY_TOTAL, 1000000);
	scoreboard_observe(scoreboard, LATENCY_FIRST_BYTE, UINT64_MAX);
	assert_int_equal(scoreboard_quantile(scoreboard, LATENCY_TOTAL, 50),
	    1024);
	assert_int_equal(scoreboard_quantile(scoreboard, LATENCY_TOTAL, 90),
	    1024);
	assert_int_equal(scoreboard_quantile(scoreboard, LATENCY_TOTAL, 99),
	    1 << 20);
	assert_true(scoreboard_quantile(scoreboard, LATENCY_FIRST_BYTE, 100) >
	    1000);
	scoreboard_close(scoreboard);
}

static void
test_names(void **state)
{
	int	i, j;

	(void)state;
	for (i = 0; i < COUNTERS; i++) {
		assert_non_null(scoreboard_counter_name((enum counter)i));
		for (j = 0; j < i; j++)
			assert_string_not_equal(
			    scoreboard_counter_name((enum counter)i),
			    scoreboard_counter_name((enum counter)j));
	}
}

static void *
hammer(void *argument)
{
	struct scoreboard	*scoreboard = argument;
	int			 i;

	for (i = 0; i < 5000; i++) {
		scoreboard_enter(scoreboard);
		scoreboard_turn(scoreboard, (uint64_t)(i % 100));
		scoreboard_cool(scoreboard, (uint64_t)(i % 1500), 1 + i % 7);
		scoreboard_cooling(scoreboard, (uint64_t)(i % 1500));
		scoreboard_count(scoreboard, COUNT_EXCHANGES, 1);
		scoreboard_observe(scoreboard, LATENCY_TOTAL, (uint64_t)i);
		scoreboard_leave(scoreboard);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct scoreboard	*scoreboard = board_open();
	pthread_t		 threads[4];
	int			 i;

	(void)state;
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, hammer, scoreboard);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(scoreboard_counter(scoreboard, COUNT_EXCHANGES),
	    20000);
	assert_int_equal(scoreboard_in_flight(scoreboard), 0);
	scoreboard_close(scoreboard);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, board_setup, \
			    board_teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_private),
		TEST(test_foreign_file),
		TEST(test_birth),
		TEST(test_fair),
		TEST(test_turns),
		TEST(test_cooldowns),
		TEST(test_killed),
		TEST(test_slots),
		TEST(test_latencies),
		TEST(test_names),
		TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
