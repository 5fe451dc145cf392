#include "build.h"

#include <stdio.h>

#include "request_cases.h"

static struct request_case	c;

static int
setup(void **state)
{
	(void)state;
	case_start(&c, DIALECT_GENERATE, DIALECT_CHAT);
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
reads(const char *quoted)
{
	teardown(NULL);
	setup(NULL);
	if (case_read(&c, quoted) == -1)
		fail_msg("%s", c.problem.message);
}

/* The body with one more member reads to this. */
#define BODY(more)	"{'contents':[{'parts':[{'text':'hi'}]}]" more "}"
#define HI		"user\n  text \"hi\"\n"

static void
refuses(const char *quoted, const char *message)
{
	teardown(NULL);
	setup(NULL);
	assert_int_equal(case_read(&c, quoted), -1);
	assert_int_equal(c.problem.kind, PROBLEM_INVALID);
	if (strstr(c.problem.message, message) == NULL)
		fail_msg("%s", c.problem.message);
}

static void
loses(const char *quoted, const char *names)
{
	reads(quoted);
	assert_string_equal(case_losses(&c), names);
}

static void
system_text_comes_in_every_shape(void **state)
{
	static const char *const	shapes[] = {
		"'systemInstruction':'be'", "'system_instruction':'be'",
		"'systemInstruction':{'parts':[{'text':'be'}]}",
		"'systemInstruction':{'role':'user','parts':{'text':'be'}}",
		"'systemInstruction':{'text':'be'}",
		"'systemInstruction':[{'text':'be'}]",
		"'systemInstruction':['be']",
	};
	char	body[256];
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		snprintf(body, sizeof(body), "{'contents':[{'parts':"
		    "[{'text':'hi'}]}],%s}", shapes[i]);
		reads(body);
		shows(&c, "system text \"be\"\n" HI);
	}
	reads(BODY(",'systemInstruction':{'parts':null}"));
	shows(&c, HI);
}

static void
parts_are_read_in_either_spelling(void **state)
{
	(void)state;
	reads("{'contents':[{'role':'user','parts':[{'text':'a'},"
	    "{'inline_data':{'mime_type':'image/png','data':'AA=='}},"
	    "{'inlineData':{'mimeType':'audio/wav','data':'AA=='}},"
	    "{'fileData':{'mimeType':'application/pdf','fileUri':'https://f',"
	    "'displayName':'F'}}]},{'role':'model','parts':["
	    "{'executableCode':{'language':'PYTHON','code':'x'}},"
	    "{'codeExecutionResult':{'output':'1'}}]}]}");
	shows(&c, "user\n  text \"a\"\n  image type=\"image/png\" data=\"AA==\"\n"
	    "  audio type=\"audio/wav\" data=\"AA==\"\n"
	    "  document type=\"application/pdf\" url=\"https://f\" "
	    "title=\"F\"\nassistant\n  text \"```python\\nx\\n```\"\n"
	    "  text \"```\\n1\\n```\"\n");
}

static void
results_find_their_calls(void **state)
{
	struct part	*call, *result;

	(void)state;
	reads("{'contents':[{'role':'model','parts':[{'functionCall':{'name':"
	    "'f','args':{'a':1}}},{'functionCall':{'id':'x','name':'f'}},"
	    "{'functionCall':{'name':'g'}}]},{'role':'function','parts':["
	    "{'functionResponse':{'name':'g','response':{'output':'G'}}},"
	    "{'functionResponse':{'id':'x','name':'f','response':{'error':'X'}"
	    "}},{'functionResponse':{'id':'other','name':'f','response':"
	    "{'result':1},'parts':[{'inlineData':{'mimeType':'image/png',"
	    "'data':'AA=='}}]}}]}]}");
	assert_int_equal(request_pair_results(&c.request, &c.problem), 0);
	call = c.request.turns->parts;
	result = c.request.turns->next->parts;
	assert_true(call->id.length > 5);
	assert_true(text_same(call->id, result->id));
	assert_true(json_is(result->object, JSON_OBJECT));
	assert_int_equal(result->content->next->kind, PART_IMAGE);
	assert_true(result->next->failed);
	assert_int_equal(result->next->content->text.length, 1);
	assert_true(text_equals(result->next->next->name, "g"));
	assert_true(call->next->arguments.length == 0);
}

static void
ids_that_are_made_stay_the_same(void **state)
{
	static const char	body[] = "{'contents':[{'role':'model','parts':"
				    "[{'functionCall':{'name':'f'}},"
				    "{'functionCall':{'name':'f'}}]}]}";
	char			first[64];
	struct part		*call;

	(void)state;
	reads(body);
	call = c.request.turns->parts;
	assert_false(text_same(call->id, call->next->id));
	snprintf(first, sizeof(first), "%.*s", (int)call->id.length,
	    call->id.at);
	reads(body);
	assert_true(text_equals(c.request.turns->parts->id, first));
}

