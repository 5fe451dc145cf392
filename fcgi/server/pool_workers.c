#include "build.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "client/client_fcgi.h"
#include "exchange/exchange.h"
#include "log.h"
#include "memory.h"
#include "pool_queue.h"
#include "pool_shed.h"
#include "pool_workers.h"

/* A worker that is idle for so long leaves, and its connections with it. */
#define IDLE_MS		(60 * 1000)

/* So many stay idle for ever. */
#define SPARE		1

/* Of processes that share a listener, one that is busy takes so many in turn. */
#define TURN		4

/* For how long a web server may be silent within a request, seconds. */
#define PATIENCE_S	60

#ifdef SANITIZED
#define STACK_BYTES	((size_t)4 * 1024 * 1024)
#else
#define STACK_BYTES	((size_t)256 * 1024)
#endif

struct worker {
	struct exchange_tools	 tools;
	struct client_fcgi	*fcgi;
};

struct pool_workers {
	const struct pool_listener *listener;
	int		 news_fd;
	int		 workers_max;
	int		 queue_max;
	int		 idle_ms;
	pthread_attr_t	 attributes;
	int		 epoll_fd;	/* listener, wake_fd, drain_fd */
	int		 wake_fd;	/* each write wakes one, never read */
	int		 drain_fd;	/* readable from the drain on */
	atomic_bool	 listening;	/* workers accept */

	pthread_mutex_t	 lock;		/* of all below */
	int		 workers;	/* that serve or will, idle ones in */
	int		 idle;		/* of them, that wait or will at once */
	int		 threads;	/* also those that leave */
	pthread_t	*left;		/* ... and are to be joined */
	int		 left_count;
	unsigned	 turn;		/* connections taken in it */
	bool		 draining;
	struct pool_news news;
	struct pool_queue queue;
	struct pool_shed shed;		/* with a lock of its own */
};

/*
 * Edge-triggered: a connection wakes one worker, not one after the other until
 * it was taken. Exclusive: of one process of those that share the listener. The
 * drain wakes all.
 */
#define LISTENER_EVENTS	(EPOLLIN | EPOLLET | EPOLLEXCLUSIVE)

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
	if (watch(pool, pool->listener->fd, LISTENER_EVENTS) == -1 ||
	    watch(pool, pool->wake_fd, EPOLLIN | EPOLLET) == -1)
		return -1;
	return watch(pool, pool->drain_fd, EPOLLIN);
}

static void
descriptor_close(int fd)
{
	if (fd != -1)
		close(fd);
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
	atomic_store(&pool->listening, true);
	if (pool->left == NULL ||
	    pool_queue_init(&pool->queue, options->workers + options->queue) ==
	    -1 || pool_shed_init(&pool->shed, listener->gateway,
	    &pool->attributes, news_fd) == -1 ||
	    descriptors_open(pool) == -1) {
		pool_workers_free(pool);
		return NULL;
	}
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
	pool_shed_release(&pool->shed);
	free(pool->left);
	free(pool);
}

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
worker_init(struct worker *worker, struct gateway *gateway)
{
	worker->tools.gateway = gateway;
	worker->tools.upstream = upstream_new(gateway->upstreams);
	worker->fcgi = client_fcgi_new(PATIENCE_S);
	return worker->tools.upstream == NULL || worker->fcgi == NULL ? -1 : 0;
}

static void
worker_release(struct worker *worker)
{
	client_fcgi_free(worker->fcgi);
	upstream_free(worker->tools.upstream);
}

static void
serve(struct worker *worker, int fd)
{
	struct client	client;

	if (client_fcgi_open(worker->fcgi, &client, fd) == 0)
		client_fcgi_close(worker->fcgi,
		    exchange_run(&worker->tools, &client));
}

static void	*worker_main(void *);
static void	 shed_queue(struct pool_workers *);

/* A new worker, which counts as idle at once: 0 or -1. Locked. */
static int
worker_start(struct pool_workers *pool)
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
	epoll_ctl(pool->epoll_fd, EPOLL_CTL_DEL, pool->listener->fd, NULL);
	watch(pool, pool->listener->fd, LISTENER_EVENTS);
}

/* An idle worker has something to do: somebody is to wait. Locked. */
static void
idle_end(struct pool_workers *pool)
{
	pool->idle--;
	give_turn_away(pool);
	if (pool->idle == 0 && !pool->draining && worker_start(pool) == -1)
		eventfd_write(pool->news_fd, 1);
	else if (pool->idle > 0 && pool->queue.count > 0)
		pool_workers_wake(pool);
}

