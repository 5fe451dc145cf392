#include "build.h"

#include "dialect_cases.h"
#include "dialects/chat/chat.h"

static const struct dialect	*d = &dialect_chat;

#define CHOICE(rest)	"data: {\"choices\":[{\"index\":0," rest "}]}\n\n"
#define USAGE	"\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":50," \
	"\"prompt_tokens_details\":{\"cached_tokens\":30," \
	"\"cache_write_tokens\":20},\"completion_tokens_details\":{" \
	"\"reasoning_tokens\":40}}"

static void
follows_a_stream(void **state)
{
	struct watch	watch;

	(void)state;
	watch_stream(d, &watch, ": hello\n\n");
	assert_false(watch.began);
	watch_stream(d, &watch, CHOICE("\"delta\":{\"content\":"
	    "\"\\\"finish_reason\\\":\\\"stop\\\"\"},\"finish_reason\":null"));
	assert_true(watch.began);
	assert_int_equal(watch.stop, STOP_NONE);
	watch_stream(d, &watch, CHOICE("\"delta\":{},\"finish_reason\" :"
	    " \"length\"") "data: {\"choices\":[]," USAGE "}\n\n");
	assert_false(watch.ended);
	assert_int_equal(watch.stop, STOP_LENGTH);
	assert_usage(&watch, 50, 30, 50, 40);
	assert_int_equal(watch.usage.cache_write, 20);
	watch_stream(d, &watch, CHOICE("\"delta\":{\"tool_calls\":[{\"index\":"
	    "0}]}") CHOICE("\"delta\":{\"tool_calls\":[]},\"finish_reason\":"
	    "\"stop\"") "data: [DONE]\n\n");
	assert_true(watch.ended);
	assert_int_equal(watch.stop, STOP_CALLS);
	watch_stream(d, &watch, CHOICE("\"delta\":{\"tool_calls\":[{\"index\":"
	    "0}]}") CHOICE("\"delta\":{},\"finish_reason\":\"length\""));
	assert_int_equal(watch.stop, STOP_LENGTH);
	watch_stream(d, &watch, "data: {\"error\":{\"message\":\"x\"}}\n\n");
	assert_true(watch.ended && watch.failed);
	watch_stream(d, &watch, "data: {\"choices\":[],\"x_groq\":{\"error\":\"x\"}}"
	    "\n\n");
	assert_true(watch.ended && watch.failed);
	/* Some say with each chunk that there is none. */
	watch_stream(d, &watch, "data: {\"choices\":[],\"error\":\"\"}\n\n"
	    "data: {\"choices\":[],\"error\":{}}\n\n");
	assert_false(watch.ended || watch.failed);
	watch_stream(d, &watch, "data: {\"error\":{\n\ndata: \"usage\":5\n\n"
	    "data: {\"choices\":5,\"usage\":{\"prompt_tokens\":-5,"
	    "\"completion_tokens\":1e99},\"finish_reason\":7}\n\n");
	assert_usage(&watch, -1, -1, -1, -1);
	assert_false(watch.ended);
}

static void
reads_a_whole_reply(void **state)
{
	struct watch	watch;

	(void)state;
	watch_whole(d, &watch, "{\"choices\":[{\"message\":{\"tool_calls\":[{"
	    "}]},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":27,"
	    "\"completion_tokens\":500,\"completion_tokens_details\":{"
	    "\"reasoning_tokens\":500}}}");
	assert_int_equal(watch.stop, STOP_CALLS);
	assert_usage(&watch, 27, -1, 500, 500);
	/* xAI: 32 + 9 + 94. */
	watch_whole(d, &watch, "{\"choices\":[],\"usage\":{\"prompt_tokens\":32,"
	    "\"completion_tokens\":9,\"total_tokens\":135,"
	    "\"completion_tokens_details\":{\"reasoning_tokens\":94}}}");
	assert_usage(&watch, 32, -1, 103, 94);
	watch_whole(d, &watch, "{\"usage\":{\"prompt_tokens\":5,"
	    "\"prompt_tokens_details\":{\"cached_tokens\":9}}}");
	assert_usage(&watch, 5, 9, -1, -1);
	/* Gemini, that hides what it thought: 32 + 9, 135 in all. */
	watch_whole(d, &watch, "{\"choices\":[],\"usage\":{\"prompt_tokens\":32,"
	    "\"completion_tokens\":9,\"total_tokens\":135}}");
	assert_usage(&watch, 32, -1, 103, -1);
	/* The cache is counted beside the input. */
	watch_whole(d, &watch, "{\"choices\":[],\"usage\":{\"prompt_tokens\":32,"
	    "\"completion_tokens\":9,\"total_tokens\":135,"
	    "\"cache_read_input_tokens\":94}}");
	assert_int_equal(watch.usage.output, 9);
	watch_whole(d, &watch, "{\"choices\":[],\"usage\":{\"prompt_tokens\":"
	    "9223372036854775807,\"completion_tokens\":9223372036854775807,"
	    "\"total_tokens\":9223372036854775807}}");
	assert_usage(&watch, -1, -1, -1, -1);
	watch_whole(d, &watch, "null");
}

#define ERROR(message, type, param, code) "{\"error\":{\"message\":\"" message \
	"\",\"type\":\"" type "\",\"param\":" param ",\"code\":" code "}}"

static void
writes_problems(void **state)
{
	struct problem	p;
	struct watch	watch;

	(void)state;
	problem_field(&p, PROBLEM_INVALID, "messages", "a\nb");
	check_problem(d, &p, 400, ERROR("a\\nb", "invalid_request_error",
	    "\"messages\"", "null"));
	problem_set(&p, PROBLEM_PAYMENT, "m");
	check_problem(d, &p, 429, ERROR("m", "insufficient_quota", "null",
	    "\"insufficient_quota\""));
	problem_set(&p, PROBLEM_OVERLOADED, "m");
	p.status = 529;
	check_problem(d, &p, 503, ERROR("m", "server_error", "null", "null"));
	problem_set(&p, PROBLEM_MISSING, "m");
	p.code = "unknown_url";
	check_problem(d, &p, 404, ERROR("m", "invalid_request_error", "null",
	    "\"unknown_url\""));
	problem_set(&p, PROBLEM_UPSTREAM, "cut");
	watch_init(&watch);
	check_failure(d, &watch, &p, "data: " ERROR("cut", "server_error",
	    "null", "null") "\n\n");
	watch_init(&watch);
	check_keep_alive(d, &watch, ": keep-alive\n\n");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(follows_a_stream),
		cmocka_unit_test(reads_a_whole_reply),
		cmocka_unit_test(writes_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
