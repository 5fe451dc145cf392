#include "build.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "client_fcgi.h"
#include "exchange.h"
#include "log.h"
#include "pool_workers.h"

/* An idle worker leaves after so long, and its connections with it. */
#define IDLE_MS		(60 * 1000)

/* Connections that wait to be told that there is no room; more are closed. */
#define SHED_MAX	64

/* For how long a web server may be silent within a request, seconds. */
#define PATIENCE_S	60
#define SHED_PATIENCE_S	1

#ifdef SANITIZED
#define STACK_BYTES	((size_t)4 * 1024 * 1024)
#else
#define STACK_BYTES	((size_t)256 * 1024)
#endif

/* Descriptors that wait, first in first out. */
struct queue {
	int	*at;
	int	 max, first, count;
};

struct worker {
	struct pool_workers	*pool;
	struct worker		*below;		/* of the idle ones */
	sem_t			 wake;		/* so that it needs no lock */
	int			 fd;		/* handed over; -1: none */
	struct exchange_tools	 tools;
	struct client_fcgi	*fcgi;
};

struct pool_workers {
	struct gateway	*gateway;
	int		 left_fd;
	int		 workers_max;
	int		 idle_ms;
	pthread_attr_t	 attributes;

	pthread_mutex_t	 lock;		/* of all below */
	struct worker	*idle;		/* last one first */
	int		 workers;	/* that serve or will, idle ones in */
	int		 threads;	/* of all kinds, also those that leave */
	int		 idle_count;
	struct queue	 queue, shed;
	bool		 shedder;	/* the shed thread runs */
	pthread_cond_t	 shed_wake;
	bool		 draining;
};

static int
queue_init(struct queue *queue, int max)
{
	queue->max = max;
	queue->first = 0;
	queue->count = 0;
	queue->at = calloc((size_t)max + 1, sizeof(*queue->at));
	return queue->at == NULL ? -1 : 0;
}

static bool
queue_put(struct queue *queue, int fd)
{
	if (queue->count == queue->max)
		return false;
	queue->at[(queue->first + queue->count++) % queue->max] = fd;
	return true;
}

/* -1: it is empty. */
static int
queue_get(struct queue *queue)
{
	int	fd;

	if (queue->count == 0)
		return -1;
	fd = queue->at[queue->first];
	queue->first = (queue->first + 1) % queue->max;
	queue->count--;
	return fd;
}

