#include "build.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/client_fcgi.h"
#include "exchange/exchange.h"
#include "memory.h"
#include "raw_fcgi.h"
#include "server/pool.h"
#include "upstream/upstream_share.h"

static struct gateway		gateway;
static struct pool_options	options;
static struct problem		problem;
static pthread_t		pool;
static bool			pool_runs;
static int			pool_result;
static char			path[64], folder[32];
static char			url[64];
static int			silent;		/* a listener that never answers */
static sem_t			release;	/* for /hold */
static sem_t			trims;
static struct raw_answer	answer;
static int			alone;		/* threads without a pool */
static struct rlimit		descriptors;

static struct {
	pthread_mutex_t		 lock;
	const void		*tools[64];
	int			 tools_count;
} seen;

static void
see(const struct exchange_tools *tools)
{
	int	i;

	pthread_mutex_lock(&seen.lock);
	for (i = 0; i < seen.tools_count && seen.tools[i] != tools; i++)
		;
	if (i == seen.tools_count && i < 64)
		seen.tools[seen.tools_count++] = tools;
	pthread_mutex_unlock(&seen.lock);
}

/* What stands for the gateway: it does what the path says. */
static bool
run_upstream(struct exchange_tools *tools, struct client *client)
{
	struct arena		arena;
	struct headers		headers;
	struct problem		p;
	struct upstream_request	request = {
		.method = "GET", .url = url, .headers = &headers,
		.client = client,
	};
	int			status;
	enum upstream_result	result;

	arena_init(&arena, 10000, NULL);
	headers_init(&headers, &arena);
	upstream_send(tools->upstream, &request, &p);
	result = upstream_head(tools->upstream, 0, &status, &headers, &p);
	upstream_finish(tools->upstream);
	arena_release(&arena);
	client_write(client, result == UPSTREAM_FAILED ? "stopping" :
	    result == UPSTREAM_GONE ? "gone" : "?", 8);
	client_flush(client);
	return result == UPSTREAM_FAILED;
}

bool
exchange_run(struct exchange_tools *tools, struct client *client)
{
	struct headers	headers = { 0 };

	see(tools);
	client_skip_body(client);
	client_start(client, 200, &headers);
	client_write(client, "started ", 8);
	client_flush(client);
	if (strcmp(client->target, "/upstream") == 0)
		return run_upstream(tools, client);
	if (strcmp(client->target, "/hold") == 0)
		while (sem_wait(&release) == -1)
			;
	client_write(client, "done", 4);
	return client_flush(client) == 0;
}

void
exchange_shed(struct gateway *of, struct client *client, const char *reason)
{
	struct headers	headers = { 0 };

	assert_ptr_equal(of, &gateway);
	client_start(client, 503, &headers);
	client_write(client, reason, strlen(reason));
}

static void *
pool_main(void *context)
{
	pool_result = pool_run(&gateway, &options, &problem);
	return context;
}

static int
setup(void **state)
{
	int	port;

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_pool.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	memset(&options, 0, sizeof(options));
	options.listen_fd = raw_listen(path);
	options.workers = 2;
	options.queue = 1;
	options.drain_s = 10;
	options.keep_conn_s = 60;
	silent = raw_listen_tcp(&port);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
	pthread_mutex_init(&seen.lock, NULL);
	seen.tools_count = 0;
	sem_init(&release, 0, 0);
	problem_clear(&problem);
	gateway.scoreboard = scoreboard_open(NULL, &problem);
	gateway.upstreams = upstream_share_open(
	    &(struct http_trust){ NULL, NULL }, &problem);
	return options.listen_fd == -1 || silent == -1 ||
	    gateway.upstreams == NULL ? -1 : 0;
}

static void
start_pool(void)
{
	assert_int_equal(pthread_create(&pool, NULL, pool_main, NULL), 0);
	pool_runs = true;
}

static void
end_pool(int result)
{
	pthread_join(pool, NULL);
	pool_runs = false;
	assert_int_equal(pool_result, result);
}

static void
end_pool_by(int number)
{
	kill(getpid(), number);
	end_pool(0);
}

/* Those that a pool is told by. */
static void
pool_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGHUP);
	sigaddset(signals, SIGUSR1);
}

