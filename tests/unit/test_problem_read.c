#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../scenarios/problem_word.h"
#include "json_text.h"
#include "neutral/problem_read.h"
#include "neutral/problem_words.h"

/* An upstream's answer, and what it means. */
struct answer {
	int			 status;
	const char		*body;
	enum problem_kind	 kind;
	int			 shown;		/* problem_status() */
	int			 retry_after_s;
	const char		*message;	/* NULL: any */
	const char		*code;
};

static const struct answer answers[] = {
	{ 400, "{\"error\":{\"message\":\"bad\",\"type\":"
	    "\"invalid_request_error\",\"param\":\"x\",\"code\":null}}",
	    PROBLEM_INVALID, 400, 0, "bad", NULL },
	{ 429, "{\"error\":{\"message\":\"Rate limit reached. Please try again "
	    "in 1.5s. Visit\",\"type\":\"tokens\",\"code\":"
	    "\"rate_limit_exceeded\"}}", PROBLEM_RATE, 429, 2, NULL,
	    "rate_limit_exceeded" },
	{ 429, "{\"error\":{\"message\":\"no\",\"type\":\"insufficient_quota\""
	    "}}", PROBLEM_PAYMENT, 402, 0, "no", NULL },
	{ 400, "{\"error\":{\"message\":\"m\",\"code\":"
	    "\"context_length_exceeded\"}}", PROBLEM_CONTEXT_EXCEEDED, 400, 0,
	    "m", "context_length_exceeded" },
	{ 400, "{\"type\":\"error\",\"error\":{\"type\":"
	    "\"invalid_request_error\",\"message\":\"prompt is too long: 9 "
	    "tokens > 8 maximum\"},\"request_id\":\"r\"}",
	    PROBLEM_CONTEXT_EXCEEDED, 400, 0, NULL, NULL },
	{ 400, "{\"detail\":\"The prompt (9 tokens) is too long for it\"}",
	    PROBLEM_CONTEXT_EXCEEDED, 400, 0, NULL, NULL },
	{ 400, "{\"detail\":\"Input length 9 exceeds the maximum 8\"}",
	    PROBLEM_CONTEXT_EXCEEDED, 400, 0, NULL, NULL },
	{ 400, "{\"detail\":\"`max_new_tokens` must be <= 8\"}",
	    PROBLEM_CONTEXT_EXCEEDED, 400, 0, NULL, NULL },
	{ 400, "{\"detail\":\"Too many input tokens: 9\"}",
	    PROBLEM_CONTEXT_EXCEEDED, 400, 0, NULL, NULL },
	{ 413, "{\"type\":\"error\",\"error\":{\"type\":\"request_too_large\","
	    "\"message\":\"big\"}}", PROBLEM_TOO_LARGE, 413, 0, "big", NULL },
	{ 529, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
	    "\"message\":\"Overloaded\"}}", PROBLEM_OVERLOADED, 529, 0,
	    "Overloaded", NULL },
	{ 200, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
	    "\"message\":\"Overloaded\"}}", PROBLEM_OVERLOADED, 503, 0, NULL,
	    NULL },
	{ 200, "{\"error\":{\"code\":429,\"message\":\"m\"}}", PROBLEM_RATE, 429,
	    0, "m", NULL },
	{ 200, "{\"object\":\"error\",\"message\":\"no\",\"code\":400}",
	    PROBLEM_INVALID, 400, 0, "no", NULL },
	{ 200, "{\"base_resp\":{\"status_code\":1008,\"status_msg\":\"m\"}}",
	    PROBLEM_PAYMENT, 402, 0, "m", NULL },
	{ 200, "{\"type\":\"error\",\"code\":\"rate_limit_exceeded\","
	    "\"message\":\"slow\",\"param\":null}", PROBLEM_RATE, 429, 0,
	    "slow", "rate_limit_exceeded" },
	{ 400, "{\"error\":{\"message\":\"P\",\"metadata\":{\"raw\":"
	    "\"{\\\"error\\\":{\\\"message\\\":\\\"deep\\\"}}\"}}}",
	    PROBLEM_INVALID, 400, 0, "deep", NULL },
	{ 422, "{\"message\":{\"detail\":[{\"msg\":\"Field required\"}]}}",
	    PROBLEM_INVALID, 422, 0, "Field required", NULL },
	{ 200, "{\"type\":\"response.failed\",\"response\":{\"error\":{"
	    "\"code\":\"server_error\",\"message\":\"oops\"}}}",
	    PROBLEM_SERVER, 500, 0, "oops", "server_error" },
	{ 400, "[{\"error\":{\"code\":400,\"message\":\"API key not valid\","
	    "\"status\":\"INVALID_ARGUMENT\",\"details\":[{\"reason\":"
	    "\"API_KEY_INVALID\"}]}}]", PROBLEM_UNAUTHORIZED, 401, 0, NULL,
	    NULL },
	{ 429, "{\"error\":{\"code\":429,\"message\":\"quota\",\"status\":"
	    "\"RESOURCE_EXHAUSTED\",\"details\":[7,{\"retryDelay\":"
	    "\"34.07s\"}]}}", PROBLEM_RATE, 429, 35, "quota", NULL },
	{ 400, "{\"error\":{\"code\":400,\"message\":\"The input token count "
	    "(9) exceeds the maximum\",\"status\":\"INVALID_ARGUMENT\"}}",
	    PROBLEM_CONTEXT_EXCEEDED, 400, 0, NULL, NULL },
	{ 400, "{\"error\":{\"message\":\"input token count is wrong\"}}",
	    PROBLEM_INVALID, 400, 0, NULL, NULL },
	{ 404, "{\"error\":\"model 'x' not found\"}", PROBLEM_MISSING, 404, 0,
	    "model 'x' not found", NULL },
	{ 500, "{\"error\":\"Internal server error\",\"message\":\"why\"}",
	    PROBLEM_SERVER, 500, 0, "why", NULL },
	{ 422, "{\"detail\":[{\"loc\":[],\"msg\":\"field required\"}]}",
	    PROBLEM_INVALID, 422, 0, "field required", NULL },
	{ 403, "{\"detail\":\"Forbidden\"}", PROBLEM_FORBIDDEN, 403, 0,
	    "Forbidden", NULL },
	{ 402, "\"pay\\n\\tnow\\u0000\"", PROBLEM_PAYMENT, 402, 0, "pay now",
	    NULL },
	{ 500, "{\"error\":{\"message\":5,\"type\":[],\"code\":{},\"details\":"
	    "{}}}", PROBLEM_SERVER, 500, 0,
	    "the upstream answered 500 and did not say why", NULL },
	{ 500, "null", PROBLEM_SERVER, 500, 0, NULL, NULL },
	{ 302, "[]", PROBLEM_UPSTREAM, 502, 0, NULL, NULL },
	{ 503, "{\"error\":{\"message\":\"\\ud800\"}}", PROBLEM_OVERLOADED,
	    503, 0, "\xef\xbf\xbd", NULL },
};

