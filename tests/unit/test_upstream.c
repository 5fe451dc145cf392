#include "build.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "upstream.h"

/*
 * A server of one thread that does to each connection what the test's function
 * does, one connection after the other.
 */
static struct {
	int		 listener, port, quit;
	pthread_t	 thread;
	_Atomic(void (*)(int fd)) serve;
	atomic_int	 connections, requests;
	pthread_mutex_t	 lock;		/* of the last whole request: */
	char		 head[8192];
	char		*body;
	size_t		 body_length;
	int		 told;		/* an eventfd: something happened */
} server;

static void
say(int fd, const char *text)
{
	size_t	length = strlen(text);

	(void)!(send(fd, text, length, MSG_NOSIGNAL) == (ssize_t)length);
}

static bool
readable(int fd)
{
	struct pollfd	fds[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = server.quit, .events = POLLIN },
	};

	return poll(fds, 2, 10000) > 0 && fds[0].revents != 0;
}

static bool
take_bytes(int fd, char *to, size_t length)
{
	ssize_t	n;

	for (; length > 0; to += n, length -= (size_t)n) {
		if (!readable(fd))
			return false;
		n = recv(fd, to, length, 0);
		if (n <= 0)
			return false;
	}
	return true;
}

/* Reads one request; false when the client closed. */
static bool
take_request(int fd)
{
	char		 head[sizeof(server.head)] = "", *body;
	size_t		 length, body_length = 0;
	const char	*field;

	for (length = 0; strstr(head, "\r\n\r\n") == NULL; length++) {
		if (length + 1 == sizeof(head) ||
		    !take_bytes(fd, head + length, 1))
			return false;
		head[length + 1] = '\0';
	}
	field = strstr(head, "Content-Length: ");
	if (field != NULL)
		body_length = strtoul(field + 16, NULL, 10);
	body = calloc(1, body_length + 1);
	if (!take_bytes(fd, body, body_length)) {
		free(body);
		return false;
	}
	pthread_mutex_lock(&server.lock);
	free(server.body);
	server.body = body;
	server.body_length = body_length;
	memcpy(server.head, head, sizeof(head));
	pthread_mutex_unlock(&server.lock);
	atomic_fetch_add(&server.requests, 1);
	return true;
}

/* The head of the last request; its body is then server.body. */
static const char *
last_head(void)
{
	static char	head[sizeof(server.head)];

	pthread_mutex_lock(&server.lock);
	memcpy(head, server.head, sizeof(head));
	pthread_mutex_unlock(&server.lock);
	return head;
}

/* The client's end of the connection: true when it came within 5 seconds. */
static bool
hung_up(int fd)
{
	char	byte;

	return readable(fd) && recv(fd, &byte, 1, 0) <= 0;
}

static void *
server_main(void *context)
{
	void	(*serve)(int);
	int	fd;

	(void)context;
	while (readable(server.listener)) {
		fd = accept(server.listener, NULL, NULL);
		if (fd == -1)
			continue;
		atomic_fetch_add(&server.connections, 1);
		serve = atomic_load(&server.serve);
		serve(fd);
		close(fd);
	}
	return NULL;
}

static char			url[64];
static struct upstream		*u;
static struct arena		arena;
static struct headers		sent, got;
static struct problem		problem;
static struct edits		edits;
static struct edits_reader	reader;
static int			status;

static int
setup(void **state)
{
	struct sockaddr_in	address = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t		length = sizeof(address);

	(void)state;
	memset(&server, 0, sizeof(server));
	pthread_mutex_init(&server.lock, NULL);
	server.quit = eventfd(0, 0);
	server.told = eventfd(0, 0);
	server.listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(server.listener, (struct sockaddr *)&address, length) == -1 ||
	    listen(server.listener, 10) == -1 ||
	    getsockname(server.listener, (struct sockaddr *)&address,
	    &length) == -1)
		return -1;
	server.port = ntohs(address.sin_port);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/x?key=SECRET",
	    server.port);
	if (upstream_prepare(&problem) == -1)
		return -1;
	u = upstream_new();
	arena_init(&arena, 4 << 20, NULL);
	headers_init(&sent, &arena);
	headers_init(&got, &arena);
	problem_clear(&problem);
	status = 0;
	edits_plain(&edits, (struct text){ "{}", 2 });
	edits_rewind(&reader, &edits);
	return u == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	upstream_free(u);
	upstream_cleanup();
	eventfd_write(server.quit, 1);
	if (server.serve != NULL)
		pthread_join(server.thread, NULL);
	close(server.listener);
	close(server.quit);
	close(server.told);
	free(server.body);
	arena_release(&arena);
	return 0;
}

