#include "build.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif
#include <zlib.h>

#include "strings_client.h"

static char	gzip_coding[] = "HTTP_CONTENT_ENCODING=gzip";
#ifdef HAVE_ZSTD
static char	zstd_coding[] = "HTTP_CONTENT_ENCODING=zstd";
#endif

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

static char	*coding = gzip_coding;

static int
inflate_with(const char *in, size_t length, size_t piece, struct buf *body,
    struct problem *p)
{
	char			*params[] = { method_post, target, coding,
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

#ifdef HAVE_ZSTD
/* Blocks of 50000 bytes, and a frame that doesn't say how long it is. */
static size_t
compressed(const char *plain, size_t length, char *out, size_t room)
{
	ZSTD_CCtx	*context = ZSTD_createCCtx();
	ZSTD_outBuffer	 to = { out, room, 0 };
	size_t		 at, piece;

	assert_non_null(context);
	for (at = 0; at < length; at += piece) {
		ZSTD_inBuffer	from = { plain + at, 0, 0 };

		piece = length - at < 50000 ? length - at : 50000;
		from.size = piece;
		assert_int_equal(ZSTD_compressStream2(context, &to, &from,
		    at + piece == length ? ZSTD_e_end : ZSTD_e_flush), 0);
	}
	ZSTD_freeCCtx(context);
	return to.pos;
}

static void
inflates_zstd(void **state)
{
	static char	plain[300000], packed[700000];
	struct buf	body;
	struct problem	p;
	size_t		length, cut, i;

	(void)state;
	coding = zstd_coding;
	for (i = 0; i < sizeof(plain); i++)
		plain[i] = (char)(i * i >> 7);
	length = compressed(plain, sizeof(plain), packed, sizeof(packed));
	assert_true(ZSTD_getFrameContentSize(packed, length) ==
	    ZSTD_CONTENTSIZE_UNKNOWN);
	length += compressed(plain, 5, packed + length, 1000);
	buf_init(&body, sizeof(plain) + 5, NULL);
	for (cut = 1; cut < 5000; cut = cut * 3 + 1) {
		buf_clear(&body);
		assert_int_equal(inflate_with(packed, length, cut, &body, &p),
		    0);
		assert_int_equal(body.length, sizeof(plain) + 5);
		assert_memory_equal(body.at, plain, sizeof(plain));
	}
	/* Cut short in its second frame, followed by what is none, too long. */
	buf_clear(&body);
	assert_int_equal(inflate_with(packed, length - 1, 100, &body, &p), -1);
	assert_int_equal(p.kind, PROBLEM_INVALID);
	buf_clear(&body);
	packed[length] = 'x';
	assert_int_equal(inflate_with(packed, length + 1, 100, &body, &p), -1);
	assert_int_equal(p.kind, PROBLEM_INVALID);
	buf_clear(&body);
	packed[0] ^= 1;
	assert_int_equal(inflate_with(packed, length, 100, &body, &p), -1);
	assert_int_equal(p.kind, PROBLEM_INVALID);
	packed[0] ^= 1;
	buf_release(&body);
	buf_init(&body, sizeof(plain), NULL);
	assert_int_equal(inflate_with(packed, length, 100, &body, &p), -1);
	assert_int_equal(p.kind, PROBLEM_TOO_LARGE);
	buf_release(&body);
	coding = gzip_coding;
}
#endif

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

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(takes_the_length_for_a_hint),
		cmocka_unit_test(keeps_to_the_ceiling),
		cmocka_unit_test(says_how_an_upload_failed),
		cmocka_unit_test(inflates_gzip),
#ifdef HAVE_ZSTD
		cmocka_unit_test(inflates_zstd),
#endif
		cmocka_unit_test(inflates_members_one_after_the_other),
		cmocka_unit_test(survives_a_bomb),
		cmocka_unit_test(refuses_other_codings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
