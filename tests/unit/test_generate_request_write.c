#include "build.h"

#include <stdio.h>

#include "request_cases.h"

static struct request_case	c;

static void
name_model(const char *name)
{
	c.request.model = text_of(name);
	c.policy.model_id = name;
}

static void
writes(void)
{
	if (case_write(&c) == -1)
		fail_msg("%s", c.problem.message);
}

static int
setup(void **state)
{
	(void)state;
	case_start(&c, DIALECT_RESPONSES, DIALECT_GENERATE);
	name_model("gemini-3-flash");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	case_end(&c);
	return 0;
}

static struct part *
seal(struct part *part, enum dialect_kind dialect, enum seal_place place)
{
	part->seal = arena_calloc(&c.arena, 1, sizeof(*part->seal));
	part->seal->dialect = dialect;
	part->seal->place = place;
	part->seal->model = c.request.model;
	part->seal->bytes = text_of("SIG");
	return part;
}

static struct part *
sealed(enum seal_place place)
{
	struct turn	*turn = request_turn(&c.request, ROLE_ASSISTANT);

	return seal(turn_add_part(&c.request, turn, PART_REDACTED),
	    DIALECT_GENERATE, place);
}

static void
text_is_said_by_users_and_models(void **state)
{
	(void)state;
	request_add_system(&c.request, escaped_of("Be brief."));
	say(&c, ROLE_USER, "a\n");
	say(&c, ROLE_USER, "b");
	say(&c, ROLE_USER, " ");
	say(&c, ROLE_ASSISTANT, "c");
	say(&c, ROLE_SYSTEM, "s");
	say(&c, ROLE_USER, "d");
	writes();
	wrote(&c, "{'model':'gemini-3-flash','systemInstruction':{'parts':"
	    "[{'text':'Be brief.'}]},'contents':[{'role':'user','parts':["
	    "{'text':'a\\n'},{'text':'b'}]},{'role':'model','parts':["
	    "{'text':'c'}]},{'role':'user','parts':[{'text':'<system>\\ns\\n"
	    "</system>'},{'text':'d'}]}]}");
	assert_string_equal(case_losses(&c), "system_position");
}

static void
the_model_may_stand_in_the_url(void **state)
{
	struct endpoint	endpoint = { .model_in_url = true };

	(void)state;
	c.model.endpoint = &endpoint;
	c.request.stream = true;
	say(&c, ROLE_USER, "a");
	writes();
	wrote(&c, "{'contents':[{'role':'user','parts':[{'text':'a'}]}]}");
	endpoint.model_in_url = false;
	writes();
	holds(&c, "{'model':'gemini-3-flash','stream':true,");
}

/* Golden case 8. */
static void
calls_of_one_name_are_told_apart(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	call(&c, "c1", "w", "{'a':1}");
	call(&c, "c2", "w", "");
	answer(&c, "c2", "two");
	answer(&c, "c1", "one")->failed = true;
	say(&c, ROLE_USER, "and?");
	writes();
	holds(&c, "{'role':'model','parts':[{'functionCall':{'id':'c1',"
	    "'name':'w','args':{'a':1}},'thoughtSignature':"
	    "'skip_thought_signature_validator'},{'functionCall':{'id':'c2',"
	    "'name':'w','args':{}}}]},{'role':'user','parts':["
	    "{'functionResponse':{'id':'c1','name':'w','response':{'error':"
	    "'one'}}},{'functionResponse':{'id':'c2','name':'w','response':{"
	    "'output':'two'}}},{'text':'and?'}]}");
	name_model("gemini-2.5-pro");
	writes();
	lacks(&c, "thoughtSignature");
}

/* By no other type is a file of text taken as one. */
static void
files_of_text_are_text(void **state)
{
	static const char *const	types[] = { "application/json",
	    "text/markdown" };
	struct part			*part;
	size_t				 i;

	(void)state;
	say(&c, ROLE_USER, "hi");
	for (i = 0; i < 2; i++) {
		part = turn_add_part(&c.request, c.request.last,
		    PART_DOCUMENT);
		part->media.media_type = text_of(types[i]);
		part->media.data = escaped_of("e30=");
		part->media.title = escaped_of("a.json");
	}
	writes();
	holds(&c, "'parts':[{'text':'hi'},{'text':'a.json\\n\\n{}'},"
	    "{'inlineData':{'mimeType':'text/markdown','data':'e30='");
}

