#include "build.h"

#include "dialect_cases.h"
#include "dialects/messages/messages.h"

#define BLOCK	"{\"type\":\"text\",\"text\":\"You \\\"D\\\".\\n\\n\"}"
#define PROMPT	"You \"D\".\n\n"

static void
leaves_alone_what_policy_does_not_change(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{}", NULL },
		{ "[]", NULL },
		{ "null", NULL, .prompt = PROMPT, .effort = EFFORT_HIGH },
		{ " { \"model\" : \"m\" , \"x\":1e400,\"x\":[1 , 2],\"\\ud800\":"
		    "12345678901234567890 , \"stream\":\"yes\"} ", NULL },
		{ "{\"model\":\"m\",\"thinking\":{\"type\":\"enabled\","
		    "\"budget_tokens\":9},\"max_tokens\":5,\"temperature\":0,"
		    "\"tool_choice\":{\"type\":\"any\"},"
		    "\"output_config\":{\"effort\":\"max\"}}", NULL },
		{ "{\"model\":\"\\u006d\"}", NULL },
		{ "{\"model\":\"m\"}", NULL, .effort = EFFORT_OFF },
		{ "{\"model\":\"m\",\"speed\":\"standard\"}", NULL,
		    .flags = FAST },
		{ "{\"model\":\"m\"}", NULL, .flags = NO_SAMPLING |
		    NO_FORCED_TOOLS, .drop = "metadata" },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

static void
renames_the_model(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"model\":\"a\"}", "{\"model\":\"m\"}" },
		{ "{\"model\" : \"a\", \"mod\\u0065l\":5,\"models\":\"a\"}",
		    "{\"model\" : \"m\", \"mod\\u0065l\":\"m\","
		    "\"models\":\"a\"}" },
		{ "{\"x\":{\"model\":\"a\"},\"model\":\"a\"}",
		    "{\"x\":{\"model\":\"a\"},\"model\":\"q\\\"\\u0001\"}",
		    .id = "q\"\x01" },
		{ "{\"model\":\"a\",\"model\":\"m\"}",
		    "{\"model\":\"m\",\"model\":\"m\"}" },
		{ "{\"model\":\"m\",\"MODEL\":\"a\",\"\\u004Dodel\":\"b\"}",
		    "{\"model\":\"m\",\"MODEL\":\"m\",\"\\u004Dodel\":\"m\"}" },
		{ "{\"model\":\"a\",\"b\":1}", "{\"b\":1}", .drop = "model" },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

static void
puts_the_system_prompt_first_once(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"messages\":[]}",
		    "{\"system\":[" BLOCK "],\"messages\":[]}",
		    .prompt = PROMPT },
		{ "{}", "{\"system\":[" BLOCK "]}", .prompt = PROMPT },
		{ "{\"system\":null}", "{\"system\":[" BLOCK "]}",
		    .prompt = PROMPT },
		{ "{\"system\":\"\"}", "{\"system\":[" BLOCK "]}",
		    .prompt = PROMPT },
		{ "{\"system\":\" \\n\"}", "{\"system\":[" BLOCK "]}",
		    .prompt = PROMPT },
		{ "{\"system\": \"a\\ud800\"}",
		    "{\"system\": [" BLOCK ",{\"type\":\"text\",\"text\":"
		    "\"a\\ud800\"}]}", .prompt = PROMPT },
		{ "{\"system\":[]}", "{\"system\":[" BLOCK "]}",
		    .prompt = PROMPT },
		{ "{\"system\":[ {\"type\":\"text\",\"text\":\"a\","
		    "\"cache_control\":{\"type\":\"ephemeral\"}}]}",
		    "{\"system\":[" BLOCK ", {\"type\":\"text\",\"text\":\"a\","
		    "\"cache_control\":{\"type\":\"ephemeral\"}}]}",
		    .prompt = PROMPT },
		{ "{\"system\":5}", NULL, .prompt = PROMPT },
		{ "{\"system\":{\"text\":\"a\"}}", NULL, .prompt = PROMPT },
		{ "{\"system\":\"You \\u0022D\\\".\"}", NULL,
		    .prompt = PROMPT },
		{ "{\"system\":[{\"text\":\"You \\\"D\\\".\\n\\nNow\"}]}", NULL,
		    .prompt = PROMPT },
		{ "{\"system\":\"a\",\"system\":[]}",
		    "{\"system\":[" BLOCK ",{\"type\":\"text\",\"text\":\"a\"}]"
		    ",\"system\":[" BLOCK "]}", .prompt = PROMPT },
		{ "{\"s\\u0079stem\":\"a\"}", "{\"s\\u0079stem\":[" BLOCK
		    ",{\"type\":\"text\",\"text\":\"a\"}]}", .prompt = PROMPT },
		{ "{\"system\":\"a\"}", NULL, .prompt = " \n" },
		{ "{\"system\":\"a\"}", "{}", .prompt = PROMPT,
		    .drop = "system" },
		{ "{}", NULL, .prompt = PROMPT, .drop = "system" },
		{ "{\"model\":\"a\",\"system\":\"a\",\"temperature\":5}",
		    "{\"model\":\"m\",\"system\":[" BLOCK ",{\"type\":\"text\","
		    "\"text\":\"a\"}],\"temperature\":5}", .prompt = PROMPT,
		    .flags = COUNTED | NO_SAMPLING | FAST,
		    .effort = EFFORT_HIGH, .drop = "temperature" },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

#define ENABLED(budget) \
	"\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":" budget "}"

