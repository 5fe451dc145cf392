#ifndef COMMAND_H
#define COMMAND_H

#include <sys/types.h>

#include "buf.h"
#include "config.h"
#include "problem.h"

/*
 * A program that somebody configured, run for what it prints. Nothing else of
 * tokend starts programs.
 *
 * tokend forks a keeper, which has nothing of its open files, and the keeper
 * starts the program, in a session of its own: no shell, standard input and
 * standard error at /dev/null, a small environment. The keeper reads what it
 * prints, ends it and all of its process group when it takes too long, prints too
 * much or when tokend is no more, and sends the outcome in one datagram, for which
 * tokend's loop can wait.
 */
#define COMMAND_TIMEOUT_MS	10000
#define COMMAND_OUTPUT_MAX	(64 * 1024)	/* bytes */

struct command {
	int	fd;		/* readable at its end; -1: it does not run */
	pid_t	keeper;
};

/* 0, or -1 with the reason. The words are borrowed until it returns. */
int	command_start(struct command *, const struct strings *words,
	    struct problem *);

/*
 * Once `fd` is readable: what it printed, into `out`, which is to be wiped. 0, or
 * -1 with how it failed ("exited with 1"), without a word of what it said.
 */
int	command_take(struct command *, struct buf *out, struct problem *);

/* Ends it, if it runs. */
void	command_stop(struct command *);

#endif
