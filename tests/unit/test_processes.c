#include "build.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/processes.h"

/* Each process of the service says its number here. */
static int	said[2];

static int
serve_until_ended(void *context)
{
	pid_t	pid = getpid();

	(void)context;
	(void)!write(said[1], &pid, sizeof(pid));
	while (pause() == -1)
		;
	return 0;
}

static int
serve_nothing(void *context)
{
	(void)context;
	return 7;
}

/* No process has the number 0. */
static void
leave(void *context)
{
	pid_t	pid = 0;

	(void)context;
	(void)!write(said[1], &pid, sizeof(pid));
}

/* The parent of the processes is a process of its own. */
static pid_t
run(int count, int (*serve)(void *))
{
	pid_t	pid;

	/* Under nohup it would be ignored by all of them. */
	(void)signal(SIGHUP, SIG_DFL);
	assert_int_equal(pipe(said), 0);
	pid = fork();
	if (pid == 0)
		_exit(processes_run(count, serve, leave, NULL));
	assert_true(pid > 0);
	return pid;
}

static pid_t
next(void)
{
	struct pollfd	look = { .fd = said[0], .events = POLLIN };
	pid_t		pid;

	assert_int_equal(poll(&look, 1, 5000), 1);
	assert_int_equal(read(said[0], &pid, sizeof(pid)), sizeof(pid));
	return pid;
}

static int
ended(pid_t pid)
{
	int	status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(said[0]);
	close(said[1]);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
replaces_the_dead(void **state)
{
	pid_t	parent = run(2, serve_until_ended);
	pid_t	first = next(), second = next(), third;

	(void)state;
	kill(first, SIGKILL);
	third = next();
	assert_true(third != first && third != second);
	kill(parent, SIGTERM);
	assert_int_equal(next(), 0);
	assert_int_equal(ended(parent), 0);
	assert_int_equal(kill(second, 0), -1);
	assert_int_equal(kill(third, 0), -1);
}

static void
children_leave_the_terminal_to_the_parent(void **state)
{
	pid_t	parent = run(1, serve_until_ended);
	pid_t	child = next();

	(void)state;
	kill(child, SIGINT);
	kill(parent, SIGHUP);	/* ends it, as this one has no handler */
	assert_true(next() != child);
	kill(parent, SIGINT);
	assert_int_equal(ended(parent), 0);
}

static void
gives_up_on_what_can_not_start(void **state)
{
	(void)state;
	assert_int_equal(ended(run(3, serve_nothing)), 7);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(replaces_the_dead),
		cmocka_unit_test(children_leave_the_terminal_to_the_parent),
		cmocka_unit_test(gives_up_on_what_can_not_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
