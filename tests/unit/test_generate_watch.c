#include "build.h"

#include "dialect_cases.h"
#include "dialects/generate/generate.h"

static const struct dialect	*d = &dialect_generate;

#define CALL	"data: {\"candidates\":[{\"content\":{\"parts\":[{" \
	"\"functionCall\":{\"name\":\"w\"},\"thoughtSignature\":\"S\"}]}}]}\n\n"
#define STOP	"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"" \
	"}]},\"finishReason\":\"STOP\"}]}\n\n"

static void
follows_a_stream(void **state)
{
	struct watch	watch;

	(void)state;
	watch_stream(d, &watch, CALL);
	assert_true(watch.began);
	assert_false(watch.ended);
	watch_stream(d, &watch, CALL STOP);
	assert_true(watch.ended);
	assert_int_equal(watch.stop, STOP_CALLS);
	watch_stream(d, &watch, STOP "data: {\"usageMetadata\":{"
	    "\"promptTokenCount\":27,\"toolUsePromptTokenCount\":3185,"
	    "\"candidatesTokenCount\":262,\"thoughtsTokenCount\":70}}\n\n");
	assert_int_equal(watch.stop, STOP_END);
	assert_usage(&watch, 3212, -1, 332, 70);
	watch_stream(d, &watch, CALL "data: {\"candidates\":[{\"finishReason\":"
	    "\"MAX_TOKENS\"}],\"usageMetadata\":{\"promptTokenCount\":9,"
	    "\"cachedContentTokenCount\":4,\"thoughtsTokenCount\":3}}\n\n");
	assert_int_equal(watch.stop, STOP_LENGTH);
	assert_usage(&watch, 5, 4, 3, 3);
	watch_stream(d, &watch, "data: {\"promptFeedback\":{\"blockReason\":"
	    "\"PROHIBITED_CONTENT\"},\"usageMetadata\":{\"promptTokenCount\":"
	    "9}}\n\n");
	assert_true(watch.ended);
	assert_int_equal(watch.stop, STOP_REFUSAL);
	assert_usage(&watch, 9, -1, -1, -1);
	watch_stream(d, &watch, "data: {\"candidates\":[{\"finishReason\":"
	    "\"NEW_WORD\"}]}\n\n");
	assert_int_equal(watch.stop, STOP_BAD);
	watch_stream(d, &watch, "data: {\"error\":{\"code\":503}}\n\n");
	assert_true(watch.ended && watch.failed);
	watch_stream(d, &watch, "data: {\"usageMetadata\":[{}],\"error\":0,"
	    "\"candidates\":{\"finishReason\":1}}\n\ndata: {\"finishReason\":"
	    "{\n\n");
	assert_false(watch.ended);
}

static void
reads_a_whole_reply(void **state)
{
	struct watch	watch;

	(void)state;
	watch_whole(d, &watch, "{\"candidates\":[{\"finishReason\":\"STOP\"}],"
	    "\"usageMetadata\":{\"promptTokenCount\":9,"
	    "\"toolUsePromptTokenCount\":55,\"candidatesTokenCount\":32,"
	    "\"thoughtsTokenCount\":96}}");
	assert_true(watch.ended);
	assert_usage(&watch, 64, -1, 128, 96);
	watch_whole(d, &watch, "[{\"candidates\":[{\"content\":{\"parts\":[{"
	    "\"functionCall\":{}}]}}]},{\"candidates\":[{\"finishReason\":"
	    "\"STOP\"}]},7]");
	assert_int_equal(watch.stop, STOP_CALLS);
}

static void
writes_problems(void **state)
{
	struct problem	p;
	struct watch	watch;

	(void)state;
	problem_set(&p, PROBLEM_RATE, "slow");
	p.retry_after_s = 7;
	check_problem(d, &p, 429, "{\"error\":{\"code\":429,\"message\":"
	    "\"slow\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"@type\""
	    ":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":"
	    "\"7s\"}]}}");
	problem_set(&p, PROBLEM_PAYMENT, "m");
	check_problem(d, &p, 429, "{\"error\":{\"code\":429,\"message\":\"m\","
	    "\"status\":\"RESOURCE_EXHAUSTED\"}}");
	problem_set(&p, PROBLEM_TIMEOUT, "late");
	watch_init(&watch);
	check_failure(d, &watch, &p, "data: {\"error\":{\"code\":504,"
	    "\"message\":\"late\",\"status\":\"DEADLINE_EXCEEDED\"}}\n\n");
	watch_init(&watch);
	check_keep_alive(d, &watch, "data: {\"candidates\":[{\"content\":{"
	    "\"parts\":[{\"text\":\"\"}],\"role\":\"model\"},\"index\":0}]}\n\n");
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
