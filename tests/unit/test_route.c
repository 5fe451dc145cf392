#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dialects/dialects.h"
#include "exchange/own_operations.h"
#include "exchange/route.h"
#include "fake_client.h"

struct expected {
	const char		*method, *target;
	int			 result;	/* 0, or the problem's kind */
	const char		*path;		/* the row's, or of the message */
	enum dialect_kind	 dialect;
	const char		*model;
	const char		*base_path;
};

struct routed {
	struct fake_client	fake;
	struct arena		arena;
	struct problem		problem;
	struct route		route;
	int			result;
};

static void
route(struct routed *r, const char *method, const char *target,
    const char *base_path)
{
	static char line[2][512];
	static const char *params[] = { line[0], line[1], NULL };
	struct config config = { .base_path = base_path };

	snprintf(line[0], sizeof(line[0]), "REQUEST_METHOD=%s", method);
	snprintf(line[1], sizeof(line[1]), "REQUEST_URI=%s", target);
	fake_client_open(&r->fake, params);
	arena_init(&r->arena, 1 << 20, NULL);
	problem_clear(&r->problem);
	r->result = route_find(&r->route, &r->fake.client, &config, &r->arena,
	    &r->problem);
}

static void
finish(struct routed *r)
{
	arena_release(&r->arena);
	fake_client_close(&r->fake);
}

static void
check(const struct expected *e)
{
	struct routed r;

	route(&r, e->method, e->target, e->base_path != NULL ? e->base_path
	    : "");
	if ((r.result == 0 ? 0 : (int)r.problem.kind) != e->result)
		fail_msg("%s %s: %d, %s", e->method, e->target, r.result,
		    r.problem.message);
	if (r.route.dialect != e->dialect)
		fail_msg("%s: dialect %d", e->target, r.route.dialect);
	if (r.result == 0) {
		assert_string_equal(r.route.path, e->path);
		assert_string_equal(r.route.path, r.route.operation->path);
	} else if (strstr(r.problem.message, e->path) == NULL)
		fail_msg("%s: %s", e->target, r.problem.message);
	if (e->model != NULL)
		assert_string_equal(r.route.model, e->model);
	finish(&r);
}

static void
test_known(void **state)
{
	static const struct expected all[] = {
		{ "POST", "/v1/chat/completions", 0, "chat/completions",
		    .dialect = DIALECT_CHAT },
		{ "POST", "/chat/completions", 0, "chat/completions",
		    .dialect = DIALECT_CHAT },
		{ "POST", "/V1/Messages/", 0, "messages", .dialect = DIALECT_MESSAGES },
		{ "POST", "/v1/messages?beta=true", 0, "messages",
		    .dialect = DIALECT_MESSAGES },
		{ "POST", "/v1/messages/count_tokens?beta=true", 0,
		    "messages/count_tokens", .dialect = DIALECT_MESSAGES },
		{ "POST", "/v1/responses", 0, "responses", .dialect = DIALECT_RESPONSES },
		{ "POST", "/v1/generate", 0, "generate", .dialect = DIALECT_GENERATE },
		{ "POST", "/v1beta/generate", 0, "generate",
		    .dialect = DIALECT_GENERATE },
		{ "POST", "/v1beta/messages", 0, "messages",
		    .dialect = DIALECT_MESSAGES },
		{ "POST", "/cgi-bin/droid2api.cgi/v1/messages", 0, "messages",
		    .dialect = DIALECT_MESSAGES },
		{ "GET", "/v1/models", 0, "models", .dialect = DIALECT_CHAT },
		{ "HEAD", "/v1/models/", 0, "models", .dialect = DIALECT_CHAT },
		{ "GET", "/", 0, "", .dialect = DIALECT_CHAT },
		{ "GET", "/v1/", 0, "", .dialect = DIALECT_CHAT },
		{ "GET", "/health", 0, "health", .dialect = DIALECT_CHAT },
		{ "OPTIONS", "/anything", 0, "?", .dialect = DIALECT_CHAT },
		{ "OPTIONS", "/v1/messages", 0, "?", .dialect = DIALECT_MESSAGES },
		{ "POST", "/gw/messages", 0, "messages", DIALECT_MESSAGES,
		    .base_path = "/gw" },
		{ "POST", "/gw/v1/messages", 0, "messages", DIALECT_MESSAGES,
		    .base_path = "/gw" },
		{ "POST", "/gwx/messages", PROBLEM_MISSING,
		    "POST gwx/messages does not exist", DIALECT_MESSAGES,
		    .base_path = "/gw" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i]);
}

