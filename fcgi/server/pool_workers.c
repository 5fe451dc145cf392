#include "build.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pool_crew.h"
#include "pool_workers.h"

/* A worker that is idle for so long leaves, and its connections with it. */
#define IDLE_MS		(60 * 1000)

/* How long a connection may say nothing, if none is kept. */
#define SILENCE_S	60

/* One of so many descriptors is left for requests that are served already. */
#define RESERVE		8

/* The least that silent connections are limited to. */
#define SILENT_LEAST	256

/* How many that speak are looked at before signals are again. */
#define BURST		64

#ifdef SANITIZED
#define STACK_BYTES	((size_t)4 * 1024 * 1024)
#else
#define STACK_BYTES	((size_t)256 * 1024)
#endif

static int
watch(const struct pool_workers *pool, int fd, unsigned events)
{
	struct epoll_event	event = { .events = events };

	return epoll_ctl(pool->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int
descriptors_open(struct pool_workers *pool)
{
	pool->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	pool->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pool->drain_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->epoll_fd == -1 || pool->wake_fd == -1 || pool->drain_fd == -1)
		return -1;
	if (pool_crew_watch_listener(pool) == -1 ||
	    watch(pool, pool->wake_fd, EPOLLIN | EPOLLET) == -1)
		return -1;
	return watch(pool, pool->drain_fd, EPOLLIN);
}

static int
scarce_from(void)
{
	struct rlimit	limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur > INT_MAX)
		return INT_MAX;
	return (int)(limit.rlim_cur - limit.rlim_cur / RESERVE);
}

static void
descriptor_close(int fd)
{
	if (fd != -1)
		close(fd);
}

int
pool_workers_silent_max(const struct pool_options *options)
{
	int	most = options->workers + options->queue;

	return most < SILENT_LEAST ? SILENT_LEAST : most;
}

struct pool_workers *
pool_workers_new(const struct pool_listener *listener,
    const struct pool_options *options, int news_fd)
{
	struct pool_workers	*pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	pool->listener = listener;
	pool->news_fd = news_fd;
	pool->workers_max = options->workers;
	pool->queue_max = options->queue;
	pool->idle_ms = options->idle_ms > 0 ? options->idle_ms : IDLE_MS;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_attr_init(&pool->attributes);
	pthread_attr_setstacksize(&pool->attributes, STACK_BYTES);
	pool->left = calloc((size_t)options->workers, sizeof(*pool->left));
	pool->epoll_fd = pool->wake_fd = pool->drain_fd = -1;
	pool->scarce_fd = scarce_from();
	pool->keeps = options->keep_conn_s > 0;
	atomic_store(&pool->listening, true);
	pool_queue_init(&pool->queue, options->workers + options->queue);
	pool->queue.shown = scoreboard_waiting_here(
	    listener->gateway->scoreboard);
	pool_shed_init(&pool->shed, listener->gateway, &pool->attributes,
	    news_fd);
	if (pool->left == NULL || descriptors_open(pool) == -1) {
		pool_workers_free(pool);
		return NULL;
	}
	pool_silent_init(&pool->silent, pool_workers_silent_max(options),
	    (pool->keeps ? options->keep_conn_s : SILENCE_S) * 1000,
	    pool->epoll_fd, news_fd);
	return pool;
}

void
pool_workers_free(struct pool_workers *pool)
{
	assert(pool->threads == 0);
	descriptor_close(pool->epoll_fd);
	descriptor_close(pool->wake_fd);
	descriptor_close(pool->drain_fd);
	pthread_mutex_destroy(&pool->lock);
	pthread_attr_destroy(&pool->attributes);
	pool_queue_release(&pool->queue);
	pool_silent_release(&pool->silent);
	pool_shed_release(&pool->shed);
	free(pool->left);
	free(pool);
}

int
pool_workers_start(struct pool_workers *pool)
{
	int	result;

	pthread_mutex_lock(&pool->lock);
	result = pool_worker_start(pool);
	pthread_mutex_unlock(&pool->lock);
	return result;
}

/*
 * One that comes while a worker is idle doesn't count in the queue: at the
 * drain the whole backlog is taken at once.
 */
static void
queue_or_shed(struct pool_workers *pool, struct connection *connection)
{
	pthread_mutex_lock(&pool->lock);
	if (pool->idle == 0)
		pool_worker_start(pool);
	if (pool->workers == 0 ||
	    pool->queue.count >= pool->queue_max + pool->idle ||
	    !pool_queue_put(&pool->queue, connection))
		pool_shed_put(&pool->shed, connection);
	else if (pool->idle > 0)
		pool_crew_wake(pool);
	pthread_mutex_unlock(&pool->lock);
}

