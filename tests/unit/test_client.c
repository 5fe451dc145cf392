#include "build.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "client.h"

/* A transport of strings: what comes in, what went out, and when it breaks. */
struct strings_end {
	const char	*in;
	size_t		 in_length, piece;	/* piece: most bytes a read */
	int		 read_errno;		/* at the end; 0: a clean one */
	struct buf	 out;
	size_t		 breaks_at;		/* bytes of out */
	int		 writes_after, flushes;
};

static ssize_t
strings_read(struct client *client, char *to, size_t max)
{
	struct strings_end	*end = client->handle;

	if (end->in_length == 0 && end->read_errno != 0) {
		errno = end->read_errno;
		return -1;
	}
	if (max > end->in_length)
		max = end->in_length;
	if (max > end->piece)
		max = end->piece;
	memcpy(to, end->in, max);
	end->in += max;
	end->in_length -= max;
	return (ssize_t)max;
}

static int
strings_write(struct client *client, const char *bytes, size_t length)
{
	struct strings_end	*end = client->handle;

	if (end->out.length + length > end->breaks_at) {
		end->writes_after++;
		return -1;
	}
	return buf_add(&end->out, bytes, length);
}

static int
strings_flush(struct client *client)
{
	struct strings_end	*end = client->handle;

	end->flushes++;
	return end->out.length >= end->breaks_at ? -1 : 0;
}

static const struct client_transport	strings = {
	strings_read, strings_write, strings_flush,
};

static char	method_get[] = "REQUEST_METHOD=GET";
static char	method_head[] = "REQUEST_METHOD=HEAD";
static char	method_post[] = "REQUEST_METHOD=POST";
static char	target[] = "REQUEST_URI=/v1/messages?beta=true";
static char	peer[] = "REMOTE_ADDR=::1";
static char	gzip_coding[] = "HTTP_CONTENT_ENCODING=gzip";

static void
end_init(struct strings_end *end, const char *in, size_t length)
{
	memset(end, 0, sizeof(*end));
	end->in = in;
	end->in_length = length;
	end->piece = 1000;
	end->breaks_at = SIZE_MAX;
	buf_init(&end->out, 1 << 20, NULL);
}

static void
reads_what_cgi_says(void **state)
{
	char	*params[] = { method_post, target, peer, NULL };
	char	*bad_method[] = { (char[]){ "REQUEST_METHOD=GE T" }, target,
		    NULL };
	char	*no_target[] = { method_get, NULL };
	struct strings_end	end;
	struct client		client;

	(void)state;
	end_init(&end, "", 0);
	assert_int_equal(client_init(&client, &strings, &end, params, -1), 0);
	assert_int_equal(client.method, METHOD_POST);
	assert_string_equal(client.method_word, "POST");
	assert_string_equal(client.target, "/v1/messages?beta=true");
	assert_string_equal(client.peer, "::1");
	assert_string_equal(client_param(&client, "REMOTE"), "");
	assert_int_equal(client_init(&client, &strings, &end, bad_method, -1),
	    -1);
	assert_int_equal(client_init(&client, &strings, &end, no_target, -1),
	    -1);
	params[0] = (char[]){ "REQUEST_METHOD=PATCH" };
	assert_int_equal(client_init(&client, &strings, &end, params, -1), 0);
	assert_int_equal(client.method, METHOD_OTHER);
}

static void
each_header(void *context, const char *name, const char *value)
{
	buf_printf(context, "%s: %s\n", name, value);
}

static void
finds_headers(void **state)
{
	char	*params[] = { method_post, target,
		    (char[]){ "CONTENT_TYPE=application/json" },
		    (char[]){ "CONTENT_LENGTH=" },
		    (char[]){ "HTTP_CONTENT_LENGTH=999" },
		    (char[]){ "HTTP_CONTENT_TYPE=text/forged" },
		    (char[]){ "HTTP_X_DUP=one" },
		    (char[]){ "HTTP_AUTHORIZATION=" },
		    (char[]){ "REDIRECT_HTTP_AUTHORIZATION=Bearer x" },
		    (char[]){ "HTTP_X_DUP=two" },
		    (char[]){ "HTTP_X_DUPLICATE=three" },
		    (char[]){ "HTTP_EMPTY=" },
		    NULL };
	struct strings_end	end;
	struct client		client;
	struct arena		arena;
	struct buf		all;

	(void)state;
	end_init(&end, "", 0);
	arena_init(&arena, 4096, NULL);
	buf_init(&all, 4096, NULL);
	client_init(&client, &strings, &end, params, -1);
	assert_string_equal(client_header(&client, "content-type"),
	    "application/json");
	assert_null(client_header(&client, "content-length"));
	assert_string_equal(client_header(&client, "authorization"),
	    "Bearer x");
	assert_string_equal(client_header(&client, "x-dup"), "one");
	assert_string_equal(client_header_joined(&client, "x-dup", &arena),
	    "one, two");
	assert_string_equal(client_header_joined(&client, "x-duplicate",
	    &arena), "three");
	assert_null(client_header_joined(&client, "x-du", &arena));
	assert_null(client_header(&client, "x-d"));
	assert_string_equal(client_header(&client, "empty"), "");
	client_headers(&client, each_header, &all);
	assert_string_equal(all.at, "content-type: application/json\n"
	    "authorization: Bearer x\nx-dup: one\nx-dup: two\n"
	    "x-duplicate: three\nempty: \n");
	buf_release(&all);
	arena_release(&arena);
}

