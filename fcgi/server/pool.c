#include "build.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "pool.h"
#include "pool_accept.h"
#include "pool_workers.h"
#include "upstream/upstream_share.h"

/* How many connections are taken before signals are looked at again. */
#define BURST		64

/* When the process has no descriptor or memory for another connection. */
#define EXHAUSTED_MS	100
#define COMPLAIN_MS	10000	/* ... and how often it says so */

/* The longest backlog of ours; emptied at the end. */
#define BACKLOG_MAX	4096

/*
 * A process whose workers are all busy lets those that share its listener have
 * the connection for so long before it puts it into its queue.
 */
#define DEFER_MS	5

/* What is free goes back to the system once nothing was served for so long. */
#define TRIM_MS		2000

/* From the end of the drain to the end of the process. */
#define STOP_MS		1000

/* Descriptors of an exchange: the client's, the upstream's, curl's own. */
#define DESCRIPTORS_EACH	6
#define DESCRIPTORS_MORE	256

struct acceptor {
	const struct pool_options	*options;
	struct pool_listener		 listener;
	struct pool_workers		*workers;
	int				 signal_fd;
	int				 news_fd;	/* of the workers */
	bool				 deferred, exhausted;
	int64_t				 paused_until_ms;	/* 0: not */
	int64_t				 complained_ms;
	int64_t				 trim_ms;	/* when; 0: not */
	int64_t				 expire_ms;	/* the same */
	bool				 draining, stopping;
	bool				 opening;	/* new ones may speak yet */
	int64_t				 deadline_ms;	/* of either */
};

static void
raise_descriptors(const struct pool_options *options)
{
	struct rlimit	limit;
	rlim_t		wanted;

	wanted = (rlim_t)options->workers * DESCRIPTORS_EACH +
	    (rlim_t)options->queue + DESCRIPTORS_MORE +
	    (rlim_t)pool_workers_silent_max(options);
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < wanted)
		log_warning(NULL, "only %llu file descriptors are allowed, %llu "
		    "would serve %d workers: raise the limit (LimitNOFILE, "
		    "ulimit -n)", (unsigned long long)limit.rlim_cur,
		    (unsigned long long)wanted, options->workers);
}

/* Whether the log has not heard of a shortage for some time. */
static bool
may_complain(struct acceptor *acceptor)
{
	int64_t	now = now_ms();

	if (acceptor->complained_ms != 0 &&
	    now - acceptor->complained_ms < COMPLAIN_MS)
		return false;
	acceptor->complained_ms = now;
	return true;
}

/* Descriptors or memory are short: others shall end first. */
static void
pause_exhausted(struct acceptor *acceptor, int error)
{
	acceptor->exhausted = true;
	acceptor->paused_until_ms = now_ms() + EXHAUSTED_MS;
	pool_workers_relieve(acceptor->workers);
	if (may_complain(acceptor))
		log_warning(NULL, "no connection can be accepted: %s",
		    strerror(error));
}

/* Takes one connection; false when there is none or none can be taken. */
static bool
accept_one(struct acceptor *acceptor)
{
	int	fd = pool_listener_accept(&acceptor->listener);

	if (fd != -1)
		pool_workers_take(acceptor->workers, fd, acceptor->draining);
	else if (errno != EAGAIN && errno != EWOULDBLOCK)
		pause_exhausted(acceptor, errno);
	return fd != -1;
}

/* Workers take connections by themselves, as long as one of them is idle. */
static void
accept_some(struct acceptor *acceptor)
{
	int	i;

	for (i = 0; i < BURST; i++) {
		if (!pool_workers_busy(acceptor->workers))
			break;
		if (!acceptor->deferred) {
			acceptor->deferred = true;
			acceptor->paused_until_ms = now_ms() + DEFER_MS;
			return;
		}
		if (!accept_one(acceptor))
			break;
	}
	acceptor->deferred = false;
}

