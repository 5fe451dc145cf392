#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>

#include "config.h"
#include "guard_files.h"
#include "problem.h"

/*
 * What a program gives up for good once it knows its configuration, so that who
 * makes it run foreign code gets little by that:
 *
 *	files	only those that are allowed here, by Landlock; nothing is run
 *	calls	only those of a table, by seccomp: no new process, no look into
 *		another one, no memory that is both written and run
 *
 * Where the kernel or the build lacks one of them the other holds alone. What is
 * refused fails with EACCES or EPERM, nothing is killed, and the kernel's audit
 * log has the refused calls. It holds for the thread that shuts it and for what
 * that starts: so before there are others. A build with sanitizers has none,
 * since these look into their own process.
 *
 * What a program runs would have the guard, too, and nobody here knows what that
 * needs: a program that runs others shuts none.
 */
struct guard {
	bool	on;
	int	rules;		/* Landlock's; -1: none */
	char	says[64];	/* what holds, in words, once it is shut */
};

/*
 * Begins with what each program reads: the system's settings and libraries, the
 * folder of the configuration (an edit is a new file in it) and of the log.
 */
void	guard_begin(struct guard *, const struct config *);

/*
 * Allows a file, or a folder with all below it. One that isn't there yet stands
 * for the nearest folder above that is, but not for the root; NULL and "" for
 * nothing.
 */
void	guard_allow(struct guard *, const char *path, enum guard_right);

/* The same for the folder that the path's file is in. */
void	guard_allow_beside(struct guard *, const char *path,
	    enum guard_right);

/* 0, or -1 with the reason: then not everything of it holds. */
int	guard_shut(struct guard *, struct problem *);

#endif