/* Reads `length` bytes with this ceiling; `hint` is "CONTENT_LENGTH=...". */
static int
read_with(const char *hint, const char *in, size_t length, size_t max,
    struct buf *body, struct problem *p)
{
	char			 line[64];
	char			*params[] = { method_post, target, line, NULL };
	struct strings_end	 end;
	struct client		 client;
	int			 result;

	snprintf(line, sizeof(line), "%s", hint);
	end_init(&end, in, length);
	buf_init(body, max, NULL);
	problem_clear(p);
	assert_int_equal(client_init(&client, &strings, &end, params, -1), 0);
	result = client_read_body(&client, body, p);
	assert_true(client.body_read);
	assert_int_equal(end.in_length, 0);
	if (result == 0) {
		assert_int_equal(body->length, length);
		assert_memory_equal(body->at, in, length);
		assert_int_equal(client.bytes_in, length);
	}
	return result;
}

static void
takes_the_length_for_a_hint(void **state)
{
	static const char *const hints[] = {
		"X=", "CONTENT_LENGTH=", "CONTENT_LENGTH=0", "CONTENT_LENGTH=5",
		"CONTENT_LENGTH=50000", "CONTENT_LENGTH=60000",
		"CONTENT_LENGTH=-1", "CONTENT_LENGTH=abc",
	};
	static char	in[50000];
	struct buf	body;
	struct problem	p;
	size_t		i;

	(void)state;
	memset(in, 'x', sizeof(in));
	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		assert_int_equal(read_with(hints[i], in, sizeof(in), 60000,
		    &body, &p), 0);
		buf_release(&body);
		assert_int_equal(read_with(hints[i], in, 0, 60000, &body, &p),
		    0);
		buf_release(&body);
	}
}

static void
keeps_to_the_ceiling(void **state)
{
	static const char *const hints[] = {
		"X=", "CONTENT_LENGTH=0", "CONTENT_LENGTH=50001",
		"CONTENT_LENGTH=99999999999999999999999",
		"CONTENT_LENGTH=18446744073709551615",
	};
	static char	in[50001];
	struct buf	body;
	struct problem	p;
	size_t		i;

	(void)state;
	memset(in, 'x', sizeof(in));
	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		assert_int_equal(read_with(hints[i], in, 50001, 50000, &body,
		    &p), -1);
		assert_int_equal(p.kind, PROBLEM_TOO_LARGE);
		buf_release(&body);
	}
	assert_int_equal(read_with("X=", in, 50000, 50000, &body, &p), 0);
	buf_release(&body);
}

static void
says_how_an_upload_failed(void **state)
{
	static const struct {
		int			error;
		enum problem_kind	kind;
	} cases[] = {
		{ ETIMEDOUT, PROBLEM_CLIENT_TIMEOUT },
		{ EPROTO, PROBLEM_INVALID },
	};
	char			*params[] = { method_post, target, NULL };
	struct strings_end	 end;
	struct client		 client;
	struct buf		 body;
	struct budget		 budget;
	struct problem		 p;
	size_t			 i;

	(void)state;
	for (i = 0; i < 2; i++) {
		end_init(&end, "{\"a\":", 5);
		end.read_errno = cases[i].error;
		client_init(&client, &strings, &end, params, -1);
		buf_init(&body, 100, NULL);
		assert_int_equal(client_read_body(&client, &body, &p), -1);
		assert_int_equal(p.kind, cases[i].kind);
		assert_false(client.body_read);
		buf_release(&body);
	}
	budget_init(&budget, 100);
	end_init(&end, "{}", 2);
	client_init(&client, &strings, &end, params, -1);
	buf_init(&body, 100000, &budget);
	assert_int_equal(client_read_body(&client, &body, &p), -1);
	assert_int_equal(p.kind, PROBLEM_OVERLOADED);
	assert_true(p.retry_after_s > 0);
	buf_release(&body);
}

