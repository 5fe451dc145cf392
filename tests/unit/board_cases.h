#ifndef BOARD_CASES_H
#define BOARD_CASES_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "scoreboard.h"

/* A scoreboard's file for a test, opened by it and by processes it starts. */
static char	board_folder[64], board_path[96];

static inline int
board_setup(void **state)
{
	(void)state;
	memcpy(board_folder, "/tmp/test_board.XXXXXX", 23);
	if (mkdtemp(board_folder) == NULL)
		return -1;
	snprintf(board_path, sizeof(board_path), "%s/board", board_folder);
	return 0;
}

static inline int
board_teardown(void **state)
{
	(void)state;
	unlink(board_path);
	return rmdir(board_folder);	/* fails if a temporary file was left */
}

static inline struct scoreboard *
board_open(void)
{
	struct problem		 problem;
	struct scoreboard	*board = scoreboard_open(board_path, &problem);

	if (!scoreboard_shared(board))
		fail_msg("%s", problem.message);
	return board;
}

/* A process that does `work` with the scoreboard and then waits for its end. */
static inline pid_t
board_process(void (*work)(struct scoreboard *))
{
	struct scoreboard	*board;
	struct problem		 problem;
	int			 ready[2];
	char			 byte;
	pid_t			 pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		board = scoreboard_open(board_path, &problem);
		if (!scoreboard_shared(board))
			_exit(1);
		work(board);
		if (write(ready[1], "!", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static inline void
board_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#endif
