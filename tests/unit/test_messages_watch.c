#include "build.h"

#include <stdio.h>

#include "dialect_cases.h"
#include "dialects/messages/messages.h"

static const struct dialect	*d = &dialect_messages;

#define EVENT(name, data) "event: " name "\ndata: " data "\n\n"
#define START	EVENT("message_start", "{\"type\":\"message_start\"," \
	"\"message\":{\"usage\":{\"input_tokens\":2035,\"output_tokens\":1}}}")

static void
follows_a_stream(void **state)
{
	struct watch	watch;

	(void)state;
	watch_stream(d, &watch, EVENT("ping", "{\"type\":\"ping\"}"));
	assert_false(watch.began);
	watch_stream(d, &watch, START EVENT("content_block_delta", "[garbage")
	    EVENT("message_delta", "{\"type\":\"message_delta\",\"delta\":{"
	    "\"stop_reason\":\"tool_use\"},\"usage\":{\"input_tokens\":12551,"
	    "\"cache_read_input_tokens\":5,\"output_tokens\":866,"
	    "\"cache_creation_input_tokens\":\"9\","
	    "\"output_tokens_details\":{\"thinking_tokens\":7}}}"));
	assert_true(watch.began);
	assert_false(watch.ended);
	assert_int_equal(watch.stop, STOP_CALLS);
	assert_usage(&watch, 12551, 5, 866, 7);
	assert_int_equal(watch.usage.cache_write, -1);
	watch_stream(d, &watch, START
	    "data: {\"type\":\"message_stop\"}\n\n");
	assert_true(watch.ended);
	assert_false(watch.failed);
	watch_stream(d, &watch, START EVENT("error", "{\"type\":\"error\"}"));
	assert_true(watch.ended && watch.failed);
	watch_stream(d, &watch, EVENT("message_delta", "{\"type\":"
	    "\"message_delta\",\"delta\":5,\"usage\":[1]}")
	    EVENT("message_start", "{\"type\":7}") EVENT("x", "") "data: [");
	assert_false(watch.began || watch.ended);
	assert_usage(&watch, -1, -1, -1, -1);
}

static void
reads_a_whole_reply(void **state)
{
	struct watch	watch;

	(void)state;
	watch_whole(d, &watch, "{\"usage\":{\"input_tokens\":205,"
	    "\"output_tokens\":5,\"cache_creation_input_tokens\":12963},"
	    "\"stop_reason\":\"model_context_window_exceeded\"}");
	assert_true(watch.ended);
	assert_int_equal(watch.stop, STOP_CONTEXT);
	assert_usage(&watch, 205, -1, 5, -1);
	assert_int_equal(watch.usage.cache_write, 12963);
	watch_whole(d, &watch, "{\"usage\":null,\"stop_reason\":null}");
	assert_int_equal(watch.stop, STOP_NONE);
	watch_whole(d, &watch, "[]");
}

#define WHOLE(type, message) "{\"type\":\"error\",\"error\":{\"type\":\"" \
	type "\",\"message\":\"" message "\"},\"request_id\":\"req_1\"}"

static void
writes_problems(void **state)
{
	struct problem	p;
	struct watch	watch;

	(void)state;
	problem_set(&p, PROBLEM_PAYMENT, "no \"money\"");
	check_problem(d, &p, 402, WHOLE("billing_error",
	    "no \\\"money\\\""));
	problem_set(&p, PROBLEM_OVERLOADED, "busy");
	p.status = 529;
	check_problem(d, &p, 529, WHOLE("overloaded_error", "busy"));
	problem_set(&p, PROBLEM_INVALID, "thread");
	p.details = "{\"a\":1}";
	check_problem(d, &p, 400, "{\"type\":\"error\",\"error\":{\"type\":"
	    "\"invalid_request_error\",\"message\":\"thread\",\"details\":"
	    "{\"a\":1}},\"request_id\":\"req_1\"}");
	problem_set(&p, PROBLEM_TIMEOUT, "late");
	watch_init(&watch);
	check_failure(d, &watch, &p, "event: error\ndata: "
	    WHOLE("timeout_error", "late") "\n\n");
	watch_init(&watch);
	check_keep_alive(d, &watch,
	    "event: ping\ndata: {\"type\": \"ping\"}\n\n");
}