static int
wait_for_event(struct pool_workers *pool)
{
	struct epoll_event	event;
	int			count;

	do
		count = epoll_wait(pool->epoll_fd, &event, 1, pool->idle_ms);
	while (count == -1 && errno == EINTR);
	return count;
}

/*
 * What an idle worker was woken for, or -1. Two connections may have come with
 * one event.
 */
static int
take_connection(struct pool_workers *pool)
{
	int	fd;

	if (!atomic_load(&pool->listening))
		return -1;
	fd = pool_listener_accept(pool->listener);
	if (fd != -1) {
		if (pool_listener_more(pool->listener))
			pool_workers_wake(pool);
	} else if (errno != EAGAIN && errno != EWOULDBLOCK) {
		pthread_mutex_lock(&pool->lock);
		pool->news.short_of = errno;
		pthread_mutex_unlock(&pool->lock);
		eventfd_write(pool->news_fd, 1);
	}
	return fd;
}

/* The worker has served, or has just begun: the queue's next, or it is idle. */
static int
queue_get_or_idle(struct pool_workers *pool)
{
	int	fd;

	pthread_mutex_lock(&pool->lock);
	fd = pool_queue_get(&pool->queue);
	if (fd == -1)
		pool->idle++;
	pthread_mutex_unlock(&pool->lock);
	return fd;
}

/*
 * The next connection of a worker that is idle; -1: leave, and it no longer
 * counts.
 */
static int
idle_next(struct pool_workers *pool)
{
	bool	leave = false, timed_out;
	int	fd = -1;

	while (fd == -1 && !leave) {
		timed_out = wait_for_event(pool) == 0;
		if (!timed_out)
			fd = take_connection(pool);
		pthread_mutex_lock(&pool->lock);
		if (fd == -1)
			fd = pool_queue_get(&pool->queue);
		leave = fd == -1 && (pool->draining ||
		    (timed_out && pool->idle > SPARE));
		if (leave) {
			pool->idle--;
			pool->workers--;
		} else if (fd != -1) {
			idle_end(pool);
		}
		pthread_mutex_unlock(&pool->lock);
		if (timed_out && fd == -1 && !leave)
			memory_trim();
	}
	return fd;
}

static void
serve_all(struct pool_workers *pool, struct worker *worker)
{
	int	fd = idle_next(pool);

	while (fd != -1) {
		serve(worker, fd);
		fd = queue_get_or_idle(pool);
		if (fd == -1)
			fd = idle_next(pool);
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
		shed_queue(pool);
	pthread_mutex_unlock(&pool->lock);
}

static void *
worker_main(void *context)
{
	struct pool_workers	*pool = context;
	struct worker		 worker = { .fcgi = NULL };

	if (worker_init(&worker, pool->listener->gateway) == 0)
		serve_all(pool, &worker);
	else
		worker_failed(pool);
	worker_release(&worker);
	pthread_mutex_lock(&pool->lock);
	thread_left(pool);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

int
pool_workers_start(struct pool_workers *pool)
{
	int	result;

	pthread_mutex_lock(&pool->lock);
	result = worker_start(pool);
	pthread_mutex_unlock(&pool->lock);
	return result;
}

/* Locked. */
static void
shed_queue(struct pool_workers *pool)
{
	int	fd;

	while ((fd = pool_queue_get(&pool->queue)) != -1)
		pool_shed_put(&pool->shed, fd);
}

/*
 * One that comes while a worker is idle doesn't count in the queue: at the
 * drain the whole backlog is taken at once.
 */
void
pool_workers_take(struct pool_workers *pool, int fd)
{
	pthread_mutex_lock(&pool->lock);
	if (pool->idle == 0)
		worker_start(pool);
	if (pool->workers == 0 ||
	    pool->queue.count >= pool->queue_max + pool->idle ||
	    !pool_queue_put(&pool->queue, fd))
		pool_shed_put(&pool->shed, fd);
	else if (pool->idle > 0)
		pool_workers_wake(pool);
	pthread_mutex_unlock(&pool->lock);
}

void
pool_workers_wake(struct pool_workers *pool)
{
	eventfd_write(pool->wake_fd, 1);
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
	epoll_ctl(pool->epoll_fd, EPOLL_CTL_DEL, pool->listener->fd, NULL);
	pthread_mutex_unlock(&pool->lock);
}

void
pool_workers_drain(struct pool_workers *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->draining = true;
	pthread_mutex_unlock(&pool->lock);
	eventfd_write(pool->drain_fd, 1);
}

void
pool_workers_stop(struct pool_workers *pool)
{
	pthread_mutex_lock(&pool->lock);
	shed_queue(pool);
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
