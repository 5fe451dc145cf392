#ifndef ASK_H
#define ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "problem.h"

/*
 * The socket on which responders say that an upstream refused a token: see
 * struct token_request in token.h. The folder's mode and group, and its own
 * 0660, keep strangers out.
 */

/*
 * Binds it in place of what a killed tokend left. The caller holds the lock
 * of the state directory. The descriptor, or -1 with the reason.
 */
int	ask_open(const char *path, struct problem *);

struct question {
	uint64_t	hash;		/* of the refused token */
	int		answer_fd;	/* ours to close; -1: none wanted */
};

/* The next question; false when there is none left. Skips nonsense. */
bool	ask_next(int fd, struct question *);

/* Lets go of it; `declined`: there will be no other token soon. */
void	ask_end(struct question *, bool declined);

#endif
