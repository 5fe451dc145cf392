#ifndef POOL_WORKERS_H
#define POOL_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "pool_accept.h"
#include "pool_news.h"
#include "pool_options.h"

/*
 * The threads of a process: workers, their queue, and the shed thread. For
 * pool.c, which is the only one to call these, from one thread.
 *
 * Workers that are idle wait together for the listener, in one epoll: the
 * kernel wakes the one that was idle last, which takes the connection, serves
 * it, and waits again. As long as there may be more, a worker that takes a
 * connection while no other waits starts one that does. So pool.c has to take
 * connections only when pool_workers_busy().
 *
 * In the same epoll connections wait that say nothing (pool_silent.h). A worker
 * that finds one silent puts it there, as it does with one that the web server
 * keeps; it keeps none as long as all are busy, when another process may do
 * better.
 *
 * Requests whose connection has one of the last descriptors that are allowed are
 * refused, so that those that are served have enough to end.
 */
struct pool_workers;

/*
 * How many connections may be silent: as many as could be served or wait, and
 * those of a burst that have not said yet what they want.
 */
int	pool_workers_silent_max(const struct pool_options *);

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

/*
 * An accepted connection, which it owns: to those that are silent until it
 * speaks or, if `now`, into the queue or to be shed.
 */
void	pool_workers_take(struct pool_workers *, int fd, bool now);

/* Readable when a silent connection speaks, which is for workers if one idles. */
int	pool_workers_speaking_fd(const struct pool_workers *);

/* While none does: into the queue or to be shed. Whether there may be more. */
bool	pool_workers_take_speaking(struct pool_workers *);

/* Ends what is silent for too long: when to ask again, monotonic; 0: later. */
int64_t	pool_workers_expire(struct pool_workers *);

/* Descriptors are short: ends some that are silent. */
void	pool_workers_relieve(struct pool_workers *);

/* Something may wait at the listener that no worker was woken for. */
void	pool_workers_wake(struct pool_workers *);

struct pool_news pool_workers_news(struct pool_workers *);

/*
 * Whether nothing was served since it was asked last, and nothing is. If so, the
 * next exchange is news.
 */
bool	pool_workers_quiet(struct pool_workers *);

/* How many exchanges run or wait. */
int	pool_workers_serving(struct pool_workers *);

/*
 * No worker takes from the listener any more, pool.c still may; and no connection
 * is kept, but that new ones may say for a moment what they want, until
 * pool_workers_expire() says 0.
 */
void	pool_workers_leave_listener(struct pool_workers *);

/*
 * Then: ends what is silent; idle workers leave now, others when nothing is left in
 * the queue.
 */
void	pool_workers_drain(struct pool_workers *);

/* What waits is answered with 503. */
void	pool_workers_stop(struct pool_workers *);

/* Whether all threads have left. */
bool	pool_workers_gone(struct pool_workers *);

#endif
