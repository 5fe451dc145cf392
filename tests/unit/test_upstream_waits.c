#include "build.h"

#include "one_server.h"

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
	eventfd_t	count;

	return poll(&look, 1, 5000) == 1 &&
	    eventfd_read(server.told, &count) == 0;
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
	of.content_timeout_ms = 60000;	/* which is not what is over */
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_int_equal(upstream_read(u, 0, &bytes, &problem),
	    UPSTREAM_BYTES);
	assert_int_equal(upstream_read(u, 0, &bytes, &problem),
	    UPSTREAM_FAILED);
	assert_int_equal(problem.kind, PROBLEM_TIMEOUT);
	assert_non_null(strstr(problem.message,
	    "sent nothing more for 1 seconds"));
	upstream_finish(u);
}

static void
answer_in_two(int fd)
{
	if (!take_request(fd))
		return;
	say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\nok\r\n");
	if (!readable(server.told))
		return;
	say(fd, "3\r\nabc\r\n0\r\n\r\n");
	(void)hung_up(fd);
}

/* What came while nobody could read it is no silence. */
static void
a_slow_client_is_no_silence(void **state)
{
	const struct timespec	longer = { .tv_sec = 1,
				    .tv_nsec = 100 * 1000 * 1000 };
	struct upstream_request	of = request();
	struct text		bytes;

	(void)state;
	serve_by(answer_in_two);
	of.idle_timeout_s = 1;
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_int_equal(upstream_read(u, 0, &bytes, &problem),
	    UPSTREAM_BYTES);
	eventfd_write(server.told, 1);
	nanosleep(&longer, NULL);
	assert_int_equal(upstream_read(u, 0, &bytes, &problem),
	    UPSTREAM_BYTES);
	assert_int_equal(bytes.length, 3);
	assert_int_equal(upstream_read(u, 0, &bytes, &problem), UPSTREAM_END);
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
	/* One that looks at the descriptor. */
	const struct client_transport transport = { .look = NULL };
	struct client		client = {
		.transport = &transport, .body_read = true,
	};
	pthread_t		thread;
	enum upstream_result	result;
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
		if (i == 0)
			pthread_create(&thread, NULL, hang_up_soon, &fds[1]);
		result = send_and_head(&of);
		if (i == 1) {
			assert_int_equal(result, UPSTREAM_BYTES);
			assert_int_equal(upstream_read(u, 0, &bytes, &problem),
			    UPSTREAM_BYTES);
			pthread_create(&thread, NULL, hang_up_soon, &fds[1]);
			result = upstream_read(u, 0, &bytes, &problem);
		}
		pthread_join(thread, NULL);
		assert_int_equal(result, UPSTREAM_GONE);
		assert_true(client.gone);
		upstream_finish(u);
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
	upstream_stop_all(share);
	return NULL;
}

static void
stops_all_waits(void **state)
{
	struct upstream_request	of = request();
	enum upstream_result	result;
	pthread_t		thread;

	(void)state;
	serve_by(answer_silence);
	pthread_create(&thread, NULL, stop_soon, NULL);
	result = send_and_head(&of);
	pthread_join(thread, NULL);
	assert_int_equal(result, UPSTREAM_FAILED);
	assert_int_equal(problem.kind, PROBLEM_OVERLOADED);
	assert_string_equal(problem.message, "the gateway is stopping");
	assert_int_equal(upstream_head(u, 0, &status, &got, &problem),
	    UPSTREAM_FAILED);
	upstream_finish(u);
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(tells_a_cut_from_an_end),
		TEST(refuses_answers_without_sense),
		TEST(refuses_an_endless_head),
		TEST(times_out),
		TEST(a_slow_client_is_no_silence),
		TEST(says_when_it_is_quiet),
		TEST(ends_when_the_client_is_gone),
		TEST(stops_all_waits),
		TEST(holds_a_fast_upstream_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
