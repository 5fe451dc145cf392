#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exchange/upstream_headers.h"
#include "fake_client.h"

static struct session session = { .id = "sid" };
static struct credential key = { .source = CREDENTIAL_FACTORY_KEY,
    .secret = "fk-key", .hash = 1 };
static struct credential own = { .source = CREDENTIAL_CLIENT,
    .secret = "sk-own", .hash = 1 };
static struct model model = { .id = "m", .provider = "anthropic",
    .thinking = THINKING_BUDGET };

struct built {
	struct arena		arena;
	struct headers		headers;
	struct fake_client	fake;
	struct policy		policy;
	struct endpoint		endpoint;
	struct upstream_headers	of;
};

static void
prepare(struct built *b, const char **params, enum dialect_kind dialect,
    enum profile profile)
{
	memset(b, 0, sizeof(*b));
	arena_init(&b->arena, 1 << 20, NULL);
	headers_init(&b->headers, &b->arena);
	fake_client_open(&b->fake, params);
	b->policy.model = &model;
	b->endpoint.dialect = dialect;
	b->endpoint.profile = profile;
	b->endpoint.auth = AUTH_BEARER;
	b->of = (struct upstream_headers){
		.content_type = "application/json",
		.client = &b->fake.client, .endpoint = &b->endpoint,
		.policy = &b->policy, .session = &session, .credential = &key,
		.user_agent_version = "1.2.3", .same_dialect = true,
	};
}

static const char *
value(struct built *b, const char *name)
{
	const char *found = headers_find(&b->headers, name);

	return found == NULL ? "-" : found;
}

static void
finish(struct built *b)
{
	fake_client_close(&b->fake);
	arena_release(&b->arena);
}

static void
test_factory(void **state)
{
	struct built b;

	(void)state;
	prepare(&b, FAKE_PARAMS("POST", "/", "HTTP_X_STAINLESS_OS=Linux",
	    "HTTP_COOKIE=a=b", "HTTP_X_API_KEY=secret", "HTTP_HOST=h",
	    "HTTP_CONNECTION=close",), DIALECT_MESSAGES, PROFILE_FACTORY);
	b.of.stream = true;
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
	assert_string_equal(value(&b, "authorization"), "Bearer fk-key");
	assert_string_equal(value(&b, "x-api-key"), "placeholder");
	assert_string_equal(value(&b, "anthropic-version"), "2023-06-01");
	assert_string_equal(value(&b, "x-api-provider"), "anthropic");
	assert_string_equal(value(&b, "x-factory-client"), "cli");
	assert_string_equal(value(&b, "x-session-id"), "sid");
	assert_string_equal(value(&b, "user-agent"), "factory-cli/1.2.3");
	assert_string_equal(value(&b, "x-stainless-os"), "Linux");
	assert_string_equal(value(&b, "x-stainless-lang"), "js");
	assert_string_equal(value(&b, "x-stainless-package-version"),
	    "0.57.0");
	assert_string_equal(value(&b, "x-stainless-helper-method"), "stream");
	assert_string_equal(value(&b, "x-client-version"), "-");
	assert_string_equal(value(&b, "anthropic-beta"), "-");
	assert_string_equal(value(&b, "cookie"), "-");
	assert_string_equal(value(&b, "host"), "-");
	assert_string_equal(value(&b, "connection"), "-");
	assert_int_equal(strlen(value(&b, "x-assistant-message-id")), 36);
	finish(&b);
}

static void
test_google(void **state)
{
	struct built b;

	(void)state;
	prepare(&b, FAKE_PARAMS("POST", "/", "HTTP_X_FACTORY_CLIENT=mine",),
	    DIALECT_GENERATE, PROFILE_FACTORY);
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
	assert_string_equal(value(&b, "x-client-version"), "1.2.3");
	assert_string_equal(value(&b, "x-factory-client"), "mine");
	assert_string_equal(value(&b, "accept"), "*/*");
	assert_string_equal(value(&b, "x-api-key"), "-");
	assert_string_equal(value(&b, "x-stainless-os"), "-");
	finish(&b);
}

/* A client of another API has its say in what none but this API has. */
static void
test_foreign(void **state)
{
	const char **params = FAKE_PARAMS("POST", "/",
	    "HTTP_ANTHROPIC_VERSION=2030-01-01", "HTTP_ANTHROPIC_BETA=a-1",
	    "HTTP_X_STAINLESS_OS=Linux", "HTTP_X_FACTORY_CLIENT=mine",);
	struct built b;

	(void)state;
	prepare(&b, params, DIALECT_MESSAGES, PROFILE_FACTORY);
	b.of.same_dialect = false;
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
	assert_string_equal(value(&b, "anthropic-version"), "2030-01-01");
	assert_string_equal(value(&b, "anthropic-beta"), "a-1");
	assert_string_equal(value(&b, "x-stainless-os"), "MacOS");
	assert_string_equal(value(&b, "x-stainless-helper-method"), "-");
	finish(&b);
	prepare(&b, params, DIALECT_MESSAGES, PROFILE_PLAIN);
	b.of.same_dialect = false;
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
	assert_string_equal(value(&b, "anthropic-version"), "2030-01-01");
	finish(&b);
	prepare(&b, params, DIALECT_GENERATE, PROFILE_FACTORY);
	b.of.same_dialect = false;
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
	assert_string_equal(value(&b, "x-factory-client"), "cli");
	finish(&b);
}

