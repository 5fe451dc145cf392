#ifndef POOL_SHED_H
#define POOL_SHED_H

#include <pthread.h>
#include <stdbool.h>

#include "exchange/gateway.h"
#include "pool_queue.h"

/*
 * The thread that answers connections for which there is no room: 503 with
 * Retry-After. Made when it is needed first.
 */
struct pool_shed {
	struct gateway		*gateway;
	const pthread_attr_t	*attributes;	/* of its thread */
	int			 news_fd;	/* eventfd, written when it ends */
	pthread_mutex_t		 lock;		/* of all below */
	pthread_cond_t		 wake;
	struct pool_queue	 queue;
	pthread_t		 thread;
	bool			 runs, left, ending;
};

/* Borrows all. */
void	pool_shed_init(struct pool_shed *, struct gateway *,
	    const pthread_attr_t *, int news_fd);

/* Only when pool_shed_gone(), or when nothing was put. */
void	pool_shed_release(struct pool_shed *);

/* Owns the connection; closes it when too many wait already. */
void	pool_shed_put(struct pool_shed *, struct connection *);

/* Nothing more will be put: whether the thread has answered all and left. */
bool	pool_shed_gone(struct pool_shed *);

#endif
