#include "build.h"

#include "dialect_cases.h"
#include "dialects/generate/generate.h"

static const struct dialect	*d = &dialect_generate;

#define PROMPT	"You \"D\".\n\n"
#define PART	"{\"text\":\"You \\\"D\\\".\\n\\n\"}"
#define M	"{\"model\":\"m\","

static void
leaves_alone_what_policy_does_not_change(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"model\":\"m\"}", NULL },
		{ "{ \"x\":1e400}", NULL, .base_url = "http://u/{model}:g" },
		{ "[]", NULL, .prompt = PROMPT, .effort = EFFORT_HIGH,
		    .flags = NO_SAMPLING | NO_FORCED_TOOLS },
		{ M "\"generationConfig\":{\"thinkingConfig\":{"
		    "\"thinkingBudget\":-1},\"temperature\":0}}", NULL },
		{ M "\"generationConfig\":{\"thinkingConfig\":{"
		    "\"thinkingBudget\":30000}}}", NULL,
		    .efforts = EFFORT(LOW) },
		{ M "\"generationConfig\":5}", NULL, .effort = EFFORT_LOW,
		    .flags = NO_SAMPLING },
		{ M "\"systemInstruction\":7}", NULL, .prompt = PROMPT },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
names_the_model_where_the_endpoint_wants_it(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"contents\":[]}", "{\"model\":\"m\",\"contents\":[]}" },
		{ "{\"model\":\"a\",\"stream\":true}", "{}",
		    .base_url = "http://u/{model}:g" },
		{ "{}", NULL, .drop = "model" },
		{ "{\"Model\":\"a\"}", "{\"model\":\"m\",\"Model\":\"m\"}" },
		{ M "\"x\":1}", "{\"stream\":true,\"model\":\"m\",\"x\":1}",
		    .flags = STREAMED },
		{ M "\"stream\":false}", M "\"stream\":true}",
		    .flags = STREAMED },
		{ M "\"stream\":true}", NULL, .flags = STREAMED },
		{ "{\"x\":1}", NULL, .base_url = "http://u/{model}:g",
		    .flags = STREAMED },
		{ "{\"model\":\"a\",\"contents\":[]}",
		    "{\"model\":\"m\",\"contents\":[]}", .prompt = PROMPT,
		    .flags = COUNTED, .effort = EFFORT_LOW },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
