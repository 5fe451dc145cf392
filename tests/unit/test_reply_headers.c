#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/reply_headers.h"

static void
test_pass(void **state)
{
	static const char *const kept[] = {
		"content-type", "x-request-id", "request-id",
		"openai-processing-ms", "x-goog-safety",
	};
	static const char *const own[] = {
		"anthropic-ratelimit-tokens-remaining",
		"x-ratelimit-limit-requests", "openai-organization",
	};
	static const char *const dropped[] = {
		"set-cookie", "server", "connection", "transfer-encoding",
		"content-length", "date", "location", "x-unknown",
	};
	struct headers from, mine, server;
	struct arena arena;
	size_t i;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	headers_init(&from, &arena);
	headers_init(&mine, &arena);
	headers_init(&server, &arena);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		headers_add(&from, kept[i], "v");
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		headers_add(&from, own[i], "v");
	for (i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		headers_add(&from, dropped[i], "v");
	reply_headers_pass(&mine, &from, true);
	reply_headers_pass(&server, &from, false);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		assert_non_null(headers_find(&mine, kept[i]));
		assert_non_null(headers_find(&server, kept[i]));
	}
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		assert_non_null(headers_find(&mine, own[i]));
		assert_null(headers_find(&server, own[i]));
	}
	for (i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		assert_null(headers_find(&mine, dropped[i]));
	arena_release(&arena);
}

static int
retry_after(const char *name, const char *value)
{
	struct headers headers;
	struct arena arena;
	int seconds;

	arena_init(&arena, 1 << 20, NULL);
	headers_init(&headers, &arena);
	headers_add(&headers, name, value);
	seconds = reply_headers_retry_after(&headers);
	arena_release(&arena);
	return seconds;
}

static void
test_disarm(void **state)
{
	static const struct {
		const char	*type;
		bool		 armed;
	} cases[] = {
		{ "application/json; charset=utf-8", true },
		{ "text/event-stream", true },
		{ "application/octet-stream", true },
		{ "text/html", false },
		{ "TEXT/HTML", false },
		{ "image/svg+xml", false },
		{ NULL, false },
	};
	struct headers headers;
	struct arena arena;
	size_t i;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		headers_init(&headers, &arena);
		if (cases[i].type != NULL)
			headers_add(&headers, "content-type", cases[i].type);
		reply_headers_disarm(&headers);
		assert_int_equal(headers_find(&headers,
		    "content-security-policy") == NULL, cases[i].armed);
		assert_int_equal(headers_find(&headers,
		    "x-content-type-options") == NULL, cases[i].armed);
	}
	arena_release(&arena);
}

static void
test_retry_after(void **state)
{
	(void)state;
	assert_int_equal(retry_after("retry-after", "7"), 7);
	assert_int_equal(retry_after("retry-after", "1.2"), 2);
	assert_int_equal(retry_after("retry-after-ms", "1500"), 2);
	assert_int_equal(retry_after("retry-after", "999999999"), 86400);
	assert_int_equal(retry_after("retry-after", "-3"), 0);
	assert_int_equal(retry_after("retry-after", "soon"), 0);
	assert_int_equal(retry_after("retry-after", "nan"), 0);
	assert_int_equal(retry_after("retry-after",
	    "Wed, 21 Oct 2015 07:28:00 GMT"), 0);
	assert_int_equal(retry_after("retry-after",
	    "Mon, 21 Oct 2137 07:28:00 GMT"), 86400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_disarm),
		cmocka_unit_test(test_retry_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