static void
seals_are_told_apart(void **state)
{
	(void)state;
	reads("{'contents':[{'role':'model','parts':[{'text':'h','thought':"
	    "true},{'text':'m','thought':true,'thoughtSignature':'A'},"
	    "{'text':'again','thought':true},{'text':'t','thoughtSignature':"
	    "'B'},{'text':'','thoughtSignature':'C'},{'functionCall':{'id':"
	    "'1','name':'f'},'thought_signature':'D'},{'functionCall':{'id':"
	    "'2','name':'f'},'thoughtSignature':"
	    "'skip_thought_signature_validator'},{'thoughtSignature':"
	    "'d2a1.mrp.Yw..E'}]}]}");
	shows(&c, "assistant\n"
	    "  thinking \"hm\" seal=generate/thinking bytes=\"A\"\n"
	    "  thinking \"again\"\n  text \"t\"\n"
	    "  redacted seal=generate/text item=\"text\" bytes=\"B\"\n"
	    "  redacted seal=generate/text bytes=\"C\"\n"
	    "  redacted seal=generate/call bytes=\"D\"\n"
	    "  call id=\"1\" name=\"f\" {}\n  call id=\"2\" name=\"f\" {}\n"
	    "  redacted seal=messages/redacted bytes=\"E\"\n");
}

static void
tools_have_schemas_of_two_kinds(void **state)
{
	(void)state;
	reads(BODY(",'tools':[{'functionDeclarations':[{'name':'f',"
	    "'description':'d','parameters':{'type':'OBJECT','properties':{"
	    "'type':{'type':'STRING','nullable':true,'enum':['A'],"
	    "'max_length':'9007199254740993'},'l':{'type':'ARRAY','items':{"
	    "'anyOf':[{'type':'NUMBER'},{'type':'TYPE_UNSPECIFIED'}]},"
	    "'minItems':2},'m':{'additionalProperties':{'type':'STRING'}},"
	    "'c':{'additionalProperties':false,'oneOf':[{'type':'NULL'}]},"
	    "'p':{'ref':'#/defs/Pet'},'n':{'nullable':true,'anyOf':["
	    "{'$ref':'#/$defs/Pet'}]}},'defs':{'Pet':{'type':'STRING'}},"
	    "'required':['type'],'propertyOrdering':['l']}},"
	    "{'name':'g','parametersJsonSchema':{'$schema':'x'}}]},"
	    "{'google_search':{},'codeExecution':{}}]"));
	shows(&c, HI "tool function name=\"f\" description=\"d\" schema={"
	    "\"type\":\"object\",\"properties\":{\"type\":{\"type\":[\"string\","
	    "\"null\"],\"enum\":[\"A\",null],\"maxLength\":9007199254740993},\"l\":{"
	    "\"type\":\"array\",\"items\":{\"anyOf\":[{\"type\":\"number\"},{}]"
	    "},\"minItems\":2},\"m\":{\"additionalProperties\":{\"type\":"
	    "\"string\"}},\"c\":{\"additionalProperties\":false,\"oneOf\":["
	    "{\"type\":\"null\"}]},\"p\":{\"$ref\":\"#/$defs/Pet\"},"
	    "\"n\":{\"anyOf\":[{\"$ref\":\"#/$defs/Pet\"},{\"type\":"
	    "\"null\"}]}},\"$defs\":{\"Pet\":{\"type\":\"string\"}},"
	    "\"required\":[\"type\"]}\n"
	    "tool function name=\"g\" schema={\"$schema\":\"x\"}\n"
	    "tool server name=\"googleSearch\" type=\"googleSearch\"\n"
	    "tool server name=\"codeExecution\" type=\"codeExecution\"\n");
}

static void
modes_are_choices(void **state)
{
#define MODE(config)	BODY(",'toolConfig':{'functionCallingConfig':{" \
			config "}}")
	(void)state;
	reads(MODE("'mode':'NONE'"));
	shows(&c, HI "choice none\n");
	reads(MODE("'mode':'ANY'"));
	shows(&c, HI "choice required\n");
	reads(MODE("'mode':'ANY','allowedFunctionNames':['f']"));
	assert_int_equal(c.request.choice.kind, CHOICE_TOOL);
	assert_true(text_equals(c.request.choice.name, "f"));
	reads(MODE("'mode':'VALIDATED','allowed_function_names':['f','g']"));
	shows(&c, HI "choice auto allowed=\"f\" allowed=\"g\"\n");
	reads(MODE("'mode':'MODE_UNSPECIFIED'"));
	shows(&c, HI);
	reads(MODE("'mode':'auto'"));
	shows(&c, HI "choice auto\n");
	refuses(MODE("'mode':'SOME'"), "mode");
}

static void
settings_are_read(void **state)
{
	(void)state;
	reads(BODY(",'generation_config':{'temperature':0.70,'topP':1,"
	    "'top_k':40,'maxOutputTokens':1e2,'stopSequences':['a'],"
	    "'presencePenalty':1,'frequencyPenalty':-1,'seed':7,'logprobs':3,"
	    "'responseLogprobs':true,'candidateCount':1,'responseModalities':"
	    "['TEXT']},'serviceTier':'flex','store':true,'labels':{'a':'b'}"));
	shows(&c, HI "max_tokens 100\ntemperature 0.70\ntop_p 1\ntop_k 40\n"
	    "presence_penalty 1\nfrequency_penalty -1\nseed 7\nstop \"a\"\n"
	    "logprobs 3\ntier flex\nstore\nalso metadata={\"a\":\"b\"}\n");
	assert_string_equal(case_losses(&c), "");
}

