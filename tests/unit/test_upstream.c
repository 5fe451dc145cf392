#include "build.h"

#include <sys/resource.h>

#include "one_server.h"

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
	assert_null(strstr(last_head(), "Expect"));
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

/* Answers twice, then takes the next request and closes without a word. */
static void
answer_twice(int fd)
{
	int	i;

	for (i = 0; i < 2 && take_request(fd); i++)
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	if (i == 2)
		take_request(fd);
}

/* libcurl gives up at the sixth, unless it is made to forget them. */
static void
repeats_as_often_as_connections_die(void **state)
{
	struct upstream_request	of = request();
	struct buf		all;
	int			i;

	(void)state;
	serve_by(answer_twice);
	buf_init(&all, 100, NULL);
	for (i = 0; i < 20; i++) {
		assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
		assert_int_equal(read_all(&all), UPSTREAM_END);
		upstream_finish(u);
	}
	assert_int_equal(all.length, 40);
	assert_int_equal(server.connections, 10);
	buf_release(&all);
}

static atomic_int	closes_at = 1000;

/* A connection ends with the request of this number and with each later one. */
static void
answer_until_closing(int fd)
{
	bool	last = false;

	while (!last && take_request(fd)) {
		last = server.requests >= closes_at;
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	}
}

/* What the server got of one more request. */
static const char *
sends(const struct upstream_request *of)
{
	struct text	bytes;

	assert_int_equal(send_and_head(of), UPSTREAM_BYTES);
	while (upstream_read(u, 0, &bytes, &problem) == UPSTREAM_BYTES)
		;
	upstream_finish(u);
	return last_head();
}

static void
keeps_nothing_of_the_last_request(void **state)
{
	struct upstream_request	of = request();
	struct json_document	document;
	const char		*text = "{\"model\":1}", *head;
	int			i;

	(void)state;
	serve_by(answer_ok);
	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, text, strlen(text), NULL), 0);
	for (i = 0; i < 3; i++)
		assert_null(strstr(sends(&of), "authorization"));
	headers_add(&sent, "authorization", "Bearer TOKEN");
	assert_non_null(strstr(sends(&of), "TOKEN"));
	headers_remove(&sent, "authorization");
	assert_null(strstr(sends(&of), "TOKEN"));

	edits_start(&edits, &document, &arena);
	edits_set_member(&edits, json_root(&document), "model",
	    (struct text){ "22", 2 });
	assert_int_equal(edits_finish(&edits), 0);
	edits_rewind(&reader, &edits);
	sends(&of);
	assert_string_equal(server.body, "{\"model\":22}");
	edits_plain(&edits, (struct text){ "[1]", 3 });
	edits_rewind(&reader, &edits);
	sends(&of);
	assert_string_equal(server.body, "[1]");
	of.body = NULL;
	assert_non_null(strstr(sends(&of), "Content-Length: 0"));
	of.method = "GET";
	head = sends(&of);
	assert_null(strstr(head, "Content-Length"));
	of.method = "POST";
	of.body = &reader;
	head = sends(&of);
	assert_int_equal(strncmp(head, "POST /v1/x?key=SECRET ", 22), 0);
	json_release(&document);
}

static void
keeps_nothing_of_the_last_way(void **state)
{
	struct upstream_request	of = request();
	struct proxy		proxy = { .name = "tokyo" };
	const char		*head;
	char			proxy_url[64], other_url[64];
	int			i;

	(void)state;
	serve_by(answer_until_closing);
	snprintf(proxy_url, sizeof(proxy_url), "http://me:PASSWORD@127.0.0.1"
	    ":%d", server.port);
	snprintf(other_url, sizeof(other_url), "http://127.0.0.1:%d/other",
	    server.port);
	proxy.url = proxy_url;
	for (i = 0; i < 3; i++)
		assert_non_null(strstr(sends(&of), "SECRET"));
	of.url = other_url;
	closes_at = server.requests + 3;
	for (i = 0; i < 3; i++)
		assert_int_equal(strncmp(sends(&of), "POST /other HTTP", 16),
		    0);
	assert_int_equal(server.connections, 1);
	of.proxy = &proxy;
	assert_non_null(strstr(sends(&of), "Proxy-Authorization: "));
	of.proxy = NULL;
	closes_at = 1000;
	for (i = 0; i < 3; i++) {
		head = sends(&of);
		assert_null(strstr(head, "Proxy-Authorization"));
		assert_int_equal(strncmp(head, "POST /other HTTP", 16), 0);
	}
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
answer_half(int fd)
{
	char	head[4096];

	if (!readable(fd) || recv(fd, head, sizeof(head), 0) <= 0)
		return;
	say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nearly");
	readable(server.quit);
}

/* Of a handle's first request, while the answer is on its way. */
static void
needs_no_body_that_is_empty(void **state)
{
	struct upstream_request	of = request();

	(void)state;
	serve_by(answer_half);
	edits_plain(&edits, (struct text){ "", 0 });
	edits_rewind(&reader, &edits);
	of.method = "GET";
	assert_int_equal(send_and_head(&of), UPSTREAM_BYTES);
	assert_true(upstream_body_sent(u));
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
says_that_descriptors_are_short(void **state)
{
	struct upstream_request	of = request();
	struct rlimit		usual, tight;
	int			next = dup(0);

	(void)state;
	close(next);
	getrlimit(RLIMIT_NOFILE, &usual);
	tight = usual;
	tight.rlim_cur = (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &tight);
	assert_int_equal(send_and_head(&of), UPSTREAM_FAILED);
	setrlimit(RLIMIT_NOFILE, &usual);
	assert_int_equal(problem.kind, PROBLEM_OVERLOADED);
	assert_non_null(strstr(problem.message, "descriptors"));
	assert_int_equal(problem.retry_after_s, 1);
	assert_true(upstream_unsent(u));
	upstream_finish(u);
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
		TEST(repeats_as_often_as_connections_die),
		TEST(keeps_nothing_of_the_last_request),
		TEST(keeps_nothing_of_the_last_way),
		TEST(knows_whether_the_body_is_needed),
		TEST(needs_no_body_that_is_empty),
		TEST(says_why_it_can_not_connect),
		TEST(says_that_descriptors_are_short),
		TEST(knows_a_proxy_that_refuses),
		TEST(ignores_the_environment),
		TEST(gets_without_a_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