static void
enables_thinking_within_max_tokens(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"max_tokens\":32000}", "{" ENABLED("4096")
		    ",\"max_tokens\":32000}", .effort = EFFORT_LOW },
		{ "{\"max_tokens\":32000,\"thinking\":{\"type\":\"enabled\","
		    "\"budget_tokens\":31999}}", "{\"max_tokens\":32000,"
		    ENABLED("12288") "}", .effort = EFFORT_MEDIUM },
		{ "{\"max_tokens\":100}", "{" ENABLED("24576")
		    ",\"max_tokens\":28672}", .effort = EFFORT_HIGH },
		{ "{\"max_tokens\":100,\"max_tokens\":40960}", "{"
		    ENABLED("40960") ",\"max_tokens\":45056,"
		    "\"max_tokens\":45056}", .effort = EFFORT_XHIGH },
		{ "{\"max_tokens\":100}", "{" ENABLED("27904")
		    ",\"max_tokens\":32000}", .effort = EFFORT_MAX,
		    .most = 32000 },
		{ "{\"max_tokens\":3000}", "{" ENABLED("1024")
		    ",\"max_tokens\":2000}", .effort = EFFORT_MAX,
		    .most = 2000, .lost = "max_tokens" },
		{ "{\"max_tokens\":3000}", "{\"max_tokens\":2000}",
		    .most = 2000, .lost = "max_tokens" },
		{ "{\"max_tokens\":1024,\"thinking\":{}}",
		    "{\"max_tokens\":1024}", .effort = EFFORT_LOW,
		    .most = 1024 },
		{ "{\"max_tokens\":0,\"thinking\":null}", "{\"max_tokens\":0}",
		    .effort = EFFORT_LOW },
		{ "{}", "{" ENABLED("4096") "}", .effort = EFFORT_LOW },
		{ "{\"max_tokens\":1e400}", "{" ENABLED("4096")
		    ",\"max_tokens\":1e400}", .effort = EFFORT_LOW },
		{ "{\"max_tokens\":\"9\"}", "{" ENABLED("4096")
		    ",\"max_tokens\":\"9\"}", .effort = EFFORT_LOW },
		{ "{}", "{" ENABLED("12288") "}", .effort = EFFORT_XHIGH,
		    .efforts = EFFORT(LOW) | EFFORT(MEDIUM) },
		{ "{}", NULL, .effort = EFFORT_LOW, .drop = "thinking" },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

