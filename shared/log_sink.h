#ifndef LOG_SINK_H
#define LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/*
 * Where log lines go: a file, or standard error. Nothing here waits: what a full
 * pipe, a FIFO without a reader or a terminal that was stopped does not take at
 * once is not taken. Standard error is shared with other programs, so that its
 * flags stay as they are. Any thread may call any of these.
 */

/* `path` NULL: standard error. 0, or -1 and it is standard error. */
int	log_sink_open(const char *path);

/* Opens the file anew; one that can't be opened leaves the old one in use. */
void	log_sink_reopen(void);

/* The same, if the file was moved or replaced: looks once in a second. */
void	log_sink_follow(time_t now);

/* Writes one line of at most PIPE_BUF bytes; whether it was taken. */
bool	log_sink_put(const char *line, size_t length);

#endif
