#include "build.h"

#include "request_cases.h"

#include "neutral/field.h"
#include "neutral/hosted.h"

static int
read_late(const struct given *given)
{
	/* Whatever the client's order, the rows' decides. */
	assert_int_equal(given->request->max_tokens, 5);
	return json_true(given->value) ? 0 : field_wrong(given, "true");
}

static const struct field	rows[] = {
	{ .name = "temperature",	.option = OPTION_TEMPERATURE },
	{ .name = "old_max",		.option = OPTION_MAX_TOKENS },
	{ .name = "max",		.option = OPTION_MAX_TOKENS },
	{ .name = "top",		.option = OPTION_LOGPROBS },
	{ .name = "stop",		.option = OPTION_STOPS },
	{ .name = "store",		.option = OPTION_STORE },
	{ .name = "user",		.option = OPTION_USER },
	{ .name = "metadata",		.option = OPTION_METADATA },
	{ .name = "verbosity",		.option = OPTION_VERBOSITY },
	{ .name = "effort",		.option = OPTION_EFFORT },
	{ .name = "late",		.read = read_late },
	{ .name = "gone",		.lost = LOST_PREDICTION },
	{ .name = "elsewhere" },
	{ .name = NULL },
};

static const struct fields	body = { rows, json_equals, NULL };
static const struct fields	inside = { rows, json_equals, "config" };

static struct request_case	c;

static int
fields_in(const struct fields *fields, const char *quoted)
{
	case_start(&c, DIALECT_CHAT, DIALECT_MESSAGES);
	return fields_read(fields, &c.request, case_value(&c, quoted),
	    &c.problem);
}

static void
options_go_to_their_places(void **state)
{
	(void)state;
	assert_int_equal(fields_in(&body, "{'late':true,'temperature':1e-1,"
	    "'max':5,'old_max':7,'top':0,'stop':['a','','b'],'store':false,"
	    "'user':'me','metadata':{'a':'b'},'verbosity':'low',"
	    "'effort':'HIGH','gone':1,'elsewhere':[],'nothing':null,"
	    "'mode':1}"), 0);
	assert_true(text_equals(c.request.temperature, "1e-1"));
	assert_int_equal(c.request.max_tokens, 5);
	assert_int_equal(c.request.logprobs, 0);
	assert_int_equal(c.request.stops_count, 2);
	assert_int_equal(c.request.store, 0);
	assert_int_equal(c.request.user.length, 2);
	assert_int_equal(json_count(c.request.metadata), 1);
	assert_true(text_equals(c.request.verbosity, "low"));
	assert_int_equal(c.request.effort, EFFORT_HIGH);
	assert_string_equal(case_losses(&c), "prediction, unknown:mode");
	case_end(&c);
	assert_int_equal(fields_in(&body, "{'max':4,'max':9,'metadata':{}}"),
	    0);
	assert_int_equal(c.request.max_tokens, 9);
	assert_true(json_is(c.request.metadata, JSON_MISSING));
	case_end(&c);
	assert_int_equal(fields_in(&inside, "{'mode':1}"), 0);
	assert_string_equal(case_losses(&c), "unknown:config.mode");
	case_end(&c);
	assert_int_equal(fields_in(&body, "{'max':null,'gone':null}"), 0);
	assert_string_equal(case_losses(&c), "");
	case_end(&c);
	assert_int_equal(fields_in(&body, "['mode',1]"), 0);
	assert_string_equal(case_losses(&c), "");
	case_end(&c);
	assert_int_equal(fields_in(&inside, "['mode',1]"), -1);
	assert_string_equal(c.problem.message, "config must be an object");
	case_end(&c);
}

static void
what_is_wrong_is_named(void **state)
{
	static const struct {
		const char	*json, *parameter, *message;
	} cases[] = {
		{ "{'temperature':'1'}", "temperature",
		    "temperature must be a number" },
		{ "{'max':0}", "max", "max must be a positive integer" },
		{ "{'max':1.5}", "max", "max must be a positive integer" },
		{ "{'top':21}", "top", "top must be an integer from 0 to 20" },
		{ "{'top':-1}", "top", "top must be an integer from 0 to 20" },
		{ "{'stop':7}", "stop", "stop must be an array of strings" },
		{ "{'stop':[7]}", "stop", "stop must be an array of strings" },
		{ "{'store':1}", "store", "store must be true or false" },
		{ "{'user':{}}", "user", "user must be a string" },
		{ "{'metadata':[]}", "metadata",
		    "metadata must be an object" },
		{ "{'verbosity':'loud'}", "verbosity",
		    "verbosity must be low, medium or high" },
		{ "{'effort':7}", "effort", "effort must be none, minimal, "
		    "low, medium, high, xhigh or max" },
		{ "{'max':5,'late':false}", "late", "late must be true" },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(fields_in(&body, cases[i].json), -1);
		assert_int_equal(c.problem.kind, PROBLEM_INVALID);
		assert_string_equal(c.problem.parameter, cases[i].parameter);
		assert_string_equal(c.problem.message, cases[i].message);
		case_end(&c);
	}
	assert_int_equal(fields_in(&inside, "{'max':0}"), -1);
	assert_string_equal(c.problem.parameter, "config");
	assert_string_equal(c.problem.message,
	    "config.max must be a positive integer");
	case_end(&c);
}