static void
serve_by(void (*serve)(int fd))
{
	server.serve = serve;
	assert_int_equal(pthread_create(&server.thread, NULL, server_main,
	    NULL), 0);
}

static struct upstream_request
request(void)
{
	return (struct upstream_request){
		.method = "POST", .url = url, .headers = &sent,
		.body = &reader, .connect_timeout_s = 5,
		.first_byte_timeout_s = 10, .idle_timeout_s = 10,
	};
}

static enum upstream_result
send_and_head(const struct upstream_request *of)
{
	headers_init(&got, &arena);
	assert_int_equal(upstream_send(u, of, &problem), 0);
	return upstream_head(u, 0, &status, &got, &problem);
}

/* Reads until something else than bytes; adds them up. */
static enum upstream_result
read_all(struct buf *all)
{
	enum upstream_result	result;
	struct text		bytes;

	while ((result = upstream_read(u, 0, &bytes, &problem)) ==
	    UPSTREAM_BYTES)
		assert_int_equal(buf_add(all, bytes.at, bytes.length), 0);
	return result;
}

static void
answer_ok(int fd)
{
	while (take_request(fd))
		say(fd, "HTTP/1.1 200 Fine\r\nContent-Type: text/plain\r\n"
		    "X-Dup: 1\r\nX-Dup:2  \r\nX-Empty:\r\n"
		    "Content-Length: 5\r\n\r\nhello");
}

static void
sends_and_reads(void **state)
{
	struct upstream_request	of = request();
	struct buf		all;
	int			i;

	(void)state;
	serve_by(answer_ok);
	headers_add(&sent, "x-api-key", "abc");
	headers_add(&sent, "x-empty", "");
	headers_add(&sent, "content-type", "application/json");
	headers_add(&sent, "content-length", "999");
	buf_init(&all, 100, NULL);
	for (i = 0; i < 3; i++) {
		buf_clear(&all);
		assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
		assert_int_equal(status, 200);
		assert_string_equal(headers_find(&got, "content-type"),
		    "text/plain");
		assert_string_equal(headers_find(&got, "x-empty"), "");
		assert_int_equal(got.count, 5);
		assert_string_equal(got.at[2].value, "2");
		assert_int_equal(read_all(&all), UPSTREAM_END);
		assert_string_equal(all.at, "hello");
		assert_true(upstream_first_byte_us(u) > 0);
		assert_int_equal(upstream_connected_anew(u), i == 0);
		assert_true(upstream_body_sent(u));
		upstream_finish(u);
	}
	buf_release(&all);
	assert_int_equal(server.connections, 1);
	assert_int_equal(server.requests, 3);
	assert_non_null(strstr(last_head(), "POST /v1/x?key=SECRET HTTP/1.1"));
	assert_non_null(strstr(last_head(), "\r\nx-api-key: abc\r\n"));
	assert_non_null(strstr(last_head(), "\r\nx-empty:\r\n"));
	assert_non_null(strstr(last_head(), "\r\nContent-Length: 2\r\n"));
	assert_non_null(strstr(last_head(), "Accept-Encoding: identity\r\n"));
	assert_null(strstr(last_head(), "999"));
	assert_null(strstr(last_head(), "Expect"));
	assert_null(strstr(last_head(), "Accept:"));
	assert_null(strstr(last_head(), "User-Agent"));
	assert_string_equal(server.body, "{}");
}