static void
reads_any_shape(void **state)
{
	const struct answer	*a;
	struct json_document	 document;
	struct arena		 arena;
	struct problem		 p;
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		a = &answers[i];
		json_init(&document, NULL);
		arena_init(&arena, 1 << 16, NULL);
		assert_int_equal(json_scan(&document, a->body, strlen(a->body),
		    NULL), 0);
		problem_clear(&p);
		problem_read(&p, a->status, &arena, json_root(&document));
		if (p.kind != a->kind)
			fail_msg("%s: %s", a->body, problem_word(p.kind));
		assert_int_equal(problem_status(&p), a->shown);
		assert_int_equal(p.retry_after_s, a->retry_after_s);
		assert_true(p.message[0] != '\0');
		if (a->message != NULL)
			assert_string_equal(p.message, a->message);
		if (a->code != NULL)
			assert_string_equal(p.code, a->code);
		else
			assert_null(p.code);
		arena_release(&arena);
		json_release(&document);
	}
}

static void
keeps_the_headers_delay(void **state)
{
	struct json_value	missing = { NULL, 0 };
	struct arena		arena;
	struct problem		p;

	(void)state;
	arena_init(&arena, 1 << 16, NULL);
	problem_clear(&p);
	p.retry_after_s = 9;
	problem_read(&p, 429, &arena, missing);
	assert_int_equal(p.retry_after_s, 9);
	assert_int_equal(p.kind, PROBLEM_RATE);
	arena_release(&arena);
}