static void
seals_go_back_to_their_places(void **state)
{
	struct part	*part;

	(void)state;
	say(&c, ROLE_USER, "hi");
	part = sealed(SEAL_TEXT);
	part->seal->id = text_of("text");
	say(&c, ROLE_ASSISTANT, "first");
	sealed(SEAL_TEXT);
	sealed(SEAL_CALL);
	call(&c, "c1", "w", "");
	call(&c, "c2", "w", "");
	answer(&c, "c1", "one");
	answer(&c, "c2", "two");
	writes();
	holds(&c, "'parts':[{'text':'first','thoughtSignature':'SIG'},"
	    "{'text':'','thoughtSignature':'SIG'},{'functionCall':{'id':'c1',"
	    "'name':'w','args':{}},'thoughtSignature':'SIG'},{'functionCall':"
	    "{'id':'c2','name':'w','args':{}}}]");
	assert_string_equal(case_losses(&c), "");
	c.policy.no_seals = true;
	writes();
	holds(&c, "'parts':[{'text':'first'},{'functionCall':{'id':'c1',"
	    "'name':'w','args':{}},'thoughtSignature':"
	    "'skip_thought_signature_validator'},{'functionCall':");
	assert_string_equal(case_losses(&c), "seal");
}

static void
thoughts_go_without_the_seal_of_another(void **state)
{
	struct turn	*turn;
	struct part	*part;

	(void)state;
	say(&c, ROLE_USER, "hi");
	turn = request_add_turn(&c.request, ROLE_ASSISTANT);
	part = turn_add_part(&c.request, turn, PART_THINKING);
	part->text = escaped_of("hm");
	seal(part, DIALECT_MESSAGES, SEAL_THINKING);
	seal(turn_add_part(&c.request, turn, PART_REDACTED),
	    DIALECT_RESPONSES, SEAL_REDACTED);
	part = turn_add_part(&c.request, turn, PART_THINKING);
	part->text = escaped_of("own");
	seal(part, DIALECT_GENERATE, SEAL_THINKING);
	say(&c, ROLE_ASSISTANT, "a");
	say(&c, ROLE_USER, "b");
	writes();
	holds(&c, "'parts':[{'text':'hm','thought':true},{'text':'own',"
	    "'thought':true,'thoughtSignature':'SIG'},{'text':'a'}]");
	assert_string_equal(case_losses(&c), "seal");
}

/* Golden case 12. */
static void
images_of_results_go_inside(void **state)
{
	struct part	*result, *image;

	(void)state;
	say(&c, ROLE_USER, "hi");
	call(&c, "c1", "shot", "");
	result = answer(&c, "c1", "done");
	image = part_add_content(&c.request, result, PART_IMAGE);
	image->media.media_type = text_of("image/png");
	image->media.data = escaped_of("iVBORw0KGgo=");
	image = part_add_content(&c.request, result, PART_IMAGE);
	image->media.url = escaped_of("https://a.org/b.webp?c");
	say(&c, ROLE_USER, "see");
	writes();
	holds(&c, "{'functionResponse':{'id':'c1','name':'shot','response':"
	    "{'output':'done'},'parts':[{'inlineData':{'mimeType':'image/png',"
	    "'data':'iVBORw0KGgo='}}]}},{'fileData':{'mimeType':'image/webp',"
	    "'fileUri':'https://a.org/b.webp?c'}},{'text':'see'}]");
	name_model("gemini-2.5-flash");
	writes();
	holds(&c, "'response':{'output':'done'}}},{'inlineData':{'mimeType':"
	    "'image/png','data':'iVBORw0KGgo='}},{'fileData':");
	lacks(&c, "toolConfig");
}

static void
tools_are_declared_with_their_whole_schema(void **state)
{
	struct tool	*tool;

	(void)state;
	tool = declare(&c, TOOL_FUNCTION, "3d");
	tool->namespace_name = text_of("");
	tool->description = escaped_of("d");
	tool->schema = case_value(&c, "{'$schema':'x','type':'object',"
	    "'properties':{'a':{'const':9007199254740993}}}");
	tool = declare(&c, TOOL_CUSTOM, "patch");
	tool->syntax = text_of("lark");
	tool->grammar = escaped_of("start: x");
	declare(&c, TOOL_FUNCTION, "bare");
	tool = declare(&c, TOOL_SERVER, "");
	tool->type = text_of("web_search");
	say(&c, ROLE_USER, "hi");
	c.request.choice.kind = CHOICE_TOOL;
	c.request.choice.name = text_of("3d");
	c.request.parallel = 0;
	writes();
	holds(&c, "'tools':[{'functionDeclarations':[{'name':'_3d',"
	    "'description':'d','parametersJsonSchema':{'$schema':'x','type':"
	    "'object','properties':{'a':{'const':9007199254740993}}}},"
	    "{'name':'patch','description':'\\n\\nThe input follows this lark "
	    "grammar:\\nstart: x','parametersJsonSchema':{'type':'object',"
	    "'properties':{'input':{'type':'string'}},'required':['input']}},"
	    "{'name':'bare'}]}],'toolConfig':{'functionCallingConfig':{'mode':"
	    "'ANY','allowedFunctionNames':['_3d']}}");
	assert_string_equal(case_losses(&c),
	    "builtin_tool, grammar, parallel_tool_calls");
	assert_true(text_equals(tool_names_find(&c.names,
	    text_of("_3d"))->name, "3d"));
}

