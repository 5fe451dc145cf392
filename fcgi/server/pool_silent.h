#ifndef POOL_SILENT_H
#define POOL_SILENT_H

#include <pthread.h>
#include <stdint.h>

#include "pool_queue.h"

/*
 * Connections that say nothing: new ones before their request, and those that a
 * web server keeps. They hold no worker; the epoll of idle workers tells whoever
 * waits there (event.data.ptr is the connection) that one speaks or was closed,
 * once, and it is that thread's from pool_silent_take() on.
 *
 * One that is silent for too long, or for longest when there are too many, is
 * shut for reading, which is such an event. So what was sent before is served,
 * and what is sent later fails where it is sent.
 */
struct pool_silent {
	int			epoll_fd;	/* borrowed */
	int			news_fd;	/* borrowed: time is to be looked at */
	int			silence_ms;
	pthread_mutex_t		lock;		/* of all below */
	struct pool_queue	silent;		/* for longest first */
	struct pool_queue	shut;		/* to be taken, and closed */
	bool			timed;		/* somebody will look at the time */
	bool			ended;
};

void	pool_silent_init(struct pool_silent *, int max, int silence_ms,
	    int epoll_fd, int news_fd);
void	pool_silent_release(struct pool_silent *);

/* Owns the connection; false, and the caller still does: none is kept any more. */
bool	pool_silent_put(struct pool_silent *, struct connection *);

/* There was an event for it. After the end the last one is news. */
void	pool_silent_take(struct pool_silent *, struct connection *);

/* Ends those that are due: when the next one is, monotonic; 0: there is none. */
int64_t	pool_silent_expire(struct pool_silent *);

/* Ends up to `count` of those that are silent for longest. */
void	pool_silent_shorten(struct pool_silent *, int count);

/*
 * None is put from now on. Ends those that were served; one whose request is on its
 * way has two seconds for it, from when it came.
 */
void	pool_silent_end(struct pool_silent *);

#endif
