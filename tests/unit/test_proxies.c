#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proxies.h"

static void
test_refusal(void **state)
{
	static const char *const	good[] = {
		"http://proxy", "http://proxy/", "HTTP://proxy:3128",
		"https://user:pass@proxy.example:8080",
		"socks5://user:p@ss@127.0.0.1:1080", "socks5h://[::1]:1080",
		"socks4://a:1", "socks4a://a:65535", "http://:p@h:1",
	};
	static const char *const	bad[] = {
		"", "proxy:3128", "ftp://proxy", "socks://proxy", "http://",
		"http://:3128", "http://user@", "http://user@:1",
		"http://proxy:", "http://proxy:0", "http://proxy:65536",
		"http://proxy:123456", "http://proxy:80a", "http://proxy/path",
		"http://proxy?x", "http://[::1", "http://[]:1",
		"http://[::1]1", "http://a b", "http://a\r\nX: y",
		"http://pr\xc3\xb6xy",
	};
	size_t				 i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (proxy_refusal(good[i]) != NULL)
			fail_msg("%s: %s", good[i], proxy_refusal(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (proxy_refusal(bad[i]) == NULL)
			fail_msg("%s was not refused", bad[i]);
	assert_non_null(proxy_refusal(NULL));
}

static struct proxy	list[] = {
	{ .name = "a", .url = "http://a", .valid = true, .hash = 1 },
	{ .name = "bad", .url = "nonsense", .valid = false, .hash = 2 },
	{ .name = "c", .url = "http://c", .valid = true, .hash = 3 },
	{ .name = "d", .url = "http://d", .valid = true, .hash = 4 },
};

static void
expect_next(const struct config *config, struct scoreboard *scoreboard,
    const char *name)
{
	const struct proxy	*proxy;
	struct problem		 problem;

	assert_int_equal(proxies_next(config, scoreboard, &proxy, &problem),
	    0);
	if (name == NULL)
		assert_null(proxy);
	else
		assert_string_equal(proxy->name, name);
}

static void
test_round(void **state)
{
	struct config		 config = { .proxies = list,
	    .proxies_count = 4, .proxies_hash = 77 };
	const struct proxy	*proxy;
	struct problem		 problem;
	struct scoreboard	*scoreboard = scoreboard_open(NULL, &problem);

	(void)state;
	expect_next(&config, scoreboard, "a");
	expect_next(&config, scoreboard, "c");
	expect_next(&config, scoreboard, "d");
	expect_next(&config, scoreboard, "a");
	/* A changed list begins anew. */
	config.proxies_hash = 78;
	expect_next(&config, scoreboard, "a");
	/* One that failed is skipped. */
	proxy_failed(scoreboard, &list[2]);
	expect_next(&config, scoreboard, "d");
	expect_next(&config, scoreboard, "d");
	expect_next(&config, scoreboard, "a");
	/* All down is an error, never a direct connection. */
	proxy_failed(scoreboard, &list[0]);
	proxy_failed(scoreboard, &list[2]);
	proxy_failed(scoreboard, &list[3]);
	assert_int_equal(proxies_next(&config, scoreboard, &proxy, &problem),
	    -1);
	assert_int_equal(problem.kind, PROBLEM_UPSTREAM);
	assert_null(proxy);
	scoreboard_close(scoreboard);
}

static void
test_direct(void **state)
{
	struct config		 config = { .proxies_count = 0 };
	const struct proxy	*proxy;
	struct problem		 problem;
	struct scoreboard	*scoreboard = scoreboard_open(NULL, &problem);

	(void)state;
	expect_next(&config, scoreboard, NULL);
	config.proxies = &list[1];
	config.proxies_count = 1;
	expect_next(&config, scoreboard, NULL);
	config.proxy_required = true;
	assert_int_equal(proxies_next(&config, scoreboard, &proxy, &problem),
	    -1);
	config.proxies_count = 0;
	assert_int_equal(proxies_next(&config, scoreboard, &proxy, &problem),
	    -1);
	scoreboard_close(scoreboard);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_direct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