/*
 * What stands in the backlog was promised an answer, and perhaps only a worker
 * of this process was woken for it; what comes later is its siblings'.
 */
static void
drain(struct acceptor *acceptor)
{
	int	i, serving;

	acceptor->draining = acceptor->opening = true;
	acceptor->deadline_ms = now_ms() +
	    (int64_t)acceptor->options->drain_s * 1000;
	pool_workers_leave_listener(acceptor->workers);
	if (acceptor->options->drain_s > 0)
		for (i = 0; i < BACKLOG_MAX && accept_one(acceptor); i++)
			;
	serving = pool_workers_serving(acceptor->workers);
	if (serving > 0)
		log_info(NULL, "ending: %d exchanges may take %d seconds more",
		    serving, acceptor->options->drain_s);
	acceptor->expire_ms = pool_workers_expire(acceptor->workers);
}

/* No connection is new any more. */
static void
end_opening(struct acceptor *acceptor)
{
	acceptor->opening = false;
	pool_workers_drain(acceptor->workers);
}

static void
stop(struct acceptor *acceptor)
{
	int	serving;

	if (acceptor->opening)
		end_opening(acceptor);
	serving = pool_workers_serving(acceptor->workers);
	if (serving > 0)
		log_warning(NULL, "ending: %d exchanges are cut", serving);
	acceptor->stopping = true;
	acceptor->deadline_ms = now_ms() + STOP_MS;
	upstream_stop_all(acceptor->listener.gateway->upstreams);
	pool_workers_stop(acceptor->workers);
}