/* They are blocked: what no pool took would wait for the next one. */
static void
forget_signals(void)
{
	const struct timespec	no_time = { .tv_sec = 0 };
	sigset_t		signals;

	pool_signals(&signals);
	while (sigtimedwait(&signals, NULL, &no_time) != -1)
		;
}

/* A test failed: its pool would take the signals of the next one's. */
static void
abandon_pool(void)
{
	int	i;

	for (i = 0; i < 100; i++)
		sem_post(&release);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGINT);
	pthread_join(pool, NULL);
	pool_runs = false;
	forget_signals();
	setrlimit(RLIMIT_NOFILE, &descriptors);
}

static int
teardown(void **state)
{
	(void)state;
	if (pool_runs)
		abandon_pool();
	upstream_share_close(gateway.upstreams);
	scoreboard_close(gateway.scoreboard);
	close(options.listen_fd);
	close(silent);
	unlink(path);
	rmdir(folder);
	return 0;
}

static int
ask(const char *target)
{
	int	fd = raw_connect(path);

	assert_true(fd != -1);
	raw_request(fd, "GET", target, "");
	return fd;
}

static void
expect(int fd, const char *words)
{
	raw_read_all(fd, &answer);
	close(fd);
	assert_true(answer.ended);
	assert_non_null(strstr(answer.text, words));
}

/* An exchange that is under way. */
static int
start(const char *target)
{
	int	fd = ask(target);

	memset(&answer, 0, sizeof(answer));
	raw_read_until(fd, &answer, "started ");
	assert_false(answer.closed);
	return fd;
}

#define MANY	20

static void
takes_the_worker_that_was_idle_last(void **state)
{
	int	held[MANY], i;

	(void)state;
	options.workers = MANY;
	start_pool();
	for (i = 0; i < MANY; i++)
		held[i] = start("/hold");
	assert_int_equal(seen.tools_count, MANY);
	for (i = 0; i < MANY; i++)
		sem_post(&release);
	for (i = 0; i < MANY; i++)
		expect(held[i], "done");
	seen.tools_count = 0;
	/* One, but the next request may come before a worker is idle again: not all. */
	for (i = 0; i < 3 * MANY; i++)
		expect(ask("/"), "started done");
	assert_in_range(seen.tools_count, 1, MANY - 1);
	end_pool_by(SIGTERM);
}

static void
serves_with_one_worker(void **state)
{
	int	first, second;

	(void)state;
	options.workers = 1;
	options.queue = 5;
	start_pool();
	first = start("/hold");
	second = ask("/");
	sem_post(&release);
	expect(first, "done");
	expect(second, "done");
	assert_int_equal(seen.tools_count, 1);
	end_pool_by(SIGUSR1);
}

static void
queues_and_sheds(void **state)
{
	int	held[2], queued, i;

	(void)state;
	start_pool();
	for (i = 0; i < 2; i++)
		held[i] = start("/hold");
	queued = ask("/");
	for (i = 0; i < 10; i++)
		expect(ask("/"), "Status: 503");
	assert_int_equal(scoreboard_waiting(gateway.scoreboard), 1);
	sem_post(&release);
	expect(queued, "done");
	assert_int_equal(scoreboard_waiting(gateway.scoreboard), 0);
	sem_post(&release);
	for (i = 0; i < 2; i++)
		expect(held[i], "done");
	expect(ask("/"), "done");
	end_pool_by(SIGTERM);
}

/* The kernel's count of this process's threads. */
static int
threads(void)
{
	FILE	*file = fopen("/proc/self/status", "r");
	char	 line[256];
	int	 count = -1;

	while (fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "Threads: %d", &count);
	fclose(file);
	return count;
}

static void *
nothing(void *context)
{
	return context;
}

/* A sanitizer's own thread comes with the first; one that ended fades away. */
static int
threads_at_rest(void)
{
	const struct timespec	wait = { .tv_nsec = 20 * 1000 * 1000 };
	pthread_t		first;
	int			count, before = -1;

	if (pthread_create(&first, NULL, nothing, NULL) == 0)
		pthread_join(first, NULL);
	while ((count = threads()) != before) {
		before = count;
		nanosleep(&wait, NULL);
	}
	return count;
}

/* Until there are so many more than before any pool. */
static void
await_threads(int more)
{
	const struct timespec	wait = { .tv_nsec = 10 * 1000 * 1000 };
	int			i;

	for (i = 0; i < 1000 && threads() != alone + more; i++)
		nanosleep(&wait, NULL);
	assert_int_equal(threads(), alone + more);
}

