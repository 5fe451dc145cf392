#include "build.h"

#include "dialect_cases.h"
#include "dialects/responses/responses.h"

static const struct dialect	*d = &dialect_responses;

#define EVENT(type, rest) "event: " type "\ndata: {\"type\":\"" type "\"," \
	rest "}\n\n"
#define CREATED	EVENT("response.created", "\"sequence_number\":0," \
	"\"response\":{\"id\":\"resp_9\",\"model\":\"g\",\"created_at\":77," \
	"\"status\":\"in_progress\",\"usage\":null}")
#define USAGE	"\"usage\":{\"input_tokens\":8635,\"input_tokens_details\":{" \
	"\"cached_tokens\":8576},\"output_tokens\":3726," \
	"\"output_tokens_details\":{\"reasoning_tokens\":1984}}"

static void
follows_a_stream(void **state)
{
	struct watch	watch;

	(void)state;
	watch_stream(d, &watch, EVENT("response.output_text.delta",
	    "\"delta\":\"\\\"sequence_number\\\":9\",\"sequence_number\" : 4"));
	assert_false(watch.began);
	assert_int_equal(watch.sequence, 4);
	watch_stream(d, &watch, CREATED);
	assert_true(watch.began);
	assert_false(watch.ended);
	assert_string_equal(watch.id, "resp_9");
	assert_string_equal(watch.model, "g");
	assert_int_equal(watch.created_at, 77);
	assert_int_equal(watch.sequence, 0);
	watch_stream(d, &watch, CREATED EVENT("response.output_item.added",
	    "\"item\":{\"type\":\"function_call\"},\"sequence_number\":5")
	    EVENT("response.completed", "\"response\":{\"status\":"
	    "\"completed\",\"output\":[]," USAGE "},\"sequence_number\":6"));
	assert_true(watch.ended);
	assert_false(watch.failed);
	assert_int_equal(watch.stop, STOP_CALLS);
	assert_usage(&watch, 59, 8576, 3726, 1984);
	assert_int_equal(watch.sequence, 6);
	watch_stream(d, &watch, CREATED EVENT("response.incomplete",
	    "\"response\":{\"status\":\"incomplete\",\"incomplete_details\":{"
	    "\"reason\":\"content_filter\"}}"));
	assert_true(watch.ended);
	assert_int_equal(watch.stop, STOP_REFUSAL);
	watch_stream(d, &watch, "data: {\"type\":\"response.done\","
	    "\"response\":{\"status\":\"completed\"}}\n\n");
	assert_true(watch.ended);
	assert_int_equal(watch.stop, STOP_END);
	watch_stream(d, &watch, CREATED EVENT("response.failed",
	    "\"response\":{\"status\":\"failed\"}"));
	assert_true(watch.ended && watch.failed);
	watch_stream(d, &watch, EVENT("error", "\"code\":\"x\""));
	assert_true(watch.ended && watch.failed);
	watch_stream(d, &watch, "data: {\"response\":5,\"sequence_number\":"
	    "99999999999999999999}\n\ndata: {\"response\":{\"id\":7,\"usage\":"
	    "{\"input_tokens\":-1}}\n\n" EVENT("x", "\"item\":[],\"response\":"
	    "[{}],\"sequence_number\":\"5\""));
	assert_false(watch.ended);
	assert_true(watch.sequence >= 0);
}

static void
reads_a_whole_reply(void **state)
{
	struct watch	watch;

	(void)state;
	watch_whole(d, &watch, "{\"status\":\"completed\",\"output\":[{\"type\""
	    ":\"reasoning\"},{\"type\":\"custom_tool_call\"}]," USAGE "}");
	assert_int_equal(watch.stop, STOP_CALLS);
	assert_usage(&watch, 59, 8576, 3726, 1984);
	watch_whole(d, &watch, "{\"status\":\"failed\"}");
	assert_true(watch.failed);
	watch_whole(d, &watch, "5");
}

#define RESPONSE(id, at, model, status, error) "{\"id\":\"" id "\"," \
	"\"object\":\"response\",\"created_at\":" at ",\"status\":\"" status \
	"\",\"model\":\"" model "\",\"error\":" error "," \
	"\"incomplete_details\":null,\"output\":[],\"completed_at\":null," \
	"\"temperature\":1,\"top_p\":1,\"presence_penalty\":0," \
	"\"frequency_penalty\":0,\"instructions\":null," \
	"\"max_output_tokens\":null,\"max_tool_calls\":null," \
	"\"previous_response_id\":null,\"prompt_cache_key\":null," \
	"\"safety_identifier\":null,\"service_tier\":\"default\"," \
	"\"user\":null," \
	"\"background\":false,\"parallel_tool_calls\":true,\"store\":false," \
	"\"top_logprobs\":0,\"tool_choice\":\"auto\"," \
	"\"truncation\":\"disabled\",\"metadata\":{}," \
	"\"billing\":{\"payer\":\"developer\"}," \
	"\"prompt_cache_retention\":null," \
	"\"reasoning\":{\"effort\":null,\"summary\":null}," \
	"\"text\":{\"format\":{\"type\":\"text\"}},\"tools\":[]," \
	"\"usage\":null}"

static void
ends_a_stream(void **state)
{
	struct problem	p;
	struct watch	watch;

	(void)state;
	watch_stream(d, &watch, CREATED EVENT("response.in_progress",
	    "\"sequence_number\":1"));
	check_keep_alive(d, &watch, "event: keepalive\ndata: {\"type\":"
	    "\"keepalive\",\"sequence_number\":2}\n\n");
	problem_set(&p, PROBLEM_OVERLOADED, "busy");
	check_failure(d, &watch, &p, "event: response.failed\ndata: {\"type\":"
	    "\"response.failed\",\"sequence_number\":3,\"response\":"
	    RESPONSE("resp_9", "77", "g", "failed",
	    "{\"code\":\"server_error\",\"message\":\"busy\"}") "}\n\n");

	watch_init(&watch);
	watch.created_at = 5;
	check_keep_alive(d, &watch, ": keep-alive\n\n");
	problem_set(&p, PROBLEM_RATE, "slow");
	p.retry_after_s = 3;
	check_failure(d, &watch, &p, "event: response.created\ndata: {\"type\":"
	    "\"response.created\",\"sequence_number\":0,\"response\":"
	    RESPONSE("resp_req_1", "5", "", "in_progress", "null") "}\n\n"
	    "event: response.failed\ndata: {\"type\":\"response.failed\","
	    "\"sequence_number\":1,\"response\":"
	    RESPONSE("resp_req_1", "5", "", "failed",
	    "{\"code\":\"rate_limit_exceeded\",\"message\":\"slow "
	    "Please try again in 3s.\",\"headers\":{\"retry-after\":\"3\"}}")
	    "}\n\n");
}

static void
writes_problems(void **state)
{
	struct problem	p;

	(void)state;
	problem_set(&p, PROBLEM_CONTEXT_EXCEEDED, "m");
	check_problem(d, &p, 400, "{\"error\":{\"message\":\"m\",\"type\":"
	    "\"invalid_request_error\",\"param\":null,\"code\":"
	    "\"context_length_exceeded\"}}");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(follows_a_stream),
		cmocka_unit_test(reads_a_whole_reply),
		cmocka_unit_test(ends_a_stream),
		cmocka_unit_test(writes_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