static void
reads_text_and_pages(void **state)
{
	static const struct {
		const char	*body, *message;
	} cases[] = {
		{ "", "the upstream answered 502 and did not say why" },
		{ "  \n", "the upstream answered 502 and did not say why" },
		{ "upstream\r\n gone", "the upstream answered 502: upstream "
		    "gone" },
		{ "<html><head><TITLE>502 Bad Gateway</title></head>"
		    "<body>x</body></html>",
		    "the upstream answered 502: 502 Bad Gateway" },
		{ " <p>No <b>way</b></p", "the upstream answered 502: No way" },
		{ "<", "the upstream answered 502 and did not say why" },
		{ "<title>", "the upstream answered 502 and did not say why" },
		{ "caf\xe9", "the upstream answered 502: caf?" },
		{ "caf\xc3\xa9", "the upstream answered 502: caf\xc3\xa9" },
	};
	struct json_document	document;
	char			large[4096];
	struct problem		p;
	size_t			i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		problem_clear(&p);
		json_init(&document, NULL);
		json_scan(&document, cases[i].body, strlen(cases[i].body),
		    NULL);
		problem_read_body(&p, 502, NULL, &document);
		json_release(&document);
		assert_string_equal(p.message, cases[i].message);
		assert_int_equal(p.kind, PROBLEM_UPSTREAM);
	}
	for (i = 0; i < sizeof(large) - 1; i++)
		large[i] = "\xc3\xa9"[i % 2];
	large[sizeof(large) - 2] = 'x';
	large[sizeof(large) - 1] = '\0';
	problem_read_text(&p, 502, text_of(large));
	i = strlen(p.message);
	assert_in_range(i, 400, sizeof(p.message) - 1);
	assert_int_equal(utf8_valid(p.message, i), i);
}

static void
reads_delays_in_sentences(void **state)
{
	static const struct {
		const char	*message;
		int		 seconds;
	} cases[] = {
		{ "Please try again in 1.5s.", 2 },
		{ "Try again in 20ms", 1 },
		{ "try again in 6m0s", 360 },
		{ "retry in 1h2m3.5s.", 3724 },
		{ "Please retry after 7 seconds", 7 },
		{ "try again in a while", 0 },
		{ "try again in 5", 0 },
		{ "try again in 999999999h", 86400 },
		{ "try again in 1e999s", 86400 },
		{ "try again in 0s", 0 },
		{ "later", 0 },
		{ "", 0 },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(problem_retry_after(cases[i].message),
		    cases[i].seconds);
}

static void
knows_words(void **state)
{
	(void)state;
	assert_int_equal(problem_word_find(text_of("overloaded_error"))->kind,
	    PROBLEM_OVERLOADED);
	assert_null(problem_word_find(text_of("x")));
	assert_null(problem_word_find(text_of("")));
}

static void
tells_a_failure_from_an_answer(void **state)
{
	static const struct {
		const char	*body;
		bool		 said;
	} cases[] = {
		{ "{\"error\":null,\"choices\":[1]}", false },
		{ "{\"error\":{},\"choices\":[1]}", false },
		{ "{\"error\":{\"message\":\"\",\"code\":0}}", false },
		{ "{\"error\":{\"message\":\"m\"},\"choices\":[1]}", true },
		{ "{\"error\":\"m\"}", true },
		{ "{\"type\":\"error\"}", true },
		{ "{\"object\":\"error\"}", true },
		{ "{\"detail\":\"m\"}", true },
		{ "{\"detail\":\"m\",\"output\":[1]}", false },
		{ "{\"choices\":null,\"error_message\":\"m\"}", true },
		{ "{\"code\":500,\"msg\":\"m\"}", true },
		{ "{\"base_resp\":{\"status_code\":0},\"choices\":[1]}",
		    false },
		{ "{\"base_resp\":{\"status_code\":1002}}", true },
		{ "{\"type\":\"response.news\",\"message\":\"m\"}", false },
		{ "{\"type\":\"ping\"}", false },
		{ "{\"choices\":[],\"usage\":{\"total_tokens\":1}}", false },
		{ "[]", false },
	};
	struct arena	arena;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		arena_init(&arena, 1 << 20, NULL);
		assert_int_equal(problem_is_said(json_scan_into(&arena,
		    text_of(cases[i].body))), cases[i].said);
		arena_release(&arena);
	}
}

