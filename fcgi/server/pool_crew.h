#ifndef POOL_CREW_H
#define POOL_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "pool_accept.h"
#include "pool_news.h"
#include "pool_queue.h"
#include "pool_shed.h"
#include "pool_silent.h"

/*
 * What the two sides of a process's threads share: pool_workers.c, which pool.c
 * calls, and pool_worker.c, which is what a worker does.
 */
struct pool_workers {
	const struct pool_listener *listener;
	int		 news_fd;
	int		 workers_max;
	int		 queue_max;
	int		 idle_ms;
	pthread_attr_t	 attributes;
	int		 epoll_fd;	/* these, and what is silent */
	int		 wake_fd;	/* each write wakes one, never read */
	int		 drain_fd;	/* readable from the drain on */
	int		 scarce_fd;	/* from this descriptor on: refused */
	bool		 keeps;		/* connections, after a reply */
	atomic_bool	 listening;	/* workers accept */

	pthread_mutex_t	 lock;		/* of all below */
	int		 workers;	/* that serve or will, idle ones in */
	int		 idle;		/* of them, that wait or will at once */
	int		 threads;	/* also those that leave */
	pthread_t	*left;		/* ... and are to be joined */
	int		 left_count;
	bool		 served;	/* something, since it was asked for */
	bool		 watched;	/* it will be asked for again */
	unsigned	 turn;		/* connections taken in it */
	bool		 draining;
	bool		 unheard;	/* the listener's event, of a worker */
	struct pool_news news;
	struct pool_queue queue;
	struct pool_silent silent;	/* these two with locks of their own */
	struct pool_shed shed;
};

/* How many silent connections are ended when descriptors are short. */
#define POOL_RELIEF		16

/* A new worker, which counts as idle at once: 0 or -1. Locked. */
int	pool_worker_start(struct pool_workers *);

/* Whether workers are woken for the listener's connections. Locked. */
int	pool_crew_watch_listener(const struct pool_workers *);
void	pool_crew_unwatch_listener(const struct pool_workers *);

/* As pool_workers_wake(). */
void	pool_crew_wake(struct pool_workers *);

/* Nobody serves the queue. Locked. */
void	pool_crew_shed_queue(struct pool_workers *);

#endif
