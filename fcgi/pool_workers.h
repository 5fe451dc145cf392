#ifndef POOL_WORKERS_H
#define POOL_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "pool.h"

/*
 * The threads of a process: workers, their queue, and the shed thread. For
 * pool.c, which is the only one to call these, from one thread.
 */
struct pool_workers;

/* `left_fd` is an eventfd, written whenever a thread leaves. NULL: no memory. */
struct pool_workers *pool_workers_new(struct gateway *,
	    const struct pool_options *, int left_fd);

/* Only when pool_workers_gone(). */
void	pool_workers_free(struct pool_workers *);

/*
 * An accepted connection: to the worker that was idle last, to a new one, into
 * the queue, or to be shed; in that order. Owns the descriptor.
 */
void	pool_workers_take(struct pool_workers *, int fd);

/* Whether the next connection could only be queued or shed. */
bool	pool_workers_busy(struct pool_workers *);

/* How many exchanges run or wait. */
int	pool_workers_serving(struct pool_workers *);

/* Idle workers leave now, others when nothing is left in the queue. */
void	pool_workers_drain(struct pool_workers *);

/* What waits is answered with 503. */
void	pool_workers_stop(struct pool_workers *);

/* Whether all threads have left. */
bool	pool_workers_gone(struct pool_workers *);

/* Makes accepting never block. 0, or -1 with errno. */
int	pool_listener_prepare(int fd);

/* Monotonic. */
int64_t	pool_now_ms(void);

#endif