static void
knows_a_refused_seal(void **state)
{
	static const struct {
		int		 status;
		const char	*body;
		bool		 seal;
	} cases[] = {
		{ 400, "{\"error\":{\"message\":\"m\",\"type\":"
		    "\"invalid_request_error\",\"code\":"
		    "\"invalid_encrypted_content\"}}", true },
		{ 400, "{\"error\":{\"message\":\"The encrypted content "
		    "gAAA... could not be verified. Reason: Encrypted content "
		    "could not be decrypted or parsed.\",\"code\":null}}",
		    true },
		{ 400, "{\"type\":\"error\",\"error\":{\"type\":"
		    "\"invalid_request_error\",\"message\":\"messages.3."
		    "content.0: Invalid `signature` in `thinking` block\"}}",
		    true },
		{ 400, "{\"error\":{\"message\":\"messages.1.content.2: "
		    "Invalid `data` in `redacted_thinking` block\"}}", true },
		{ 400, "{\"error\":{\"code\":400,\"message\":\"Corrupted "
		    "thought signature.\",\"status\":\"INVALID_ARGUMENT\"}}",
		    true },
		{ 400, "[{\"error\":{\"code\":400,\"message\":\"Unable to "
		    "submit request because Thought signature is not valid.\","
		    "\"status\":\"INVALID_ARGUMENT\"}}]", true },
		/* What a broker says of its provider's. */
		{ 400, "{\"error\":{\"message\":\"Provider returned error\","
		    "\"code\":400,\"metadata\":{\"raw\":\"{\\\"error\\\":{"
		    "\\\"message\\\":\\\"Corrupted thought signature.\\\"}}"
		    "\"}}}", true },
		{ 429, "{\"error\":{\"message\":\"Corrupted thought "
		    "signature.\"}}", false },
		{ 400, "{\"error\":{\"message\":\"Function call is missing a "
		    "thought_signature in functionCall parts.\"}}", false },
		{ 400, "{\"error\":{\"message\":\"messages.1.content.0."
		    "thinking.signature: Field required\"}}", false },
		{ 400, "{\"error\":{\"message\":\"Encrypted content is not "
		    "supported with this model.\",\"code\":null}}", false },
		{ 400, "{\"error\":{\"message\":\"The image could not be "
		    "verified.\",\"code\":\"invalid_image\"}}", false },
	};
	struct arena	arena;
	struct problem	p;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		arena_init(&arena, 1 << 16, NULL);
		problem_clear(&p);
		problem_read(&p, cases[i].status, &arena,
		    json_scan_into(&arena, text_of(cases[i].body)));
		if (problem_is_seal(&p) != cases[i].seal)
			fail_msg("%s", cases[i].body);
		arena_release(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(reads_any_shape),
		cmocka_unit_test(keeps_the_headers_delay),
		cmocka_unit_test(reads_text_and_pages),
		cmocka_unit_test(reads_delays_in_sentences),
		cmocka_unit_test(knows_words),
		cmocka_unit_test(tells_a_failure_from_an_answer),
		cmocka_unit_test(knows_a_refused_seal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
