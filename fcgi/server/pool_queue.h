#ifndef POOL_QUEUE_H
#define POOL_QUEUE_H

#include <stdbool.h>

/* Connections that wait, first in first out; no more than `max`. */
struct pool_queue {
	int	*fds;		/* its own */
	int	 max, first, count;
};

/* 0, or -1: no memory. */
int	pool_queue_init(struct pool_queue *, int max);

/* Only when it is empty. */
void	pool_queue_release(struct pool_queue *);

/* False when it is full; else it owns the descriptor. */
bool	pool_queue_put(struct pool_queue *, int fd);

/* The oldest, now the caller's; -1: it is empty. */
int	pool_queue_get(struct pool_queue *);

#endif
