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

/* The next question's hash; false when there is none left. Skips nonsense. */
bool	ask_next(int fd, uint64_t *hash);

#endif
