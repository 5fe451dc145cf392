#ifndef POOL_WORKERS_H
#define POOL_WORKERS_H

#include <stdbool.h>

#include "pool.h"
#include "pool_accept.h"

/*
 * The threads of a process: workers, their queue, and the shed thread. For
 * pool.c, which is the only one to call these, from one thread.
 *
 * Workers that are idle wait together for the listener, in one epoll: the
 * kernel wakes the one that was idle last, which takes the connection, serves
 * it, and waits again. As long as there may be more, a worker that takes a
 * connection while no other waits starts one that does. So pool.c has to take
 * connections only when pool_workers_busy().
 */
struct pool_workers;

/* What pool.c has to know. */
struct pool_news {
	bool	left;		/* threads have left since it was asked last */
	int	short_of;	/* errno of an accept() that failed; 0: none did */
};

/*
 * `news_fd` is an eventfd, written when a thread leaves, when an accept() fails,
 * and when the last idle worker has something to do. NULL: no memory, or no
 * descriptors.
 */
struct pool_workers *pool_workers_new(const struct pool_listener *,
	    const struct pool_options *, int news_fd);

/* Only when pool_workers_gone(), or before pool_workers_start(). */
void	pool_workers_free(struct pool_workers *);

/* The first worker: 0, or -1 when it can't be. */
int	pool_workers_start(struct pool_workers *);

/* No worker waits for the listener, and there can be no more of them. */
bool	pool_workers_busy(struct pool_workers *);

/* An accepted connection: into the queue, or to be shed. Owns it. */
void	pool_workers_take(struct pool_workers *, int fd);

/* Something may wait at the listener that no worker was woken for. */
void	pool_workers_wake(struct pool_workers *);

struct pool_news pool_workers_news(struct pool_workers *);

/* How many exchanges run or wait. */
int	pool_workers_serving(struct pool_workers *);

/* No worker takes from the listener any more; pool.c still may. */
void	pool_workers_leave_listener(struct pool_workers *);

/* Then: idle ones leave now, others when nothing is left in the queue. */
void	pool_workers_drain(struct pool_workers *);

/* What waits is answered with 503. */
void	pool_workers_stop(struct pool_workers *);

/* Whether all threads have left. */
bool	pool_workers_gone(struct pool_workers *);

#endif