static void
a_search_stands_alone(void **state)
{
	struct tool	*tool = declare(&c, TOOL_SERVER, "web_search");

	(void)state;
	tool->type = text_of("web_search_20250305");
	say(&c, ROLE_USER, "hi");
	c.request.choice.kind = CHOICE_REQUIRED;
	writes();
	holds(&c, "'tools':[{'googleSearch':{}}]");
	lacks(&c, "toolConfig");
	tool->type = text_of("computer_use_preview");
	writes();
	lacks(&c, "tools");
	assert_string_equal(case_losses(&c), "builtin_tool");
}

static void
choices_are_modes(void **state)
{
	static const struct {
		enum choice_kind	 kind;
		size_t			 allowed;
		bool			 forced;
		const char		*config, *lost;
	} cases[] = {
		{ CHOICE_NONE, 0, true, "{'mode':'NONE'}", "" },
		{ CHOICE_AUTO, 0, true, "{'mode':'AUTO'}", "" },
		{ CHOICE_REQUIRED, 0, true, "{'mode':'ANY'}", "" },
		{ CHOICE_REQUIRED, 1, true, "{'mode':'ANY',"
		    "'allowedFunctionNames':['f']}", "" },
		{ CHOICE_AUTO, 2, true, "{'mode':'VALIDATED',"
		    "'allowedFunctionNames':['f']}", "" },
		{ CHOICE_REQUIRED, 0, false, "{'mode':'AUTO'}",
		    "forced_tool_choice" },
		{ CHOICE_TOOL, 0, true, "{'mode':'AUTO'}",
		    "forced_tool_choice" },
	};
	struct text	allowed[] = { { "f", 1 }, { "x", 1 } };
	size_t		i;

	(void)state;
	declare(&c, TOOL_FUNCTION, "f");
	say(&c, ROLE_USER, "hi");
	c.request.choice.name = text_of("gone");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&c.request.losses, 0, sizeof(c.request.losses));
		case_allow(&c, cases[i].kind, allowed, cases[i].allowed);
		c.model.forced_tools = cases[i].forced;
		writes();
		holds(&c, cases[i].config);
		assert_string_equal(case_losses(&c), cases[i].lost);
	}
}

static void
a_tool_of_a_namespace_need_not_be_called(void **state)
{
	(void)state;
	declare(&c, TOOL_FUNCTION, "f")->namespace_name = text_of("ns");
	say(&c, ROLE_USER, "hi");
	c.request.choice.kind = CHOICE_TOOL;
	c.request.choice.name = text_of("f");
	c.request.choice.namespace_name = text_of("ns");
	c.model.forced_tools = false;
	writes();
	holds(&c, "'mode':'VALIDATED','allowedFunctionNames':['ns__f']");
}

static void
none_of_those_allowed_is_none(void **state)
{
	struct text	allowed[] = { { "x", 1 }, { "y", 1 } };

	(void)state;
	declare(&c, TOOL_FUNCTION, "f");
	say(&c, ROLE_USER, "hi");
	case_allow(&c, CHOICE_REQUIRED, allowed, 2);
	writes();
	holds(&c, "'functionCallingConfig':{'mode':'NONE'}");
	assert_string_equal(case_losses(&c), "forced_tool_choice");
}

