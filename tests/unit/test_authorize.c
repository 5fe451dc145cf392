#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "exchange/authorize.h"
#include "fake_client.h"

#define LOCAL	"REMOTE_ADDR=127.0.0.1"

struct expected {
	const char	*params[5];
	enum access	 access;
	bool		 admitted;
	int		 kind;
};

static struct client_key key;
static struct address_block trusted = {
	{ [10] = 0xff, [11] = 0xff, 127, 0, 0, 1 }, 128,
};

static void
check(const struct expected *e, const struct config *config)
{
	const char *params[8] = { "REQUEST_METHOD=POST",
	    "REQUEST_URI=/v1/messages" };
	struct route route = { .query = "" };
	struct fake_client fake;
	struct caller caller;
	struct arena arena;

	memcpy(params + 2, e->params, sizeof(e->params));
	arena_init(&arena, 1 << 20, NULL);
	fake_client_open(&fake, params);
	authorize_caller(&caller, &fake.client, &route, config, &arena);
	if (caller.admitted != e->admitted)
		fail_msg("%s %s: %s", e->params[0], e->params[1],
		    caller.refusal.message);
	if (!e->admitted)
		assert_int_equal(caller.refusal.kind, e->kind);
	fake_client_close(&fake);
	arena_release(&arena);
}

static void
test_access(void **state)
{
	static const struct expected all[] = {
		{ { LOCAL }, ACCESS_LOOPBACK, true, 0 },
		{ { "REMOTE_ADDR=::1" }, ACCESS_LOOPBACK, true, 0 },
		{ { "REMOTE_ADDR=127.9.9.9" }, ACCESS_LOOPBACK, true, 0 },
		{ { "REMOTE_ADDR=::ffff:127.0.0.1" }, ACCESS_LOOPBACK, true,
		    0 },
		{ { "REMOTE_ADDR=10.0.0.1" }, ACCESS_LOOPBACK, false,
		    PROBLEM_FORBIDDEN },
		{ { "REMOTE_ADDR=" }, ACCESS_LOOPBACK, false,
		    PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_ORIGIN=http://localhost:5173" },
		    ACCESS_LOOPBACK, true, 0 },
		{ { LOCAL, "HTTP_ORIGIN=https://evil.example" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_ORIGIN=null" }, ACCESS_LOOPBACK, false,
		    PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_ORIGIN=http://localhost.evil.example" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_HOST=localhost:3000" }, ACCESS_LOOPBACK,
		    true, 0 },
		{ { LOCAL, "HTTP_HOST=[::1]:3000" }, ACCESS_LOOPBACK, true,
		    0 },
		{ { LOCAL, "HTTP_HOST=rebound.example:3000" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_X_FORWARDED_FOR=1.2.3.4" }, ACCESS_LOOPBACK,
		    false, PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_VIA=1.1 x" }, ACCESS_LOOPBACK, false,
		    PROBLEM_FORBIDDEN },
		{ { "REMOTE_ADDR=10.0.0.1", "HTTP_X_API_KEY=sesame" },
		    ACCESS_LOOPBACK, true, 0 },
		{ { "REMOTE_ADDR=10.0.0.1", "HTTP_X_API_KEY=sesame" },
		    ACCESS_KEYS, true, 0 },
		{ { LOCAL, "HTTP_AUTHORIZATION=bearer sesame" }, ACCESS_KEYS,
		    true, 0 },
		{ { LOCAL, "HTTP_X_GOOG_API_KEY=sesame" }, ACCESS_KEYS, true,
		    0 },
		{ { LOCAL, "HTTP_AUTHORIZATION=Basic sesame" }, ACCESS_KEYS,
		    false, PROBLEM_UNAUTHORIZED },
		{ { LOCAL, "HTTP_X_API_KEY=sesamee" }, ACCESS_KEYS, false,
		    PROBLEM_UNAUTHORIZED },
		{ { LOCAL }, ACCESS_KEYS, false, PROBLEM_UNAUTHORIZED },
		{ { "REMOTE_ADDR=10.0.0.1" }, ACCESS_OPEN, true, 0 },
		{ { "REMOTE_ADDR=10.0.0.1", "REMOTE_USER=ann" },
		    ACCESS_SERVER, true, 0 },
		{ { LOCAL }, ACCESS_SERVER, false, PROBLEM_UNAUTHORIZED },
	};
	struct config config = { .client_keys = &key, .client_keys_count = 1 };
	size_t i;

	(void)state;
	assert_int_equal(EVP_Digest("sesame", 6, key.sha256, NULL,
	    EVP_sha256(), NULL), 1);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		config.access = all[i].access;
		check(&all[i], &config);
	}
}

/* The address of a container's gateway, through which Docker brings clients. */
static void
test_local_peers(void **state)
{
	static const struct expected all[] = {
		{ { "REMOTE_ADDR=172.18.0.1" }, ACCESS_LOOPBACK, true, 0 },
		{ { "REMOTE_ADDR=172.18.0.2" }, ACCESS_LOOPBACK, false,
		    PROBLEM_FORBIDDEN },
		{ { "REMOTE_ADDR=172.18.0.1", "HTTP_HOST=example.com" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		{ { "REMOTE_ADDR=172.18.0.1",
		    "HTTP_ORIGIN=https://evil.example" }, ACCESS_LOOPBACK,
		    false, PROBLEM_FORBIDDEN },
		{ { "REMOTE_ADDR=172.18.0.1", "HTTP_VIA=1.1 x" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		{ { "REMOTE_ADDR=172.18.0.1" }, ACCESS_KEYS, false,
		    PROBLEM_UNAUTHORIZED },
	};
	static struct address_block gateway = {
		{ [10] = 0xff, [11] = 0xff, 172, 18, 0, 1 }, 128,
	};
	struct config config = { .local_peers = &gateway,
	    .local_peers_count = 1 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		config.access = all[i].access;
		check(&all[i], &config);
	}
}

static void
test_trusted_proxy(void **state)
{
	static const struct expected all[] = {
		{ { LOCAL, "HTTP_X_FORWARDED_FOR=10.1.1.1" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_X_FORWARDED_FOR=10.1.1.1, 127.0.0.2" },
		    ACCESS_LOOPBACK, true, 0 },
		{ { LOCAL, "HTTP_X_FORWARDED_FOR=127.0.0.2, 10.1.1.1" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_X_FORWARDED_FOR=rubbish" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
	};
	struct config config = { .trusted_proxies = &trusted,
	    .trusted_proxies_count = 1, .access = ACCESS_LOOPBACK };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i], &config);
}

static void
test_addresses(void **state)
{
	static const struct address_block block = {
		{ [10] = 0xff, [11] = 0xff, 10, 20, 0x80 }, 96 + 17,
	};

	(void)state;
	assert_true(address_in("10.20.128.1", &block, 1));
	assert_true(address_in("10.20.255.1", &block, 1));
	assert_false(address_in("10.20.127.1", &block, 1));
	assert_false(address_in("nonsense", &block, 1));
	assert_false(address_is_loopback("128.0.0.1"));
	assert_false(address_is_loopback("::2"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_local_peers),
		cmocka_unit_test(test_trusted_proxy),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