static void
takes_away_what_thinking_does_not_bear(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"temperature\":0.5,\"top_p\":0.9,\"top_k\":1}",
		    "{" ENABLED("4096") "}", .effort = EFFORT_LOW },
		{ "{\"temperature\":1.0,\"top_p\":0.95}", "{" ENABLED("4096")
		    ",\"temperature\":1.0,\"top_p\":0.95}",
		    .effort = EFFORT_LOW },
		{ "{\"temperature\":1e400,\"top_p\":\"x\"}",
		    "{" ENABLED("4096") "}", .effort = EFFORT_LOW },
		{ "{\"temperature\":0,\"top_k\":5,\"top_p\":0.96}",
		    "{\"thinking\":{\"type\":\"adaptive\",\"display\":"
		    "\"summarized\"},\"output_config\":{\"effort\":\"low\"},"
		    "\"top_p\":0.96}", .effort = EFFORT_LOW,
		    .thinking = THINKING_ADAPTIVE, .lost = "sampling, top_k" },
		{ "{\"tool_choice\":{\"type\":\"tool\", \"name\":\"x\","
		    "\"disable_parallel_tool_use\":true}}",
		    "{" ENABLED("4096") ",\"tool_choice\":{\"type\":\"auto\", "
		    "\"disable_parallel_tool_use\":true}}",
		    .effort = EFFORT_LOW },
		{ "{\"tool_choice\":{\"type\":\"any\"}}", "{" ENABLED("4096")
		    ",\"tool_choice\":{\"type\":\"auto\"}}",
		    .effort = EFFORT_LOW },
		{ "{\"tool_choice\":{\"type\":\"none\"}}", "{" ENABLED("4096")
		    ",\"tool_choice\":{\"type\":\"none\"}}",
		    .effort = EFFORT_LOW },
		{ "{\"tool_choice\":{\"type\":\"any\"}}",
		    "{\"tool_choice\":{\"type\":\"auto\"}}",
		    .flags = NO_FORCED_TOOLS },
		{ "{\"temperature\":1,\"x\":2,\"top_p\":1,\"top_k\":null}",
		    "{\"x\":2}", .flags = NO_SAMPLING },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

#define USE	"{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"n\",\"input\":{}}"
#define TURN(role, content) \
	"{\"role\":\"" role "\",\"content\":[" content "]}"

#define SEALED	"{\"type\":\"thinking\",\"signature\":\"S\"}"

static void
leaves_thinking_out_where_the_history_has_none(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"thinking\":{},\"messages\":[" TURN("assistant", USE) ","
		    TURN("user", "") "]}", "{\"messages\":["
		    TURN("assistant", USE) "," TURN("user", "") "]}",
		    .effort = EFFORT_LOW },
		{ "{\"messages\":[" TURN("assistant", SEALED "," USE) "]}",
		    "{" ENABLED("4096") ",\"messages\":["
		    TURN("assistant", SEALED "," USE) "]}",
		    .effort = EFFORT_LOW },
		{ "{\"messages\":[" TURN("assistant", "{\"type\":\"thinking\","
		    "\"signature\":\"d2a1.rtp.bQ..S\"}," USE) "]}",
		    "{\"messages\":[" TURN("assistant", USE) "]}",
		    .effort = EFFORT_LOW, .lost = "seal" },
		{ "{\"messages\":[" TURN("assistant", USE) ","
		    TURN("assistant", "{\"type\":\"text\"}") "]}",
		    "{" ENABLED("4096") ",\"messages\":["
		    TURN("assistant", USE) ","
		    TURN("assistant", "{\"type\":\"text\"}") "]}",
		    .effort = EFFORT_LOW },
		{ "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\"},"
		    "5,null]}", "{" ENABLED("4096") ",\"messages\":["
		    "{\"role\":\"assistant\",\"content\":\"a\"},5,null]}",
		    .effort = EFFORT_LOW },
		{ "{\"messages\":[" TURN("assistant", USE) "]}",
		    "{\"thinking\":{\"type\":\"adaptive\",\"display\":"
		    "\"summarized\"},\"output_config\":{\"effort\":\"xhigh\"},"
		    "\"messages\":[" TURN("assistant", USE) "]}",
		    .effort = EFFORT_XHIGH, .thinking = THINKING_ADAPTIVE },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