static void
test_models(void **state)
{
	static const struct expected all[] = {
		{ "GET", "/v1/models/gpt-5", 0, "models/{model}",
		    DIALECT_CHAT, .model = "gpt-5" },
		{ "GET", "/v1/models/a%2Fb", 0, "models/{model}",
		    DIALECT_CHAT, .model = "a/b" },
		{ "GET", "/v1/models/accounts/x/v1/y/", 0, "models/{model}",
		    DIALECT_CHAT, .model = "accounts/x/v1/y" },
		{ "GET", "/v1/models/a/../b", 0, "models/{model}",
		    DIALECT_CHAT, .model = "a/../b" },
		{ "GET", "/v1/models/messages-1", 0, "models/{model}",
		    DIALECT_CHAT, .model = "messages-1" },
		{ "GET", "/v1beta/models", 0, "models", .dialect = DIALECT_GENERATE },
		{ "GET", "/v1beta/models/g:x", 0, "models/{model}",
		    DIALECT_GENERATE, .model = "g:x" },
		{ "POST", "/v1beta/models/gemini-3:generateContent", 0,
		    "models/{model}:generateContent", DIALECT_GENERATE,
		    .model = "gemini-3" },
		{ "POST", "/v1/models/a:b:streamGenerateContent?alt=sse", 0,
		    "models/{model}:streamGenerateContent", DIALECT_GENERATE,
		    .model = "a:b" },
		{ "POST", "/v1beta/models/g%3AcountTokens", 0,
		    "models/{model}:countTokens", DIALECT_GENERATE, .model = "g" },
		{ "GET", "/v1beta/models/g:generateContent", PROBLEM_METHOD,
		    "GET is not allowed here, use POST", .dialect = DIALECT_GENERATE },
		{ "POST", "/v1beta/models/g:other", PROBLEM_METHOD,
		    "POST is not allowed here, use GET", .dialect = DIALECT_GENERATE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i]);
}

static void
test_refused(void **state)
{
	static const struct expected all[] = {
		{ "GET", "/v1/messages", PROBLEM_METHOD, "use POST",
		    .dialect = DIALECT_MESSAGES },
		{ "POST", "/v1/models", PROBLEM_METHOD, "use GET",
		    .dialect = DIALECT_CHAT },
		{ "DELETE", "/v1/responses", PROBLEM_METHOD, "use POST",
		    .dialect = DIALECT_RESPONSES },
		{ "GET", "/v1/images/", PROBLEM_NOT_IMPLEMENTED,
		    "does not offer images", .dialect = DIALECT_CHAT },
		{ "PATCH", "/v1/files/f", PROBLEM_METHOD, "use GET",
		    .dialect = DIALECT_CHAT },
		{ "POST", "/v1/images/variations", PROBLEM_NOT_IMPLEMENTED,
		    "does not offer images", .dialect = DIALECT_CHAT },
		{ "GET", "/v1/embeddings", PROBLEM_METHOD, "use POST",
		    .dialect = DIALECT_CHAT },
		{ "POST", "/v1/responses/input_tokens", PROBLEM_NOT_IMPLEMENTED,
		    "does not offer responses/input_tokens",
		    .dialect = DIALECT_RESPONSES },
		{ "POST", "/v1/responses/resp_1", PROBLEM_METHOD, "use GET",
		    .dialect = DIALECT_RESPONSES },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i]);
}

static void
test_crooked(void **state)
{
	static const struct expected all[] = {
		{ "POST", "/v1/filesx", PROBLEM_MISSING, "not exist",
		    .dialect = DIALECT_CHAT },
		{ "POST", "/v1/messages/nope", PROBLEM_MISSING, "not exist",
		    .dialect = DIALECT_MESSAGES },
		{ "GET", "/nothing", PROBLEM_MISSING, "not exist",
		    .dialect = DIALECT_CHAT },
		{ "GET", "/v1/files/a%2fb", PROBLEM_MISSING, "plain form",
		    .dialect = DIALECT_CHAT },
		{ "GET", "/v1/files/../models", PROBLEM_MISSING, "plain form",
		    .dialect = DIALECT_CHAT },
		{ "GET", "/v1/files/%2e%2e", PROBLEM_MISSING, "plain form",
		    .dialect = DIALECT_CHAT },
		{ "GET", "/v1/files/a%3Fb", PROBLEM_MISSING, "not exist",
		    .dialect = DIALECT_CHAT },
		{ "GET", "/v1/files/a%23b", PROBLEM_MISSING, "not exist",
		    .dialect = DIALECT_CHAT },
		{ "GET", "/v1/files/a%25b", PROBLEM_MISSING, "not exist",
		    .dialect = DIALECT_CHAT },
		{ "GET", "/v1/files/a%20b", PROBLEM_MISSING, "not exist",
		    .dialect = DIALECT_CHAT },
		{ "POST", "/v1//messages", PROBLEM_MISSING, "plain form",
		    .dialect = DIALECT_MESSAGES },
		{ "POST", "/v1/../v1/messages", PROBLEM_MISSING, "plain form",
		    .dialect = DIALECT_MESSAGES },
		{ "POST", "/v1/%2e%2e/messages", PROBLEM_MISSING,
		    "plain form", .dialect = DIALECT_MESSAGES },
		{ "POST", "/v1%2Fmessages", PROBLEM_MISSING, "plain form",
		    .dialect = DIALECT_MESSAGES },
		{ "POST", "/v1/mess%zzages", PROBLEM_MISSING, "can't be read",
		    .dialect = DIALECT_CHAT },
		{ "POST", "/v1/mess%00ages", PROBLEM_MISSING, "can't be read",
		    .dialect = DIALECT_CHAT },
		{ "POST", "/v1/mess%", PROBLEM_MISSING, "can't be read",
		    .dialect = DIALECT_CHAT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i]);
}

