#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exchange/route.h"
#include "fake_client.h"

struct expected {
	const char		*method, *target;
	int			 result;	/* 0, or the problem's kind */
	enum operation		 operation;
	enum dialect_kind	 dialect;
	const char		*model;
};

static void
check(const struct expected *e, const char *base_path)
{
	char method[64], target[512];
	const char *params[] = { method, target, NULL };
	struct config config = { .base_path = base_path };
	struct fake_client fake;
	struct problem problem;
	struct arena arena;
	struct route route;
	int result;

	snprintf(method, sizeof(method), "REQUEST_METHOD=%s", e->method);
	snprintf(target, sizeof(target), "REQUEST_URI=%s", e->target);
	fake_client_open(&fake, params);
	arena_init(&arena, 1 << 20, NULL);
	problem_clear(&problem);
	result = route_find(&route, &fake.client, &config, &arena, &problem);
	if ((result == 0 ? 0 : (int)problem.kind) != e->result)
		fail_msg("%s %s: %d, %s", e->method, e->target, result,
		    problem.message);
	if (route.dialect != e->dialect)
		fail_msg("%s: dialect %d", e->target, route.dialect);
	if (result == 0 && route.operation != e->operation)
		fail_msg("%s: operation %d", e->target, route.operation);
	if (e->model != NULL && (route.model == NULL ||
	    strcmp(route.model, e->model) != 0))
		fail_msg("%s: model %s", e->target, route.model);
	arena_release(&arena);
	fake_client_close(&fake);
}

static void
test_known(void **state)
{
	static const struct expected all[] = {
		{ "POST", "/v1/chat/completions", 0, OPERATION_CREATE,
		    DIALECT_CHAT, NULL },
		{ "POST", "/chat/completions", 0, OPERATION_CREATE,
		    DIALECT_CHAT, NULL },
		{ "POST", "/V1/Messages/", 0, OPERATION_CREATE,
		    DIALECT_MESSAGES, NULL },
		{ "POST", "/v1/messages?beta=true", 0, OPERATION_CREATE,
		    DIALECT_MESSAGES, NULL },
		{ "POST", "/v1/messages/count_tokens?beta=true", 0,
		    OPERATION_COUNT, DIALECT_MESSAGES, NULL },
		{ "POST", "/v1/responses", 0, OPERATION_CREATE,
		    DIALECT_RESPONSES, NULL },
		{ "POST", "/v1/generate", 0, OPERATION_CREATE,
		    DIALECT_GENERATE, NULL },
		{ "POST", "/cgi-bin/droid2api.cgi/v1/messages", 0,
		    OPERATION_CREATE, DIALECT_MESSAGES, NULL },
		{ "GET", "/v1/models", 0, OPERATION_MODELS, DIALECT_CHAT,
		    NULL },
		{ "HEAD", "/v1/models", 0, OPERATION_MODELS, DIALECT_CHAT,
		    NULL },
		{ "GET", "/", 0, OPERATION_ABOUT, DIALECT_CHAT, NULL },
		{ "GET", "/health", 0, OPERATION_HEALTH, DIALECT_CHAT, NULL },
		{ "OPTIONS", "/anything", 0, OPERATION_PREFLIGHT,
		    DIALECT_CHAT, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i], "");
	check(&(struct expected){ "POST", "/gw/messages", 0, OPERATION_CREATE,
	    DIALECT_MESSAGES, NULL }, "/gw");
	check(&(struct expected){ "POST", "/gw/v1/messages", 0,
	    OPERATION_CREATE, DIALECT_MESSAGES, NULL }, "/gw");
	check(&(struct expected){ "POST", "/gwx/messages", PROBLEM_MISSING,
	    OPERATION_CREATE, DIALECT_MESSAGES, NULL }, "/gw");
}

static void
test_models(void **state)
{
	static const struct expected all[] = {
		{ "GET", "/v1/models/gpt-5", 0, OPERATION_MODEL, DIALECT_CHAT,
		    "gpt-5" },
		{ "GET", "/v1/models/a%2Fb", 0, OPERATION_MODEL, DIALECT_CHAT,
		    "a/b" },
		{ "GET", "/v1/models/accounts/x/v1/y/", 0, OPERATION_MODEL,
		    DIALECT_CHAT, "accounts/x/v1/y" },
		{ "GET", "/v1beta/models", 0, OPERATION_MODELS,
		    DIALECT_GENERATE, NULL },
		{ "POST", "/v1beta/models/gemini-3:generateContent", 0,
		    OPERATION_CREATE, DIALECT_GENERATE, "gemini-3" },
		{ "POST", "/v1/models/g:streamGenerateContent?alt=sse", 0,
		    OPERATION_CREATE, DIALECT_GENERATE, "g" },
		{ "POST", "/v1beta/models/g%3AcountTokens", 0,
		    OPERATION_COUNT, DIALECT_GENERATE, "g" },
		{ "GET", "/v1beta/models/g:generateContent", PROBLEM_METHOD,
		    OPERATION_CREATE, DIALECT_GENERATE, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i], "");
}

