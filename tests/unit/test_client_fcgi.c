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

#include "client/client_fcgi.h"
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

/* Wherever in a record it stands still. */
static void
a_body_that_stalls_is_a_timeout(void **state)
{
	static const struct {
		const char	*at;
		size_t		 length;
	} cases[] = {
		{ "", 0 },
		{ "\1\5\0\1", 4 },
		{ "\1\5\0\1\0\3\0\0ab", 10 },
		{ "\1\5\0\1\0\3\3\0abc\0", 12 },
		{ "\1\5\0\1\0\0\3\0\0", 9 },
	};
	struct buf	body;
	struct problem	p;
	int		fds[2];
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pair(fds);
		raw_begin(fds[0], "POST", "/v1/x", NULL);
		assert_int_equal(write(fds[0], cases[i].at, cases[i].length),
		    (ssize_t)cases[i].length);
		assert_int_equal(client_fcgi_open(fcgi, &client, fds[1], true),
		    CLIENT_FCGI_REQUEST);
		client.patience_ms = 20;
		buf_init(&body, 100, NULL);
		assert_int_equal(client_read_body(&client, &body, &p), -1);
		assert_int_equal(p.kind, PROBLEM_CLIENT_TIMEOUT);
		buf_release(&body);
		client_fcgi_end(fcgi, false, false);
		close(fds[0]);
	}
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
#define BEGIN	"\1\1\0\1\0\10\0\0" "\0\1\0\0\0\0\0\0"
	static const struct {
		const char	*bytes;
		size_t		 length;
	} cases[] = {
#define CASE(text)	{ (text), sizeof(text) - 1 }
		CASE(""),
		CASE("\1"),
		CASE("\1\1\0\1\0\10\0\0"),
		CASE("GET / HTTP/1.1\r\n\r\n"),
		CASE("\1\1\0\0\0\10\0\0" "\0\1\0\0\0\0\0\0"),
		CASE("\1\1\0\1\0\7\0\0" "\0\1\0\0\0\0\0"),
		CASE("\1\1\0\1\377\377\0\0"),
		CASE("\1\11\0\0\377\377\0\0"),
		CASE("\1\11\0\0\0\1\0\0" "\377"),
		CASE(BEGIN "\1\4\0\1\0\0\0\0"),
		CASE(BEGIN "\1\5\0\1\0\0\0\0"),
		CASE(BEGIN BEGIN),
		CASE(BEGIN "\1\4\0\1\0\12\0\0"
		    "\377\377\377\376\377\377\377\376Ax" "\1\4\0\1\0\0\0\0"),
		CASE(BEGIN "\1\4\0\1\0\2\0\0" "\1"),
	};
	int	fds[2];
	size_t	i;

	(void)state;
	for (i = 0; i <= sizeof(cases) / sizeof(cases[0]); i++) {
		pair(fds);
		if (i == sizeof(cases) / sizeof(cases[0]))
			raw_begin(fds[0], "NO METHOD", "/", NULL);
		else
			(void)!write(fds[0], cases[i].bytes, cases[i].length);
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

static void
open_state(int fd, enum client_fcgi_state state)
{
	assert_int_equal(client_fcgi_open(fcgi, &client, fd, false), state);
}

static void
say_and_end(const char *words, enum client_fcgi_state state)
{
	client_skip_body(&client);
	start_answer();
	client_write(&client, words, strlen(words));
	assert_int_equal(client_finish(&client), 0);
	assert_int_equal(client_fcgi_end(fcgi, true, true), state);
}

static void
expect(int fd, const char *text)
{
	raw_read_end(fd, &answer);
	assert_true(answer.ended);
	assert_int_equal(answer.status, 0);
	assert_string_equal(answer.text, text);
}

static void
keeps_a_connection(void **state)
{
	int	fds[2], i;

	(void)state;
	pair(fds);
	open_state(fds[1], CLIENT_FCGI_SILENT);
	for (i = 0; i < 3; i++) {
		raw_request_kept(fds[0], "POST", "/kept", "body");
		open_state(fds[1], CLIENT_FCGI_REQUEST);
		assert_string_equal(client.target, "/kept");
		say_and_end("well", CLIENT_FCGI_SILENT);
		expect(fds[0], "Status: 200 OK\r\n\r\nwell");
		open_state(fds[1], CLIENT_FCGI_SILENT);
	}
	/* We don't want to. */
	raw_request_kept(fds[0], "POST", "/", "");
	open_state(fds[1], CLIENT_FCGI_REQUEST);
	client_skip_body(&client);
	start_answer();
	assert_int_equal(client_fcgi_end(fcgi, true, false),
	    CLIENT_FCGI_REQUEST);
	open_state(fds[1], CLIENT_FCGI_CLOSED);
	raw_read_all(fds[0], &answer);
	assert_true(answer.ended && answer.closed);
	close(fds[0]);
}

static void
closes_what_has_a_body_left(void **state)
{
	int	fds[2];

	(void)state;
	pair(fds);
	raw_role(fds[0], 1, 1, true);
	raw_params(fds[0], "POST", "/", NULL);
	raw_record(fds[0], RAW_STDIN, "rest", 4);
	shutdown(fds[0], SHUT_WR);
	open_state(fds[1], CLIENT_FCGI_REQUEST);
	start_answer();
	assert_int_equal(client_fcgi_end(fcgi, true, true),
	    CLIENT_FCGI_CLOSED);
	raw_read_all(fds[0], &answer);
	assert_true(answer.ended);
	close(fds[0]);
}

static void
serves_what_is_behind_a_request(void **state)
{
	int	fds[2];

	(void)state;
	pair(fds);
	raw_request_kept(fds[0], "GET", "/1", "");
	raw_request_kept(fds[0], "GET", "/2", "");
	raw_request_kept(fds[0], "GET", "/3", "");
	open_state(fds[1], CLIENT_FCGI_REQUEST);
	say_and_end("one", CLIENT_FCGI_REQUEST);
	open_state(fds[1], CLIENT_FCGI_REQUEST);
	assert_string_equal(client.target, "/2");
	client_skip_body(&client);
	assert_false(client_look(&client));
	assert_false(client_look(&client));
	say_and_end("two", CLIENT_FCGI_REQUEST);
	open_state(fds[1], CLIENT_FCGI_REQUEST);
	assert_string_equal(client.target, "/3");
	say_and_end("three", CLIENT_FCGI_SILENT);
	expect(fds[0], "Status: 200 OK\r\n\r\none");
	expect(fds[0], "Status: 200 OK\r\n\r\ntwo");
	expect(fds[0], "Status: 200 OK\r\n\r\nthree");
	close(fds[0]);
	open_state(fds[1], CLIENT_FCGI_CLOSED);
}

static void
refuses_a_second_request_meanwhile(void **state)
{
	int	fds[2];

	(void)state;
	pair(fds);
	raw_request_kept(fds[0], "GET", "/", "");
	open_state(fds[1], CLIENT_FCGI_REQUEST);
	client_skip_body(&client);
	start_answer();
	raw_role(fds[0], 2, 1, true);
	raw_record_of(fds[0], 2, RAW_PARAMS, "\1\1Ax", 4);
	assert_false(client_look(&client));
	client_write(&client, "mine", 4);
	assert_int_equal(client_fcgi_end(fcgi, true, true),
	    CLIENT_FCGI_SILENT);
	memset(&answer, 0, sizeof(answer));
	assert_int_equal(raw_read_record(fds[0], &answer), RAW_STDOUT);
	assert_int_equal(raw_read_record(fds[0], &answer), RAW_END);
	assert_int_equal(answer.id, 2);
	assert_int_equal(answer.status, 1);	/* FCGI_CANT_MPX_CONN */
	expect(fds[0], "mine");
	/* What belongs to it is dropped. */
	raw_record_of(fds[0], 2, RAW_PARAMS, NULL, 0);
	raw_record_of(fds[0], 2, RAW_STDIN, NULL, 0);
	raw_request_kept(fds[0], "GET", "/next", "");
	open_state(fds[1], CLIENT_FCGI_REQUEST);
	assert_string_equal(client.target, "/next");
	client_fcgi_end(fcgi, false, true);
	close(fds[0]);
}

static void
refuses_another_role(void **state)
{
	int	fds[2];

	(void)state;
	pair(fds);
	raw_role(fds[0], 7, 2, true);
	open_state(fds[1], CLIENT_FCGI_SILENT);
	raw_read_end(fds[0], &answer);
	assert_int_equal(answer.id, 7);
	assert_int_equal(answer.status, 3);	/* FCGI_UNKNOWN_ROLE */
	close(fds[0]);
	open_state(fds[1], CLIENT_FCGI_CLOSED);
}

static void
answers_what_is_about_the_connection(void **state)
{
	int	fds[2];

	(void)state;
	pair(fds);
	raw_record_of(fds[0], 0, RAW_GET_VALUES, "\16\0FCGI_MAX_CONNS", 16);
	open_state(fds[1], CLIENT_FCGI_SILENT);
	memset(&answer, 0, sizeof(answer));
	assert_int_equal(raw_read_record(fds[0], &answer), RAW_VALUES);
	assert_int_equal(answer.id, 0);
	assert_memory_equal(answer.text, "\16\3FCGI_MAX_CONNS512", 19);
	raw_request_kept(fds[0], "GET", "/", "");
	open_state(fds[1], CLIENT_FCGI_REQUEST);
	client_skip_body(&client);
	raw_record_of(fds[0], 0, 99, "what", 4);
	assert_false(client_look(&client));
	assert_int_equal(raw_read_record(fds[0], &answer), RAW_UNKNOWN);
	assert_int_equal(answer.text[0], 99);
	say_and_end("", CLIENT_FCGI_SILENT);
	close(fds[0]);
	open_state(fds[1], CLIENT_FCGI_CLOSED);
}

/* 0: in front of the body, 1: within, 2: behind. */
static void
ends_what_is_aborted(void **state)
{
	struct problem	p;
	struct buf	body;
	int		fds[2], when;

	(void)state;
	pair(fds);
	for (when = 0; when < 3; when++) {
		raw_role(fds[0], 1, 1, true);
		if (when > 0)
			raw_params(fds[0], "POST", "/", NULL);
		if (when == 2)
			raw_record(fds[0], RAW_STDIN, NULL, 0);
		if (when < 2)
			raw_record(fds[0], RAW_ABORT, NULL, 0);
		open_state(fds[1], when == 0 ? CLIENT_FCGI_SILENT :
		    CLIENT_FCGI_REQUEST);
		buf_init(&body, 100, NULL);
		if (when == 1) {
			assert_int_equal(client_read_body(&client, &body, &p),
			    -1);
			assert_int_equal(p.kind, PROBLEM_INVALID);
		}
		buf_release(&body);
		if (when == 2) {
			client_skip_body(&client);
			assert_false(client_look(&client));
			raw_record(fds[0], RAW_ABORT, NULL, 0);
			assert_true(client_look(&client));
			assert_int_equal(client_write(&client, "x", 1),
			    CLIENT_GONE);
		}
		if (when > 0)
			assert_int_equal(client_fcgi_end(fcgi, false, true),
			    CLIENT_FCGI_SILENT);
		expect(fds[0], "");
	}
	close(fds[0]);
	open_state(fds[1], CLIENT_FCGI_CLOSED);
}

#define LARGE	((size_t)200 * 1000)

/* A request in pieces of that many bytes. */
struct pieces {
	int	 fd;
	size_t	 length, piece;
	char	*bytes;
};

static void *
write_pieces(void *context)
{
	struct pieces	*pieces = context;
	size_t		 done, part;

	for (done = 0; done < pieces->length; done += part) {
		part = pieces->length - done;
		if (part > pieces->piece)
			part = pieces->piece;
		if (write(pieces->fd, pieces->bytes + done, part) !=
		    (ssize_t)part)
			break;		/* who reads will say so */
	}
	return NULL;
}

/* What raw_fcgi.h would send for it, as one string. */
static size_t
request_bytes(char *to, const char *body, size_t record)
{
	int	fds[2];
	size_t	length = 0, done, part;
	ssize_t	got;

	pair(fds);
	raw_role(fds[0], 1, 1, true);
	raw_params(fds[0], "POST", "/pieces", NULL);
	shutdown(fds[0], SHUT_WR);
	while ((got = read(fds[1], to + length, 4096)) > 0)
		length += (size_t)got;
	close(fds[0]);
	close(fds[1]);
	for (done = 0; done <= LARGE; done += part) {
		part = LARGE - done < record ? LARGE - done : record;
		/* With padding. */
		memcpy(to + length, (char[8]){ 1, RAW_STDIN, 0, 1,
		    (char)(part >> 8), (char)part, 5, 0 }, 8);
		memcpy(to + length + 8, body + done, part);
		memset(to + length + 8 + part, 'P', 5);
		length += 8 + part + 5;
		if (part == 0)
			break;
	}
	return length;
}

static void
reads_whatever_the_pieces_are(void **state)
{
	static const size_t	sizes[][2] = { { 65535, SIZE_MAX },
				    { 32768, 1000 }, { 100, 7 },
				    { 4096, 8192 }, { 60000, 61111 } };
	static char		sent[LARGE * 2], body[LARGE];
	struct pieces		pieces = { .bytes = sent };
	struct buf		got;
	struct problem		p;
	pthread_t		thread;
	int			fds[2];
	size_t			i;

	(void)state;
	for (i = 0; i < LARGE; i++)
		body[i] = (char)(i * 31 + i / 255);
	pair(fds);
	pieces.fd = fds[0];
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		pieces.length = request_bytes(sent, body, sizes[i][0]);
		pieces.piece = sizes[i][1];
		pthread_create(&thread, NULL, write_pieces, &pieces);
		assert_int_equal(client_fcgi_open(fcgi, &client, fds[1], true),
		    CLIENT_FCGI_REQUEST);
		buf_init(&got, LARGE, NULL);
		assert_int_equal(client_read_body(&client, &got, &p), 0);
		assert_int_equal(got.length, LARGE);
		assert_memory_equal(got.at, body, LARGE);
		buf_release(&got);
		pthread_join(thread, NULL);
		say_and_end("", CLIENT_FCGI_SILENT);
		expect(fds[0], "Status: 200 OK\r\n\r\n");
	}
	close(fds[0]);
	open_state(fds[1], CLIENT_FCGI_CLOSED);
}