static void
settings_have_their_place(void **state)
{
	struct escaped	stops[] = { { "1", 1 }, { "", 0 }, { "2", 1 },
			    { "3", 1 }, { "4", 1 }, { "5", 1 }, { "6", 1 } };

	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.temperature = text_of("0.50");
	c.request.top_p = text_of("1");
	c.request.top_k = text_of("40");
	c.request.max_tokens = 100;
	c.model.max_output_tokens = 50;
	c.request.stops = stops;
	c.request.stops_count = 7;
	c.request.presence_penalty = text_of("1");
	c.request.frequency_penalty = text_of("-1");
	c.request.seed = text_of("7");
	c.request.logprobs = 5;
	c.request.tier = TIER_FLEX;
	c.request.format.kind = FORMAT_SCHEMA;
	c.request.format.schema = case_value(&c,
	    "{'type':'integer','minimum':1}");
	writes();
	holds(&c, "'generationConfig':{'temperature':0.50,'topP':1,'topK':40,"
	    "'maxOutputTokens':50,'stopSequences':['1','2','3','4','5'],"
	    "'seed':7,"
	    "'responseLogprobs':true,'logprobs':5,'responseMimeType':"
	    "'application/json','responseJsonSchema':{'type':'integer',"
	    "'minimum':1}},'serviceTier':'flex'}");
	assert_string_equal(case_losses(&c), "max_tokens, penalties, stop");
	c.request.seed = text_of("4294967296");
	c.model.sampling = false;
	writes();
	lacks(&c, "seed");
	lacks(&c, "topK");
	assert_string_equal(case_losses(&c),
	    "max_tokens, penalties, sampling, seed, stop, top_k");
}

static void
old_models_take_no_format_beside_tools(void **state)
{
	(void)state;
	name_model("gemini-2.5-flash");
	say(&c, ROLE_USER, "hi");
	declare(&c, TOOL_FUNCTION, "f");
	c.request.format.kind = FORMAT_JSON;
	writes();
	lacks(&c, "generationConfig");
	assert_string_equal(case_losses(&c), "json_object");
}

/* A level above high, where the entry names it. */
static void
xhigh_is_a_level_of_some(void **state)
{
	(void)state;
	name_model("gemini-4");
	c.model.thinking = THINKING_LEVEL;
	say(&c, ROLE_USER, "hi");
	c.model.efforts = 1u << EFFORT_HIGH | 1u << EFFORT_XHIGH;
	c.request.effort = EFFORT_XHIGH;
	writes();
	holds(&c, "'thinkingLevel':'XHIGH'");
	assert_string_equal(case_losses(&c), "");
	c.request.effort = EFFORT_MAX;
	writes();
	holds(&c, "'thinkingLevel':'XHIGH'");
	assert_string_equal(case_losses(&c), "effort");
}

static void
thinking_is_a_level_or_a_budget(void **state)
{
	static const struct {
		enum effort		 effort;
		int64_t			 budget;
		enum thinking_style	 style;
		enum thinking_off	 off;
		int			 show;
		const char		*config, *lost;
	} cases[] = {
		{ EFFORT_AUTO, -1, THINKING_LEVEL, 0, 1,
		    "{'includeThoughts':true}", "" },
		{ EFFORT_MINIMAL, -1, THINKING_LEVEL, 0, -1,
		    "{'thinkingLevel':'LOW','includeThoughts':true}", "" },
		{ EFFORT_MEDIUM, -1, THINKING_LEVEL, 0, 0,
		    "{'thinkingLevel':'MEDIUM'}", "" },
		{ EFFORT_MAX, -1, THINKING_LEVEL, 0, 1,
		    "{'thinkingLevel':'HIGH','includeThoughts':true}",
		    "effort" },
		{ EFFORT_XHIGH, -1, THINKING_LEVEL, 0, 1,
		    "{'thinkingLevel':'HIGH','includeThoughts':true}",
		    "effort" },
		{ EFFORT_MAX, -1, THINKING_BUDGET, 0, 1,
		    "{'thinkingBudget':24576,'includeThoughts':true}", "" },
		{ EFFORT_LOW, 5000, THINKING_BUDGET, 0, 1,
		    "{'thinkingBudget':5000,'includeThoughts':true}", "" },
		{ EFFORT_HIGH, 32000, THINKING_BUDGET, 0, 1,
		    "{'thinkingBudget':24576,'includeThoughts':true}",
		    "effort" },
		{ EFFORT_HIGH, 31999, THINKING_LEVEL, 0, 1,
		    "{'thinkingLevel':'HIGH','includeThoughts':true}", "" },
		{ EFFORT_OFF, -1, THINKING_BUDGET, THINKING_OFF_DISABLED, -1,
		    "{'thinkingBudget':0}", "" },
		{ EFFORT_OFF, -1, THINKING_BUDGET, THINKING_OFF_IMPOSSIBLE, -1,
		    "{'thinkingBudget':128}", "effort" },
		{ EFFORT_OFF, -1, THINKING_LEVEL, THINKING_OFF_DISABLED, -1,
		    "{'thinkingLevel':'MINIMAL'}", "" },
	};
	char	config[128];
	size_t	i;

	(void)state;
	name_model("gemini-2.5-flash");
	say(&c, ROLE_USER, "hi");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&c.request.losses, 0, sizeof(c.request.losses));
		c.request.effort = cases[i].effort;
		c.request.budget = cases[i].budget;
		c.request.show_thinking = cases[i].show;
		c.model.thinking = cases[i].style;
		c.model.thinking_off = cases[i].off;
		writes();
		snprintf(config, sizeof(config),
		    "'generationConfig':{'thinkingConfig':%s}}",
		    cases[i].config);
		holds(&c, config);
		assert_string_equal(case_losses(&c), cases[i].lost);
	}
}