static void
sends_large_bodies(void **state)
{
	static char		large[3 * 1024 * 1024];
	struct upstream_request	of = request();
	struct json_document	document;
	struct buf		all, rendered;

	(void)state;
	serve_by(answer_ok);
	buf_init(&all, 100, NULL);
	buf_init(&rendered, sizeof(large) * 2, NULL);
	memset(large, ' ', sizeof(large));
	memcpy(large, "{\"model\":\"a\",", 13);
	memcpy(large + sizeof(large) - 10, "\"b\":12345}", 10);
	edits_plain(&edits, (struct text){ large, sizeof(large) });
	edits_rewind(&reader, &edits);
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_true(upstream_body_sent(u));
	assert_int_equal(read_all(&all), UPSTREAM_END);
	upstream_finish(u);
	last_head();
	assert_int_equal(server.body_length, sizeof(large));
	assert_memory_equal(server.body, large, sizeof(large));

	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, large, sizeof(large), NULL), 0);
	edits_start(&edits, &document, &arena);
	edits_set_member(&edits, json_root(&document), "model",
	    (struct text){ "\"longer\"", 8 });
	assert_int_equal(edits_finish(&edits), 0);
	edits_rewind(&reader, &edits);
	edits_render(&edits, &rendered);
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_true(upstream_body_sent(u));
	assert_int_equal(read_all(&all), UPSTREAM_END);
	upstream_finish(u);
	last_head();
	assert_int_equal(server.body_length, rendered.length);
	assert_memory_equal(server.body, rendered.at, rendered.length);
	json_release(&document);
	buf_release(&rendered);
	buf_release(&all);
}

/* Answers once, then takes the next request and closes without a word. */
static void
answer_once(int fd)
{
	bool	second = server.connections > 1;

	if (take_request(fd))
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	if (!second)
		take_request(fd);
}

static void
repeats_on_a_connection_that_died(void **state)
{
	struct upstream_request	of = request();
	struct json_document	document;
	struct buf		all;
	const char		*text = "{\"model\":1}";

	(void)state;
	serve_by(answer_once);
	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, text, strlen(text), NULL), 0);
	edits_start(&edits, &document, &arena);
	edits_set_member(&edits, json_root(&document), "model",
	    (struct text){ "22", 2 });
	assert_int_equal(edits_finish(&edits), 0);
	edits_rewind(&reader, &edits);
	buf_init(&all, 100, NULL);
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_int_equal(read_all(&all), UPSTREAM_END);
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_int_equal(read_all(&all), UPSTREAM_END);
	upstream_finish(u);
	assert_string_equal(all.at, "okok");
	assert_int_equal(server.connections, 2);
	last_head();
	assert_string_equal(server.body, "{\"model\":22}");
	json_release(&document);
	buf_release(&all);
}

static const char	*_Atomic script;

static void
answer_script(int fd)
{
	if (take_request(fd))
		say(fd, atomic_load(&script));
}

static void
tells_a_cut_from_an_end(void **state)
{
	static const struct {
		const char		*answer;
		enum upstream_result	 end;
		const char		*body;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
		    UPSTREAM_FAILED, "abc" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "3\r\nabc\r\n", UPSTREAM_FAILED, "abc" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "3\r\nabc\r\n5\r\nde", UPSTREAM_FAILED, "abcde" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n", UPSTREAM_END,
		    "abc" },
		{ "HTTP/1.0 200 OK\r\n\r\nabc", UPSTREAM_END, "abc" },
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n"
		    "Link: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
		    "\r\na", UPSTREAM_END, "a" },
	};
	struct upstream_request	of = request();
	struct buf		all;
	size_t			i;

	(void)state;
	serve_by(answer_script);
	buf_init(&all, 1000, NULL);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		script = cases[i].answer;
		buf_clear(&all);
		problem_clear(&problem);
		assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
		assert_int_equal(status, 200);
		assert_null(headers_find(&got, "x-trailer"));
		assert_null(headers_find(&got, "link"));
		assert_int_equal(read_all(&all), cases[i].end);
		assert_string_equal(all.at, cases[i].body);
		if (cases[i].end == UPSTREAM_FAILED) {
			assert_int_equal(problem.kind, PROBLEM_UPSTREAM);
			assert_non_null(strstr(problem.message, "cut"));
		}
		assert_false(upstream_unsent(u));
		upstream_finish(u);
	}
	buf_release(&all);
}

static char	whole_body[3 * 1024 * 1024];

/* Answers before it has taken the body, which it then does not take. */
static void
answer_early(int fd)
{
	char	head[4096];

	if (!readable(fd) || recv(fd, head, sizeof(head), 0) <= 0)
		return;
	say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly");
	/* It takes nothing more until the test has looked. */
	readable(server.quit);
}

