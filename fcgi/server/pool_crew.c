#include "build.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "pool_crew.h"

/*
 * Edge-triggered: a connection wakes one worker, not one after the other until
 * it was taken. Exclusive: of one process of those that share the listener. The
 * drain wakes all.
 */
int
pool_crew_watch_listener(const struct pool_workers *pool)
{
	struct epoll_event	event = {
		.events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE,
	};

	return epoll_ctl(pool->epoll_fd, EPOLL_CTL_ADD, pool->listener->fd,
	    &event);
}

void
pool_crew_unwatch_listener(const struct pool_workers *pool)
{
	epoll_ctl(pool->epoll_fd, EPOLL_CTL_DEL, pool->listener->fd, NULL);
}

void
pool_crew_shed_queue(struct pool_workers *pool)
{
	struct connection	*connection;

	while ((connection = pool_queue_get(&pool->queue)) != NULL)
		pool_shed_put(&pool->shed, connection);
}

void
pool_crew_wake(struct pool_workers *pool)
{
	eventfd_write(pool->wake_fd, 1);
}
