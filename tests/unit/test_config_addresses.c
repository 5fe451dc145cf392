#include "build.h"

#include "config_cases.h"

static void
urls_are_checked(void **state)
{
	static const struct {
		const char	*url;
		const char	*refusal;	/* a part, NULL: good */
	} cases[] = {
		{ "https://api.factory.ai/api/llm/o/v1/responses", NULL },
		{ "http://127.0.0.1:8080/v1", NULL },
		{ "http://[::1]:8080/v1", NULL },
		{ "HTTP://h", NULL },
		{ "http://h/v1beta/models/{model}:generateContent?alt=sse",
		    NULL },
		{ "http://h_1.x:65535", NULL },
		{ "h/v1", "must begin with http" },
		{ "ftp://h/", "must begin with http" },
		{ "file:///etc/passwd", "must begin with http" },
		{ "http://", "must name a host" },
		{ "http:///x", "must name a host" },
		{ "http://:80/x", "must name a host" },
		{ "http://[::1/x", "must name a host" },
		{ "http://[zz]/x", "must name a host" },
		{ "http://{model}/x", "must name a host" },
		{ "http://h{model}/x", "must name a host" },
		{ "http://u:p@h/", "user name or password" },
		{ "http://u@h/", "user name or password" },
		{ "http://h:0/", "port" },
		{ "http://h:65536/", "port" },
		{ "http://h:/", "port" },
		{ "http://h:8a/", "port" },
		{ "http://h:+8/", "port" },
		{ "http://h/a b", "must not hold spaces" },
		{ "http://h/a\nb", "must not hold spaces" },
		{ "http://h/\x7f", "must not hold spaces" },
		{ "http://h/\xc3\xa4", "must not hold spaces" },
		{ "http://h/#x", "'#'" },
		{ "http://h/{x}", "braces" },
		{ "http://h/{model", "braces" },
		{ "http://h/model}", "braces" },
		{ "http://h/a\\b", "must not hold spaces" },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char	*refusal;

		refusal = config_base_url_refusal(cases[i].url);
		if (cases[i].refusal == NULL && refusal != NULL)
			fail_msg("%s: %s", cases[i].url, refusal);
		if (cases[i].refusal != NULL && (refusal == NULL ||
		    strstr(refusal, cases[i].refusal) == NULL))
			fail_msg("%s: %s", cases[i].url, refusal);
	}
	assert_non_null(config_url_refusal("http://h/{model}"));
	assert_null(config_url_refusal("http://h/"));
	refuses("{\"auth\":{\"token_url\":\"x\"}}",
	    "t.json: auth.token_url: must begin with http");
	config_release(must_read("{\"user_agent_url\":\"\"}"));
}