#define REDACTED	"{\"type\":\"redacted_thinking\",\"data\":\"D\"}"

static void
leaves_out_seals_where_none_may_go(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"messages\":[" TURN("assistant", SEALED "," USE) ","
		    TURN("assistant", REDACTED) "]}", NULL, .lost = "" },
		{ "{\"messages\":[" TURN("assistant", SEALED "," USE) ","
		    TURN("assistant", REDACTED) "]}", "{\"messages\":["
		    TURN("assistant", USE) "]}", .flags = NO_SEALS,
		    .lost = "seal" },
		/* A call may not follow thinking that isn't there. */
		{ "{\"thinking\":{},\"messages\":[" TURN("assistant", SEALED
		    "," USE) "]}", "{\"messages\":[" TURN("assistant", USE)
		    "]}", .flags = NO_SEALS, .effort = EFFORT_LOW },
		{ "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":"
		    "2000},\"messages\":[" TURN("assistant", SEALED "," USE)
		    "]}", "{\"messages\":[" TURN("assistant", USE) "]}",
		    .flags = NO_SEALS, .lost = "seal, thinking" },
		{ "{\"messages\":[" TURN("assistant", "{\"type\":"
		    "\"thinking\",\"thinking\":\"t\"}") "]}", NULL,
		    .flags = NO_SEALS | THOUGHTS_BACK, .lost = "" },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

static void
sets_efforts(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"thinking\":{\"type\":\"adaptive\",\"display\":"
		    "\"omitted\"},\"output_config\":{\"effort\":\"low\","
		    "\"format\":{\"a\":1}}}", "{\"thinking\":{\"type\":"
		    "\"adaptive\",\"display\":\"omitted\"},\"output_config\":{"
		    "\"effort\":\"high\",\"format\":{\"a\":1}}}",
		    .effort = EFFORT_HIGH, .thinking = THINKING_ADAPTIVE },
		{ "{\"thinking\":{\"type\":\"adaptive\"},\"output_config\":"
		    "null,\"messages\":[{\"output_config\":{\"effort\":\"a\"}},"
		    "{\"output_config\":{}}]}", "{\"thinking\":{\"type\":"
		    "\"adaptive\"},\"output_config\":{\"effort\":\"medium\"},"
		    "\"messages\":[{\"output_config\":{\"effort\":\"medium\"}},"
		    "{\"output_config\":{}}]}", .effort = EFFORT_XHIGH,
		    .thinking = THINKING_ADAPTIVE,
		    .efforts = EFFORT(LOW) | EFFORT(MEDIUM) },
		{ "{\"thinking\":{\"type\":\"adaptive\"},\"output_config\":7}",
		    NULL, .effort = EFFORT_LOW,
		    .thinking = THINKING_ADAPTIVE },
		{ "{\"output_config\":{\"effort\":\"max\"},\"messages\":[{"
		    "\"output_config\":{\"effort\":\"\\u0078high\"}}]}",
		    "{\"output_config\":{\"effort\":\"high\"},\"messages\":[{"
		    "\"output_config\":{\"effort\":\"high\"}}]}",
		    .efforts = EFFORT(LOW) | EFFORT(HIGH) },
		{ "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":"
		    "13000}}", "{\"output_config\":{\"effort\":\"medium\"},"
		    "\"thinking\":{\"type\":\"adaptive\",\"display\":"
		    "\"summarized\"}}", .flags = NO_SAMPLING,
		    .thinking = THINKING_ADAPTIVE },
		{ "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":"
		    "13000},\"messages\":[{\"output_config\":{\"effort\":"
		    "\"low\"}}]}", "{\"output_config\":{\"effort\":"
		    "\"medium\"},\"thinking\":{\"type\":\"adaptive\","
		    "\"display\":\"summarized\"},\"messages\":[{"
		    "\"output_config\":{\"effort\":\"low\"}}]}",
		    .flags = NO_SAMPLING, .thinking = THINKING_ADAPTIVE },
		{ "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":"
		    "13000}}", NULL, .thinking = THINKING_ADAPTIVE },
		{ "{\"output_config\":{\"effort\":\"huge\"}}", NULL,
		    .efforts = EFFORT(LOW) },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

