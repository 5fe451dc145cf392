#include "build.h"

#include "responses_cases.h"

static struct request_case	c;

static int
setup(void **state)
{
	(void)state;
	case_start(&c, DIALECT_MESSAGES, DIALECT_RESPONSES);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	case_end(&c);
	return 0;
}

static void
writes(void)
{
	if (case_write(&c) == -1)
		fail_msg("%s", c.problem.message);
}

#define STATELESS "'store':false,'include':['reasoning.encrypted_content']"

static void
the_least(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.stream = true;
	writes();
	wrote(&c, "{'model':'claude','input':[{'type':'message','role':'user',"
	    "'content':[{'type':'input_text','text':'hi'}]}]," STATELESS ","
	    "'stream':true}");
}

static void
system_text_is_instructions_and_leads_the_input(void **state)
{
	(void)state;
	request_add_system(&c.request, escaped_of("one"));
	request_add_system(&c.request, escaped_of("two"));
	say(&c, ROLE_USER, "hi");
	say(&c, ROLE_SYSTEM, "mid");
	say(&c, ROLE_ASSISTANT, "ho");
	c.model.prefill = false;
	writes();
	wrote(&c, "{'model':'claude','instructions':'one','input':["
	    "{'type':'message','role':'developer','content':["
	    "{'type':'input_text','text':'two'}]},"
	    "{'type':'message','role':'user','content':["
	    "{'type':'input_text','text':'hi'}]},"
	    "{'type':'message','role':'developer','content':["
	    "{'type':'input_text','text':'mid'}]},"
	    "{'type':'message','role':'assistant','content':["
	    "{'type':'output_text','text':'ho','annotations':[]}]},"
	    "{'type':'message','role':'user','content':["
	    "{'type':'input_text','text':'Continue.'}]}]," STATELESS "}");
	assert_string_equal(case_losses(&c), "prefill");
}

/* What such a model said before a call was no answer yet. */
static void
phases_are_said_again(void **state)
{
	(void)state;
	c.policy.model_id = "gpt-5.4";
	say(&c, ROLE_USER, "hi");
	say(&c, ROLE_ASSISTANT, "I look.");
	call(&c, "call_1", "look", "{}");
	answer(&c, "call_1", "seen");
	say(&c, ROLE_ASSISTANT, "Done.");
	say(&c, ROLE_USER, "more");
	writes();
	holds(&c, "{'type':'message','role':'assistant','phase':'commentary',"
	    "'content':[{'type':'output_text','text':'I look.'");
	holds(&c, "{'type':'message','role':'assistant','phase':"
	    "'final_answer','content':[{'type':'output_text','text':'Done.'");
	holds(&c, "{'type':'message','role':'user','content'");
}

/* Golden case 10: without `strict` the API would rewrite the schema. */
static void
strict_only_where_it_was_said_and_holds(void **state)
{
	struct tool	*tool;

	(void)state;
	declare(&c, TOOL_FUNCTION, "unsaid")->schema = case_value(&c,
	    "{'type':'object','properties':{'a':{'type':'string'}}}");
	tool = declare(&c, TOOL_FUNCTION, "open");
	tool->strict = 1;
	tool->schema = case_value(&c,
	    "{'type':'object','properties':{'a':{'type':'string'}}}");
	tool = declare(&c, TOOL_FUNCTION, "closed");
	tool->strict = 1;
	tool->schema = case_value(&c, "{'type':'object','properties':{},"
	    "'additionalProperties':false}");
	say(&c, ROLE_USER, "hi");
	writes();
	holds(&c, "'tools':[{'type':'function','name':'unsaid','parameters':"
	    "{'type':'object','properties':{'a':{'type':'string'}}},"
	    "'strict':false},{'type':'function','name':'open','parameters':"
	    "{'type':'object','properties':{'a':{'type':'string'}}},"
	    "'strict':false},{'type':'function','name':'closed','parameters':"
	    "{'type':'object','properties':{},'additionalProperties':false},"
	    "'strict':true}]");
	assert_string_equal(case_losses(&c), "tool_strict");
}