static size_t
deflated(const char *in, size_t length, char *out, size_t max)
{
	z_stream	z = { .next_in = (Bytef *)(uintptr_t)in,
			    .avail_in = (uInt)length,
			    .next_out = (Bytef *)out,
			    .avail_out = (uInt)max };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8,
	    Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return max - z.avail_out;
}

static int
inflate_with(const char *in, size_t length, size_t piece, struct buf *body,
    struct problem *p)
{
	char			*params[] = { method_post, target, gzip_coding,
				    NULL };
	struct strings_end	 end;
	struct client		 client;

	end_init(&end, in, length);
	end.piece = piece;
	problem_clear(p);
	client_init(&client, &strings, &end, params, -1);
	return client_read_body(&client, body, p);
}

static void
inflates_gzip(void **state)
{
	static char	plain[300000], packed[300000];
	struct buf	body;
	struct problem	p;
	size_t		length, cut, i;

	(void)state;
	for (i = 0; i < sizeof(plain); i++)
		plain[i] = (char)(i * i >> 7);
	length = deflated(plain, sizeof(plain), packed, sizeof(packed));
	for (cut = 1; cut < 5000; cut = cut * 3 + 1) {
		buf_init(&body, sizeof(plain), NULL);
		assert_int_equal(inflate_with(packed, length, cut, &body, &p),
		    0);
		assert_int_equal(body.length, sizeof(plain));
		assert_memory_equal(body.at, plain, sizeof(plain));
		buf_release(&body);
	}
	/* Cut short, damaged, followed by what is no gzip. */
	buf_init(&body, sizeof(plain), NULL);
	for (cut = 1; cut < length; cut += cut < 30 ? 1 : 997) {
		buf_clear(&body);
		assert_int_equal(inflate_with(packed, cut, 100, &body, &p), -1);
		assert_int_equal(p.kind, PROBLEM_INVALID);
	}
	buf_clear(&body);
	packed[length] = 'x';
	assert_int_equal(inflate_with(packed, length + 1, 1000, &body, &p), -1);
	assert_int_equal(p.kind, PROBLEM_INVALID);
	buf_clear(&body);
	packed[length / 2] ^= 1;
	assert_int_equal(inflate_with(packed, length, 1000, &body, &p), -1);
	assert_int_equal(p.kind, PROBLEM_INVALID);
	buf_clear(&body);
	assert_int_equal(inflate_with("", 0, 1000, &body, &p), 0);
	assert_int_equal(body.length, 0);
	buf_release(&body);
}

static void
inflates_members_one_after_the_other(void **state)
{
	char		packed[200];
	struct buf	body;
	struct problem	p;
	size_t		length, piece;

	(void)state;
	length = deflated("{\"a\":", 5, packed, 100);
	length += deflated("1}", 2, packed + length, 100);
	for (piece = 1; piece <= length; piece++) {
		buf_init(&body, 100, NULL);
		assert_int_equal(inflate_with(packed, length, piece, &body,
		    &p), 0);
		assert_string_equal(body.at, "{\"a\":1}");
		buf_release(&body);
	}
}

static void
survives_a_bomb(void **state)
{
	static char	plain[4 * 1024 * 1024], packed[100000];
	struct buf	body;
	struct problem	p;
	size_t		length;

	(void)state;
	length = deflated(plain, sizeof(plain), packed, sizeof(packed));
	assert_true(length < 10000);
	buf_init(&body, 1024 * 1024, NULL);
	assert_int_equal(inflate_with(packed, length, 10000, &body, &p), -1);
	assert_int_equal(p.kind, PROBLEM_TOO_LARGE);
	assert_true(body.capacity <= 1024 * 1024 + 1);
	buf_release(&body);
	buf_init(&body, sizeof(plain) - 1, NULL);
	assert_int_equal(inflate_with(packed, length, 10000, &body, &p), -1);
	assert_int_equal(p.kind, PROBLEM_TOO_LARGE);
	buf_release(&body);
}

