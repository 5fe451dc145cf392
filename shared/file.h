#ifndef FILE_H
#define FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "buf.h"
#include "problem.h"

/*
 * Small files that must never be seen half written, nor be lost.
 */

/*
 * Replaces `path` by a file of `mode` with these bytes: a new file beside it,
 * ".NAME.new", under an exclusive flock, is written, fsync'ed, renamed over
 * it, and the folder fsync'ed. Several writers take turns. A writer that was
 * killed leaves at most that one file behind, which the next one uses.
 * 0, or -1 with the reason; then `path` still leads to the old file, or, when
 * only the last fsync failed, to the new one.
 */
int	file_write(const char *path, const void *, size_t, mode_t mode,
	    struct problem *);

/*
 * Appends the whole of `path` to `buf`. 0, or -1 with the reason (kind
 * PROBLEM_MISSING when there is no such file). Refuses what isn't a regular
 * file or doesn't fit.
 */
int	file_read(const char *path, struct buf *, struct problem *);

/* The same from an open file, from its first byte. */
int	file_read_fd(int fd, const char *path, struct buf *, struct problem *);

#endif