static void
strict_mode_names_the_unknown(void **state)
{
	(void)state;
	case_start(&c, DIALECT_CHAT, DIALECT_MESSAGES);
	c.request.strict = true;
	assert_int_equal(fields_read(&body, &c.request, case_value(&c,
	    "{'mode':1}"), &c.problem), -1);
	assert_non_null(strstr(c.problem.message, "\"mode\""));
	case_end(&c);
}

static void
a_full_arena_is_seen_once(void **state)
{
	struct request	*request = &c.request;
	struct turn	*turn;
	struct part	*part;
	int		 i;

	(void)state;
	case_start(&c, DIALECT_CHAT, DIALECT_MESSAGES);
	c.arena.max = c.arena.used + 4096;
	for (i = 0; i < 1000; i++) {
		turn = request_add_turn(request, ROLE_ASSISTANT);
		part = turn_add_part(request, turn, PART_RESULT);
		part_add_content(request, part, PART_TEXT)->text =
		    escaped_of("x");
		request_add_system(request, escaped_of("y"));
		assert_int_equal(request_add_tool(request,
		    TOOL_SERVER)->strict, -1);
	}
	assert_true(c.arena.failed);
	for (turn = request->turns; turn != NULL; turn = turn->next)
		assert_ptr_not_equal(turn, &request->spare_turn);
	for (part = request->system; part != NULL; part = part->next)
		assert_ptr_not_equal(part, &request->spare_part);
	case_end(&c);
}

/* One type of each row, and what is no type of any. */
static void
hosted_tools_are_told_apart(void **state)
{
	static const struct {
		enum dialect_kind	dialect;
		const char		*type;
		int			kind;		/* -1: unknown */
	} cases[] = {
		{ DIALECT_MESSAGES, "web_search_20250305", TOOL_SERVER },
		{ DIALECT_RESPONSES, "web_search_preview", TOOL_SERVER },
		{ DIALECT_GENERATE, "googleSearch", TOOL_SERVER },
		{ DIALECT_GENERATE, "googleSearchRetrieval", TOOL_SERVER },
		{ DIALECT_MESSAGES, "web_fetch_20250910", TOOL_SERVER },
		{ DIALECT_RESPONSES, "code_interpreter", TOOL_SERVER },
		{ DIALECT_MESSAGES, "bash_20250124", TOOL_CLIENT },
		{ DIALECT_MESSAGES, "text_editor_20241022", TOOL_CLIENT },
		{ DIALECT_MESSAGES, "text_editor_20290101", TOOL_CLIENT },
		{ DIALECT_MESSAGES, "memory_20250818", TOOL_CLIENT },
		{ DIALECT_MESSAGES, "computer_20250124", TOOL_CLIENT },
		{ DIALECT_RESPONSES, "tool_search", TOOL_SEARCH },
		{ DIALECT_RESPONSES, "local_shell", TOOL_SHELL },
		{ DIALECT_RESPONSES, "shell", TOOL_SHELL },
		{ DIALECT_RESPONSES, "apply_patch", TOOL_PATCH },
		{ DIALECT_RESPONSES, "computer", TOOL_COMPUTER },
		{ DIALECT_RESPONSES, "computer_use_preview", TOOL_COMPUTER },
		{ DIALECT_RESPONSES, "bash_20250124", -1 },
		{ DIALECT_MESSAGES, "shell", -1 },
		{ DIALECT_MESSAGES, "bash", -1 },
		{ DIALECT_MESSAGES, "bash_", -1 },
		{ DIALECT_RESPONSES, "shells", -1 },
		{ DIALECT_MESSAGES, "web_searches", -1 },
		{ DIALECT_MESSAGES, "", -1 },
	};
	const struct hosted	*hosted;
	size_t			 i;

	(void)state;
	case_start(&c, DIALECT_CHAT, DIALECT_MESSAGES);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hosted = hosted_of(cases[i].dialect, text_of(cases[i].type));
		assert_int_equal(hosted == NULL ? -1 : (int)hosted->kind,
		    cases[i].kind);
		if (hosted == NULL || hosted->kind == TOOL_SERVER)
			continue;
		assert_true(hosted->description[0] != '\0');
		assert_true(json_equals(json_get(hosted_schema(&c.arena,
		    hosted), "type"), "object"));
		if (hosted->name == NULL)
			continue;
		assert_ptr_equal(hosted_named(text_of(hosted->name)), hosted);
		assert_non_null(hosted->member);
	}
	assert_string_equal(hosted_said(DIALECT_GENERATE,
	    text_of("web_search_20250305")), "googleSearch");
	assert_string_equal(hosted_said(DIALECT_GENERATE,
	    text_of("code_interpreter")), "codeExecution");
	assert_null(hosted_said(DIALECT_CHAT, text_of("web_search")));
	assert_null(hosted_said(DIALECT_GENERATE, text_of("bash_20250124")));
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(options_go_to_their_places),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(strict_mode_names_the_unknown),
		cmocka_unit_test(a_full_arena_is_seen_once),
		cmocka_unit_test(hosted_tools_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