static void
knows_whether_the_body_is_needed(void **state)
{
	struct upstream_request	of = request();
	struct text		bytes;

	(void)state;
	serve_by(answer_early);
	edits_plain(&edits, (struct text){ whole_body, sizeof(whole_body) });
	edits_rewind(&reader, &edits);
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_false(upstream_body_sent(u));
	/* The reader and the head's parts were needed for sending only. */
	memset(&reader, 0x55, sizeof(reader));
	memset(&of, 0x55, sizeof(of));
	assert_int_equal(upstream_read(u, 0, &bytes, &problem),
	    UPSTREAM_BYTES);
	upstream_finish(u);
}

static void
refuses_answers_without_sense(void **state)
{
	static const struct {
		const char	*answer, *words;
	} cases[] = {
		{ "", "without an answer" },
		{ "SSH-2.0-x\r\n\r\n", "not HTTP" },
		{ "HTTP/1.1 200 OK\r\nContent-", "cut" },
		{ "HTTP/1.1 302 Found\r\nLocation: http://evil/\r\n\r\n",
		    "redirect (302)" },
		{ "HTTP/1.1 307 x\r\nLocation: http://evil/\r\n\r\n",
		    "redirect (307)" },
	};
	struct upstream_request	of = request();
	size_t			i;

	(void)state;
	serve_by(answer_script);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		script = cases[i].answer;
		problem_clear(&problem);
		assert_int_equal(send_and_head(&of), UPSTREAM_FAILED);
		assert_non_null(strstr(problem.message, cases[i].words));
		assert_int_equal(problem.kind, PROBLEM_UPSTREAM);
		assert_null(strstr(problem.message, "SECRET"));
		upstream_finish(u);
	}
}

static void
answer_endless_head(int fd)
{
	static char	line[8192];
	int		i;

	if (!take_request(fd))
		return;
	say(fd, "HTTP/1.1 200 OK\r\n");
	memset(line, 'x', sizeof(line) - 3);
	memcpy(line, "x-long: ", 8);
	memcpy(line + sizeof(line) - 3, "\r\n", 3);
	for (i = 0; i < 100; i++)
		say(fd, line);
}

static void
refuses_an_endless_head(void **state)
{
	struct upstream_request	of = request();

	(void)state;
	serve_by(answer_endless_head);
	assert_int_equal(send_and_head(&of), UPSTREAM_FAILED);
	assert_int_equal(problem.kind, PROBLEM_UPSTREAM);
	assert_non_null(strstr(problem.message, "256 KiB"));
	upstream_finish(u);
}

static void
answer_head_then_silence(int fd)
{
	if (!take_request(fd))
		return;
	say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\nok\r\n");
	if (hung_up(fd))
		eventfd_write(server.told, 1);
}

static void
answer_silence(int fd)
{
	if (take_request(fd) && hung_up(fd))
		eventfd_write(server.told, 1);
}

/* The server saw that its client is gone. */
static bool
server_told(void)
{
	struct pollfd	look = { .fd = server.told, .events = POLLIN };

	return poll(&look, 1, 5000) == 1;
}

static void
times_out(void **state)
{
	struct upstream_request	of = request();
	struct text		bytes;

	(void)state;
	serve_by(answer_silence);
	of.first_byte_timeout_s = 1;
	assert_int_equal(send_and_head(&of), UPSTREAM_FAILED);
	assert_int_equal(problem.kind, PROBLEM_TIMEOUT);
	assert_non_null(strstr(problem.message, "within 1 seconds"));
	assert_false(upstream_unsent(u));
	upstream_finish(u);
	assert_true(server_told());

	server.serve = answer_head_then_silence;
	of.idle_timeout_s = 1;
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_int_equal(upstream_read(u, 0, &bytes, &problem),
	    UPSTREAM_BYTES);
	assert_int_equal(upstream_read(u, 0, &bytes, &problem),
	    UPSTREAM_FAILED);
	assert_int_equal(problem.kind, PROBLEM_TIMEOUT);
	upstream_finish(u);
}

static void
says_when_it_is_quiet(void **state)
{
	struct upstream_request	of = request();
	struct text		bytes;

	(void)state;
	serve_by(answer_head_then_silence);
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_int_equal(upstream_read(u, 30, &bytes, &problem),
	    UPSTREAM_BYTES);
	assert_int_equal(upstream_read(u, 30, &bytes, &problem),
	    UPSTREAM_QUIET);
	assert_int_equal(upstream_read(u, 30, &bytes, &problem),
	    UPSTREAM_QUIET);
	upstream_finish(u);
	assert_true(server_told());
}