static void
idle_workers_leave(void **state)
{
	int	held[2], i;

	(void)state;
	await_threads(0);
	options.idle_ms = 50;
	start_pool();
	for (i = 0; i < 2; i++)
		held[i] = start("/hold");
	await_threads(3);
	for (i = 0; i < 2; i++) {
		sem_post(&release);
		sem_post(&release);
		expect(held[i], "done");
	}
	/* One of them stays, for the next connection. */
	await_threads(2);
	expect(ask("/"), "done");
	end_pool_by(SIGTERM);
}

/* Instead of memory.c's, which this program doesn't need for anything else. */
void
memory_trim(void)
{
	sem_post(&trims);
}

static void
trims_when_it_is_quiet(void **state)
{
	int	i;

	(void)state;
	sem_init(&trims, 0, 0);
	start_pool();
	for (i = 0; i < 2; i++) {
		expect(ask("/"), "done");
		sem_wait(&trims);
	}
	end_pool_by(SIGTERM);
}

static void
drains(void **state)
{
	struct pollfd	look = { .events = POLLIN };
	int		held, late;

	(void)state;
	start_pool();
	held = start("/hold");
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGTERM);
	do {
		late = ask("/");
		look.fd = late;
		/* Until the signal is seen, requests are still served. */
	} while (poll(&look, 1, 200) == 1 && close(late) == 0);
	sem_post(&release);
	expect(held, "done");
	end_pool(0);
	close(late);
}

/* What waits in the backlog or queue when the end is asked for is served. */
static void
drains_the_queue(void **state)
{
	int	held, queued;

	(void)state;
	options.workers = 1;
	start_pool();
	held = start("/hold");
	queued = ask("/");
	kill(getpid(), SIGTERM);
	sem_post(&release);
	expect(held, "done");
	expect(queued, "done");
	end_pool(0);
}

static void
stops_when_the_drain_is_over(void **state)
{
	int	waiting, queued;

	(void)state;
	options.workers = options.drain_s = 1;
	start_pool();
	waiting = start("/upstream");
	queued = ask("/upstream");
	kill(getpid(), SIGTERM);
	expect(waiting, "stopping");
	raw_read_all(queued, &answer);
	assert_true(answer.ended);
	close(queued);
	end_pool(0);
}

/* A terminal's, under a web server or a parent: those decide. */
static void
ignores_an_interrupt_that_is_ignored(void **state)
{
	(void)state;
	signal(SIGINT, SIG_IGN);
	start_pool();
	expect(ask("/"), "done");
	kill(getpid(), SIGINT);
	expect(ask("/"), "done");
	expect(ask("/"), "done");
	end_pool_by(SIGTERM);
	forget_signals();
	signal(SIGINT, SIG_DFL);
}

static void
stops_at_once_when_told_twice(void **state)
{
	int	waiting;

	(void)state;
	options.drain_s = 1000;
	start_pool();
	waiting = start("/upstream");
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGINT);
	expect(waiting, "stopping");
	end_pool(0);
}

static void
notices_clients_that_hang_up(void **state)
{
	int	fd;

	(void)state;
	options.workers = 1;
	start_pool();
	fd = start("/upstream");
	close(fd);
	expect(ask("/"), "done");
	end_pool_by(SIGTERM);
}

static void
survives_garbage(void **state)
{
	int	fd, i;

	(void)state;
	start_pool();
	for (i = 0; i < 10; i++) {
		fd = raw_connect(path);
		if (i % 2 == 0)
			(void)!send(fd, "GET / HTTP/1.1\r\n\r\n", 18,
			    MSG_NOSIGNAL);
		close(fd);
	}
	do {
		fd = ask("/");
		raw_read_all(fd, &answer);
		close(fd);
	} while (strstr(answer.text, "503") != NULL);
	assert_non_null(strstr(answer.text, "done"));
	end_pool_by(SIGTERM);
}