struct betas {
	const char	*sent;
	enum effort	 effort;
	bool		 fast;
	const char	*expected;
};

static void
test_betas(void **state)
{
	static const struct betas all[] = {
		{ "HTTP_ANTHROPIC_BETA=a-1, b-2", EFFORT_AUTO, false,
		    "a-1, b-2" },
		{ "HTTP_ANTHROPIC_BETA=a-1,a-1", EFFORT_LOW, false,
		    "a-1, " BETA_INTERLEAVED },
		{ "HTTP_ANTHROPIC_BETA=" BETA_INTERLEAVED ", x", EFFORT_OFF,
		    false, "x" },
		{ "HTTP_ANTHROPIC_BETA=" BETA_INTERLEAVED, EFFORT_OFF, false,
		    "-" },
		{ "HTTP_ANTHROPIC_BETA=" BETA_INTERLEAVED, EFFORT_HIGH, true,
		    BETA_INTERLEAVED ", " BETA_FAST },
		{ "A=b", EFFORT_AUTO, true, BETA_FAST },
	};
	struct built b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		prepare(&b, FAKE_PARAMS("POST", "/", all[i].sent,),
		    DIALECT_MESSAGES, PROFILE_FACTORY);
		b.policy.effort = all[i].effort;
		b.policy.fast = all[i].fast;
		assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
		assert_string_equal(value(&b, "anthropic-beta"),
		    all[i].expected);
		finish(&b);
	}
}

static void
test_plain(void **state)
{
	const char **params = FAKE_PARAMS("POST", "/",
	    "HTTP_OPENAI_ORGANIZATION=org", "HTTP_OPENAI_BETA=b",
	    "HTTP_USER_AGENT=curl/8", "HTTP_X_STAINLESS_OS=Linux",);
	struct built b;

	(void)state;
	prepare(&b, params, DIALECT_RESPONSES, PROFILE_PLAIN);
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
	assert_string_equal(value(&b, "openai-beta"), "b");
	assert_string_equal(value(&b, "openai-organization"), "-");
	assert_string_equal(value(&b, "user-agent"), "curl/8");
	assert_string_equal(value(&b, "x-session-id"), "-");
	assert_string_equal(value(&b, "x-api-provider"), "-");
	assert_string_equal(value(&b, "x-stainless-os"), "-");
	finish(&b);

	prepare(&b, params, DIALECT_RESPONSES, PROFILE_PLAIN);
	b.of.credential = &own;
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
	assert_string_equal(value(&b, "openai-organization"), "org");
	assert_string_equal(value(&b, "authorization"), "Bearer sk-own");
	finish(&b);
}

static void
test_auth_styles(void **state)
{
	struct built b;

	(void)state;
	prepare(&b, FAKE_PARAMS("POST", "/", "A=b",), DIALECT_MESSAGES,
	    PROFILE_PLAIN);
	b.endpoint.auth = AUTH_X_API_KEY;
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
	assert_string_equal(value(&b, "x-api-key"), "fk-key");
	assert_string_equal(value(&b, "authorization"), "-");
	assert_string_equal(value(&b, "anthropic-version"), "2023-06-01");
	finish(&b);
	prepare(&b, FAKE_PARAMS("POST", "/", "A=b",), DIALECT_GENERATE,
	    PROFILE_PLAIN);
	b.endpoint.auth = AUTH_X_GOOG_API_KEY;
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
	assert_string_equal(value(&b, "x-goog-api-key"), "fk-key");
	finish(&b);
	prepare(&b, FAKE_PARAMS("POST", "/", "A=b",), DIALECT_CHAT,
	    PROFILE_PLAIN);
	b.endpoint.auth = AUTH_NONE;
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
	assert_string_equal(value(&b, "authorization"), "-");
	finish(&b);
}

static void
test_configured(void **state)
{
	static struct header add[] = { { "x-new", "1" }, { "accept", "no" } };
	static struct header replace[] = { { "user-agent", "mine/1" } };
	static const char *remove[] = { "x-stainless-os", "x-session-id" };
	struct built b;

	(void)state;
	prepare(&b, FAKE_PARAMS("POST", "/", "A=b",), DIALECT_CHAT,
	    PROFILE_FACTORY);
	b.endpoint.add = add;
	b.endpoint.add_count = 2;
	b.endpoint.replace = replace;
	b.endpoint.replace_count = 1;
	b.endpoint.remove = (struct strings){ remove, 2 };
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), 0);
	assert_string_equal(value(&b, "x-new"), "1");
	assert_string_equal(value(&b, "accept"), "application/json");
	assert_string_equal(value(&b, "user-agent"), "mine/1");
	assert_string_equal(value(&b, "x-stainless-os"), "-");
	assert_string_equal(value(&b, "x-session-id"), "-");
	finish(&b);
}

static void
test_bad_credential(void **state)
{
	struct credential bad = { .source = CREDENTIAL_CLIENT,
	    .secret = "a\r\nx: y", .hash = 1 };
	struct built b;

	(void)state;
	prepare(&b, FAKE_PARAMS("POST", "/", "A=b",), DIALECT_CHAT,
	    PROFILE_FACTORY);
	b.of.credential = &bad;
	assert_int_equal(upstream_headers_build(&b.headers, &b.of), -1);
	finish(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_factory),
		cmocka_unit_test(test_google),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_betas),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_auth_styles),
		cmocka_unit_test(test_configured),
		cmocka_unit_test(test_bad_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