static void
listen_takes_addresses_without_port(void **state)
{
	static const char *const good[] = {
		"0.0.0.0", "127.0.0.1", "[::1]", "[::]", "localhost", "a-b.c"
	};
	static const char *const bad[] = {
		"::1", "127.0.0.1:80", "[::1]:80", "[x]", "a b", "/run/x", "*"
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(config_listen_refusal(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(config_listen_refusal(bad[i]));
}

static void
origins_have_no_path(void **state)
{
	static const char *const good[] = {
		"*", "https://example.com", "http://localhost:5173",
		"http://[::1]:80", "null", "file://", "app://localhost",
		"app://.", "tauri://localhost",
		"chrome-extension://abcdefghijklmnopabcdefghijklmnop",
		"vscode-webview://0c2d9",
	};
	static const char *const bad[] = {
		"https://example.com/", "example.com", "https://", "Null",
		"https://u@h", "https://h?x", "file://x", "file:///",
		"app://", "app://x/", "app://x y", "App://x", "://x",
		"1app://x", "app:x", "app://u@x", "app://x:80", "http://",
		"http://x y"
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(config_origin_refusal(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(config_origin_refusal(bad[i]));
}

static void
check_block(const struct address_block *block, const char *hex, unsigned bits)
{
	char	text[33];
	int	i;

	for (i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", block->address[i]);
	assert_string_equal(text, hex);
	assert_int_equal(block->bits, bits);
}

static void
address_blocks_are_read(void **state)
{
	struct config	*c = must_read("{\"trusted_proxies\":["
	    "\"192.0.2.1\",\"10.1.2.3/8\",\"0.0.0.0/0\",\"::1\","
	    "\"fd00:ffff::/9\"],\"fastcgi_peers\":[\"10.0.0.0/32\"]}");

	(void)state;
	assert_int_equal(c->trusted_proxies_count, 5);
	check_block(&c->trusted_proxies[0], "00000000000000000000ffffc0000201",
	    128);
	check_block(&c->trusted_proxies[1], "00000000000000000000ffff0a000000",
	    104);
	check_block(&c->trusted_proxies[2], "00000000000000000000ffff00000000",
	    96);
	check_block(&c->trusted_proxies[3], "00000000000000000000000000000001",
	    128);
	check_block(&c->trusted_proxies[4], "fd000000000000000000000000000000",
	    9);
	assert_int_equal(c->fastcgi_peers_count, 1);
	check_block(&c->fastcgi_peers[0], "00000000000000000000ffff0a000000",
	    128);
	config_release(c);
}

static void
wrong_address_blocks_are_refused(void **state)
{
	static const char *const bad[] = {
		"\"\"", "\"10.0.0.0/33\"", "\"10.0.0.0/\"", "\"10.0.0.0/-1\"",
		"\"10.0.0/8\"", "\"::1/129\"", "\"localhost\"", "\"[::1]\"",
		"\"10.0.0.0/8/8\"", "7", "\"10.0.0.0/ 8\"",
		"\"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000\"",
	};
	char	text[256];
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
		    "{\"fastcgi_peers\":[\"::\",%s]}", bad[i]);
		refuses(text, "t.json: fastcgi_peers[1]: must be an address");
	}
}

static void
proxies_are_named_and_judged(void **state)
{
	struct config	*c = must_read("{\"proxies\":["
	    "{\"name\":\"a\",\"url\":\"http://user:hush@h:3128\"},"
	    "{\"url\":\"socks5://h:1080\"},"
	    "{\"name\":\"c\",\"url\":\"gopher://user:hush@h\"},"
	    "{\"name\":\"d\"}]}");

	(void)state;
	assert_int_equal(c->proxies_count, 4);
	assert_string_equal(c->proxies[0].url, "http://user:hush@h:3128");
	assert_true(c->proxies[0].valid);
	assert_string_equal(c->proxies[1].name, "proxy 2");
	assert_true(c->proxies[1].valid);
	assert_false(c->proxies[2].valid);
	assert_false(c->proxies[3].valid);
	assert_non_null(c->proxies[3].reason);
	assert_non_null(strstr(warnings,
	    "t.json: proxies[2].url: proxy \"c\" is skipped: "));
	assert_non_null(strstr(warnings,
	    "t.json: proxies[3].url: proxy \"d\" is skipped: has no url"));
	assert_null(strstr(warnings, "hush"));
	config_release(c);
	refuses("{\"proxies\":[7]}", "t.json: proxies[0]: must be an object");
}

static void
a_changed_list_has_another_hash(void **state)
{
	static const char *const lists[] = {
		"{}",
		"{\"proxies\":[{\"url\":\"http://a\"},{\"url\":\"http://b\"}]}",
		"{\"proxies\":[{\"url\":\"http://b\"},{\"url\":\"http://a\"}]}",
		"{\"proxies\":[{\"url\":\"http://a\"}]}",
	};
	uint64_t	hashes[4];
	size_t		i, j;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct config	*c = must_read(lists[i]);

		hashes[i] = c->proxies_hash;
		config_release(c);
		c = must_read(lists[i]);
		assert_int_equal(c->proxies_hash, hashes[i]);
		config_release(c);
		for (j = 0; j < i; j++)
			assert_int_not_equal(hashes[i], hashes[j]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_checked),
		cmocka_unit_test(listen_takes_addresses_without_port),
		cmocka_unit_test(origins_have_no_path),
		cmocka_unit_test(address_blocks_are_read),
		cmocka_unit_test(wrong_address_blocks_are_refused),
		cmocka_unit_test(proxies_are_named_and_judged),
		cmocka_unit_test(a_changed_list_has_another_hash),
	};

	return cmocka_run_group_tests(tests, clear_environment, NULL);
}