static void
waits_when_descriptors_are_short(void **state)
{
	struct sockaddr_un	address = { .sun_family = AF_UNIX };
	struct pollfd		look = { .events = POLLIN };
	struct rlimit		usual, tight;
	int			fd;

	(void)state;
	start_pool();
	expect(ask("/"), "done");
	memcpy(address.sun_path, path, sizeof(path));
	look.fd = fd = socket(AF_UNIX, SOCK_STREAM, 0);
	getrlimit(RLIMIT_NOFILE, &usual);
	tight = usual;
	tight.rlim_cur = (rlim_t)fd;
	setrlimit(RLIMIT_NOFILE, &tight);
	assert_int_equal(connect(fd, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	raw_request(fd, "GET", "/", "");
	assert_int_equal(poll(&look, 1, 250), 0);
	setrlimit(RLIMIT_NOFILE, &usual);
	expect(fd, "done");
	end_pool_by(SIGTERM);
}

/* On a connection that stays. */
static void
ask_kept(int fd, const char *target, const char *words)
{
	raw_request_kept(fd, "GET", target, "");
	raw_read_end(fd, &answer);
	assert_true(answer.ended);
	assert_non_null(strstr(answer.text, words));
}

static void
expect_closed(int fd)
{
	char	byte;

	assert_int_equal(read(fd, &byte, 1), 0);
	close(fd);
}

/*
 * A connection is kept as long as not all workers are busy. One that has just
 * answered may still be, when the next request comes.
 */
#define ENOUGH		16
#define SILENT_MAX	256	/* by pool_workers_silent_max() */

/* More than there are workers: none is waited for while another speaks. */
static void
silent_connections_hold_no_worker(void **state)
{
	int	silent_ones[MANY], kept[MANY], i, round;

	(void)state;
	options.workers = ENOUGH;
	options.queue = 2 * MANY;
	start_pool();
	for (i = 0; i < MANY; i++) {
		silent_ones[i] = raw_connect(path);
		kept[i] = raw_connect(path);
	}
	for (round = 0; round < 3; round++)
		for (i = 0; i < MANY; i++)
			ask_kept(kept[i], "/", "done");
	assert_in_range(seen.tools_count, 1, ENOUGH - 1);
	for (i = 0; i < MANY; i++)
		raw_request(silent_ones[i], "GET", "/", "");
	for (i = 0; i < MANY; i++) {
		expect(silent_ones[i], "done");
		close(kept[i]);
	}
	end_pool_by(SIGTERM);
}

/* The first that is closed, and no more in the list; waits for it. */
static int
find_closed(struct pollfd *all, int count)
{
	char	byte;
	int	i;

	assert_true(poll(all, (nfds_t)count, -1) > 0);
	for (i = 0; all[i].revents == 0; i++)
		;
	assert_int_equal(recv(all[i].fd, &byte, 1, MSG_DONTWAIT), 0);
	close(all[i].fd);
	all[i].fd = -1;
	return i;
}

/* Those that were served by different workers may come in another order. */
static void
ends_those_silent_for_longest(void **state)
{
	struct pollfd	all[SILENT_MAX + 2];
	int		i;

	(void)state;
	options.workers = ENOUGH;
	start_pool();
	for (i = 0; i < SILENT_MAX + 2; i++) {
		all[i].fd = raw_connect(path);
		all[i].events = POLLIN;
		ask_kept(all[i].fd, "/", "done");
	}
	for (i = 0; i < 2; i++)
		assert_in_range(find_closed(all, SILENT_MAX + 2), 0,
		    1 + ENOUGH);
	for (i = 0; i < SILENT_MAX + 2; i++) {
		if (all[i].fd == -1)
			continue;
		ask_kept(all[i].fd, "/", "done");
		close(all[i].fd);
	}
	end_pool_by(SIGTERM);
}

static void
ends_those_silent_for_too_long(void **state)
{
	struct timespec	from, to;
	int		fds[3], i;

	(void)state;
	options.workers = ENOUGH;
	options.keep_conn_s = 1;
	start_pool();
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < 3; i++)
		fds[i] = raw_connect(path);
	ask_kept(fds[0], "/", "done");
	for (i = 0; i < 3; i++)
		expect_closed(fds[i]);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_in_range((to.tv_sec - from.tv_sec) * 1000 +
	    (to.tv_nsec - from.tv_nsec) / 1000000, 900, 10000);
	end_pool_by(SIGTERM);
}

/* None of a burst is closed before it can say what it wants. */
static void
lets_a_burst_speak(void **state)
{
	int	held[2], burst[MANY], queued, i;

	(void)state;
	start_pool();
	for (i = 0; i < 2; i++)
		held[i] = start("/hold");
	queued = ask("/");
	for (i = 0; i < MANY; i++)
		burst[i] = raw_connect(path);
	/* Then all in front of it were taken. */
	expect(ask("/"), "Status: 503");
	for (i = 0; i < MANY; i++)
		raw_request(burst[i], "GET", "/", "");
	for (i = 0; i < MANY; i++)
		expect(burst[i], "Status: 503");
	for (i = 0; i < 2; i++)
		sem_post(&release);
	for (i = 0; i < 2; i++)
		expect(held[i], "done");
	expect(queued, "done");
	end_pool_by(SIGTERM);
}

/* Connections that come when the last worker is about to idle. */
static void
hears_who_comes_meanwhile(void **state)
{
	int	first, second, i;

	(void)state;
	options.workers = 1;
	options.queue = 5;
	start_pool();
	for (i = 0; i < 100; i++) {
		first = start("/hold");
		second = ask("/");
		sem_post(&release);
		expect(first, "done");
		expect(second, "done");
	}
	end_pool_by(SIGTERM);
}

static void
keeps_none_when_told(void **state)
{
	int	fd, held;

	(void)state;
	options.keep_conn_s = 0;
	options.workers = 1;
	start_pool();
	fd = raw_connect(path);
	ask_kept(fd, "/", "done");
	expect_closed(fd);
	/* What was sent before it is known is served. */
	held = start("/hold");
	fd = raw_connect(path);
	raw_request_kept(fd, "GET", "/", "");
	raw_request_kept(fd, "GET", "/", "");
	sem_post(&release);
	expect(held, "done");
	raw_read_end(fd, &answer);
	assert_non_null(strstr(answer.text, "done"));
	raw_read_end(fd, &answer);
	assert_non_null(strstr(answer.text, "done"));
	expect_closed(fd);
	end_pool_by(SIGTERM);
}

/* A process that is as busy as it can be leaves the next request to another. */
static void
keeps_none_while_all_are_busy(void **state)
{
	int	fd;

	(void)state;
	options.workers = 1;
	start_pool();
	fd = raw_connect(path);
	ask_kept(fd, "/", "done");
	expect_closed(fd);
	end_pool_by(SIGTERM);
}

/* While all workers are busy, those that speak wait, and no others. */
static void
queues_and_sheds_kept_connections(void **state)
{
	int	kept[3], held[ENOUGH], silent_ones[2], i;

	(void)state;
	options.workers = ENOUGH;
	options.queue = 4;
	start_pool();
	for (i = 0; i < 3; i++) {
		kept[i] = raw_connect(path);
		ask_kept(kept[i], "/", "done");
	}
	for (i = 0; i < ENOUGH; i++)
		held[i] = start("/hold");
	for (i = 0; i < 2; i++)
		silent_ones[i] = raw_connect(path);
	close(kept[0]);
	for (i = 1; i < 3; i++)
		raw_request_kept(kept[i], "GET", "/", "");
	for (i = 0; i < 2; i++)
		raw_request(silent_ones[i], "GET", "/", "");
	expect(ask("/"), "Status: 503");
	for (i = 0; i < ENOUGH; i++)
		sem_post(&release);
	for (i = 0; i < ENOUGH; i++)
		expect(held[i], "done");
	for (i = 0; i < 2; i++) {
		expect(silent_ones[i], "done");
		raw_read_end(kept[1 + i], &answer);
		assert_non_null(strstr(answer.text, "done"));
		close(kept[1 + i]);
	}
	end_pool_by(SIGTERM);
}

/* A web server that has connected is about to ask. */
static void
drains_new_connections(void **state)
{
	struct pollfd	kept = { .events = POLLIN };
	int		all[MANY], i;

	(void)state;
	options.queue = MANY;
	start_pool();
	for (i = 0; i < MANY; i++)
		all[i] = raw_connect(path);
	kept.fd = raw_connect(path);
	ask_kept(kept.fd, "/", "done");
	kill(getpid(), SIGTERM);
	/* What is kept is closed as the end begins. */
	assert_int_equal(poll(&kept, 1, -1), 1);
	close(kept.fd);
	for (i = 0; i < MANY; i++)
		raw_request(all[i], "GET", "/", "");
	for (i = 0; i < MANY; i++)
		expect(all[i], "done");
	end_pool(0);
}

/* Kept ones are closed; what was sent on one before is served. */
static void
drains_kept_connections(void **state)
{
	int	kept[2], held[ENOUGH], i;

	(void)state;
	options.workers = ENOUGH;
	start_pool();
	for (i = 0; i < 2; i++) {
		kept[i] = raw_connect(path);
		ask_kept(kept[i], "/", "done");
	}
	for (i = 0; i < ENOUGH; i++)
		held[i] = start("/hold");
	raw_request_kept(kept[1], "GET", "/", "");
	kill(getpid(), SIGTERM);
	expect_closed(kept[0]);
	for (i = 0; i < ENOUGH; i++)
		sem_post(&release);
	for (i = 0; i < ENOUGH; i++)
		expect(held[i], "done");
	raw_read_end(kept[1], &answer);
	assert_non_null(strstr(answer.text, "done"));
	expect_closed(kept[1]);
	end_pool(0);
}

/* An eighth of all is left for what is served. */
static void
refuses_when_few_descriptors_are_left(void **state)
{
	struct rlimit	usual, tight;
	struct pollfd	kept = { .events = POLLIN };
	int		used[1000], count = 0, fd;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &usual);
	tight = usual;
	options.workers = ENOUGH;
	tight.rlim_cur = 1000;		/* which is all that it wants */
	setrlimit(RLIMIT_NOFILE, &tight);
	start_pool();
	kept.fd = raw_connect(path);
	ask_kept(kept.fd, "/", "done");
	do
		used[count] = dup(0);
	while (used[count++] < (int)(tight.rlim_cur - tight.rlim_cur / 8));
	expect(ask("/"), "descriptors");
	/*
	 * That one had its own before, but such ones are ended once they wait, and
	 * what it gives back may serve the next.
	 */
	while (poll(&kept, 1, 1) == 0) {
		fd = ask("/");
		raw_read_all(fd, &answer);
		close(fd);
		assert_true(strstr(answer.text, "descriptors") != NULL ||
		    poll(&kept, 1, 5000) == 1);
	}
	expect_closed(kept.fd);
	while (count > 0)
		close(used[--count]);
	expect(ask("/"), "done");
	setrlimit(RLIMIT_NOFILE, &usual);
	end_pool_by(SIGTERM);
}