#define CLEAR	"{\"type\":\"clear_thinking_20251015\",\"keep\":\"all\"}"
#define TOOLS	"{\"type\":\"clear_tool_uses_20250919\"}"

static void
ends_thinking(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"a\":1,\"thinking\":{\"type\":\"enabled\"},"
		    "\"output_config\":{\"effort\":\"low\"}}",
		    "{\"a\":1,\"output_config\":{\"effort\":\"low\"}}",
		    .effort = EFFORT_OFF },
		{ "{\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{"
		    "\"effort\":\"low\"},\"messages\":[{\"output_config\":{"
		    "\"effort\":\"low\"},\"role\":\"system\"}]}",
		    "{\"messages\":[{\"role\":\"system\"}]}",
		    .effort = EFFORT_OFF },
		{ "{\"output_config\":{\"effort\":\"low\",\"format\":{}}}",
		    "{\"output_config\":{\"format\":{}}}", .effort = EFFORT_OFF,
		    .thinking = THINKING_ADAPTIVE },
		{ "{\"thinking\":{\"type\":\"adaptive\"}}",
		    "{\"thinking\":{\"type\":\"disabled\"}}",
		    .effort = EFFORT_OFF, .off = THINKING_OFF_DISABLED },
		/* An effort beside it says how much is written. */
		{ "{\"thinking\":{\"type\":\"disabled\"},\"output_config\":{"
		    "\"effort\":\"low\"}}", NULL, .off = THINKING_OFF_DISABLED,
		    .thinking = THINKING_ADAPTIVE },
		{ "{}", "{\"thinking\":{\"type\":\"between_tools\"}}",
		    .effort = EFFORT_OFF, .off = THINKING_OFF_BETWEEN_TOOLS },
		{ "{\"thinking\":{\"type\":\"adaptive\"}}",
		    "{\"output_config\":{\"effort\":\"low\"}}",
		    .effort = EFFORT_OFF, .off = THINKING_OFF_IMPOSSIBLE },
		{ "{\"thinking\":{},\"context_management\":{\"edits\":["
		    CLEAR "]}}", "{}", .effort = EFFORT_OFF },
		{ "{\"thinking\":{},\"context_management\":{\"edits\":["
		    TOOLS ", " CLEAR "]},\"z\":1}", "{\"context_management\":{"
		    "\"edits\":[" TOOLS "]},\"z\":1}", .effort = EFFORT_OFF },
		{ "{\"context_management\":{\"edits\":[" CLEAR "," TOOLS "]},"
		    "\"max_tokens\":1024}", "{\"context_management\":{"
		    "\"edits\":[" TOOLS "]},\"max_tokens\":1024}",
		    .effort = EFFORT_LOW, .most = 1024 },
		{ "{\"thinking\":{},\"context_management\":{\"edits\":7}}",
		    "{\"context_management\":{\"edits\":7}}",
		    .effort = EFFORT_OFF },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

static void
is_fast(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"a\":1}", "{\"speed\":\"fast\",\"a\":1}", .flags = FAST },
		{ "{\"speed\":null}", "{\"speed\":\"fast\"}", .flags = FAST },
		{ "{\"speed\":null}", "{}", .flags = FAST, .drop = "speed" },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

#define CONTINUE \
	"{\"role\":\"user\",\"content\":\"Continue.\"}"

