#ifndef GUARD_FILES_H
#define GUARD_FILES_H

#include "problem.h"

/*
 * The guard's half that is about files: Landlock, by its system calls alone,
 * since C libraries have none for it. What is no file but goes with it: no
 * listening on another TCP port, no signal and no abstract socket beyond the
 * program's own processes, where the kernel can tell.
 */

enum guard_right {
	GUARD_READ,
	GUARD_WRITE,	/* and make, rename, remove, read */
};

/* Rules that allow nothing yet, or -1 where the kernel has no Landlock. */
int	guard_files_open(void);

/* 0, or -1 with errno. */
int	guard_files_allow(int rules, const char *path, enum guard_right);

/* From now on only what was allowed. 0 (no rules: nothing to do) or -1. */
int	guard_files_shut(int rules, struct problem *);

#endif
