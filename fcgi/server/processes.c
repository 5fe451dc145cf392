#include "build.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "processes.h"

#define PROCESSES_MAX	256

/* Those that end by themselves before any lived so long won't do better. */
#define PROOF_S		2

struct processes {
	pid_t	pids[PROCESSES_MAX];	/* 0: not running */
	time_t	started_at[PROCESSES_MAX];
	int	count;
	bool	proven;		/* one lived for longer than PROOF_S */
	bool	ending, left;
	int	result;
	sigset_t before;		/* the mask the children get */
};

/* In the child it doesn't return. */
static void
start_one(struct processes *all, int index, int (*serve)(void *),
    void *context)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == -1) {
		log_error(NULL, "can't start a process: %s", strerror(errno));
		return;
	}
	if (pid > 0) {
		all->pids[index] = pid;
		all->started_at[index] = now_s();
		return;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* A terminal sends it to all, and we pass it on: it would come twice. */
	(void)signal(SIGINT, SIG_IGN);
	(void)sigprocmask(SIG_SETMASK, &all->before, NULL);
	_exit(getppid() == parent ? serve(context) : 0);
}

static void
signal_all(const struct processes *all, int number)
{
	int i;

	for (i = 0; i < all->count; i++)
		if (all->pids[i] != 0)
			(void)kill(all->pids[i], number);
}

/* One is dead. What can't even start ends all. */
static void
note_end(struct processes *all, pid_t pid, int status)
{
	int i;

	for (i = 0; i < all->count && all->pids[i] != pid; i++)
		;
	if (i == all->count)
		return;
	all->pids[i] = 0;
	if (now_s() - all->started_at[i] > PROOF_S)
		all->proven = true;
	if (all->ending)
		return;
	log_error(NULL, "process %d ended (%s %d)", (int)pid,
	    WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && !all->proven) {
		all->ending = true;
		all->result = WEXITSTATUS(status);
	}
}

/* Notes the dead; returns how many live. */
static int
reap(struct processes *all)
{
	int i, status, living = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		note_end(all, pid, status);
	for (i = 0; i < all->count; i++)
		living += all->pids[i] != 0;
	return living;
}

static void
start_missing(struct processes *all, int (*serve)(void *), void *context)
{
	int i;

	for (i = 0; i < all->count && !all->ending; i++)
		if (all->pids[i] == 0 && all->started_at[i] != now_s())
			start_one(all, i, serve, context);
}

int
processes_run(int count, int (*serve)(void *), void (*leave)(void *),
    void *context)
{
	struct processes all = { .count = count < PROCESSES_MAX ? count
	    : PROCESSES_MAX };
	struct timespec second = { .tv_sec = 1 };
	sigset_t awaited;
	int number, living;
	bool told;

	sigemptyset(&awaited);
	sigaddset(&awaited, SIGTERM);
	sigaddset(&awaited, SIGINT);
	sigaddset(&awaited, SIGHUP);
	sigaddset(&awaited, SIGUSR1);
	sigaddset(&awaited, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &awaited, &all.before);
	for (;;) {
		start_missing(&all, serve, context);
		number = sigtimedwait(&awaited, NULL, &second);
		told = number == SIGTERM || number == SIGINT;
		all.ending = all.ending || told;
		living = reap(&all);
		if (all.ending && !all.left) {
			all.left = told = true;
			leave(context);
		}
		if (told)
			signal_all(&all, SIGTERM);
		else if (number > 0 && number != SIGCHLD)
			signal_all(&all, number);
		if (all.ending && living == 0)
			return all.result;
	}
}