static void
thinking_is_a_level_or_a_budget(void **state)
{
#define THINKING(config)	BODY(",'generationConfig':{'thinkingConfig':{" \
				config "}}")
	(void)state;
	reads(THINKING("'thinkingLevel':'high'"));
	shows(&c, HI "effort high\n");
	reads(THINKING("'thinking_level':'MINIMAL','includeThoughts':true"));
	shows(&c, HI "effort minimal\nshow thinking\n");
	reads(THINKING("'thinkingBudget':0"));
	shows(&c, HI "effort off\n");
	reads(THINKING("'thinkingBudget':-1"));
	shows(&c, HI);
	reads(THINKING("'thinkingBudget':5000,'includeThoughts':false"));
	shows(&c, HI "effort low\nbudget 5000\n");
	assert_int_equal(c.request.show_thinking, 0);
	refuses(THINKING("'thinkingBudget':1,'thinkingLevel':'LOW'"),
	    "exclude");
	refuses(THINKING("'thinkingLevel':'MUCH'"), "thinkingLevel");
}

static void
what_others_cannot_know_is_refused(void **state)
{
	(void)state;
	refuses("{}", "contents are required");
	refuses(BODY(",'cachedContent':'c/1'"), "cachedContent");
	refuses(BODY(",'generationConfig':{'candidateCount':2}"),
	    "candidateCount");
	refuses(BODY(",'generationConfig':{'responseModalities':['AUDIO']}"),
	    "responseModalities");
	refuses(BODY(",'generationConfig':{'temperature':'warm'}"), "number");
	refuses("{'contents':[{'role':'system','parts':[]}]}", "role");
	refuses("{'contents':[{'parts':[{'functionCall':{'name':'f'}}]}]}",
	    "functionCall");
	refuses("{'contents':[{'role':'model','parts':[{'functionCall':{"
	    "'name':'f','args':[]}}]}]}", "args");
	refuses("{'contents':[{'parts':[{'inlineData':{}}]}]}", "data");
	refuses("{'contents':[{'parts':[3]}]}", "object");
}

static void
what_is_lost_is_reported(void **state)
{
	(void)state;
	loses(BODY(",'safetySettings':[{}]"), "safety_settings");
	loses(BODY(",'safetySettings':[]"), "");
	loses(BODY(",'generationConfig':{'mediaResolution':'X','imageConfig':"
	    "{},'newField':1}"), "generation_config, media_resolution, "
	    "unknown:generationConfig.newField");
	loses(BODY(",'toolConfig':{'retrievalConfig':{}}"),
	    "unknown:toolConfig.retrievalConfig");
	loses(BODY(",'newField':1,'other':null"), "unknown:newField");
	loses("{'contents':[{'parts':[{'newPart':'b'},{'text':'a',"
	    "'mediaResolution':{}}]}]}", "media_resolution, unknown:newPart");
}

static void
counting_takes_the_request_in_a_member(void **state)
{
	(void)state;
	c.request.count = true;
	assert_int_equal(case_read(&c, "{'generateContentRequest':"
	    BODY("") "}"), 0);
	shows(&c, HI);
}

/* Many results in the wrong order must not take long. */
static void
results_in_reverse_cost_little(void **state)
{
	struct buf	body;
	int		i, count = 10000;

	(void)state;
	buf_init(&body, 1 << 24, NULL);
	buf_puts(&body, "{'contents':[{'role':'model','parts':[{'text':'a'}");
	for (i = 0; i < count; i++)
		buf_printf(&body, ",{'functionCall':{'id':'c%d','name':'f'}}",
		    i);
	buf_puts(&body, "]},{'parts':[{'text':'b'}");
	for (i = count - 1; i >= 0; i--)
		buf_printf(&body, ",{'functionResponse':{'id':'c%d','name':'g',"
		    "'response':{}}}", i);
	buf_puts(&body, "]}]}");
	reads(body.at);
	assert_int_equal(request_pair_results(&c.request, &c.problem), 0);
	buf_release(&body);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(system_text_comes_in_every_shape),
		TEST(parts_are_read_in_either_spelling),
		TEST(results_find_their_calls),
		TEST(ids_that_are_made_stay_the_same),
		TEST(seals_are_told_apart),
		TEST(tools_have_schemas_of_two_kinds),
		TEST(modes_are_choices),
		TEST(settings_are_read),
		TEST(thinking_is_a_level_or_a_budget),
		TEST(what_others_cannot_know_is_refused),
		TEST(what_is_lost_is_reported),
		TEST(counting_takes_the_request_in_a_member),
		TEST(results_in_reverse_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