static void
take_signals(struct acceptor *acceptor)
{
	struct signalfd_siginfo	info;

	while (read(acceptor->signal_fd, &info, sizeof(info)) ==
	    (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			log_reopen();
		else if (!acceptor->draining)
			drain(acceptor);
		else if (info.ssi_signo != SIGUSR1 && !acceptor->stopping)
			stop(acceptor);
	}
}

/* The earlier moment; 0: never. */
static int64_t
earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* How long to sleep at most, milliseconds; -1: until something happens. */
static int
sleep_ms(const struct acceptor *acceptor)
{
	int64_t	until = acceptor->draining ? acceptor->deadline_ms :
		    acceptor->paused_until_ms;
	int64_t	left;

	until = earlier(until, acceptor->trim_ms);
	until = earlier(until, acceptor->expire_ms);
	if (until == 0)
		return -1;
	left = until - now_ms();
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* What the process keeps for its next exchanges, once there are none. */
static void
trim(struct acceptor *acceptor, int64_t now)
{
	bool	quiet = pool_workers_quiet(acceptor->workers);

	acceptor->trim_ms = quiet ? 0 : now + TRIM_MS;
	if (quiet)
		memory_trim();
}

/* What is due by now. */
static void
take_time(struct acceptor *acceptor)
{
	int64_t	now = now_ms();

	if (acceptor->paused_until_ms != 0 &&
	    now >= acceptor->paused_until_ms) {
		acceptor->paused_until_ms = 0;
		if (acceptor->exhausted)
			pool_workers_wake(acceptor->workers);
		acceptor->exhausted = false;
	}
	if (acceptor->trim_ms != 0 && now >= acceptor->trim_ms) {
		trim(acceptor, now);
	}
	if (acceptor->expire_ms != 0 && now >= acceptor->expire_ms)
		acceptor->expire_ms = pool_workers_expire(acceptor->workers);
}

static void
take_news(struct acceptor *acceptor)
{
	struct pool_news	news;
	eventfd_t		count;

	eventfd_read(acceptor->news_fd, &count);
	news = pool_workers_news(acceptor->workers);
	if (news.left || news.served)
		acceptor->trim_ms = now_ms() + TRIM_MS;
	if (news.short_of != 0)
		pause_exhausted(acceptor, news.short_of);
	if (news.refused && may_complain(acceptor))
		log_warning(NULL, "requests are refused: file descriptors are "
		    "short, raise the limit (LimitNOFILE, ulimit -n)");
	acceptor->expire_ms = pool_workers_expire(acceptor->workers);
}

static void
wait_and_act(struct acceptor *acceptor)
{
	struct pollfd	fds[] = {
		{ .fd = acceptor->signal_fd, .events = POLLIN },
		{ .fd = acceptor->news_fd, .events = POLLIN },
		{ .fd = acceptor->options->listen_fd, .events = POLLIN },
		{ .fd = pool_workers_speaking_fd(acceptor->workers),
		    .events = POLLIN },
	};
	bool		busy = (!acceptor->draining || acceptor->opening) &&
			    pool_workers_busy(acceptor->workers);

	if (!busy || acceptor->draining || acceptor->paused_until_ms != 0)
		fds[2].fd = -1;
	if (!busy)
		fds[3].fd = -1;
	if (poll(fds, 4, sleep_ms(acceptor)) == -1)
		return;
	take_time(acceptor);
	if (fds[1].revents != 0)
		take_news(acceptor);
	if (fds[3].revents != 0)
		pool_workers_take_speaking(acceptor->workers);
	if (fds[2].revents != 0)
		accept_some(acceptor);
	if (fds[0].revents != 0)
		take_signals(acceptor);
}

/* Until no thread is left, or those that are were waited for long enough. */
static int
serve(struct acceptor *acceptor, struct problem *p)
{
	for (;;) {
		wait_and_act(acceptor);
		if (!acceptor->draining)
			continue;
		if (acceptor->opening && acceptor->expire_ms == 0)
			end_opening(acceptor);
		if (pool_workers_gone(acceptor->workers))
			return 0;
		if (now_ms() < acceptor->deadline_ms)
			continue;
		if (acceptor->stopping)
			return problem_set(p, PROBLEM_SERVER,
			    "%d exchanges did not end in time",
			    pool_workers_serving(acceptor->workers));
		stop(acceptor);
	}
}

static int
acceptor_open(struct acceptor *acceptor, struct gateway *gateway,
    struct problem *p)
{
	struct sigaction interrupt;
	sigset_t	signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	/* Ignored it is not ours, but would be told of all the same. */
	if (sigaction(SIGINT, NULL, &interrupt) == 0 &&
	    interrupt.sa_handler != SIG_IGN)
		sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	acceptor->signal_fd = signalfd(-1, &signals,
	    SFD_CLOEXEC | SFD_NONBLOCK);
	acceptor->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (acceptor->signal_fd == -1 || acceptor->news_fd == -1)
		return problem_set(p, PROBLEM_SERVER, "no descriptors: %s",
		    strerror(errno));
	if (pool_listener_init(&acceptor->listener, gateway,
	    acceptor->options->listen_fd) == -1)
		return problem_set(p, PROBLEM_SERVER,
		    "the listening socket can't be used: %s", strerror(errno));
	acceptor->workers = pool_workers_new(&acceptor->listener,
	    acceptor->options, acceptor->news_fd);
	if (acceptor->workers == NULL ||
	    pool_workers_start(acceptor->workers) == -1)
		return problem_set(p, PROBLEM_SERVER, "no memory");
	return 0;
}

int
pool_run(struct gateway *gateway, const struct pool_options *options,
    struct problem *p)
{
	struct acceptor	acceptor = {
		.options = options,
		.signal_fd = -1,
		.news_fd = -1,
	};
	int		result = -1;

	raise_descriptors(options);
	if (acceptor_open(&acceptor, gateway, p) == 0) {
		result = serve(&acceptor, p);
		/* Threads that still run need it, until the process ends. */
		if (result == -1)
			return -1;
	}
	if (acceptor.workers != NULL)
		pool_workers_free(acceptor.workers);
	close(acceptor.signal_fd);
	close(acceptor.news_fd);
	return result;
}