static void
repairs_what_the_entry_refuses(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"messages\":[{\"role\":\"assistant\",\"content\":\"A\"}]}",
		    "{\"messages\":[{\"role\":\"assistant\",\"content\":\"A\"},"
		    CONTINUE "]}", .flags = NO_PREFILL },
		/* What the entry and other APIs leave behind goes there, too. */
		{ "{\"messages\":[{\"role\":\"assistant\",\"content\":["
		    "{\"type\":\"thinking\",\"thinking\":\"t\","
		    "\"signature\":\"d2a1.rtp.bQ..S\"},{\"type\":\"text\","
		    "\"text\":\"a\"}]}]}",
		    "{\"messages\":[{\"role\":\"assistant\",\"content\":["
		    "{\"type\":\"text\",\"text\":\"a\"}]}," CONTINUE "]}",
		    .flags = NO_PREFILL },
		{ "{\"messages\":[{\"role\":\"assistant\",\"content\":\"A\"}]}",
		    NULL },
		{ "{\"messages\":[{\"role\":\"assistant\",\"content\":\"A\"}]}",
		    NULL, .flags = NO_PREFILL | COUNTED },
		{ "{\"messages\":[{\"role\":\"assistant\",\"content\":[{"
		    "\"type\":\"tool_use\"}]}]}", NULL, .flags = NO_PREFILL },
		/* An effort counts at a system message alone. */
		{ "{\"messages\":[{\"role\":\"assistant\",\"output_config\":"
		    "{}}]}", "{\"messages\":[{\"role\":\"assistant\","
		    "\"output_config\":{}}," CONTINUE "]}",
		    .flags = NO_PREFILL },
		{ "{\"messages\":[{\"role\":\"user\"}]}", NULL,
		    .flags = NO_PREFILL },
		{ "{\"messages\":[{\"role\":\"system\",\"content\":\"B\"}]}",
		    NULL },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

#define SAYS(turns)	"{\"messages\":[" turns "]}"
#define SAID(who, content) \
	"{\"role\":\"" who "\",\"content\":" content "}"
#define BLOCK_OF(text)	"{\"type\":\"text\",\"text\":\"" text "\"}"
#define TAGGED(text)	BLOCK_OF("<system>\\n" text "\\n</system>")