/* Hangs up on the other end of a watched client, a little later. */
static void *
hang_up_soon(void *fd)
{
	const struct timespec	wait = { .tv_nsec = 30 * 1000 * 1000 };

	nanosleep(&wait, NULL);
	close(*(int *)fd);
	return NULL;
}

static void
ends_when_the_client_is_gone(void **state)
{
	struct upstream_request	of = request();
	struct client		client = { .body_read = true };
	pthread_t		thread;
	struct text		bytes;
	int			fds[2], i;

	(void)state;
	serve_by(answer_silence);
	of.client = &client;
	for (i = 0; i < 2; i++) {
		if (i == 1)
			server.serve = answer_head_then_silence;
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		client.fd = fds[0];
		client.gone = false;
		pthread_create(&thread, NULL, hang_up_soon, &fds[1]);
		if (i == 0) {
			assert_int_equal(send_and_head(&of), UPSTREAM_GONE);
		} else {
			assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
			assert_int_equal(upstream_read(u, 0, &bytes, &problem),
			    UPSTREAM_BYTES);
			assert_int_equal(upstream_read(u, 0, &bytes, &problem),
			    UPSTREAM_GONE);
		}
		assert_true(client.gone);
		upstream_finish(u);
		pthread_join(thread, NULL);
		close(fds[0]);
		assert_true(server_told());
	}
}

static void *
stop_soon(void *context)
{
	const struct timespec	wait = { .tv_nsec = 30 * 1000 * 1000 };

	(void)context;
	nanosleep(&wait, NULL);
	upstream_stop_all();
	return NULL;
}

static void
stops_all_waits(void **state)
{
	struct upstream_request	of = request();
	pthread_t		thread;

	(void)state;
	serve_by(answer_silence);
	pthread_create(&thread, NULL, stop_soon, NULL);
	assert_int_equal(send_and_head(&of), UPSTREAM_STOPPING);
	assert_int_equal(upstream_head(u, 0, &status, &got, &problem),
	    UPSTREAM_STOPPING);
	upstream_finish(u);
	pthread_join(thread, NULL);
}

#define MUCH	((size_t)8 * 1024 * 1024)

static void
answer_much(int fd)
{
	static char	bytes[65536];
	size_t		done = 0;
	unsigned	i;

	if (!take_request(fd))
		return;
	say(fd, "HTTP/1.0 200 OK\r\n\r\n");
	for (; done < MUCH; done += sizeof(bytes)) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)((done + i) * 31 >> 4);
		if (send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) !=
		    (ssize_t)sizeof(bytes))
			return;
	}
}

static void
holds_a_fast_upstream_back(void **state)
{
	const struct timespec	wait = { .tv_nsec = 5 * 1000 * 1000 };
	struct upstream_request	of = request();
	struct text		bytes;
	size_t			done = 0, i, wrong = 0;
	int			reads = 0;

	(void)state;
	serve_by(answer_much);
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	while (upstream_read(u, 0, &bytes, &problem) == UPSTREAM_BYTES) {
		assert_true(bytes.length <= 65536);
		for (i = 0; i < bytes.length; i++)
			wrong += bytes.at[i] !=
			    (char)((done + i) * 31 >> 4);
		done += bytes.length;
		if (reads++ % 20 == 0)
			nanosleep(&wait, NULL);
	}
	assert_int_equal(done, MUCH);
	assert_int_equal(wrong, 0);
	upstream_finish(u);
}