/* The last one: its thread stays. */
static void
leaves_without_what_hangs(void **state)
{
	int	held;

	(void)state;
	options.drain_s = 0;
	start_pool();
	held = start("/hold");
	kill(getpid(), SIGTERM);
	end_pool(-1);
	assert_int_equal(problem.kind, PROBLEM_SERVER);
	close(held);
}

static int
prepare(void **state)
{
	sigset_t	signals;

	(void)state;
	pool_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	alone = threads_at_rest();
	getrlimit(RLIMIT_NOFILE, &descriptors);
	client_fcgi_prepare();
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(takes_the_worker_that_was_idle_last),
		TEST(serves_with_one_worker),
		TEST(queues_and_sheds),
		TEST(idle_workers_leave),
		TEST(trims_when_it_is_quiet),
		TEST(drains),
		TEST(drains_the_queue),
		TEST(stops_when_the_drain_is_over),
		TEST(stops_at_once_when_told_twice),
		TEST(ignores_an_interrupt_that_is_ignored),
		TEST(notices_clients_that_hang_up),
		TEST(survives_garbage),
		TEST(waits_when_descriptors_are_short),
		TEST(silent_connections_hold_no_worker),
		TEST(ends_those_silent_for_longest),
		TEST(ends_those_silent_for_too_long),
		TEST(lets_a_burst_speak),
		TEST(hears_who_comes_meanwhile),
		TEST(keeps_none_when_told),
		TEST(keeps_none_while_all_are_busy),
		TEST(queues_and_sheds_kept_connections),
		TEST(drains_kept_connections),
		TEST(drains_new_connections),
		TEST(refuses_when_few_descriptors_are_left),
		TEST(leaves_without_what_hangs),
	};

	/* A job in the background has it ignored. */
	signal(SIGINT, SIG_DFL);
	return cmocka_run_group_tests(tests, prepare, NULL);
}