puts_the_system_prompt_first_once(void **state)
{
	static const struct edit_case	cases[] = {
		{ M "\"a\":1}", "{\"systemInstruction\":{\"parts\":[" PART
		    "]},\"model\":\"m\",\"a\":1}", .prompt = PROMPT },
		{ M "\"systemInstruction\":{\"parts\":[ {\"text\":\"a\"}],"
		    "\"role\":\"user\"}}", M "\"systemInstruction\":{\"parts\":"
		    "[" PART ", {\"text\":\"a\"}],\"role\":\"user\"}}",
		    .prompt = PROMPT },
		{ M "\"system_instruction\":{\"parts\":{\"text\":\"a\"}}}",
		    M "\"system_instruction\":{\"parts\":[" PART
		    ",{\"text\":\"a\"}]}}", .prompt = PROMPT },
		{ M "\"systemInstruction\":\"a\\ud800\"}",
		    M "\"systemInstruction\":{\"parts\":[" PART
		    ",{\"text\":\"a\\ud800\"}]}}", .prompt = PROMPT },
		{ M "\"systemInstruction\":\"\"}", M "\"systemInstruction\":{"
		    "\"parts\":[" PART "]}}", .prompt = PROMPT },
		{ M "\"system_instruction\":null}", M "\"system_instruction\":{"
		    "\"parts\":[" PART "]}}", .prompt = PROMPT },
		{ M "\"systemInstruction\":{}}", M "\"systemInstruction\":{"
		    "\"parts\":[" PART "]}}", .prompt = PROMPT },
		{ M "\"systemInstruction\":{\"parts\":[]}}",
		    M "\"systemInstruction\":{\"parts\":[" PART "]}}",
		    .prompt = PROMPT },
		{ M "\"systemInstruction\":{\"role\":\"user\"}}",
		    M "\"systemInstruction\":{\"parts\":[" PART
		    "],\"role\":\"user\"}}", .prompt = PROMPT },
		{ M "\"systemInstruction\":{\"parts\":null}}",
		    M "\"systemInstruction\":{\"parts\":[" PART "]}}",
		    .prompt = PROMPT },
		{ M "\"systemInstruction\":{\"text\":\"a\"}}",
		    M "\"systemInstruction\":{\"parts\":[" PART
		    ",{\"text\":\"a\"}]}}", .prompt = PROMPT },
		{ M "\"systemInstruction\":[{\"text\":\"a\"}]}",
		    M "\"systemInstruction\":[" PART ",{\"text\":\"a\"}]}",
		    .prompt = PROMPT },
		{ M "\"systemInstruction\":{\"parts\":[" PART "]}}", NULL,
		    .prompt = PROMPT },
		{ M "\"systemInstruction\":{\"parts\":" PART "}}", NULL,
		    .prompt = PROMPT },
		{ M "\"systemInstruction\":\"You \\\"D\\\". Now\"}", NULL,
		    .prompt = PROMPT },
		{ M "\"systemInstruction\":{\"parts\":5}}", NULL,
		    .prompt = PROMPT },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

#define LEVEL(word)	"\"thinkingConfig\":{\"thinkingLevel\":\"" word \
	"\"}"
#define BUDGET(number)	"\"thinkingConfig\":{\"thinkingBudget\":" number "}"

static void
sets_thinking(void **state)
{
	static const struct edit_case	cases[] = {
		{ M "\"a\":1}", "{\"generationConfig\":{" LEVEL("LOW") "},"
		    "\"model\":\"m\",\"a\":1}", .effort = EFFORT_LOW,
		    .thinking = THINKING_LEVEL },
		{ M "\"generationConfig\":{\"topK\":1}}",
		    M "\"generationConfig\":{" LEVEL("HIGH") ",\"topK\":1}}",
		    .effort = EFFORT_XHIGH, .thinking = THINKING_LEVEL },
		{ M "\"generation_config\":{\"thinking_config\":{},\"x\":1}}",
		    M "\"generation_config\":{" LEVEL("MEDIUM") ",\"x\":1}}",
		    .effort = EFFORT_MEDIUM, .thinking = THINKING_LEVEL },
		{ M "\"generationConfig\":null}", M "\"generationConfig\":{"
		    LEVEL("HIGH") "}}", .effort = EFFORT_MEDIUM,
		    .thinking = THINKING_LEVEL, .efforts = EFFORT(HIGH) },
		{ M "\"generationConfig\":{\"thinkingConfig\":{"
		    "\"thinkingLevel\":\"LOW\"}}}", M "\"generationConfig\":{"
		    BUDGET("12288") "}}", .effort = EFFORT_MEDIUM },
		{ M "\"generationConfig\":{}}", M "\"generationConfig\":{"
		    BUDGET("24576") "}}", .effort = EFFORT_XHIGH },
		{ M "\"generationConfig\":{\"thinkingConfig\":{"
		    "\"includeThoughts\":true}}}", M "\"generationConfig\":{"
		    "\"thinkingConfig\":{\"thinkingBudget\":12288,"
		    "\"includeThoughts\":true}}}", .effort = EFFORT_MEDIUM },
		{ M "\"generationConfig\":{\"thinkingConfig\":{"
		    "\"includeThoughts\":false}}}", M "\"generationConfig\":{"
		    "\"thinkingConfig\":{\"thinkingBudget\":12288,"
		    "\"includeThoughts\":false}}}", .effort = EFFORT_MEDIUM },
		{ "{\"model\":\"g-2.5-pro\",\"generationConfig\":{}}",
		    "{\"model\":\"g-2.5-pro\",\"generationConfig\":{"
		    BUDGET("32768") "}}", .effort = EFFORT_XHIGH,
		    .id = "g-2.5-pro" },
		{ M "\"a\":1}", NULL, .effort = EFFORT_LOW,
		    .drop = "generationConfig" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
ends_thinking(void **state)
{
	static const struct edit_case	cases[] = {
		{ M "\"generationConfig\":{\"x\":1,\"thinkingConfig\":{}}}",
		    M "\"generationConfig\":{\"x\":1}}", .effort = EFFORT_OFF },
		{ M "\"generation_config\":{\"thinking_config\":{}}}",
		    M "\"generation_config\":{}}", .effort = EFFORT_OFF },
		{ M "\"generationConfig\":null}", NULL, .effort = EFFORT_OFF },
		{ M "\"generationConfig\":{}}", M "\"generationConfig\":{"
		    "\"thinkingConfig\":{\"thinkingBudget\":0}}}",
		    .effort = EFFORT_OFF, .off = THINKING_OFF_DISABLED },
		{ M "\"generationConfig\":{}}", M "\"generationConfig\":{"
		    "\"thinkingConfig\":{\"thinkingBudget\":128}}}",
		    .effort = EFFORT_OFF, .off = THINKING_OFF_IMPOSSIBLE },
		{ M "\"generationConfig\":{}}", M "\"generationConfig\":{"
		    "\"thinkingConfig\":{\"thinkingLevel\":\"MINIMAL\"}}}",
		    .effort = EFFORT_OFF, .off = THINKING_OFF_DISABLED,
		    .thinking = THINKING_LEVEL },
		{ M "\"generationConfig\":{}}", M "\"generationConfig\":{"
		    "\"thinkingConfig\":{\"thinkingLevel\":\"LOW\"}}}",
		    .effort = EFFORT_OFF, .off = THINKING_OFF_IMPOSSIBLE,
		    .thinking = THINKING_LEVEL },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
keeps_to_what_the_entry_bears(void **state)
{
	static const struct edit_case	cases[] = {
		{ M "\"generationConfig\":{\"temperature\":0,\"x\":1,"
		    "\"topP\":1,\"top_k\":2}}", M "\"generationConfig\":{"
		    "\"x\":1}}", .flags = NO_SAMPLING },
		{ M "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":"
		    "\"ANY\"}}}", M "\"toolConfig\":{\"functionCallingConfig\":"
		    "{\"mode\":\"AUTO\"}}}", .flags = NO_FORCED_TOOLS },
		{ M "\"tool_config\":{\"function_calling_config\":{\"mode\":"
		    "\"ANY\",\"allowed_function_names\":[\"a\"]}}}",
		    M "\"tool_config\":{\"function_calling_config\":{\"mode\":"
		    "\"VALIDATED\",\"allowed_function_names\":[\"a\"]}}}",
		    .flags = NO_FORCED_TOOLS },
		{ M "\"safetySettings\":[]}", "{\"model\":\"m\"}",
		    .drop = "safetySettings" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

#define CONTINUE \
	"{\"role\":\"user\",\"parts\":[{\"text\":\"Continue.\"}]}"
#define OPEN	"{\"model\":\"m\",\"contents\":["
#define LAST	"{\"role\":\"model\",\"parts\":[{\"text\":\"A\"}]}"

static void
repairs_what_the_entry_refuses(void **state)
{
	static const struct edit_case	cases[] = {
		{ OPEN LAST "]}", OPEN LAST "," CONTINUE "]}",
		    .flags = NO_PREFILL },
		{ OPEN LAST "]}", NULL },
		{ OPEN "{\"role\":\"model\",\"parts\":[{\"text\":\"A\"},"
		    "{\"function_call\":{}}]}]}", NULL,
		    .flags = NO_PREFILL },
		{ OPEN LAST ",{\"role\":\"user\",\"parts\":[]}]}", NULL,
		    .flags = NO_PREFILL },
		{ OPEN "]}", NULL, .flags = NO_PREFILL },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

#define SAYS(parts) \
	"{\"contents\":[{\"role\":\"model\",\"parts\":[" parts "]}]," \
	"\"model\":\"gemini-3-pro\"}"
#define CALLS	"\"functionCall\":{\"name\":\"f\"}"

static void
leaves_out_seals_where_none_may_go(void **state)
{
	static const struct edit_case	cases[] = {
		{ SAYS("{" CALLS ",\"thoughtSignature\":\"S\"}"), NULL,
		    .id = "gemini-3-pro", .lost = "" },
		{ SAYS("{\"text\":\"t\",\"thoughtSignature\":\"S\"},{"
		    "\"text\":\"\",\"thought_signature\":\"S\"},{" CALLS
		    ",\"thoughtSignature\":\"S\"},{" CALLS "}"),
		    SAYS("{\"text\":\"t\"},{" CALLS ",\"thoughtSignature\":"
		    "\"skip_thought_signature_validator\"},{" CALLS "}"),
		    .id = "gemini-3-pro", .flags = NO_SEALS, .lost = "seal" },
	};

	(void)state;
	check_edits(d, cases, COUNT(cases));
}

static void
reads_heads(void **state)
{
	(void)state;
	check_head(d, "{\"model\":\"b\",\"stream\":true}", "\"b\" 1 =");
	check_head(d, "{}", " 0 =");
	check_head(d, "\"x\"", "the request body must be a JSON object");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(leaves_alone_what_policy_does_not_change),
		cmocka_unit_test(names_the_model_where_the_endpoint_wants_it),
		cmocka_unit_test(puts_the_system_prompt_first_once),
		cmocka_unit_test(sets_thinking),
		cmocka_unit_test(ends_thinking),
		cmocka_unit_test(keeps_to_what_the_entry_bears),
		cmocka_unit_test(repairs_what_the_entry_refuses),
		cmocka_unit_test(leaves_out_seals_where_none_may_go),
		cmocka_unit_test(reads_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