static void
test_refused(void **state)
{
	static const struct expected all[] = {
		{ "GET", "/v1/messages", PROBLEM_METHOD, 0, DIALECT_MESSAGES,
		    NULL },
		{ "POST", "/v1/models", PROBLEM_METHOD, 0, DIALECT_CHAT,
		    NULL },
		{ "DELETE", "/v1/responses", PROBLEM_METHOD, 0,
		    DIALECT_RESPONSES, NULL },
		{ "POST", "/v1/embeddings", PROBLEM_NOT_IMPLEMENTED, 0,
		    DIALECT_CHAT, NULL },
		{ "POST", "/v1/responses/compact", PROBLEM_NOT_IMPLEMENTED, 0,
		    DIALECT_RESPONSES, NULL },
		{ "POST", "/v1/messages/batches", PROBLEM_NOT_IMPLEMENTED, 0,
		    DIALECT_MESSAGES, NULL },
		{ "GET", "/nothing", PROBLEM_MISSING, 0, DIALECT_CHAT, NULL },
		{ "POST", "/v1//messages", PROBLEM_MISSING, 0,
		    DIALECT_MESSAGES, NULL },
		{ "POST", "/v1/../v1/messages", PROBLEM_MISSING, 0,
		    DIALECT_MESSAGES, NULL },
		{ "POST", "/v1/%2e%2e/messages", PROBLEM_MISSING, 0,
		    DIALECT_MESSAGES, NULL },
		{ "POST", "/v1%2Fmessages", PROBLEM_MISSING, 0,
		    DIALECT_MESSAGES, NULL },
		{ "POST", "/v1/mess%zzages", PROBLEM_MISSING, 0, DIALECT_CHAT,
		    NULL },
		{ "POST", "/v1/mess%00ages", PROBLEM_MISSING, 0, DIALECT_CHAT,
		    NULL },
		{ "POST", "/v1/mess%", PROBLEM_MISSING, 0, DIALECT_CHAT,
		    NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i], "");
}

static enum problem_kind
problem_of(const char **params)
{
	struct config config = { .base_path = "" };
	struct fake_client fake;
	struct problem problem;
	struct arena arena;
	struct route route;

	arena_init(&arena, 1 << 20, NULL);
	fake_client_open(&fake, params);
	assert_int_equal(route_find(&route, &fake.client, &config, &arena,
	    &problem), -1);
	fake_client_close(&fake);
	arena_release(&arena);
	return problem.kind;
}

static void
test_websocket(void **state)
{
	(void)state;
	assert_int_equal(problem_of(FAKE_PARAMS("GET", "/v1/responses",
	    "HTTP_UPGRADE=websocket",)), PROBLEM_UPGRADE);
	/* the web server kept Upgrade to itself */
	assert_int_equal(problem_of(FAKE_PARAMS("GET", "/v1/responses",
	    "HTTP_SEC_WEBSOCKET_KEY=dGhlIHNhbXBsZSBub25jZQ==",)),
	    PROBLEM_UPGRADE);
	assert_int_equal(problem_of(FAKE_PARAMS("GET", "/v1/responses",
	    "HTTP_UPGRADE=h2c",)), PROBLEM_METHOD);
	assert_int_equal(problem_of(FAKE_PARAMS("PUT", "/v1/responses",
	    "HTTP_UPGRADE=websocket",)), PROBLEM_METHOD);
}

static void
test_query(void **state)
{
	static const char *const without[] = { "key", "alt", NULL };
	struct route route = {
		.query = "alt=sse&x=1&key=s%20t&y&%6bey=u&key=&%6be%z",
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	assert_string_equal(route_query(&route, "key", &arena), "s t");
	assert_string_equal(route_query(&route, "y", &arena), "");
	assert_null(route_query(&route, "k", &arena));
	assert_string_equal(route_query_without(&route, without, &arena),
	    "x=1&y&%6be%z");
	route.query = "%6Bey=u";
	assert_string_equal(route_query(&route, "key", &arena), "u");
	route.query = "";
	assert_string_equal(route_query_without(&route, without, &arena), "");
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_websocket),
		cmocka_unit_test(test_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