static void
refuses_other_codings(void **state)
{
	static const char *const codings[] = { "br", "deflate", "gzip, gzip" };
	char			 line[64];
	char			*params[] = { method_post, target, line, NULL };
	struct strings_end	 end;
	struct client		 client;
	struct buf		 body;
	struct problem		 p;
	size_t			 i;

	(void)state;
	for (i = 0; i < 3; i++) {
		snprintf(line, sizeof(line), "HTTP_CONTENT_ENCODING=%s",
		    codings[i]);
		end_init(&end, "abc", 3);
		client_init(&client, &strings, &end, params, -1);
		buf_init(&body, 100, NULL);
		assert_int_equal(client_read_body(&client, &body, &p), -1);
		assert_int_equal(p.kind, PROBLEM_MEDIA_TYPE);
		assert_non_null(strstr(p.message, codings[i]));
		assert_true(client.body_read);
		buf_release(&body);
	}
}

static void
answers(void **state)
{
	char			*params[] = { method_get, target, NULL };
	struct strings_end	 end;
	struct client		 client;
	struct arena		 arena;
	struct headers		 headers;

	(void)state;
	arena_init(&arena, 4096, NULL);
	headers_init(&headers, &arena);
	headers_add(&headers, "content-type", "application/json");
	end_init(&end, "", 0);
	client_init(&client, &strings, &end, params, -1);
	assert_int_equal(client_start(&client, 529, &headers), 0);
	assert_int_equal(client_write(&client, "{}", 2), 0);
	assert_int_equal(client_flush(&client), 0);
	assert_string_equal(end.out.at, "Status: 529 Overloaded\r\n"
	    "content-type: application/json\r\n\r\n{}");
	assert_int_equal(client.bytes_out, 2);
	assert_true(client.started);
	buf_release(&end.out);

	params[0] = method_head;
	end_init(&end, "", 0);
	client_init(&client, &strings, &end, params, -1);
	client_start(&client, 200, &headers);
	assert_int_equal(client_write(&client, "{}", 2), 0);
	assert_string_equal(end.out.at, "Status: 200 OK\r\n"
	    "content-type: application/json\r\n\r\n");
	buf_release(&end.out);
	arena_release(&arena);
}

static void
remembers_who_is_gone(void **state)
{
	char			*params[] = { method_get, target, NULL };
	struct strings_end	 end;
	struct client		 client;
	struct headers		 headers = { 0 };

	(void)state;
	end_init(&end, "", 0);
	end.breaks_at = 5;
	client_init(&client, &strings, &end, params, -1);
	assert_int_equal(client_start(&client, 200, &headers), CLIENT_GONE);
	assert_true(client.gone);
	assert_int_equal(client_write(&client, "a", 1), CLIENT_GONE);
	assert_int_equal(client_flush(&client), CLIENT_GONE);
	assert_int_equal(end.writes_after, 1);
	assert_int_equal(end.flushes, 0);
	buf_release(&end.out);

	end_init(&end, "", 0);
	end.breaks_at = 2;
	client_init(&client, &strings, &end, params, -1);
	assert_int_equal(client_write(&client, "ab", 2), 0);
	assert_int_equal(client_flush(&client), CLIENT_GONE);
	assert_true(client_look(&client));
	buf_release(&end.out);
}

static void
looks_for_a_hang_up(void **state)
{
	char			*params[] = { method_get, target, NULL };
	struct strings_end	 end;
	struct client		 client;
	int			 fds[2], i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		end_init(&end, "", 0);
		client_init(&client, &strings, &end, params, fds[0]);
		client_skip_body(&client);
		assert_false(client_look(&client));
		if (i == 0)
			close(fds[1]);
		else if (i == 1)
			shutdown(fds[1], SHUT_WR);
		else
			assert_int_equal(write(fds[1], "\1\2", 2), 2);
		client.body_read = false;
		assert_false(client_look(&client));
		client.body_read = true;
		assert_true(client_look(&client));
		assert_true(client.gone);
		close(fds[0]);
		if (i != 0)
			close(fds[1]);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(reads_what_cgi_says),
		cmocka_unit_test(finds_headers),
		cmocka_unit_test(takes_the_length_for_a_hint),
		cmocka_unit_test(keeps_to_the_ceiling),
		cmocka_unit_test(says_how_an_upload_failed),
		cmocka_unit_test(inflates_gzip),
		cmocka_unit_test(inflates_members_one_after_the_other),
		cmocka_unit_test(survives_a_bomb),
		cmocka_unit_test(refuses_other_codings),
		cmocka_unit_test(answers),
		cmocka_unit_test(remembers_who_is_gone),
		cmocka_unit_test(looks_for_a_hang_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