void
pool_workers_take(struct pool_workers *pool, int fd, bool now)
{
	struct connection	*connection = connection_new(fd);

	if (connection != NULL && now)
		queue_or_shed(pool, connection);
	else if (connection != NULL &&
	    !pool_silent_put(&pool->silent, connection))
		connection_close(connection);
}

int
pool_workers_speaking_fd(const struct pool_workers *pool)
{
	return pool->epoll_fd;
}

/* One that was closed is no request, and holds no place in the queue. */
static void
take_speaking(struct pool_workers *pool, struct connection *connection)
{
	char	byte;

	pool_silent_take(&pool->silent, connection);
	if (recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1)
		queue_or_shed(pool, connection);
	else
		connection_close(connection);
}

/* An event that is a worker's waits for the next one that idles. */
static void
keep_event(struct pool_workers *pool)
{
	pthread_mutex_lock(&pool->lock);
	if (pool->idle > 0)
		pool_crew_wake(pool);
	else
		pool->unheard = true;
	pthread_mutex_unlock(&pool->lock);
}

bool
pool_workers_take_speaking(struct pool_workers *pool)
{
	struct epoll_event	events[BURST];
	int			i, count;
	bool			others = false;

	count = epoll_wait(pool->epoll_fd, events, BURST, 0);
	for (i = 0; i < count; i++)
		if (events[i].data.ptr != NULL)
			take_speaking(pool, events[i].data.ptr);
		else
			others = true;
	if (others)
		keep_event(pool);
	return count == BURST;
}

int64_t
pool_workers_expire(struct pool_workers *pool)
{
	return pool_silent_expire(&pool->silent);
}

void
pool_workers_relieve(struct pool_workers *pool)
{
	pool_silent_shorten(&pool->silent, POOL_RELIEF);
}

bool
pool_workers_busy(struct pool_workers *pool)
{
	bool	busy;

	pthread_mutex_lock(&pool->lock);
	busy = pool->idle == 0;
	pthread_mutex_unlock(&pool->lock);
	return busy;
}

/* What libraries keep for a thread is freed after its last line of ours. */
static void
join_left(struct pool_workers *pool)
{
	pthread_t	thread;

	pthread_mutex_lock(&pool->lock);
	while (pool->left_count > 0) {
		thread = pool->left[--pool->left_count];
		pthread_mutex_unlock(&pool->lock);
		pthread_join(thread, NULL);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
}

void
pool_workers_wake(struct pool_workers *pool)
{
	pool_crew_wake(pool);
}

struct pool_news
pool_workers_news(struct pool_workers *pool)
{
	struct pool_news	news;

	join_left(pool);
	pthread_mutex_lock(&pool->lock);
	news = pool->news;
	pool->news = (struct pool_news){ .left = false };
	pthread_mutex_unlock(&pool->lock);
	return news;
}

bool
pool_workers_quiet(struct pool_workers *pool)
{
	bool	quiet;

	pthread_mutex_lock(&pool->lock);
	quiet = !pool->served && pool->idle == pool->workers;
	pool->served = false;
	if (quiet)
		pool->watched = false;
	pthread_mutex_unlock(&pool->lock);
	return quiet;
}

int
pool_workers_serving(struct pool_workers *pool)
{
	int	serving;

	pthread_mutex_lock(&pool->lock);
	serving = pool->workers - pool->idle + pool->queue.count;
	pthread_mutex_unlock(&pool->lock);
	return serving;
}

void
pool_workers_leave_listener(struct pool_workers *pool)
{
	pthread_mutex_lock(&pool->lock);
	atomic_store(&pool->listening, false);
	pool_crew_unwatch_listener(pool);
	pthread_mutex_unlock(&pool->lock);
	pool_silent_end(&pool->silent);
}

void
pool_workers_drain(struct pool_workers *pool)
{
	pool_silent_shorten(&pool->silent, INT_MAX);
	while (pool_workers_take_speaking(pool))
		;
	pthread_mutex_lock(&pool->lock);
	pool->draining = true;
	pthread_mutex_unlock(&pool->lock);
	eventfd_write(pool->drain_fd, 1);
}

void
pool_workers_stop(struct pool_workers *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool_crew_shed_queue(pool);
	pthread_mutex_unlock(&pool->lock);
}

/* The shed thread goes last: workers that end may leave a queue behind. */
bool
pool_workers_gone(struct pool_workers *pool)
{
	int	threads;

	pthread_mutex_lock(&pool->lock);
	threads = pool->threads;
	pthread_mutex_unlock(&pool->lock);
	join_left(pool);
	return threads == 0 && pool_shed_gone(&pool->shed);
}