/* A head that never ends, a byte at a time. */
static void *
drip(void *context)
{
	const struct timespec	wait = { .tv_nsec = 100 * 1000 * 1000 };
	const int		*fd = context;

	while (send(*fd, "\1", 1, MSG_NOSIGNAL) == 1)
		nanosleep(&wait, NULL);
	return NULL;
}

static void
gives_a_head_its_time_and_no_more(void **state)
{
	struct timespec	from, to;
	pthread_t	thread;
	int		fds[2];

	(void)state;
	pair(fds);
	raw_role(fds[0], 1, 1, true);
	raw_param(fds[0], "A", "b");
	/* Half of a record of 257 bytes. */
	(void)!write(fds[0], "\1\4\0\1\1\1\0\0", 8);
	clock_gettime(CLOCK_MONOTONIC, &from);
	pthread_create(&thread, NULL, drip, &fds[0]);
	open_state(fds[1], CLIENT_FCGI_CLOSED);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_in_range(to.tv_sec - from.tv_sec, 0, 5);
	pthread_join(thread, NULL);
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

/* One that failed within a request leaves it open. */
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(a_body_that_stalls_is_a_timeout),
		TEST(serves_requests_one_after_the_other),
		TEST(drops_an_answer_that_is_not_whole),
		TEST(notices_a_hang_up),
		TEST(tells_a_cut_upload),
		TEST(survives_what_is_no_request),
		TEST(writes_more_than_fits_at_once),
		TEST(keeps_a_connection),
		TEST(closes_what_has_a_body_left),
		TEST(serves_what_is_behind_a_request),
		TEST(refuses_a_second_request_meanwhile),
		TEST(refuses_another_role),
		TEST(answers_what_is_about_the_connection),
		TEST(ends_what_is_aborted),
		TEST(reads_whatever_the_pieces_are),
		TEST(gives_a_head_its_time_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