static void
what_has_no_place_is_reported(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi")->cache = CACHE_5M;
	c.request.logit_bias = case_value(&c, "{'1':2}");
	c.request.metadata = case_value(&c, "{'a':'b'}");
	c.request.user = escaped_of("u");
	c.request.verbosity = text_of("low");
	c.request.store = 1;
	c.request.tier = TIER_SCALE;
	writes();
	wrote(&c, "{'model':'gemini-3-flash','contents':[{'role':'user',"
	    "'parts':[{'text':'hi'}]}]}");
	assert_string_equal(case_losses(&c), "cache_control, logit_bias, "
	    "metadata, service_tier, store, user, verbosity");
	c.request.strict = true;
	assert_int_equal(case_write(&c), -1);
	assert_int_equal(c.problem.kind, PROBLEM_INVALID);
}

static void
what_the_api_refuses_is_mended(void **state)
{
	(void)state;
	request_add_system(&c.request, escaped_of("only"));
	writes();
	holds(&c, "'contents':[{'role':'user','parts':[{'text':'only'}]}]");
	lacks(&c, "systemInstruction");
	case_end(&c);
	setup(NULL);
	call(&c, "c1", "f", "[oops");
	answer(&c, "c1", "");
	writes();
	holds(&c, "[{'role':'user','parts':[{'text':'Continue.'}]},{'role':"
	    "'model','parts':[{'functionCall':{'id':'c1','name':'f','args':"
	    "{'_raw':'[oops'}}");
	holds(&c, "'response':{'output':''}");
	call(&c, "c2", "f", "{}");
	assert_int_equal(case_write(&c), -1);
	assert_non_null(strstr(c.problem.message, "c2"));
}

static void
penalties_go_to_models_before_gemini_3(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	name_model("gemini-2.5-flash");
	c.request.presence_penalty = text_of("1");
	writes();
	holds(&c, "'presencePenalty':1");
	assert_string_equal(case_losses(&c), "");
}

/* Vertex AI knows no ids. */
static void
calls_have_ids_where_the_endpoint_knows_them(void **state)
{
	struct endpoint	endpoint = { .base_url = "https://aiplatform."
			    "googleapis.com/v1/projects/p/models/{model}" };

	(void)state;
	say(&c, ROLE_USER, "hi");
	call(&c, "c1", "w", "{'a':1}");
	answer(&c, "c1", "one");
	c.model.endpoint = &endpoint;
	writes();
	holds(&c, "{'functionCall':{'name':'w','args':{'a':1}}");
	holds(&c, "{'functionResponse':{'name':'w','response':");
	endpoint.base_url = "https://generativelanguage.googleapis.com/v1beta/";
	writes();
	holds(&c, "{'functionCall':{'id':'c1','name':'w','args':{'a':1}}");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(text_is_said_by_users_and_models),
		TEST(the_model_may_stand_in_the_url),
		TEST(calls_of_one_name_are_told_apart),
		TEST(files_of_text_are_text),
		TEST(seals_go_back_to_their_places),
		TEST(thoughts_go_without_the_seal_of_another),
		TEST(images_of_results_go_inside),
		TEST(tools_are_declared_with_their_whole_schema),
		TEST(a_search_stands_alone),
		TEST(choices_are_modes),
		TEST(a_tool_of_a_namespace_need_not_be_called),
		TEST(none_of_those_allowed_is_none),
		TEST(settings_have_their_place),
		TEST(old_models_take_no_format_beside_tools),
		TEST(thinking_is_a_level_or_a_budget),
		TEST(xhigh_is_a_level_of_some),
		TEST(what_has_no_place_is_reported),
		TEST(what_the_api_refuses_is_mended),
		TEST(penalties_go_to_models_before_gemini_3),
		TEST(calls_have_ids_where_the_endpoint_knows_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
