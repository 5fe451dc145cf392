#ifndef GUARD_CALLS_H
#define GUARD_CALLS_H

#include <stdbool.h>

#include "problem.h"

/*
 * The guard's half that is about system calls: a seccomp filter, made by
 * libseccomp from tables of names. A call of neither table does not exist
 * (ENOSYS), so that a C library that is newer than they are does without it.
 */

/* Whether this build has it, and the kernel: an emulator of programs has none. */
bool	guard_calls_known(void);

/* 0 (not known: nothing to do), or -1 with the reason. */
int	guard_calls_shut(struct problem *);

#endif
