#ifndef POOL_QUEUE_H
#define POOL_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * An accepted connection of the pool, which belongs to one thread or stands in
 * one queue.
 */
struct connection {
	int			 fd;		/* its own */
	bool			 watched;	/* known to pool_silent's epoll */
	bool			 served;	/* a request, already */
	int64_t			 since_ms;	/* silent, monotonic */
	struct pool_queue	*queue;		/* that it stands in, or NULL */
	struct connection	*previous, *next;
};

/* Owns the descriptor. NULL: no memory, and it is closed. */
struct connection *connection_new(int fd);

/* The first one: the descriptor was closed by who served it. */
void	connection_free(struct connection *);
void	connection_close(struct connection *);

/* Connections that wait, first in first out; no more than `max`. */
struct pool_queue {
	struct connection	*first, *last;
	int			 max, count;
	atomic_uint_least64_t	*shown;	/* counted there too; NULL: nowhere */
};

void	pool_queue_init(struct pool_queue *, int max);

/* False when it is full; else it owns the connection. */
bool	pool_queue_put(struct pool_queue *, struct connection *);

/* The oldest, now the caller's; NULL: it is empty. */
struct connection *pool_queue_get(struct pool_queue *);

/* Takes one out of the queue that it stands in, if any. */
void	pool_queue_remove(struct connection *);

/* Closes all. */
void	pool_queue_release(struct pool_queue *);

#endif
