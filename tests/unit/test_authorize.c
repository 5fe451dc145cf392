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
#define NOBODY	"REMOTE_ADDR="
#define CREDENTIAL	"HTTP_X_API_KEY=ck-1"
#define SERVER_ADMITS	"AUTH_TYPE=Basic", "REMOTE_USER=ann"

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

/* `said` stands in the refusal; NULL: whatever it says. */
static void
check_said(const struct expected *e, const struct config *config,
    const char *said)
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
	if (said != NULL && strstr(caller.refusal.message, said) == NULL)
		fail_msg("%s: %s", e->params[1], caller.refusal.message);
	fake_client_close(&fake);
	arena_release(&arena);
}

static void
check(const struct expected *e, const struct config *config)
{
	check_said(e, config, NULL);
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
		{ { NOBODY }, ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
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
		{ { "REMOTE_ADDR=10.0.0.1", SERVER_ADMITS }, ACCESS_SERVER,
		    true, 0 },
		{ { LOCAL, "REMOTE_USER=ann" }, ACCESS_SERVER, false,
		    PROBLEM_UNAUTHORIZED },
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
		/* X_Forwarded_For, too: whoever wrote which. */
		{ { LOCAL, "HTTP_X_FORWARDED_FOR=10.1.1.1",
		    "HTTP_X_FORWARDED_FOR=127.0.0.2" },
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

/* Each proxy adds whom it heard: the last one that is none of them speaks. */
static void
test_chain_of_proxies(void **state)
{
	static const struct {
		struct expected	 expected;
		const char	*said;
	} all[] = {
		{ { { LOCAL, "HTTP_X_FORWARDED_FOR=203.0.113.7, 10.9.9.9" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		    "not 203.0.113.7;" },
		/* What the client wrote there itself says nothing. */
		{ { { LOCAL, "HTTP_X_FORWARDED_FOR="
		    "127.0.0.5, 203.0.113.7, 10.9.9.9" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		    "not 203.0.113.7;" },
		{ { { LOCAL, "HTTP_X_FORWARDED_FOR="
		    "127.0.0.5, 10.9.9.9, 203.0.113.7,10.9.9.9, 127.0.0.1" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		    "not 203.0.113.7;" },
		{ { { LOCAL, "HTTP_X_FORWARDED_FOR="
		    "203.0.113.7, 127.0.0.5, 10.9.9.9" },
		    ACCESS_LOOPBACK, true, 0 }, NULL },
		{ { { LOCAL, "HTTP_X_FORWARDED_FOR="
		    "203.0.113.7,127.0.0.5,10.9.9.9,127.0.0.1" },
		    ACCESS_LOOPBACK, true, 0 }, NULL },
		/* Proxies alone: the first of them asks for itself. */
		{ { { LOCAL, "HTTP_X_FORWARDED_FOR=10.9.9.9, 127.0.0.1" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		    "not 10.9.9.9;" },
		{ { { LOCAL, "HTTP_X_FORWARDED_FOR=127.0.0.1, 10.9.9.9" },
		    ACCESS_LOOPBACK, true, 0 }, NULL },
		/* A list counts from a trusted peer only. */
		{ { { "REMOTE_ADDR=10.9.9.8",
		    "HTTP_X_FORWARDED_FOR=127.0.0.5" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		    "not 10.9.9.8;" },
	};
	struct address_block proxies[] = {
		trusted,
		{ { [10] = 0xff, [11] = 0xff, 10, 9, 9, 9 }, 128 },
	};
	struct config config = { .trusted_proxies = proxies,
	    .trusted_proxies_count = 2, .access = ACCESS_LOOPBACK };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check_said(&all[i].expected, &config, all[i].said);
}

/* An origin may be named, and nothing else is opened by it. */
static void
test_listed_origins(void **state)
{
	static const struct expected all[] = {
		{ { LOCAL, "HTTP_ORIGIN=https://app.example" },
		    ACCESS_LOOPBACK, true, 0 },
		{ { LOCAL, "HTTP_ORIGIN=null" }, ACCESS_LOOPBACK, true, 0 },
		{ { LOCAL, "HTTP_ORIGIN=file://" }, ACCESS_LOOPBACK, true, 0 },
		{ { LOCAL, "HTTP_ORIGIN=chrome-extension://abc" },
		    ACCESS_LOOPBACK, true, 0 },
		{ { LOCAL, "HTTP_ORIGIN=https://app.example:444" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_ORIGIN=http://app.example" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_ORIGIN=https://x.app.example" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_ORIGIN=https://evil.example" },
		    ACCESS_LOOPBACK, false, PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_ORIGIN=*" }, ACCESS_LOOPBACK, false,
		    PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_ORIGIN=https://app.example",
		    "HTTP_HOST=rebound.example" }, ACCESS_LOOPBACK, false,
		    PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_ORIGIN=https://app.example",
		    "HTTP_VIA=1.1 x" }, ACCESS_LOOPBACK, false,
		    PROBLEM_FORBIDDEN },
		{ { "REMOTE_ADDR=10.0.0.1",
		    "HTTP_ORIGIN=https://app.example" }, ACCESS_LOOPBACK,
		    false, PROBLEM_FORBIDDEN },
		{ { LOCAL, "HTTP_ORIGIN=https://app.example" }, ACCESS_KEYS,
		    false, PROBLEM_UNAUTHORIZED },
	};
	static const char *origins[] = { "*", "https://app.example", "null",
	    "file://", "chrome-extension://abc" };
	struct config config = { .cors_origins = { origins, 5 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		config.access = all[i].access;
		check(&all[i], &config);
	}
}

/* What proxies leave in a request, whichever they are. */
static void
test_traces(void **state)
{
	static const char *const traces[] = {
		"HTTP_FORWARDED_FOR=1.2.3.4", "HTTP_CLIENT_IP=1.2.3.4",
		"HTTP_X_ORIGINAL_FORWARDED_FOR=1.2.3.4",
		"HTTP_X_ORIGINAL_HOST=a", "HTTP_CDN_LOOP=cloudflare",
		"HTTP_FASTLY_CLIENT_IP=1.2.3.4", "HTTP_FLY_CLIENT_IP=1.2.3.4",
		"HTTP_X_ENVOY_EXTERNAL_ADDRESS=1.2.3.4",
		"HTTP_X_ENVOY_EXPECTED_RQ_TIMEOUT_MS=1",
		"HTTP_TRUE_CLIENT_IP=1.2.3.4", "HTTP_X_AMZN_TRACE_ID=Root=1",
		"HTTP_X_FORWARDED=1.2.3.4", "HTTP_X_FORWARDED_SERVER=a",
		"HTTP_X_NGINX_PROXY=true", "SERVER_PROTOCOL=HTTP/1.0",
	};
	static const char *const none[] = {
		"HTTP_X_REQUEST_ID=1", "HTTP_X_CLIENT_VERSION=1",
		"HTTP_X_FORWARDING=1", "HTTP_VIATOR=1", "HTTP_FLY=1",
		"SERVER_PROTOCOL=HTTP/1.1", "SERVER_PROTOCOL=HTTP/2.0",
	};
	struct config config = { .access = ACCESS_LOOPBACK };
	struct expected e = { .params = { LOCAL } };
	size_t i;

	(void)state;
	e.kind = PROBLEM_FORBIDDEN;
	for (i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		e.params[1] = traces[i];
		check(&e, &config);
	}
	e.admitted = true;
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		e.params[1] = none[i];
		check(&e, &config);
	}
}

/* Who may look at what all callers do. */
static const struct {
	const char	*params[5];
	enum access	 access;
	bool		 admin, oversees;
	int		 kind;
} overseers[] = {
	{ { LOCAL }, ACCESS_LOOPBACK, false, true, 0 },
	{ { LOCAL, CREDENTIAL }, ACCESS_LOOPBACK, false, false,
	    PROBLEM_FORBIDDEN },
	{ { LOCAL, CREDENTIAL }, ACCESS_LOOPBACK, true, true, 0 },
	{ { "REMOTE_ADDR=10.0.0.1" }, ACCESS_LOOPBACK, false, false,
	    PROBLEM_FORBIDDEN },
	{ { LOCAL }, ACCESS_KEYS, false, false, PROBLEM_UNAUTHORIZED },
	{ { LOCAL, CREDENTIAL }, ACCESS_KEYS, false, false,
	    PROBLEM_FORBIDDEN },
	{ { "REMOTE_ADDR=10.0.0.1", CREDENTIAL }, ACCESS_KEYS, true,
	    true, 0 },
	{ { LOCAL, SERVER_ADMITS }, ACCESS_SERVER, false, true, 0 },
	{ { LOCAL, SERVER_ADMITS, CREDENTIAL }, ACCESS_SERVER, false, false,
	    PROBLEM_FORBIDDEN },
	{ { "REMOTE_ADDR=10.0.0.1" }, ACCESS_OPEN, false, false,
	    PROBLEM_FORBIDDEN },
	{ { LOCAL, "HTTP_VIA=1.1 x" }, ACCESS_OPEN, false, false,
	    PROBLEM_FORBIDDEN },
	{ { LOCAL }, ACCESS_OPEN, false, true, 0 },
	{ { "REMOTE_ADDR=10.0.0.1", CREDENTIAL }, ACCESS_OPEN, true,
	    true, 0 },
};

static void
test_overseers(void **state)
{
	struct config config = { .client_keys = &key, .client_keys_count = 1 };
	size_t i;

	(void)state;
	assert_int_equal(EVP_Digest("ck-1", 4, key.sha256, NULL, EVP_sha256(),
	    NULL), 1);
	key.name = "ann";
	for (i = 0; i < sizeof(overseers) / sizeof(overseers[0]); i++) {
		const char *params[8] = { "REQUEST_METHOD=GET",
		    "REQUEST_URI=/metrics", overseers[i].params[0],
		    overseers[i].params[1], overseers[i].params[2],
		    overseers[i].params[3] };
		struct route route = { .query = "" };
		struct fake_client fake;
		struct problem problem;
		struct caller caller;
		struct arena arena;
		bool oversees;

		problem_clear(&problem);
		config.access = overseers[i].access;
		key.admin = overseers[i].admin;
		arena_init(&arena, 1 << 20, NULL);
		fake_client_open(&fake, params);
		authorize_caller(&caller, &fake.client, &route, &config,
		    &arena);
		oversees = authorize_overseer(&caller, &fake.client, &config,
		    &arena, &problem) == 0;
		if (oversees != overseers[i].oversees)
			fail_msg("row %zu: %s", i, problem.message);
		if (!oversees)
			assert_int_equal(problem.kind, overseers[i].kind);
		fake_client_close(&fake);
		arena_release(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_overseers),
		cmocka_unit_test(test_local_peers),
		cmocka_unit_test(test_trusted_proxy),
		cmocka_unit_test(test_chain_of_proxies),
		cmocka_unit_test(test_listed_origins),
		cmocka_unit_test(test_traces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
