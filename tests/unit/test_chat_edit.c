#include "build.h"

#include "dialect_cases.h"
#include "dialects/chat/chat.h"

static const struct dialect	*d = &dialect_chat;

#define PROMPT	"You \"D\".\n\n"
#define SAID	"You \\\"D\\\".\\n\\n"
#define SYSTEM(content)	"{\"role\":\"system\",\"content\":" content "}"
#define USER	"{\"role\":\"user\",\"content\":\"u\"}"

static void
leaves_alone_what_policy_does_not_change(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{}", NULL },
		{ "[1]", NULL, .prompt = PROMPT, .effort = EFFORT_OFF,
		    .flags = FAST },
		{ "{\"model\":\"m\", \"x\":1e400,\"x\":12345678901234567890,"
		    "\"reasoning_effort\":\"huge\",\"temperature\":9}", NULL,
		    .efforts = EFFORT(LOW) },
		{ "{\"reasoning_effort\":\"low\",\"tool_choice\":\"required\","
		    "\"tools\":[{}]}", NULL },
		{ "{\"service_tier\":\"flex\",\"speed\":1}", NULL,
		    .flags = FAST },
		{ "{\"messages\":5}", NULL, .prompt = PROMPT },
		{ "{\"messages\":null}", NULL, .prompt = PROMPT },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
puts_the_system_prompt_first_once(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"messages\":[" USER "]}", "{\"messages\":["
		    SYSTEM("\"" SAID "\"") "," USER "]}", .prompt = PROMPT },
		{ "{\"messages\":[]}", "{\"messages\":["
		    SYSTEM("\"" SAID "\"") "]}", .prompt = PROMPT },
		{ "{\"messages\":[" SYSTEM("\"a\\ud800\"") "," SYSTEM("\"b\"")
		    "]}", "{\"messages\":[" SYSTEM("\"" SAID "a\\ud800\"") ","
		    SYSTEM("\"b\"") "]}", .prompt = PROMPT },
		{ "{\"messages\":[{\"role\":\"developer\",\"content\":\"\"}]}",
		    "{\"messages\":[{\"role\":\"system\",\"content\":\"" SAID
		    "\"}]}", .prompt = PROMPT },
		{ "{\"messages\":[" SYSTEM("null") "]}", "{\"messages\":["
		    SYSTEM("\"" SAID "\"") "]}", .prompt = PROMPT },
		{ "{\"messages\":[{\"role\":\"system\"}]}", "{\"messages\":[{"
		    "\"content\":\"" SAID "\",\"role\":\"system\"}]}",
		    .prompt = PROMPT },
		{ "{\"messages\":[" SYSTEM("[{\"type\":\"text\",\"text\":\"a\","
		    "\"cache_control\":{}}]") "]}", "{\"messages\":["
		    SYSTEM("[{\"type\":\"text\",\"text\":\"" SAID "\"},{"
		    "\"type\":\"text\",\"text\":\"a\",\"cache_control\":{}}]")
		    "]}", .prompt = PROMPT },
		{ "{\"messages\":[" SYSTEM("[ ]") "]}", "{\"messages\":["
		    SYSTEM("[{\"type\":\"text\",\"text\":\"" SAID "\"} ]")
		    "]}", .prompt = PROMPT },
		{ "{\"messages\":[" SYSTEM("5") "]}", NULL, .prompt = PROMPT },
		{ "{\"messages\":[" SYSTEM("\"You \\u0022D\\u0022. Now\"")
		    "]}", NULL, .prompt = PROMPT },
		{ "{\"messages\":[" SYSTEM("[{\"text\":\"" SAID "\"}]") "]}",
		    NULL, .prompt = PROMPT },
		{ "{\"messages\":[" USER "," SYSTEM("\"late\"") "]}",
		    "{\"messages\":[" SYSTEM("\"" SAID "\"") "," USER ","
		    SYSTEM("\"late\"") "]}", .prompt = PROMPT },
		{ "{\"messages\":[" SYSTEM("\"a\"") "],\"messages\":[7]}",
		    "{\"messages\":[" SYSTEM("\"" SAID "a\"") "],"
		    "\"messages\":[" SYSTEM("\"" SAID "\"") ",7]}",
		    .prompt = PROMPT },
		{ "{\"messages\":[{\"role\":\"system\",\"content\":\"a\","
		    "\"c\\u006fntent\":[]}]}", "{\"messages\":[{\"role\":"
		    "\"system\",\"content\":\"" SAID "a\",\"c\\u006fntent\":[{"
		    "\"type\":\"text\",\"text\":\"" SAID "\"}]}]}",
		    .prompt = PROMPT },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
sets_and_ends_reasoning(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"a\":1}", "{\"reasoning_effort\":\"xhigh\",\"a\":1}",
		    .effort = EFFORT_XHIGH },
		{ "{\"reasoning_effort\" : null,\"reasoning\":{},"
		    "\"thinking\":{\"type\":\"disabled\"}}",
		    "{\"reasoning_effort\" : \"high\"}", .effort = EFFORT_MAX,
		    .efforts = EFFORT(LOW) | EFFORT(HIGH) },
		{ "{\"thinking\":{\"type\":\"enabled\",\"x\":1}}",
		    "{\"reasoning_effort\":\"low\",\"thinking\":{\"type\":"
		    "\"enabled\",\"x\":1}}", .effort = EFFORT_LOW },
		{ "{\"reasoning_effort\":\"low\",\"x\":1,"
		    "\"reasoning_effort\":5}", "{\"x\":1}",
		    .effort = EFFORT_OFF },
		{ "{\"reasoning_effort\":\"low\"}",
		    "{\"reasoning_effort\":\"none\"}", .effort = EFFORT_OFF,
		    .efforts = EFFORT(OFF) | EFFORT(LOW) },
		{ "{\"thinking\":{\"type\":\"enabled\"},\"reasoning\":{"
		    "\"effort\":\"low\"}}", "{}", .effort = EFFORT_OFF },
		{ "{\"thinking\":{\"type\":\"disabled\"},\"reasoning\":{"
		    "\"enabled\":false}}", NULL, .effort = EFFORT_OFF },
		{ "{}", "{\"thinking\":{\"type\":\"disabled\"}}",
		    .effort = EFFORT_OFF, .off = THINKING_OFF_DISABLED },
		{ "{\"reasoning_effort\":\"max\"}",
		    "{\"reasoning_effort\":\"high\"}",
		    .efforts = EFFORT(LOW) | EFFORT(HIGH) },
		{ "{\"reasoning_effort\":\"none\"}",
		    "{\"reasoning_effort\":\"low\"}",
		    .efforts = EFFORT(LOW) | EFFORT(HIGH) },
		{ "{\"tools\":[1],\"reasoning_effort\":\"low\"}",
		    "{\"tools\":[1]}", .effort = EFFORT_HIGH,
		    .flags = NO_TOOLS_REASONING },
		{ "{\"tools\":[1],\"reasoning\":{\"x\":1},\"thinking\":{"
		    "\"type\":\"disabled\"}}", NULL,
		    .flags = NO_TOOLS_REASONING, .lost = "" },
		{ "{\"reasoning\":{\"exclude\":true,\"effort\":\"max\"}}",
		    "{\"reasoning\":{\"exclude\":true,\"effort\":\"high\"}}",
		    .efforts = EFFORT(LOW) | EFFORT(HIGH), .lost = "effort" },
		{ "{\"tools\":[],\"reasoning_effort\":\"low\"}",
		    "{\"tools\":[],\"reasoning_effort\":\"high\"}",
		    .effort = EFFORT_HIGH, .flags = NO_TOOLS_REASONING },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
keeps_to_what_the_entry_bears(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"temperature\":0,\"model\":\"a\",\"top_p\":1,\"top_k\":2}",
		    "{\"model\":\"m\"}", .flags = NO_SAMPLING },
		{ "{\"tool_choice\":\"required\"}",
		    "{\"tool_choice\":\"auto\"}", .flags = NO_FORCED_TOOLS },
		{ "{\"tool_choice\":{\"type\":\"function\",\"function\":{}}}",
		    "{\"tool_choice\":\"auto\"}", .flags = NO_FORCED_TOOLS },
		{ "{\"tool_choice\":\"none\"}", NULL,
		    .flags = NO_FORCED_TOOLS },
		{ "{\"a\":1}", "{\"service_tier\":\"priority\",\"a\":1}",
		    .flags = FAST },
		{ "{\"service_tier\":null}", "{\"service_tier\":\"priority\"}",
		    .flags = FAST },
		{ "{\"a\":1,\"user\":\"u\",\"us\\u0065r\":2}", "{\"a\":1}",
		    .drop = "user" },
		{ "{\"a\":1}", NULL, .drop = "reasoning_effort",
		    .effort = EFFORT_LOW },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
keeps_to_what_openai_reasoning_bears(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"model\":\"o3\",\"max_tokens\":5,\"stop\":\"a\","
		    "\"logprobs\":true,\"top_logprobs\":2,\"logit_bias\":{\"1\":1},"
		    "\"frequency_penalty\":1,\"top_k\":3}",
		    "{\"max_completion_tokens\":5,\"model\":\"o3\","
		    "\"top_k\":3}", .id = "o3",
		    .lost = "logit_bias, logprobs, penalties, stop" },
		{ "{\"model\":\"o3\",\"max_tokens\":null,"
		    "\"max_completion_tokens\":5,\"temperature\":null}",
		    "{\"model\":\"o3\",\"max_tokens\":null,"
		    "\"max_completion_tokens\":5}", .id = "o3", .lost = "" },
		{ "{\"model\":\"o3\",\"temperature\":0,"
		    "\"reasoning_effort\":\"none\"}", NULL, .id = "o3" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

#define ASSISTANT(rest)	"{\"role\":\"assistant\"" rest "}"

static void
gives_thoughts_back_as_far_as_known(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"messages\":[" ASSISTANT("") "," USER "]}",
		    "{\"messages\":[{\"reasoning_content\":\" \",\"role\":"
		    "\"assistant\"}," USER "]}", .flags = THOUGHTS_BACK },
		{ "{\"messages\":[" ASSISTANT(",\"reasoning_content\":null")
		    "]}", "{\"messages\":[" ASSISTANT(",\"reasoning_content\":"
		    "\" \"") "]}", .flags = THOUGHTS_BACK },
		{ "{\"messages\":[" ASSISTANT(",\"reasoning\":\"h\\u006d\"")
		    "]}", "{\"messages\":[{\"reasoning_content\":\"h\\u006d\","
		    "\"role\":\"assistant\",\"reasoning\":\"h\\u006d\"}]}",
		    .flags = THOUGHTS_BACK },
		{ "{\"messages\":[" ASSISTANT(",\"reasoning_content\":\"a\"")
		    "]}", NULL, .flags = THOUGHTS_BACK },
		{ "{\"messages\":[" ASSISTANT(",\"reasoning_content\":\"a\","
		    "\"content\":\"b\",\"reasoning\":\"a\","
		    "\"reasoning_details\":[{}]") "]}", "{\"messages\":["
		    ASSISTANT(",\"content\":\"b\"") "]}",
		    .flags = NO_THOUGHTS_BACK, .lost = "thinking" },
		{ "{\"messages\":[" ASSISTANT("") "]}", NULL,
		    .flags = NO_THOUGHTS_BACK, .lost = "" },
		{ "{\"messages\":[" ASSISTANT(",\"reasoning_content\":null,"
		    "\"reasoning\":\"\"") "]}", "{\"messages\":["
		    ASSISTANT("") "]}", .flags = NO_THOUGHTS_BACK, .lost = "" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
tags_system_messages_between_the_others(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"messages\":[" SYSTEM("\"a\"") "," SYSTEM("\"b\"") ","
		    USER ",{\"role\":\"developer\",\"content\":\"c\\ud800\","
		    "\"x\":1e2}," SYSTEM("\" \"") "," SYSTEM("[{\"type\":"
		    "\"text\",\"text\":\"d\"}]") "]}", "{\"messages\":["
		    SYSTEM("\"a\\n\\nb\"") "," USER
		    ",{\"role\":\"user\",\"content\":\"<system>\\nc\\ud800\\n"
		    "</system>\",\"x\":1e2},{\"role\":\"user\",\"content\":"
		    "\" \"},{\"role\":\"user\",\"content\":[{\"type\":\"text\","
		    "\"text\":\"<system>\\nd\\n</system>\"}]}]}",
		    .flags = NO_MID_SYSTEM, .lost = "system_position" },
		{ "{\"messages\":[" USER "," SYSTEM("\"a\"") "]}", NULL },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

#define CONTINUE \
	"{\"role\":\"user\",\"content\":\"Continue.\"}"

static void
repairs_what_the_entry_refuses(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"messages\":[ {\"role\":\"user\"},{\"role\":\"assistant\","
		    "\"content\":\"\\u0041 \",\"x\":1e2} ]}",
		    "{\"messages\":[ {\"role\":\"user\"},{\"role\":\"assistant\","
		    "\"content\":\"\\u0041 \",\"x\":1e2} ," CONTINUE "]}",
		    .flags = NO_PREFILL },
		{ "{\"messages\":[{\"role\":\"assistant\",\"content\":\"A\"}]}",
		    NULL },
		{ "{\"messages\":[{\"role\":\"assistant\",\"content\":\"A\"},"
		    "{\"role\":\"user\",\"content\":\"B\"}]}", NULL,
		    .flags = NO_PREFILL },
		{ "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":"
		    "[{}]}]}", NULL, .flags = NO_PREFILL },
		{ "{\"messages\":[]}", NULL, .flags = NO_PREFILL },
		{ "{\"messages\":7}", NULL, .flags = NO_PREFILL },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

#define SAYS(members)	"{\"messages\":[{\"role\":\"assistant\"," members "}]}"
#define SUMMARY	"{\"type\":\"reasoning.summary\",\"summary\":\"s\"}"
#define SEALED	"{\"type\":\"reasoning.text\",\"signature\":\"S\"}"
#define ENCRYPTED	"{\"type\":\"reasoning.encrypted\",\"data\":\"D\"}"
#define GOOGLES \
	"\"extra_content\":{\"google\":{\"thought_signature\":\"S\"}}"

static void
leaves_out_seals_where_none_may_go(void **state)
{
	static const struct edit_case	cases[] = {
		{ SAYS("\"reasoning_details\":[" SEALED "," SUMMARY ","
		    ENCRYPTED "],\"tool_calls\":[{\"id\":\"a\"," GOOGLES
		    "}]"), NULL, .lost = "" },
		{ SAYS("\"reasoning_details\":[" SEALED "," SUMMARY ","
		    ENCRYPTED "],\"tool_calls\":[{\"id\":\"a\"," GOOGLES
		    "}]"), SAYS("\"reasoning_details\":[" SUMMARY "],"
		    "\"tool_calls\":[{\"id\":\"a\"}]"),
		    .flags = NO_SEALS, .lost = "seal" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
tells_of_images_that_the_model_does_not_read(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
		    "\"image_url\",\"image_url\":{\"url\":\"data:a\"}},{\"type\":"
		    "\"text\",\"text\":\"b\"}]}]}", NULL, .lost = "" },
		{ "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
		    "\"image_url\",\"image_url\":{\"url\":\"data:a\"}},{\"type\":"
		    "\"text\",\"text\":\"b\"}]},{\"role\":\"user\",\"content\":"
		    "\"image_url\"}]}", "{\"messages\":[{\"role\":\"user\","
		    "\"content\":[{\"type\":\"text\",\"text\":\"" IMAGE_UNREAD
		    "\"},{\"type\":\"text\",\"text\":\"b\"}]},{\"role\":\"user\","
		    "\"content\":\"image_url\"}]}", .flags = NO_IMAGES,
		    .lost = "image" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
leads_with_one_system_message(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"messages\":[" SYSTEM("\"a\"") ", " SYSTEM("[{\"text\":"
		    "\"b\"},{\"text\":\"c\"}]") "," SYSTEM("\"d\"") ","
		    USER "]}", NULL, .lost = "" },
		{ "{\"messages\":[" SYSTEM("\"a\"") ", " SYSTEM("[{\"text\":"
		    "\"b\"},{\"text\":\"c\"}]") "," SYSTEM("\"d\"") ","
		    USER "]}", "{\"messages\":[" SYSTEM("\"a\\n\\nb\\n\\nc"
		    "\\n\\nd\"") "," USER "]}", .flags = NO_MID_SYSTEM,
		    .lost = "" },
		{ "{\"messages\":[" SYSTEM("\"a\"") "," SYSTEM("[{\"text\":"
		    "\"b\"},{\"text\":\"c\"}]") "," USER "]}",
		    "{\"messages\":[" SYSTEM("[{\"text\":\"P.a\\n\\nb\"},{"
		    "\"text\":\"c\"}]") "," USER "]}", .prompt = "P.",
		    .flags = NO_MID_SYSTEM, .lost = "" },
		{ "{\"messages\":[" SYSTEM("\"P.a\"") "," SYSTEM("\"b\"")
		    "]}", "{\"messages\":[" SYSTEM("\"P.a\\n\\nb\"") "]}",
		    .prompt = "P.", .flags = NO_MID_SYSTEM, .lost = "" },
		{ "{\"messages\":[" SYSTEM("\"a\"") "," SYSTEM("[]") "]}",
		    NULL, .flags = NO_MID_SYSTEM, .lost = "" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

#define ROUND(id)							\
	"{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"" \
	id "\",\"x\":1}]},{\"role\":\"tool\",\"tool_call_id\":\"" id "\"}"

static void
obeys_templates_of_mistral(void **state)
{
	static const char		good[] = "{\"messages\":["
					    ROUND("aB3456789") "]}";
	static const char		bad[] = "{\"messages\":["
					    ROUND("call_1") ",{\"role\":"
					    "\"user\",\"content\":\"b\"}]}";
	static const char		mended[] = "{\"messages\":["
					    ROUND("nG0nP4VIq") ","
					    RESULTS_ANSWER ",{\"role\":"
					    "\"user\",\"content\":\"b\"}]}";
	static const struct edit_case	cases[] = {
		{ good, NULL, .id = "mistral-large-latest", .lost = "" },
		{ bad, NULL, .lost = "" },
		{ bad, mended, .id = "mistralai/Devstral-2", .lost = "" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
reads_heads(void **state)
{
	(void)state;
	check_head(d, "{\"model\":\"b\",\"stream\":\"true\","
	    "\"prompt_cache_key\":\"k\\n\"}", "\"b\" 0 prompt_cache_key=k\n");
	check_head(d, "{\"stream\":true,\"prompt_cache_key\":\" \"}", " 1 =");
	check_head(d, "{\"model\":null}", "model must be a string");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(leaves_alone_what_policy_does_not_change),
		cmocka_unit_test(puts_the_system_prompt_first_once),
		cmocka_unit_test(sets_and_ends_reasoning),
		cmocka_unit_test(keeps_to_what_the_entry_bears),
		cmocka_unit_test(keeps_to_what_openai_reasoning_bears),
		cmocka_unit_test(gives_thoughts_back_as_far_as_known),
		cmocka_unit_test(tags_system_messages_between_the_others),
		cmocka_unit_test(repairs_what_the_entry_refuses),
		cmocka_unit_test(tells_of_images_that_the_model_does_not_read),
		cmocka_unit_test(leaves_out_seals_where_none_may_go),
		cmocka_unit_test(leads_with_one_system_message),
		cmocka_unit_test(obeys_templates_of_mistral),
		cmocka_unit_test(reads_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