int64_t
pool_now_ms(void)
{
	struct timespec	now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
pool_listener_prepare(int fd)
{
	int	flags = fcntl(fd, F_GETFL);

	return flags == -1 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* pthread_cond_timedwait() takes this clock. */
static void
condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t	attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void
deadline_in(struct timespec *deadline, int ms)
{
	clock_gettime(CLOCK_MONOTONIC, deadline);
	deadline->tv_sec += ms / 1000;
	deadline->tv_nsec += ms % 1000 * 1000000L;
	if (deadline->tv_nsec >= 1000000000L) {
		deadline->tv_sec++;
		deadline->tv_nsec -= 1000000000L;
	}
}

struct pool_workers *
pool_workers_new(struct gateway *gateway, const struct pool_options *options,
    int left_fd)
{
	struct pool_workers	*pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	if (queue_init(&pool->queue, options->queue) == -1 ||
	    queue_init(&pool->shed, SHED_MAX) == -1) {
		free(pool->queue.at);
		free(pool);
		return NULL;
	}
	pool->gateway = gateway;
	pool->left_fd = left_fd;
	pool->workers_max = options->workers;
	pool->idle_ms = options->idle_ms > 0 ? options->idle_ms : IDLE_MS;
	pthread_mutex_init(&pool->lock, NULL);
	condition_init(&pool->shed_wake);
	pthread_attr_init(&pool->attributes);
	pthread_attr_setstacksize(&pool->attributes, STACK_BYTES);
	pthread_attr_setdetachstate(&pool->attributes,
	    PTHREAD_CREATE_DETACHED);
	return pool;
}

void
pool_workers_free(struct pool_workers *pool)
{
	/* A thread that just left may still hold the lock. */
	pthread_mutex_lock(&pool->lock);
	assert(pool->threads == 0);
	pthread_mutex_unlock(&pool->lock);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->shed_wake);
	pthread_attr_destroy(&pool->attributes);
	free(pool->queue.at);
	free(pool->shed.at);
	free(pool);
}

static void
idle_remove(struct pool_workers *pool, struct worker *worker)
{
	struct worker	**link = &pool->idle;

	while (*link != worker)
		link = &(*link)->below;
	*link = worker->below;
	pool->idle_count--;
}

/*
 * The next in the queue, or onto the stack of idle workers; -1: nothing is
 * there yet.
 */
static int
queue_get_or_idle(struct worker *worker)
{
	struct pool_workers	*pool = worker->pool;
	int			 fd;

	pthread_mutex_lock(&pool->lock);
	fd = queue_get(&pool->queue);
	if (fd == -1) {
		worker->fd = -1;
		worker->below = pool->idle;
		pool->idle = worker;
		pool->idle_count++;
		if (pool->draining)
			sem_post(&worker->wake);
	}
	pthread_mutex_unlock(&pool->lock);
	return fd;
}

/* Off the stack, unless it was handed something in the last moment. */
static int
leave_idle(struct worker *worker)
{
	struct pool_workers	*pool = worker->pool;
	int			 fd;

	pthread_mutex_lock(&pool->lock);
	fd = worker->fd;
	if (fd == -1) {
		idle_remove(pool, worker);
		pool->workers--;
	}
	pthread_mutex_unlock(&pool->lock);
	if (fd != -1)
		while (sem_wait(&worker->wake) == -1)
			continue;
	return fd;
}

/*
 * The next connection of this worker; -1: leave, and it no longer counts. Who
 * hands one over took the worker off the stack and posts once.
 */
static int
worker_next(struct worker *worker)
{
	struct timespec	deadline;
	int		fd = queue_get_or_idle(worker), result;

	if (fd != -1)
		return fd;
	deadline_in(&deadline, worker->pool->idle_ms);
	do
		result = sem_clockwait(&worker->wake, CLOCK_MONOTONIC,
		    &deadline);
	while (result == -1 && errno == EINTR);
	if (result == 0 && worker->fd != -1)
		return worker->fd;
	return leave_idle(worker);
}

/* The last thing a thread does. Locked. */
static void
thread_left(struct pool_workers *pool)
{
	pool->threads--;
	eventfd_write(pool->left_fd, 1);
}

static void
worker_free(struct worker *worker)
{
	client_fcgi_free(worker->fcgi);
	upstream_free(worker->tools.upstream);
	sem_destroy(&worker->wake);
	free(worker);
}

static struct worker *
worker_new(struct pool_workers *pool)
{
	struct worker	*worker = calloc(1, sizeof(*worker));

	if (worker == NULL)
		return NULL;
	worker->pool = pool;
	sem_init(&worker->wake, 0, 0);
	worker->tools.gateway = pool->gateway;
	worker->tools.upstream = upstream_new();
	worker->fcgi = client_fcgi_new(PATIENCE_S);
	if (worker->tools.upstream == NULL || worker->fcgi == NULL) {
		worker_free(worker);
		return NULL;
	}
	return worker;
}

static void
serve(struct worker *worker, int fd)
{
	struct client	client;

	if (client_fcgi_open(worker->fcgi, &client, fd) == 0)
		client_fcgi_close(worker->fcgi,
		    exchange_run(&worker->tools, &client));
}

static void *
worker_main(void *context)
{
	struct worker		*worker = context;
	struct pool_workers	*pool = worker->pool;
	int			 fd;

	for (fd = worker->fd; fd != -1; fd = worker_next(worker))
		serve(worker, fd);
	worker_free(worker);
	pthread_mutex_lock(&pool->lock);
	thread_left(pool);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* A new worker that starts with this connection: 0 or -1. Locked. */
static int
worker_start(struct pool_workers *pool, int fd)
{
	struct worker	*worker = worker_new(pool);
	pthread_t	 thread;
	int		 error;

	if (worker == NULL)
		return -1;
	worker->fd = fd;
	error = pthread_create(&thread, &pool->attributes, worker_main, worker);
	if (error != 0) {
		log_warning(NULL, "no thread for another worker (%d run)",
		    pool->workers);
		worker_free(worker);
		return -1;
	}
	pool->workers++;
	pool->threads++;
	return 0;
}

static void
shed(struct pool_workers *pool, struct client_fcgi *fcgi, int fd)
{
	struct client	client;

	if (client_fcgi_open(fcgi, &client, fd) == -1)
		return;
	exchange_shed(pool->gateway, &client);
	client_fcgi_close(fcgi, true);
}

static void *
shed_main(void *context)
{
	struct pool_workers	*pool = context;
	struct client_fcgi	*fcgi = client_fcgi_new(SHED_PATIENCE_S);
	int			 fd;

	pthread_mutex_lock(&pool->lock);
	while (fcgi != NULL) {
		fd = queue_get(&pool->shed);
		if (fd == -1 && pool->draining && pool->threads == 1)
			break;
		if (fd == -1) {
			pthread_cond_wait(&pool->shed_wake, &pool->lock);
			continue;
		}
		pthread_mutex_unlock(&pool->lock);
		shed(pool, fcgi, fd);
		pthread_mutex_lock(&pool->lock);
	}
	while ((fd = queue_get(&pool->shed)) != -1)
		close(fd);
	client_fcgi_free(fcgi);
	pool->shedder = false;
	thread_left(pool);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* The thread is made when it is needed first. Locked. */
static void
shed_put(struct pool_workers *pool, int fd)
{
	pthread_t	thread;

	if (!pool->shedder && pthread_create(&thread, &pool->attributes,
	    shed_main, pool) == 0) {
		pool->shedder = true;
		pool->threads++;
	}
	if (!pool->shedder || !queue_put(&pool->shed, fd))
		close(fd);
	pthread_cond_signal(&pool->shed_wake);
}

void
pool_workers_take(struct pool_workers *pool, int fd)
{
	struct worker	*worker;

	pthread_mutex_lock(&pool->lock);
	worker = pool->idle;
	if (worker != NULL) {
		pool->idle = worker->below;
		pool->idle_count--;
		worker->fd = fd;
	} else if ((pool->workers == pool->workers_max ||
	    worker_start(pool, fd) == -1) && (pool->workers == 0 ||
	    !queue_put(&pool->queue, fd))) {
		shed_put(pool, fd);
	}
	pthread_mutex_unlock(&pool->lock);
	if (worker != NULL)
		sem_post(&worker->wake);
}

bool
pool_workers_busy(struct pool_workers *pool)
{
	bool	busy;

	pthread_mutex_lock(&pool->lock);
	busy = pool->idle == NULL && pool->workers == pool->workers_max;
	pthread_mutex_unlock(&pool->lock);
	return busy;
}

int
pool_workers_serving(struct pool_workers *pool)
{
	int	serving;

	pthread_mutex_lock(&pool->lock);
	serving = pool->workers - pool->idle_count + pool->queue.count;
	pthread_mutex_unlock(&pool->lock);
	return serving;
}

void
pool_workers_drain(struct pool_workers *pool)
{
	struct worker	*worker;

	pthread_mutex_lock(&pool->lock);
	pool->draining = true;
	for (worker = pool->idle; worker != NULL; worker = worker->below)
		sem_post(&worker->wake);
	pthread_mutex_unlock(&pool->lock);
}

void
pool_workers_stop(struct pool_workers *pool)
{
	int	fd;

	pthread_mutex_lock(&pool->lock);
	while ((fd = queue_get(&pool->queue)) != -1)
		shed_put(pool, fd);
	pthread_mutex_unlock(&pool->lock);
}

/* The shed thread goes last: workers that end may leave a queue behind. */
bool
pool_workers_gone(struct pool_workers *pool)
{
	bool	gone;

	pthread_mutex_lock(&pool->lock);
	gone = pool->threads == 0;
	if (pool->threads == 1 && pool->shedder)
		pthread_cond_signal(&pool->shed_wake);
	pthread_mutex_unlock(&pool->lock);
	return gone;
}