static void
calls_and_results(void **state)
{
	struct part	*part;

	(void)state;
	say(&c, ROLE_USER, "hi");
	call(&c, "toolu_1", "f", "");
	call(&c, "toolu_2", "dotted.name", "{'a':1}");
	part = answer(&c, "toolu_2", "two");
	part = part_add_content(&c.request, part, PART_IMAGE);
	part->media.media_type = text_of("image/png");
	part->media.data = escaped_of("AAAA");
	say(&c, ROLE_USER, "and?");
	part = answer(&c, "toolu_1", "one");
	part->failed = true;
	writes();
	holds(&c, "{'type':'function_call','call_id':'toolu_1','name':'f',"
	    "'arguments':'{}'},{'type':'function_call','call_id':'toolu_2',"
	    "'name':'dotted_name_");
	holds(&c, "{'type':'function_call_output','call_id':'toolu_1',"
	    "'output':'Error: one'},{'type':'function_call_output','call_id':"
	    "'toolu_2','output':[{'type':'input_text','text':'two'},"
	    "{'type':'input_image','image_url':'data:image/png;base64,AAAA',"
	    "'detail':'auto'}]},{'type':'message','role':'user','content':["
	    "{'type':'input_text','text':'and?'}]}");
	lacks(&c, "\"id\"");
	assert_string_equal(case_losses(&c), "");
}

static void
unpaired_calls_are_refused(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	call(&c, "toolu_1", "f", "");
	assert_int_equal(case_write(&c), -1);
	assert_non_null(strstr(c.problem.message, "toolu_1"));
}

static struct part *
think(const char *text, struct seal *seal)
{
	struct turn	*turn = request_turn(&c.request, ROLE_ASSISTANT);
	struct part	*part;

	part = turn_add_part(&c.request, turn, PART_THINKING);
	part->text = escaped_of(text);
	part->seal = seal;
	return part;
}

static void
only_what_this_model_sealed_goes_back(void **state)
{
	struct seal	own = { .dialect = DIALECT_RESPONSES,
			    .model = text_of("claude"),
			    .bytes = text_of("ENC") };
	struct seal	other = own;

	(void)state;
	other.model = text_of("gpt");
	say(&c, ROLE_USER, "hi");
	think("", &own);
	think("hm", &own);
	think("gone", &other);
	think("bare", NULL);
	say(&c, ROLE_ASSISTANT, "ho");
	say(&c, ROLE_USER, "and?");
	writes();
	holds(&c, "{'type':'reasoning','summary':[],'encrypted_content':'ENC'}"
	    ",{'type':'reasoning','summary':[{'type':'summary_text','text':"
	    "'hm'}],'encrypted_content':'ENC'},{'type':'message',"
	    "'role':'assistant'");
	lacks(&c, "gone");
	lacks(&c, "bare");
	assert_string_equal(case_losses(&c), "seal, thinking");
	c.policy.no_seals = true;
	writes();
	lacks(&c, "ENC");
}

static void
limits(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.max_tokens = 5;
	writes();
	holds(&c, "'max_output_tokens':16");
	assert_string_equal(case_losses(&c), "max_tokens");
	c.model.max_output_tokens = 100;
	c.request.max_tokens = 128000;
	writes();
	holds(&c, "'max_output_tokens':100");
	c.request.max_tokens = 0;
	assert_int_equal(case_write(&c), -1);
}

static void
what_cannot_be_said(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.top_k = text_of("4");
	c.request.seed = text_of("1");
	c.request.presence_penalty = text_of("0.1");
	c.request.stops = arena_calloc(&c.arena, 1, sizeof(struct escaped));
	c.request.stops[0] = escaped_of("END");
	c.request.stops_count = 1;
	c.request.temperature = text_of("0.5");
	c.model.sampling = false;
	declare(&c, TOOL_SERVER, "code")->type = text_of("code_execution_1");
	writes();
	assert_string_equal(case_losses(&c), "builtin_tool, penalties, "
	    "sampling, seed, stop, top_k");
	lacks(&c, "tools");
	lacks(&c, "temperature");
	c.request.strict = true;
	assert_int_equal(case_write(&c), -1);
}

