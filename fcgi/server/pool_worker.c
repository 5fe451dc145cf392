#include "build.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "client/client_fcgi.h"
#include "exchange/exchange.h"
#include "log.h"
#include "pool_crew.h"

/* So many stay idle for ever. */
#define SPARE		1

/* Of processes that share a listener, one that is busy takes so many in turn. */
#define TURN		4

/* For how long a web server may be silent within a request, seconds. */
#define PATIENCE_S	60

struct worker {
	struct exchange_tools	 tools;
	struct client_fcgi	*fcgi;
};

/* The last thing a thread does. Locked. */
static void
thread_left(struct pool_workers *pool)
{
	pool->threads--;
	if (pool->left_count < pool->workers_max)
		pool->left[pool->left_count++] = pthread_self();
	else
		pthread_detach(pthread_self());
	pool->news.left = true;
	eventfd_write(pool->news_fd, 1);
}

static int
worker_init(struct worker *worker, const struct pool_workers *pool)
{
	worker->tools.gateway = pool->listener->gateway;
	worker->tools.upstream = upstream_new(worker->tools.gateway->upstreams);
	worker->fcgi = client_fcgi_new(PATIENCE_S, pool->workers_max);
	return worker->tools.upstream == NULL || worker->fcgi == NULL ? -1 : 0;
}

static void
worker_release(struct worker *worker)
{
	client_fcgi_free(worker->fcgi);
	upstream_free(worker->tools.upstream);
}

/* There are few descriptors left, and a request would need some more. */
static bool
refuse(struct pool_workers *pool, struct client *client)
{
	pool_silent_shorten(&pool->silent, POOL_RELIEF);
	pthread_mutex_lock(&pool->lock);
	pool->news.refused = true;
	pthread_mutex_unlock(&pool->lock);
	eventfd_write(pool->news_fd, 1);
	exchange_shed(pool->listener->gateway, client,
	    "the gateway is short of file descriptors");
	return true;
}

static bool
may_keep(struct pool_workers *pool)
{
	bool	may;

	pthread_mutex_lock(&pool->lock);
	may = pool->keeps && !pool->draining &&
	    (pool->idle > 0 || pool->workers < pool->workers_max);
	pthread_mutex_unlock(&pool->lock);
	return may;
}

/* The request, and those that are behind it already. */
static enum client_fcgi_state
serve_requests(struct pool_workers *pool, struct worker *worker,
    struct connection *connection)
{
	int			fd = connection->fd;
	struct client		client;
	enum client_fcgi_state	state;
	bool			whole;

	/* What was taken from the backlog at the end has no other chance. */
	state = client_fcgi_open(worker->fcgi, &client, fd,
	    !atomic_load(&pool->listening));
	while (state == CLIENT_FCGI_REQUEST) {
		connection->served = true;
		whole = fd < pool->scarce_fd ?
		    exchange_run(&worker->tools, &client) :
		    refuse(pool, &client);
		state = client_fcgi_end(worker->fcgi, whole,
		    fd < pool->scarce_fd && may_keep(pool));
		if (state == CLIENT_FCGI_REQUEST)
			state = client_fcgi_open(worker->fcgi, &client, fd,
			    false);
	}
	return state;
}

static void
serve(struct pool_workers *pool, struct worker *worker,
    struct connection *connection)
{
	while (serve_requests(pool, worker, connection) ==
	    CLIENT_FCGI_SILENT) {
		if (pool_silent_put(&pool->silent, connection))
			return;
		/* The end came meanwhile: of a kept one what was sent before. */
		if (connection->served)
			(void)shutdown(connection->fd, SHUT_RD);
	}
	connection_free(connection);
}

static void	*worker_main(void *);

int
pool_worker_start(struct pool_workers *pool)
{
	pthread_t	thread;

	if (pool->workers == pool->workers_max)
		return -1;
	if (pthread_create(&thread, &pool->attributes, worker_main,
	    pool) != 0) {
		log_warning(NULL, "no thread for another worker (%d run)",
		    pool->workers);
		return -1;
	}
	pool->workers++;
	pool->idle++;
	pool->threads++;
	return 0;
}

/*
 * The kernel wakes the process that waits for longest; while it has nothing else
 * to serve it may stay that one, because it is the warmest. Locked.
 */
static void
give_turn_away(struct pool_workers *pool)
{
	if (pool->workers - pool->idle < 2 || ++pool->turn < TURN ||
	    !atomic_load(&pool->listening))
		return;
	pool->turn = 0;
	pool_crew_unwatch_listener(pool);
	pool_crew_watch_listener(pool);
}