static void
says_why_it_can_not_connect(void **state)
{
	struct upstream_request	of = request();
	struct proxy		proxy = { .name = "tokyo" };
	char			proxy_url[64];

	(void)state;
	/* The listener is there, but nobody listens on the port after it. */
	close(server.listener);
	assert_int_equal(send_and_head(&of), UPSTREAM_FAILED);
	assert_int_equal(problem.kind, PROBLEM_UPSTREAM);
	assert_non_null(strstr(problem.message, "Connection refused"));
	assert_null(strstr(problem.message, "SECRET"));
	assert_true(upstream_unsent(u));
	assert_false(upstream_proxy_refused(u));
	upstream_finish(u);

	snprintf(proxy_url, sizeof(proxy_url), "http://me:PASSWORD@127.0.0.1"
	    ":%d", server.port);
	proxy.url = proxy_url;
	of.proxy = &proxy;
	of.url = "https://api.invalid/v1";
	assert_int_equal(send_and_head(&of), UPSTREAM_FAILED);
	assert_true(upstream_unsent(u));
	assert_true(upstream_proxy_refused(u));
	assert_non_null(strstr(problem.message, "tokyo"));
	assert_null(strstr(problem.message, "PASSWORD"));
	upstream_finish(u);

	of.proxy = NULL;
	of.url = "http://name.invalid/";
	assert_int_equal(send_and_head(&of), UPSTREAM_FAILED);
	assert_non_null(strstr(problem.message, "resolved"));
	assert_true(upstream_unsent(u));
	upstream_finish(u);
	server.listener = socket(AF_INET, SOCK_STREAM, 0);
}

static void
knows_a_proxy_that_refuses(void **state)
{
	static const struct {
		const char	*url, *answer;
		bool		 refused, unsent;
	} cases[] = {
		{ "https://api.invalid/", "HTTP/1.1 407 No\r\n"
		    "Content-Length: 0\r\n\r\n", true, true },
		{ "https://api.invalid/", "HTTP/1.1 403 No\r\n"
		    "Content-Length: 0\r\n\r\n", true, true },
		{ "https://api.invalid/", "", true, true },
		{ "https://api.invalid/", "HTTP/1.1 200 OK\r\n\r\nno tls here",
		    false, true },
		{ "http://api.invalid/", "HTTP/1.1 407 No\r\n"
		    "Content-Length: 0\r\n\r\n", true, false },
	};
	struct upstream_request	of = request();
	struct proxy		proxy = { .name = "tokyo" };
	char			proxy_url[64];
	size_t			i;

	(void)state;
	serve_by(answer_script);
	snprintf(proxy_url, sizeof(proxy_url), "http://me:PASSWORD@127.0.0.1"
	    ":%d", server.port);
	proxy.url = proxy_url;
	of.proxy = &proxy;
	headers_add(&sent, "authorization", "Bearer SECRET");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		script = cases[i].answer;
		of.url = cases[i].url;
		assert_int_equal(send_and_head(&of), UPSTREAM_FAILED);
		assert_int_equal(upstream_proxy_refused(u), cases[i].refused);
		assert_int_equal(upstream_unsent(u), cases[i].unsent);
		assert_non_null(strstr(last_head(), "Proxy-Authorization: "));
		assert_int_equal(strstr(last_head(), "SECRET") != NULL,
		    i == 4);
		assert_null(strstr(problem.message, "PASSWORD"));
		upstream_finish(u);
	}
}

/* The environment must not choose a way of its own. */
static void
ignores_the_environment(void **state)
{
	struct upstream_request	of = request();
	struct buf		all;

	(void)state;
	serve_by(answer_ok);
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	buf_init(&all, 100, NULL);
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_int_equal(read_all(&all), UPSTREAM_END);
	upstream_finish(u);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	buf_release(&all);
}

static void
gets_without_a_body(void **state)
{
	struct upstream_request	of = request();
	struct buf		all;

	(void)state;
	serve_by(answer_ok);
	buf_init(&all, 100, NULL);
	of.body = NULL;
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_int_equal(read_all(&all), UPSTREAM_END);
	assert_non_null(strstr(last_head(), "Content-Length: 0"));
	of.method = "GET";
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_int_equal(read_all(&all), UPSTREAM_END);
	assert_int_equal(strncmp(last_head(), "GET ", 4), 0);
	upstream_finish(u);
	buf_release(&all);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(sends_and_reads),
		TEST(sends_large_bodies),
		TEST(repeats_on_a_connection_that_died),
		TEST(tells_a_cut_from_an_end),
		TEST(knows_whether_the_body_is_needed),
		TEST(refuses_answers_without_sense),
		TEST(refuses_an_endless_head),
		TEST(times_out),
		TEST(says_when_it_is_quiet),
		TEST(ends_when_the_client_is_gone),
		TEST(stops_all_waits),
		TEST(holds_a_fast_upstream_back),
		TEST(says_why_it_can_not_connect),
		TEST(knows_a_proxy_that_refuses),
		TEST(ignores_the_environment),
		TEST(gets_without_a_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
