#include "build.h"

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

#include "strings_client.h"

static char	method_get[] = "REQUEST_METHOD=GET";
static char	method_head[] = "REQUEST_METHOD=HEAD";
static char	peer[] = "REMOTE_ADDR=::1";

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
	params[0] = (char[]){ "REQUEST_METHOD=PUT" };
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
		cmocka_unit_test(answers),
		cmocka_unit_test(remembers_who_is_gone),
		cmocka_unit_test(looks_for_a_hang_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