/* An idle worker has something to do: somebody is to wait. Locked. */
static void
idle_end(struct pool_workers *pool)
{
	pool->idle--;
	give_turn_away(pool);
	if (pool->idle == 0 && !pool->draining && pool_worker_start(pool) == -1)
		eventfd_write(pool->news_fd, 1);
	else if (pool->idle > 0 && pool->queue.count > 0)
		pool_crew_wake(pool);
}

/* 1: an event, 0: none for so long. */
static int
wait_for_event(struct pool_workers *pool, struct epoll_event *event)
{
	int	count;

	do
		count = epoll_wait(pool->epoll_fd, event, 1, pool->idle_ms);
	while (count == -1 && errno == EINTR);
	return count;
}

/*
 * The listener's next one, or NULL. Two connections may have come with one
 * event.
 */
static struct connection *
accept_connection(struct pool_workers *pool)
{
	int	fd;

	if (!atomic_load(&pool->listening))
		return NULL;
	fd = pool_listener_accept(pool->listener);
	if (fd != -1) {
		if (pool_listener_more(pool->listener))
			pool_crew_wake(pool);
		return connection_new(fd);
	}
	if (errno != EAGAIN && errno != EWOULDBLOCK) {
		pthread_mutex_lock(&pool->lock);
		pool->news.short_of = errno;
		pthread_mutex_unlock(&pool->lock);
		eventfd_write(pool->news_fd, 1);
	}
	return NULL;
}

/* What an idle worker was woken for, or NULL. */
static struct connection *
take_connection(struct pool_workers *pool, const struct epoll_event *event)
{
	if (event->data.ptr == NULL)
		return accept_connection(pool);
	pool_silent_take(&pool->silent, event->data.ptr);
	return event->data.ptr;
}

/* Told once until it is quiet again, not with each. Locked. */
static void
tell_served(struct pool_workers *pool)
{
	pool->served = true;
	if (pool->watched)
		return;
	pool->watched = true;
	pool->news.served = true;
	eventfd_write(pool->news_fd, 1);
}

/*
 * The worker has served, or has just begun: the queue's next, or it is idle, and
 * *unheard says whether it was woken for the listener before it could be.
 */
static struct connection *
queue_get_or_idle(struct pool_workers *pool, bool *unheard)
{
	struct connection	*connection;

	pthread_mutex_lock(&pool->lock);
	tell_served(pool);
	connection = pool_queue_get(&pool->queue);
	if (connection == NULL) {
		pool->idle++;
		*unheard = pool->unheard;
		pool->unheard = false;
	}
	pthread_mutex_unlock(&pool->lock);
	return connection;
}

/*
 * The next connection of a worker that is idle; NULL: leave, and it no longer
 * counts.
 */
static struct connection *
idle_next(struct pool_workers *pool, bool unheard)
{
	struct connection	*connection = NULL;
	struct epoll_event	 event = { .data.ptr = NULL };
	bool			 leave = false, timed_out;

	while (connection == NULL && !leave) {
		timed_out = !unheard && wait_for_event(pool, &event) == 0;
		unheard = false;
		if (!timed_out)
			connection = take_connection(pool, &event);
		pthread_mutex_lock(&pool->lock);
		if (connection == NULL)
			connection = pool_queue_get(&pool->queue);
		leave = connection == NULL && (pool->draining ||
		    (timed_out && pool->idle > SPARE));
		if (leave) {
			pool->idle--;
			pool->workers--;
		} else if (connection != NULL) {
			idle_end(pool);
		}
		pthread_mutex_unlock(&pool->lock);
	}
	return connection;
}

static void
serve_all(struct pool_workers *pool, struct worker *worker)
{
	struct connection	*connection = idle_next(pool, false);
	bool			 unheard;

	while (connection != NULL) {
		serve(pool, worker, connection);
		connection = queue_get_or_idle(pool, &unheard);
		if (connection == NULL)
			connection = idle_next(pool, unheard);
	}
}

/* Without any worker nobody would ever come to the queue. */
static void
worker_failed(struct pool_workers *pool)
{
	log_warning(NULL, "no memory for another worker");
	pthread_mutex_lock(&pool->lock);
	pool->idle--;
	pool->workers--;
	if (pool->workers == 0)
		pool_crew_shed_queue(pool);
	pthread_mutex_unlock(&pool->lock);
}

static void *
worker_main(void *context)
{
	struct pool_workers	*pool = context;
	struct worker		 worker = { .fcgi = NULL };

	if (worker_init(&worker, pool) == 0)
		serve_all(pool, &worker);
	else
		worker_failed(pool);
	worker_release(&worker);
	pthread_mutex_lock(&pool->lock);
	thread_left(pool);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}