static void
searches_are_this_api_s(void **state)
{
	struct tool	*tool = declare(&c, TOOL_SERVER, "web_search");

	(void)state;
	tool->type = text_of("web_search_20250305");
	c.request.choice.kind = CHOICE_TOOL;
	c.request.choice.name = text_of("web_search");
	say(&c, ROLE_USER, "hi");
	writes();
	holds(&c, "'tools':[{'type':'web_search'}],"
	    "'tool_choice':{'type':'web_search'}");
}

static void
none_of_those_allowed_is_none(void **state)
{
	struct text	allowed[] = { { "x", 1 }, { "f", 1 } };

	(void)state;
	declare(&c, TOOL_FUNCTION, "f");
	say(&c, ROLE_USER, "hi");
	case_allow(&c, CHOICE_REQUIRED, allowed, 2);
	writes();
	holds(&c, "'tool_choice':{'type':'allowed_tools','mode':'required',"
	    "'tools':[{'type':'function','name':'f'}]}");
	assert_string_equal(case_losses(&c), "");
	c.request.choice.allowed_count = 1;
	writes();
	holds(&c, "'tool_choice':'none'");
	assert_string_equal(case_losses(&c), "forced_tool_choice");
}

static void
reasoning(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.effort = EFFORT_MAX;
	c.model.efforts = 1u << EFFORT_LOW | 1u << EFFORT_HIGH;
	writes();
	holds(&c, "'reasoning':{'effort':'high','summary':'auto'}");
	assert_string_equal(case_losses(&c), "effort");
	c.request.effort = EFFORT_AUTO;
	c.request.budget = 4096;
	c.request.show_thinking = 0;
	writes();
	holds(&c, "'reasoning':{'effort':'low'}");
	c.request.effort = EFFORT_OFF;
	c.model.efforts = 0;
	writes();
	lacks(&c, "\"reasoning\":");
	c.model.efforts = 1u << EFFORT_LOW | 1u << EFFORT_HIGH;
	writes();
	holds(&c, "'reasoning':{'effort':'low'}");
	c.model.efforts |= 1u << EFFORT_OFF;
	writes();
	holds(&c, "'reasoning':{'effort':'none'}");
	c.request.effort = EFFORT_AUTO;
	c.request.budget = -1;
	c.request.adaptive = true;
	c.request.show_thinking = 1;
	writes();
	holds(&c, "'reasoning':{'summary':'auto'}");
}

static void
formats(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.format.kind = FORMAT_JSON;
	c.request.verbosity = text_of("low");
	writes();
	holds(&c, "'text':{'format':{'type':'json_object'},"
	    "'verbosity':'low'}");
	holds(&c, "'input':[{'type':'message','role':'developer','content':["
	    "{'type':'input_text','text':'Answer in JSON.'}]}");
	say(&c, ROLE_USER, "as JSON");
	writes();
	lacks(&c, "Answer in");
	c.request.format.kind = FORMAT_SCHEMA;
	c.request.format.strict = 1;
	c.request.format.schema = case_value(&c, "{'type':'object',"
	    "'properties':{'a':{'type':'string'}}}");
	writes();
	holds(&c, "'format':{'type':'json_schema','name':'answer','schema':"
	    "{'type':'object','properties':{'a':{'type':'string'}}},"
	    "'strict':false}");
	c.request.verbosity.length = 0;
	c.request.format.schema = case_value(&c, "{'type':'array'}");
	writes();
	lacks(&c, "'format'");
	holds(&c, "Answer with nothing but JSON of this schema: "
	    "{\\'type\\':\\'array\\'}");
	assert_string_equal(case_losses(&c), "schema_keywords");
}