#define ROOM(numbers)							\
	"input length and `max_tokens` exceed context limit: " numbers	\
	", decrease input length or `max_tokens` and try again"

/* What servers say, and what Claude Code reads. */
static const struct {
	const char	*message, *out;
} overflows[] = {
	{ "Prompt is too long", "Prompt is too long" },
	{ "prompt is too long: 5 tokens > 4 maximum",
	    "prompt is too long: 5 tokens > 4 maximum" },
	{ "This model's maximum context length is 128000 tokens. "
	    "However, your messages resulted in 140,001 tokens.",
	    "prompt is too long: 140001 tokens > 128000 maximum" },
	{ "The input token count (1200000) exceeds the maximum number "
	    "of tokens allowed (1048576).",
	    "prompt is too long: 1200000 tokens > 1048576 maximum" },
	{ "The input token count exceeds the maximum number of tokens "
	    "allowed 1048576.",
	    "prompt is too long: 1048577 tokens > 1048576 maximum" },
	{ "input length and `max_tokens` exceed context limit: 188240 + "
	    "21333 > 200000, decrease", "input length and `max_tokens` "
	    "exceed context limit: 188240 + 21333 > 200000, decrease" },
	{ "'max_tokens' or 'max_completion_tokens' is too large: 32000. "
	    "This model's maximum context length is 32768 tokens and "
	    "your request has 17459 input tokens (32000 > 32768 - "
	    "17459).", ROOM("17459 + 32000 > 32768") },
	{ "This model's maximum context length is 131072 tokens. "
	    "However, you requested 140000 tokens (108000 in the "
	    "messages, 32000 in the completion).",
	    ROOM("108000 + 32000 > 131072") },
	{ "This endpoint's maximum context length is 131072 tokens. "
	    "However, you requested about 140000 tokens (100000 of text "
	    "input, 8000 of tool input, 32000 in the output).",
	    ROOM("108000 + 32000 > 131072") },
	{ "This model's maximum context length is 32768 tokens. "
	    "However, you requested 32000 output tokens and your prompt "
	    "contains at least 17459 input tokens",
	    ROOM("17459 + 32000 > 32768") },
	{ "You passed 99073 input tokens and requested 32000 output "
	    "tokens. However, the model's context length is only 131072 "
	    "tokens, resulting in a maximum input length of 99072 "
	    "tokens.", ROOM("99073 + 32000 > 131072") },
	{ "Requested token count exceeds the model's maximum context "
	    "length of 262144 tokens. You requested a total of 263925 "
	    "tokens: 199925 tokens from the input messages and 64000 "
	    "tokens for the completion.",
	    ROOM("199925 + 64000 > 262144") },
	{ "This model's maximum context length is 8192 tokens. However, "
	    "you requested 12000 tokens (9000 in the messages, 3000 in "
	    "the completion).",
	    "prompt is too long: 12000 tokens > 8192 maximum" },
	{ "gpt-4-2025 is over its context window",
	    "prompt is too long: gpt-4-2025 is over its context "
	    "window" },
	{ "Your input exceeds the context window",
	    "prompt is too long: Your input exceeds the context "
	    "window" },
};

static void
says_context_overflow_as_claude_code_reads_it(void **state)
{
	char		want[1024];
	struct problem	p;
	size_t		i;

	(void)state;
	for (i = 0; i < COUNT(overflows); i++) {
		problem_set(&p, PROBLEM_CONTEXT_EXCEEDED, "%s",
		    overflows[i].message);
		snprintf(want, sizeof(want), WHOLE("invalid_request_error",
		    "%s"), overflows[i].out);
		check_problem(d, &p, 400, want);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(follows_a_stream),
		cmocka_unit_test(reads_a_whole_reply),
		cmocka_unit_test(writes_problems),
		cmocka_unit_test(says_context_overflow_as_claude_code_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
