#include "build.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "client_fcgi.h"
#include "raw_fcgi.h"

static struct client_fcgi	*fcgi;
static struct client		 client;
static struct raw_answer	 answer;

static void
pair(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static void
start_answer(void)
{
	struct headers	headers = { 0 };

	assert_int_equal(client_start(&client, 200, &headers), 0);
}

static void
serves_requests_one_after_the_other(void **state)
{
	static const char *const params[] = { "HTTP_X_DUP", "one",
		    "HTTP_X_DUP", "two", NULL };
	struct arena	arena;
	struct buf	body;
	struct problem	p;
	int		fds[2], i;

	(void)state;
	for (i = 0; i < 3; i++) {
		pair(fds);
		raw_begin(fds[0], "POST", "/v1/x", params);
		raw_record(fds[0], RAW_STDIN, "abc", 3);
		raw_record(fds[0], RAW_STDIN, "def", 3);
		raw_record(fds[0], RAW_STDIN, NULL, 0);
		assert_int_equal(client_fcgi_open(fcgi, &client, fds[1], true),
		    CLIENT_FCGI_REQUEST);
		assert_string_equal(client.target, "/v1/x");
		arena_init(&arena, 4096, NULL);
		assert_string_equal(client_header_joined(&client, "x-dup",
		    &arena), "one, two");
		arena_release(&arena);
		buf_init(&body, 100, NULL);
		assert_int_equal(client_read_body(&client, &body, &p), 0);
		assert_string_equal(body.at, "abcdef");
		buf_release(&body);
		assert_false(client_look(&client));
		start_answer();
		assert_int_equal(client_write(&client, "hello", 5), 0);
		assert_int_equal(client_flush(&client), 0);
		memset(&answer, 0, sizeof(answer));
		raw_read_until(fds[0], &answer, "hello");
		assert_false(answer.closed);
		shutdown(fds[0], SHUT_WR);
		client_fcgi_end(fcgi, true, true);
		raw_read_until(fds[0], &answer, NULL);
		assert_true(answer.ended);
		assert_string_equal(answer.text, "Status: 200 OK\r\n\r\nhello");
		close(fds[0]);
	}
}

static void
drops_an_answer_that_is_not_whole(void **state)
{
	int	fds[2];

	(void)state;
	pair(fds);
	raw_request(fds[0], "GET", "/", "");
	assert_int_equal(client_fcgi_open(fcgi, &client, fds[1], true),
		    CLIENT_FCGI_REQUEST);
	client_skip_body(&client);
	start_answer();
	client_write(&client, "half", 4);
	client_flush(&client);
	client_fcgi_end(fcgi, false, true);
	raw_read_all(fds[0], &answer);
	assert_true(answer.closed);
	assert_false(answer.ended);
	assert_non_null(strstr(answer.text, "half"));
	close(fds[0]);
}

static void
notices_a_hang_up(void **state)
{
	int	fds[2], i, result = 0;

	(void)state;
	pair(fds);
	raw_request(fds[0], "GET", "/", "");
	assert_int_equal(client_fcgi_open(fcgi, &client, fds[1], true),
		    CLIENT_FCGI_REQUEST);
	client_skip_body(&client);
	assert_true(client.body_read);
	assert_false(client_look(&client));
	start_answer();
	close(fds[0]);
	for (i = 0; i < 2 && result == 0; i++) {
		client_write(&client, "x", 1);
		result = client_flush(&client);
	}
	assert_int_equal(result, CLIENT_GONE);
	/* libfcgi would take more; we don't. */
	assert_int_equal(client_write(&client, "x", 1), CLIENT_GONE);
	client_fcgi_end(fcgi, true, true);
}

static void
tells_a_cut_upload(void **state)
{
	struct buf	body;
	struct problem	p;
	int		fds[2], i;

	(void)state;
	for (i = 0; i < 2; i++) {
		pair(fds);
		raw_begin(fds[0], "POST", "/", NULL);
		raw_record(fds[0], RAW_STDIN, "abc", 3);
		if (i == 0)
			close(fds[0]);
		assert_int_equal(client_fcgi_open(fcgi, &client, fds[1], true),
		    CLIENT_FCGI_REQUEST);
		buf_init(&body, 100, NULL);
		assert_int_equal(client_read_body(&client, &body, &p), -1);
		assert_int_equal(p.kind,
		    i == 0 ? PROBLEM_INVALID : PROBLEM_CLIENT_TIMEOUT);
		buf_release(&body);
		client_fcgi_end(fcgi, false, true);
		if (i == 1)
			close(fds[0]);
	}
}

static void
survives_what_is_no_request(void **state)
{
	static const char	garbage[] = "GET / HTTP/1.1\r\n\r\n";
	static const char *const lengths[] = { "", "\1", "\1\1\0\1\0\10\0\0" };
	int			fds[2];
	size_t			i;

	(void)state;
	for (i = 0; i < 5; i++) {
		pair(fds);
		if (i == 3)
			(void)!write(fds[0], garbage, sizeof(garbage));
		else if (i == 4)
			raw_begin(fds[0], "NO METHOD", "/", NULL);
		else
			(void)!write(fds[0], lengths[i], i == 2 ? 8 : i);
		shutdown(fds[0], SHUT_WR);
		assert_int_equal(client_fcgi_open(fcgi, &client, fds[1], true),
		    CLIENT_FCGI_CLOSED);
		/* The descriptor was closed. */
		assert_int_equal(close(fds[1]), -1);
		close(fds[0]);
	}
}

/* A web server that reads nothing, then all. */
static void *
read_slowly(void *context)
{
	const struct timespec	wait = { .tv_nsec = 100 * 1000 * 1000 };
	char			bytes[65536];
	size_t			total = 0;
	ssize_t			got;

	nanosleep(&wait, NULL);
	while ((got = read(*(int *)context, bytes, sizeof(bytes))) > 0)
		total += (size_t)got;
	return (void *)(uintptr_t)total;
}

static void
writes_more_than_fits_at_once(void **state)
{
	static char	bytes[3 * 1024 * 1024];
	pthread_t	thread;
	void		*total;
	int		fds[2];

	(void)state;
	pair(fds);
	raw_request(fds[0], "GET", "/", "");
	assert_int_equal(client_fcgi_open(fcgi, &client, fds[1], true),
		    CLIENT_FCGI_REQUEST);
	client_skip_body(&client);
	start_answer();
	shutdown(fds[0], SHUT_WR);
	assert_int_equal(pthread_create(&thread, NULL, read_slowly, &fds[0]),
	    0);
	assert_int_equal(client_write(&client, bytes, sizeof(bytes)), 0);
	assert_int_equal(client_flush(&client), 0);
	client_fcgi_end(fcgi, true, true);
	pthread_join(thread, &total);
	assert_true((uintptr_t)total > sizeof(bytes));
	close(fds[0]);
}

static int
setup(void **state)
{
	(void)state;
	client_fcgi_prepare();
	fcgi = client_fcgi_new(1, 512);
	return fcgi == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	client_fcgi_free(fcgi);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(serves_requests_one_after_the_other),
		cmocka_unit_test(drops_an_answer_that_is_not_whole),
		cmocka_unit_test(notices_a_hang_up),
		cmocka_unit_test(tells_a_cut_upload),
		cmocka_unit_test(survives_what_is_no_request),
		cmocka_unit_test(writes_more_than_fits_at_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
