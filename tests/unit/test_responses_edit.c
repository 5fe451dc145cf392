#include "build.h"

#include "dialect_cases.h"
#include "dialects/responses/responses.h"

static const struct dialect	*d = &dialect_responses;

#define PROMPT	"You \"D\".\n\n"
#define SAID	"You \\\"D\\\".\\n\\n"
#define ITEM	"{\"type\":\"message\",\"role\":\"developer\",\"content\":[{" \
	"\"type\":\"input_text\",\"text\":\"" SAID "\"}]}"
#define DEVELOPER	"{\"role\":\"developer\",\"content\":\"d\"}"

static void
leaves_alone_what_policy_does_not_change(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{}", NULL },
		{ "7", NULL, .prompt = PROMPT, .effort = EFFORT_HIGH,
		    .flags = FAST | NO_SAMPLING },
		{ "{\"model\":\"m\", \"x\":1e400,\"x\":12345678901234567890,"
		    "\"reasoning\":{\"effort\":\"huge\"},\"temperature\":9}",
		    NULL, .efforts = EFFORT(LOW) },
		{ "{\"reasoning\":{\"effort\":\"low\"}}", NULL },
		{ "{\"service_tier\":\"auto\"}", NULL, .flags = FAST },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
puts_the_system_prompt_first_once(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"input\":\"hi\"}", "{\"instructions\":\"" SAID "\","
		    "\"input\":\"hi\"}", .prompt = PROMPT },
		{ "{\"input\":[{\"role\":\"user\"}]}", "{\"instructions\":\""
		    SAID "\",\"input\":[{\"role\":\"user\"}]}",
		    .prompt = PROMPT },
		{ "{\"instructions\":\"a\\ud800\",\"input\":[" DEVELOPER "]}",
		    "{\"instructions\":\"" SAID "a\\ud800\",\"input\":["
		    DEVELOPER "]}", .prompt = PROMPT },
		{ "{\"instructions\":null,\"input\":[]}", "{\"instructions\":\""
		    SAID "\",\"input\":[]}", .prompt = PROMPT },
		{ "{\"instructions\":\"\"}", "{\"instructions\":\"" SAID "\"}",
		    .prompt = PROMPT },
		{ "{\"input\":[ " DEVELOPER "]}", "{\"input\":[" ITEM ", "
		    DEVELOPER "]}", .prompt = PROMPT },
		{ "{\"instructions\":null,\"input\":[{\"type\":"
		    "\"additional_tools\",\"role\":\"developer\"}]}",
		    "{\"instructions\":null,\"input\":[" ITEM ",{\"type\":"
		    "\"additional_tools\",\"role\":\"developer\"}]}",
		    .prompt = PROMPT },
		{ "{\"input\":[" ITEM "," DEVELOPER "]}", NULL,
		    .prompt = PROMPT },
		{ "{\"input\":[{\"role\":\"system\",\"content\":\"" SAID
		    "Now\"}]}", NULL, .prompt = PROMPT },
		{ "{\"instructions\":\"You \\u0022D\\\".\"}", NULL,
		    .prompt = PROMPT },
		{ "{\"instructions\":5}", NULL, .prompt = PROMPT },
		{ "{\"instructions\":[" DEVELOPER "]}", "{\"instructions\":["
		    ITEM "," DEVELOPER "]}", .prompt = PROMPT },
		{ "{\"instructions\":\"a\",\"\\u0069nstructions\":\"b\"}",
		    "{\"instructions\":\"" SAID "a\",\"\\u0069nstructions\":\""
		    SAID "b\"}", .prompt = PROMPT },
		{ "{\"input\":\"hi\"}", NULL, .prompt = PROMPT,
		    .drop = "instructions" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
sets_and_ends_reasoning(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"a\":1}", "{\"reasoning\":{\"effort\":\"xhigh\","
		    "\"summary\":\"auto\"},\"a\":1}", .effort = EFFORT_XHIGH },
		{ "{\"reasoning\":null}", "{\"reasoning\":{\"effort\":\"low\","
		    "\"summary\":\"auto\"}}", .effort = EFFORT_LOW },
		{ "{\"reasoning\":{ \"effort\":\"max\",\"context\":1e400}}",
		    "{\"reasoning\":{\"summary\":\"auto\", \"effort\":\"high\","
		    "\"context\":1e400}}", .effort = EFFORT_MAX,
		    .efforts = EFFORT(OFF) | EFFORT(HIGH) },
		{ "{\"reasoning\":{\"summary\":\"concise\"}}",
		    "{\"reasoning\":{\"effort\":\"low\",\"summary\":\"auto\"}}",
		    .effort = EFFORT_LOW },
		{ "{\"x\":1,\"reasoning\":{\"effort\":\"low\"}}", "{\"x\":1}",
		    .effort = EFFORT_OFF },
		{ "{\"reasoning\":{\"effort\":\"low\"}}",
		    "{\"reasoning\":{\"effort\":\"none\"}}",
		    .effort = EFFORT_OFF,
		    .efforts = EFFORT(OFF) | EFFORT(LOW) },
		{ "{\"reasoning\":{\"effort\":\"minimal\"}}",
		    "{\"reasoning\":{\"effort\":\"low\"}}",
		    .efforts = EFFORT(OFF) | EFFORT(LOW) },
		{ "{\"reasoning\":[]}", NULL, .efforts = EFFORT(LOW) },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
keeps_to_what_the_entry_bears(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"temperature\":0,\"model\":\"a\",\"top_p\":1}",
		    "{\"model\":\"m\"}", .flags = NO_SAMPLING },
		{ "{\"tool_choice\":\"required\"}",
		    "{\"tool_choice\":\"auto\"}", .flags = NO_FORCED_TOOLS },
		{ "{\"tool_choice\":{\"type\":\"custom\",\"name\":\"n\"}}",
		    "{\"tool_choice\":\"auto\"}", .flags = NO_FORCED_TOOLS },
		{ "{\"tool_choice\":{\"type\":\"allowed_tools\"}}", NULL,
		    .flags = NO_FORCED_TOOLS },
		{ "{\"a\":1}", "{\"service_tier\":\"priority\",\"a\":1}",
		    .flags = FAST },
		{ "{\"a\":1,\"metadata\":{},\"b\":2}", "{\"a\":1,\"b\":2}",
		    .drop = "metadata" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

#define CONTINUE \
	"{\"type\":\"message\",\"role\":\"user\",\"content\":" \
	"[{\"type\":\"input_text\",\"text\":\"Continue.\"}]}"

static void
repairs_what_the_entry_refuses(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"input\":[{\"role\":\"assistant\",\"content\":\"A\"}]}",
		    "{\"input\":[{\"role\":\"assistant\",\"content\":\"A\"},"
		    CONTINUE "]}", .flags = NO_PREFILL },
		{ "{\"input\":[{\"role\":\"assistant\",\"content\":\"A\"}]}",
		    NULL },
		{ "{\"input\":[{\"role\":\"assistant\",\"content\":\"A\"},"
		    "{\"type\":\"function_call_output\"}]}", NULL,
		    .flags = NO_PREFILL },
		{ "{\"input\":\"assistant\"}", NULL, .flags = NO_PREFILL },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

#define CALL	"{\"type\":\"function_call\",\"call_id\":\"a\"}"
#define STORED	"{\"type\":\"reasoning\",\"id\":\"rs_0123\"}"
#define SUMMARY	"{\"type\":\"compaction\",\"encrypted_content\":\"gAAA\"}"
#define SEALED	"{\"type\":\"reasoning\",\"id\":\"rs_0123\",\"summary\":[]," \
	"\"encrypted_content\":\"gAAA\"}"

static void
leaves_out_seals_where_none_may_go(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"input\":[" SEALED "," CALL "]}", NULL, .lost = "" },
		{ "{\"input\":[" SEALED "," CALL "," SEALED "]}",
		    "{\"input\":[" CALL "]}", .flags = NO_SEALS,
		    .lost = "seal" },
		{ "{\"input\":[" SUMMARY "," STORED "," CALL "]}", NULL,
		    .flags = NO_SEALS, .lost = "" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
reads_heads(void **state)
{
	(void)state;
	check_head(d, "{\"model\":\"b\",\"prompt_cache_key\":\"k\"}",
	    "\"b\" 0 prompt_cache_key=k");
	check_head(d, "{\"model\":[]}", "model must be a string");
}

static void
tells_of_images_that_the_model_does_not_read(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"c\","
		    "\"output\":[{\"type\":\"input_image\",\"image_url\":\"d\"}]}]}",
		    "{\"input\":[{\"type\":\"function_call_output\",\"call_id\":"
		    "\"c\",\"output\":[{\"type\":\"input_text\",\"text\":\""
		    IMAGE_UNREAD "\"}]}]}", .flags = NO_IMAGES, .lost = "image" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

/* A history that was compacted here is nothing that the API can decrypt. */
static void
shows_summaries_that_were_made_here(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"input\":[{\"type\":\"compaction\",\"id\":\"cmp_1\","
		    "\"encrypted_content\":\"droid2api.summary:so \\\"far\\\"\"},"
		    "{\"type\":\"compaction\",\"encrypted_content\":\"gAAA\"}]}",
		    "{\"input\":[{\"type\":\"message\",\"role\":\"user\","
		    "\"content\":[{\"type\":\"input_text\",\"text\":\"Summary of "
		    "the conversation so far:\\n\\nso \\\"far\\\"\"}]},"
		    "{\"type\":\"compaction\",\"encrypted_content\":\"gAAA\"}]}" },
		{ "{\"input\":\"droid2api.summary:x\"}", NULL },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

/* For a compaction as for an answer, and nothing else of policy. */
static void
a_compaction_brings_no_seal_of_others(void **state)
{
	static const char	body[] = "{\"model\":\"a\",\"input\":["
				    "{\"type\":\"reasoning\",\"id\":\"rs_1\","
				    "\"encrypted_content\":\"d2a1.x\"},"
				    "{\"type\":\"compaction\",\"encrypted_content\""
				    ":\"droid2api.summary:s\"}]}";
	struct model		model = { .id = "*" };
	const struct policy	policy = { .model = &model, .model_id = "m",
				    .system_prompt = "p" };
	struct json_document	document;
	struct arena		arena;
	struct edits		edits;
	struct buf		buf;

	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	json_init(&document, NULL);
	buf_init(&buf, 1 << 20, NULL);
	assert_int_equal(json_scan(&document, body, sizeof(body) - 1, NULL), 0);
	edits_start(&edits, &document, &arena);
	responses_edit_compact(&edits, json_root(&document), &policy);
	assert_int_equal(edits_finish(&edits), 0);
	assert_int_equal(edits_render(&edits, &buf), 0);
	assert_string_equal(buf.at, "{\"model\":\"m\",\"input\":[{\"type\":"
	    "\"message\",\"role\":\"user\",\"content\":[{\"type\":"
	    "\"input_text\",\"text\":\"Summary of the conversation so far:"
	    "\\n\\ns\"}]}]}");
	buf_release(&buf);
	json_release(&document);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(leaves_alone_what_policy_does_not_change),
		cmocka_unit_test(puts_the_system_prompt_first_once),
		cmocka_unit_test(sets_and_ends_reasoning),
		cmocka_unit_test(keeps_to_what_the_entry_bears),
		cmocka_unit_test(repairs_what_the_entry_refuses),
		cmocka_unit_test(leaves_out_seals_where_none_may_go),
		cmocka_unit_test(reads_heads),
		cmocka_unit_test(tells_of_images_that_the_model_does_not_read),
		cmocka_unit_test(shows_summaries_that_were_made_here),
		cmocka_unit_test(a_compaction_brings_no_seal_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