/* Which its models refuse as long as they reason. */
static void
sampling_of_others_is_not_for_models_that_reason(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.temperature = text_of("0.5");
	c.model.openai_reasoning_said = c.model.openai_reasoning = true;
	writes();
	lacks(&c, "temperature");
	assert_string_equal(case_losses(&c), "sampling");
	c.model.openai_reasoning = false;
	c.request.temperature = text_of("0.5");
	writes();
	holds(&c, "'temperature':0.5");
}

static void
files(void **state)
{
	struct turn	*turn = request_add_turn(&c.request, ROLE_USER);
	struct part	*part;

	(void)state;
	part = turn_add_part(&c.request, turn, PART_DOCUMENT);
	part->media.media_type = text_of("application/pdf");
	part->media.data = escaped_of("JVBE");
	part = turn_add_part(&c.request, turn, PART_DOCUMENT);
	part->media.url = escaped_of("https://x/a.pdf");
	part = turn_add_part(&c.request, turn, PART_DOCUMENT);
	part->text = escaped_of("plain");
	writes();
	holds(&c, "[{'type':'input_file','filename':'document.pdf',"
	    "'file_data':'data:application/pdf;base64,JVBE'},"
	    "{'type':'input_file','file_url':'https://x/a.pdf'},"
	    "{'type':'input_text','text':'plain'}]");
	part = turn_add_part(&c.request, turn, PART_IMAGE);
	part->media.file_id = escaped_of("file_1");
	assert_int_equal(case_write(&c), -1);
	c.request.from = DIALECT_CHAT;
	writes();
	holds(&c, "{'type':'input_image','file_id':'file_1'");
	turn_add_part(&c.request, turn, PART_AUDIO);
	assert_int_equal(case_write(&c), -1);
}

static void
identities(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.prompt_cache_key = escaped_of(
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "4");
	c.request.safety_identifier = escaped_of("who@where");
	c.request.store = 1;
	c.request.logprobs = 2;
	c.request.fast = true;
	writes();
	holds(&c, "'safety_identifier':'who@where'");
	holds(&c, "'prompt_cache_key':'0123456789012345678901234567890123456789"
	    "012345678901_");
	holds(&c, "'service_tier':'priority','store':true,'include':["
	    "'message.output_text.logprobs']");
	holds(&c, "'top_logprobs':2");
}

/* One that doesn't reason refuses to seal its reasoning. */
static void
sealed_reasoning_is_asked_of_models_that_reason(void **state)
{
	static const struct {
		const char	*id;
		bool		 asked;
	} cases[] = {
		{ "gpt-5.4", true }, { "openai/o3", true }, { "grok-4", true },
		{ "gpt-oss-120b", true }, { "gpt-4.1", false },
		{ "openai/gpt-5-chat-latest", false },
	};
	size_t	i;

	(void)state;
	say(&c, ROLE_USER, "hi");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c.policy.model_id = cases[i].id;
		writes();
		if (cases[i].asked)
			holds(&c, STATELESS);
		else
			lacks(&c, "include");
	}
	c.model.openai_reasoning_said = true;
	c.policy.model_id = "mine";
	writes();
	lacks(&c, "include");
}

static void
models_that_reason_get_no_logprobs(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.logprobs = 3;
	c.policy.model_id = "gpt-5.5";
	writes();
	lacks(&c, "logprobs");
	assert_string_equal(case_losses(&c), "logprobs");
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(the_least),
		CASE(system_text_is_instructions_and_leads_the_input),
		CASE(phases_are_said_again),
		CASE(strict_only_where_it_was_said_and_holds),
		CASE(calls_and_results),
		CASE(unpaired_calls_are_refused),
		CASE(only_what_this_model_sealed_goes_back),
		CASE(limits),
		CASE(what_cannot_be_said),
		CASE(searches_are_this_api_s),
		CASE(none_of_those_allowed_is_none),
		CASE(reasoning),
		CASE(formats),
		CASE(sampling_of_others_is_not_for_models_that_reason),
		CASE(files),
		CASE(identities),
		CASE(sealed_reasoning_is_asked_of_models_that_reason),
		CASE(models_that_reason_get_no_logprobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