/* "models/{model}:x" as a client asks for it, under /v1. */
static void
ask_for(char *target, size_t size, const char *path)
{
	size_t before = strcspn(path, "{*");

	snprintf(target, size, "/v1/%.*s%s%s", (int)before, path,
	    path[before] == '\0' ? "" : "some/thing",
	    path[before] == '{' ? path + before + strlen("{model}") : "");
}

static void
check_row(const struct operation *row, enum dialect_kind dialect)
{
	bool get = (row->methods & ALLOWS_GET) != 0;
	char target[128];
	struct routed r;

	if (row->model == MODEL_NONE)
		return;
	ask_for(target, sizeof(target), row->path);
	route(&r, get ? "GET" : "POST", target, "");
	assert_int_equal(r.route.dialect, dialect);
	if (row->serving == SERVED_NOT) {
		assert_int_equal(r.problem.kind, PROBLEM_NOT_IMPLEMENTED);
		finish(&r);
		return;
	}
	if (r.route.operation != row)
		fail_msg("%s: %s", target, r.problem.message);
	if (row->model == MODEL_IN_PATH)
		assert_string_equal(r.route.model, "some/thing");
	assert_int_equal(row->serving == SERVED_LOCALLY,
	    row->own != OWN_NONE);
	finish(&r);
	route(&r, "PUT", target, "");
	assert_int_equal(r.problem.kind, PROBLEM_METHOD);
	assert_string_equal(r.problem.allow, get ? "GET, HEAD, OPTIONS" :
	    "POST, OPTIONS");
	finish(&r);
}

static void
test_every_row(void **state)
{
	const struct operation *row;
	int kind;

	(void)state;
	for (kind = 0; kind < DIALECT_KINDS; kind++) {
		row = dialect_of((enum dialect_kind)kind)->operations;
		assert_int_equal(row->kind, OPERATION_CONVERSATIONS);
		assert_int_equal(row->serving, SERVED_CONVERTED);
		for (; row->path != NULL; row++)
			check_row(row, (enum dialect_kind)kind);
	}
	for (row = dialect_of(DIALECT_CHAT)->family; row->path != NULL; row++)
		check_row(row, DIALECT_CHAT);
	assert_ptr_equal(dialect_of(DIALECT_RESPONSES)->family,
	    dialect_of(DIALECT_CHAT)->family);
	for (row = own_operations; row->path != NULL; row++)
		check_row(row, DIALECT_CHAT);
}

static const char *
method_of(const struct operation *row)
{
	return row->methods & ALLOWS_DELETE ? "DELETE" :
	    row->methods & ALLOWS_POST ? "POST" : "GET";
}

/* A row of what endpoints keep, as its dialect's clients ask for it. */
static void
check_kept(const struct operation *row, enum dialect_kind dialect)
{
	char method[32], target[128] = "REQUEST_URI=/gw/v1/";
	const char *params[] = { method, target, "X=y", NULL };
	struct config config = { .base_path = "" };
	const char *from = row->path, *id = "Id-1_2.3~";
	struct routed r;
	size_t length;

	if (dialect == DIALECT_GENERATE)
		strcat(target, "v1beta/");
	while (from[length = strcspn(from, "{")] != '\0') {
		strncat(target, from, length);
		strcat(target, id);
		from += length + strlen("{id}");
	}
	strcat(target, from);
	snprintf(method, sizeof(method), "REQUEST_METHOD=%s", method_of(row));
	if (dialect == DIALECT_MESSAGES)
		params[2] = "HTTP_ANTHROPIC_VERSION=1";
	fake_client_open(&r.fake, params);
	arena_init(&r.arena, 1 << 20, NULL);
	assert_int_equal(route_find(&r.route, &r.fake.client, &config, &r.arena,
	    &r.problem), 0);
	assert_ptr_equal(r.route.operation, row);
	assert_int_equal(r.route.dialect, dialect);
	assert_int_equal(row->body, BODY_BYTES);
	assert_non_null(strstr(r.route.front, "/gw/v1"));
	if (strchr(row->path, '{') != NULL)
		assert_memory_equal(r.route.names[0].at, id, strlen(id));
	finish(&r);
}

