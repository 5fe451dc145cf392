#include "build.h"

#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "clock.h"
#include "pool_silent.h"

/* For a first request whose connection came just before the end. */
#define LAST_MS		2000

void
pool_silent_init(struct pool_silent *all, int max, int silence_ms,
    int epoll_fd, int news_fd)
{
	*all = (struct pool_silent){
		.epoll_fd = epoll_fd, .news_fd = news_fd,
		.silence_ms = silence_ms,
	};
	pthread_mutex_init(&all->lock, NULL);
	pool_queue_init(&all->silent, max);
	pool_queue_init(&all->shut, INT_MAX);
}

void
pool_silent_release(struct pool_silent *all)
{
	pool_queue_release(&all->silent);
	pool_queue_release(&all->shut);
	pthread_mutex_destroy(&all->lock);
}

/* Locked. */
static void
shut(struct pool_silent *all, struct connection *connection)
{
	pool_queue_remove(connection);
	shutdown(connection->fd, SHUT_RD);
	pool_queue_put(&all->shut, connection);
}

/* Waits for its event: 0 or -1. Locked. */
static int
watch(struct pool_silent *all, struct connection *connection)
{
	struct epoll_event	event = {
		.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
		.data.ptr = connection,
	};
	int			how = connection->watched ? EPOLL_CTL_MOD :
				    EPOLL_CTL_ADD;

	connection->watched = true;
	if (epoll_ctl(all->epoll_fd, how, connection->fd, &event) == 0)
		return 0;
	pool_queue_remove(connection);
	return -1;
}

bool
pool_silent_put(struct pool_silent *all, struct connection *connection)
{
	bool	kept, wake, ended;

	connection->since_ms = now_ms();
	pthread_mutex_lock(&all->lock);
	ended = all->ended;
	if (!ended && all->silent.count == all->silent.max)
		shut(all, all->silent.first);
	kept = !ended && pool_queue_put(&all->silent, connection) &&
	    watch(all, connection) == 0;
	wake = kept && !all->timed;
	all->timed = all->timed || kept;
	pthread_mutex_unlock(&all->lock);
	if (!ended && !kept)
		connection_close(connection);
	if (wake)
		eventfd_write(all->news_fd, 1);
	return !ended;
}

void
pool_silent_take(struct pool_silent *all, struct connection *connection)
{
	bool	last;

	pthread_mutex_lock(&all->lock);
	pool_queue_remove(connection);
	last = all->ended && all->silent.count == 0;
	pthread_mutex_unlock(&all->lock);
	if (last)
		eventfd_write(all->news_fd, 1);
}

int64_t
pool_silent_expire(struct pool_silent *all)
{
	int64_t	now = now_ms(), due = 0;

	pthread_mutex_lock(&all->lock);
	while (all->silent.first != NULL &&
	    all->silent.first->since_ms + all->silence_ms <= now)
		shut(all, all->silent.first);
	if (all->silent.first != NULL)
		due = all->silent.first->since_ms + all->silence_ms;
	all->timed = due != 0;
	pthread_mutex_unlock(&all->lock);
	return due;
}

void
pool_silent_shorten(struct pool_silent *all, int count)
{
	pthread_mutex_lock(&all->lock);
	while (count-- > 0 && all->silent.first != NULL)
		shut(all, all->silent.first);
	pthread_mutex_unlock(&all->lock);
}

void
pool_silent_end(struct pool_silent *all)
{
	struct connection	*connection, *next;

	pthread_mutex_lock(&all->lock);
	all->ended = true;
	if (all->silence_ms > LAST_MS)
		all->silence_ms = LAST_MS;
	for (connection = all->silent.first; connection != NULL;
	    connection = next) {
		next = connection->next;
		if (connection->served)
			shut(all, connection);
	}
	pthread_mutex_unlock(&all->lock);
}