static void
folds_system_messages_into_the_turn_before(void **state)
{
	static const struct edit_case	cases[] = {
		{ SAYS(SAID("user", "\"a\"") "," SAID("system", "\"\\u0062\"")),
		    SAYS(SAID("user", "[" BLOCK_OF("a") "," TAGGED("\\u0062")
		    "]")), .flags = NO_MID_SYSTEM },
		{ SAYS(SAID("user", "[" BLOCK_OF("a") "]") "," SAID("system",
		    "\"b\"") "," SAID("system", "[" BLOCK_OF("c") ",{\"type\":"
		    "\"tool_addition\"}]") "," SAID("assistant", "\"d\"")),
		    SAYS(SAID("user", "[" BLOCK_OF("a") "," TAGGED("b") ","
		    TAGGED("c") ",{\"type\":\"tool_addition\"}]") ","
		    SAID("assistant", "\"d\"")), .flags = NO_MID_SYSTEM },
		{ SAYS(SAID("user", "[]") "," SAID("system", "\"b\"")),
		    SAYS(SAID("user", "[" TAGGED("b") "]")),
		    .flags = NO_MID_SYSTEM },
		{ SAYS(SAID("system", "\"b\"") "," SAID("system", "\"c\"") ","
		    SAID("assistant", "\"d\"")), SAYS(SAID("user", "["
		    TAGGED("b") "," TAGGED("c") "]") "," SAID("assistant",
		    "\"d\"")), .flags = NO_MID_SYSTEM },
		{ SAYS(SAID("assistant", "\"a\"") "," SAID("system", "\" \"")
		    "," SAID("system", "7")), SAYS(SAID("assistant",
		    "\"a\"")), .flags = NO_MID_SYSTEM },
		{ SAYS(SAID("assistant", "\"a\"") "," SAID("system", "\" \"")
		    "," SAID("system", "7")), SAYS(SAID("assistant",
		    "\"a\"") "," SAID("user", "\"Continue.\"")),
		    .flags = NO_MID_SYSTEM | NO_PREFILL, .lost = "prefill, "
		    "system_position" },
		{ SAYS(SAID("assistant", "\"a\"") "," SAID("system", "\"b\"")),
		    SAYS(SAID("assistant", "\"a\"") "," SAID("user", "["
		    TAGGED("b") "]")), .flags = NO_MID_SYSTEM | NO_PREFILL },
		{ SAYS(SAID("user", "\"a\"") "," SAID("system", "\"b\"")),
		    NULL },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

static void
reads_heads(void **state)
{
	const struct dialect	*d = &dialect_messages;

	(void)state;
	check_head(d, "{\"model\":\"a\",\"model\":\"b\",\"stream\":true}",
	    "\"b\" 1 =");
	check_head(d, "{}", " 0 =");
	check_head(d, "{\"model\":5}", "model must be a string");
	check_head(d, "[]", "the request body must be a JSON object");
	check_head(d, "{\"metadata\":{\"user_id\":\"{\\\"device_id\\\":1,"
	    "\\\"session_id\\\":\\\"s-1\\\"}\"}}", " 0 session_id=s-1");
	check_head(d, "{\"metadata\":{\"user_id\":\"user_1_account_2_session_"
	    "ab\"}}", " 0 session_id=ab");
	check_head(d, "{\"metadata\":{\"user_id\":\"joe\"}}", " 0 =");
	check_head(d, "{\"metadata\":{\"user_id\":[]}}", " 0 =");
	check_head(d, "{\"metadata\":5}", " 0 =");
}

static void
tells_of_images_that_the_model_does_not_read(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
		    "\"tool_result\",\"tool_use_id\":\"t\",\"content\":[{\"type\":"
		    "\"image\",\"source\":{},\"cache_control\":{\"type\":"
		    "\"ephemeral\"}}]}]}]}", "{\"messages\":[{\"role\":"
		    "\"user\",\"content\":[{\"type\":\"tool_result\","
		    "\"tool_use_id\":\"t\",\"content\":[{\"type\":\"text\","
		    "\"text\":\"" IMAGE_UNREAD "\",\"cache_control\":{"
		    "\"type\":\"ephemeral\"}}]}]}]}", .flags = NO_IMAGES,
		    .lost = "image" },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

/* Where a system message's text goes, its cache mark goes, too. */
static void
keeps_the_cache_mark_of_what_is_folded(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
		    "{\"role\":\"system\",\"content\":[{\"type\":\"text\","
		    "\"text\":\"b\",\"cache_control\":{\"type\":\"ephemeral\"}}]}"
		    "]}", "{\"messages\":[{\"role\":\"user\",\"content\":["
		    "{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\","
		    "\"text\":\"<system>\\nb\\n</system>\",\"cache_control\":"
		    "{\"type\":\"ephemeral\"}}]}]}", .flags = NO_MID_SYSTEM },
	};

	(void)state;
	check_edits(&dialect_messages, cases, COUNT(cases));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(leaves_alone_what_policy_does_not_change),
		cmocka_unit_test(renames_the_model),
		cmocka_unit_test(puts_the_system_prompt_first_once),
		cmocka_unit_test(enables_thinking_within_max_tokens),
		cmocka_unit_test(takes_away_what_thinking_does_not_bear),
		cmocka_unit_test(leaves_thinking_out_where_the_history_has_none),
		cmocka_unit_test(leaves_out_seals_where_none_may_go),
		cmocka_unit_test(sets_efforts),
		cmocka_unit_test(ends_thinking),
		cmocka_unit_test(is_fast),
		cmocka_unit_test(repairs_what_the_entry_refuses),
		cmocka_unit_test(folds_system_messages_into_the_turn_before),
		cmocka_unit_test(reads_heads),
		cmocka_unit_test(tells_of_images_that_the_model_does_not_read),
		cmocka_unit_test(keeps_the_cache_mark_of_what_is_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