static void
test_kept_rows(void **state)
{
	const struct operation *row;
	int kind;

	(void)state;
	for (kind = 0; kind < DIALECT_KINDS; kind++)
		for (row = dialect_of((enum dialect_kind)kind)->operations;
		    row->path != NULL; row++)
			if (row->model == MODEL_NONE)
				check_kept(row, (enum dialect_kind)kind);
	for (row = dialect_of(DIALECT_CHAT)->family; row->path != NULL; row++)
		if (row->model == MODEL_NONE)
			check_kept(row, DIALECT_CHAT);
}

/* Who asks is told by headers and version where the path doesn't. */
static void
test_marks(void **state)
{
	static const struct {
		const char		*target, *header;
		enum dialect_kind	 dialect;
	} all[] = {
		{ "REQUEST_URI=/v1/models", "HTTP_ANTHROPIC_VERSION=1",
		    DIALECT_MESSAGES },
		{ "REQUEST_URI=/v1/nope", "HTTP_X_GOOG_API_KEY=k",
		    DIALECT_GENERATE },
		{ "REQUEST_URI=/v1beta/nope", "A=b", DIALECT_GENERATE },
		{ "REQUEST_URI=/v1/responses", "HTTP_ANTHROPIC_VERSION=1",
		    DIALECT_RESPONSES },
		{ "REQUEST_URI=/v1/responsesx", "HTTP_ANTHROPIC_VERSION=1",
		    DIALECT_MESSAGES },
		{ "REQUEST_URI=/v1/responsesx", "A=b", DIALECT_RESPONSES },
	};
	struct config config = { .base_path = "" };
	struct routed r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *params[] = { "REQUEST_METHOD=GET", all[i].target,
		    all[i].header, NULL };

		fake_client_open(&r.fake, params);
		arena_init(&r.arena, 1 << 20, NULL);
		(void)route_find(&r.route, &r.fake.client, &config, &r.arena,
		    &r.problem);
		assert_int_equal(r.route.dialect, all[i].dialect);
		finish(&r);
	}
}

static void
test_sse(void **state)
{
	static const struct {
		const char	*target;
		bool		 stream, sse;
	} all[] = {
		{ "/v1/models/g:streamGenerateContent?alt=SSE", true, true },
		{ "/v1/models/g:streamGenerateContent?alt=json", true, false },
		{ "/v1/models/g:generateContent?alt=sse", false, false },
		{ "/v1/messages?alt=sse", false, false },
	};
	struct routed r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		route(&r, "POST", all[i].target, "");
		assert_int_equal(r.result, 0);
		assert_int_equal(r.route.operation->stream, all[i].stream);
		assert_int_equal(r.route.sse, all[i].sse);
		finish(&r);
	}
}

static enum problem_kind
problem_of(const char **params)
{
	struct config config = { .base_path = "" };
	struct fake_client fake;
	struct problem problem;
	struct arena arena;
	struct route found;

	arena_init(&arena, 1 << 20, NULL);
	fake_client_open(&fake, params);
	assert_int_equal(route_find(&found, &fake.client, &config, &arena,
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
	struct route found = {
		.query = "alt=sse&x=1&key=s%20t&y&%6bey=u&key=&%6be%z",
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	assert_string_equal(route_query(&found, "key", &arena), "s t");
	assert_string_equal(route_query(&found, "y", &arena), "");
	assert_null(route_query(&found, "k", &arena));
	assert_string_equal(route_query_without(&found, without, &arena),
	    "x=1&y&%6be%z");
	found.query = "%6Bey=u";
	assert_string_equal(route_query(&found, "key", &arena), "u");
	found.query = "";
	assert_string_equal(route_query_without(&found, without, &arena), "");
	arena_release(&arena);
}

/* Memory for a copy, not for one of each part. */
static void
test_long_query(void **state)
{
	static const char *const without[] = { "key", NULL };
	static char query[32 * 1024];
	struct route route = { .query = query };
	struct arena arena;
	size_t i;

	(void)state;
	for (i = 0; i + 2 < sizeof(query); i += 2)
		memcpy(query + i, "a&", 2);
	query[i - 1] = '\0';
	arena_init(&arena, 2 * sizeof(query), NULL);
	assert_string_equal(route_query_without(&route, without, &arena),
	    query);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_crooked),
		cmocka_unit_test(test_every_row),
		cmocka_unit_test(test_kept_rows),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_sse),
		cmocka_unit_test(test_websocket),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_long_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
