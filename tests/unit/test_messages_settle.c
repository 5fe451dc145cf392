#include "build.h"

#include "messages_cases.h"

static struct request_case	c;

static void
writes(void)
{
	assert_int_equal(case_write(&c), 0);
}

static int
setup(void **state)
{
	(void)state;
	case_start(&c, DIALECT_RESPONSES, DIALECT_MESSAGES);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	case_end(&c);
	return 0;
}

#define HI	"'messages':[{'role':'user','content':[" \
		"{'type':'text','text':'hi'}]}]"

static void
the_least_has_max_tokens(void **state)
{
	(void)state;
	request_add_system(&c.request, escaped_of(" "));
	say(&c, ROLE_USER, "hi");
	writes();
	wrote(&c, "{'model':'claude'," HI ",'max_tokens':32000}");
	assert_string_equal(case_losses(&c), "");
}

static void
the_entry_bounds_max_tokens(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.model.max_output_tokens = 64000;
	writes();
	holds(&c, "'max_tokens':64000}");
	c.request.max_tokens = 100000;
	writes();
	holds(&c, "'max_tokens':64000}");
	assert_string_equal(case_losses(&c), "max_tokens");
}

static void
settings_are_written(void **state)
{
	struct escaped	stops[] = { escaped_of("END"), escaped_of("\\n") };

	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.max_tokens = 10;
	c.request.stream = true;
	c.request.temperature = text_of("1.5");
	c.request.top_p = text_of("0.9");
	c.request.top_k = text_of("4e1");
	c.request.stops = stops;
	c.request.stops_count = 2;
	c.request.user = escaped_of("u");
	c.request.tier = TIER_PRIORITY;
	c.request.fast = c.policy.fast = true;
	c.request.seed = text_of("1");
	c.request.metadata = case_value(&c, "{'a':'b'}");
	writes();
	wrote(&c, "{'model':'claude'," HI ",'max_tokens':10,'stream':true,"
	    "'temperature':1,'top_k':40,'stop_sequences':['END'],"
	    "'metadata':{'user_id':'u'},'service_tier':'auto',"
	    "'speed':'fast'}");
	assert_string_equal(case_losses(&c), "metadata, sampling, seed, stop");
	c.policy.fast = false;
	writes();
	lacks(&c, "speed");
	assert_true(losses_have(&c.request.losses, LOST_SERVICE_TIER));
}

static void
count_writes_only_what_counts(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.count = true;
	c.request.temperature = text_of("1");
	c.request.effort = EFFORT_LOW;
	writes();
	wrote(&c, "{'model':'claude'," HI ",'thinking':{'type':'enabled',"
	    "'budget_tokens':4096}}");
}

static void
a_budget_stays_below_max_tokens(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.effort = EFFORT_HIGH;
	c.request.max_tokens = 1000;
	writes();
	holds(&c, "'budget_tokens':24576}");
	holds(&c, "'max_tokens':28672");
	assert_string_equal(case_losses(&c), "max_tokens");
	c.model.max_output_tokens = 8192;
	writes();
	holds(&c, "'budget_tokens':4096}");
	holds(&c, "'max_tokens':8192");
	c.model.max_output_tokens = 1000;
	writes();
	lacks(&c, "thinking");
	assert_string_equal(case_losses(&c), "max_tokens, thinking");
}

static void
adaptive_models_get_an_effort(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.model.thinking = THINKING_ADAPTIVE;
	c.request.effort = EFFORT_MINIMAL;
	c.request.temperature = text_of("0.5");
	c.request.top_k = text_of("5");
	writes();
	holds(&c, "'thinking':{'type':'adaptive','display':'summarized'},"
	    "'output_config':{'effort':'low'}");
	lacks(&c, "temperature");
	lacks(&c, "top_k");
	c.request.show_thinking = 0;
	c.request.effort = EFFORT_AUTO;
	c.request.budget = 40960;
	writes();
	holds(&c, "'thinking':{'type':'adaptive','display':'omitted'},"
	    "'output_config':{'effort':'xhigh'}");
}

static void
thinking_is_switched_off_as_the_entry_says(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.effort = EFFORT_OFF;
	writes();
	lacks(&c, "thinking");
	c.model.thinking_off = THINKING_OFF_DISABLED;
	writes();
	holds(&c, "'thinking':{'type':'disabled'}");
	c.model.thinking_off = THINKING_OFF_BETWEEN_TOOLS;
	writes();
	holds(&c, "'thinking':{'type':'between_tools'}");
	assert_string_equal(case_losses(&c), "");
	c.model.thinking_off = THINKING_OFF_IMPOSSIBLE;
	writes();
	holds(&c, "'output_config':{'effort':'low'}");
	assert_string_equal(case_losses(&c), "effort");
}

static void
sampling_yields_to_thinking_and_to_the_entry(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.temperature = text_of("1.0");
	c.request.top_p = text_of("1");
	c.request.effort = EFFORT_LOW;
	writes();
	holds(&c, "'temperature':1.0");
	lacks(&c, "top_p");
	assert_string_equal(case_losses(&c), "");
	c.request.temperature.length = 0;
	c.request.top_p = text_of("0.96");
	writes();
	holds(&c, "'top_p':0.96");
	c.model.sampling = false;
	writes();
	lacks(&c, "top_p");
	assert_string_equal(case_losses(&c), "sampling");
}

static void
forced_tools_and_thinking_exclude_each_other(void **state)
{
	(void)state;
	declare(&c, TOOL_FUNCTION, "f");
	say(&c, ROLE_USER, "hi");
	c.request.choice.kind = CHOICE_TOOL;
	c.request.choice.name = text_of("f");
	writes();
	holds(&c, "'tool_choice':{'type':'tool','name':'f'}");
	c.request.effort = EFFORT_LOW;
	writes();
	holds(&c, "'tool_choice':{'type':'auto'}");
	assert_string_equal(case_losses(&c), "forced_tool_choice");
	c.request.effort = EFFORT_AUTO;
	c.request.choice.kind = CHOICE_REQUIRED;
	c.model.forced_tools = false;
	writes();
	holds(&c, "'tool_choice':{'type':'auto'}");
}

static void
a_choice_of_what_is_not_there_is_left_out(void **state)
{
	(void)state;
	declare(&c, TOOL_SERVER, "ci")->type = text_of("code_interpreter");
	say(&c, ROLE_USER, "hi");
	c.request.choice.kind = CHOICE_REQUIRED;
	c.request.parallel = 0;
	writes();
	lacks(&c, "tool");
	assert_string_equal(case_losses(&c), "builtin_tool");
	declare(&c, TOOL_FUNCTION, "f");
	c.request.choice.kind = CHOICE_TOOL;
	c.request.choice.name = text_of("ci");
	writes();
	holds(&c, "'tool_choice':{'type':'auto','disable_parallel");
}

static void
allowed_tools_are_at_best_one(void **state)
{
	struct text	allowed[] = { text_of("f"), text_of("g") };

	(void)state;
	declare(&c, TOOL_FUNCTION, "f");
	declare(&c, TOOL_FUNCTION, "g");
	say(&c, ROLE_USER, "hi");
	case_allow(&c, CHOICE_REQUIRED, allowed, 2);
	writes();
	holds(&c, "'tool_choice':{'type':'any'}");
	assert_string_equal(case_losses(&c), "forced_tool_choice");
	c.request.choice.allowed_count = 1;
	writes();
	holds(&c, "'tool_choice':{'type':'tool','name':'f'}");
}

/* As to the other dialects. */
static void
none_of_those_allowed_is_none(void **state)
{
	struct text	allowed[] = { text_of("x"), text_of("y") };

	(void)state;
	declare(&c, TOOL_FUNCTION, "f");
	say(&c, ROLE_USER, "hi");
	case_allow(&c, CHOICE_REQUIRED, allowed, 2);
	writes();
	holds(&c, "'tool_choice':{'type':'none'}");
	assert_string_equal(case_losses(&c), "forced_tool_choice");
}

static void
the_one_that_is_left_of_those_allowed_is_forced(void **state)
{
	struct text	allowed[] = { text_of("x"), text_of("f") };

	(void)state;
	declare(&c, TOOL_FUNCTION, "f");
	declare(&c, TOOL_FUNCTION, "g");
	say(&c, ROLE_USER, "hi");
	case_allow(&c, CHOICE_REQUIRED, allowed, 2);
	writes();
	holds(&c, "'tool_choice':{'type':'tool','name':'f'}");
	assert_string_equal(case_losses(&c), "");
}

/* The provider's own count by what they are called. */
static void
a_search_may_be_all_that_is_allowed(void **state)
{
	struct text	allowed[] = { text_of("web_search_preview") };

	(void)state;
	declare(&c, TOOL_SERVER, "web_search_preview")->type =
	    text_of("web_search_preview");
	declare(&c, TOOL_FUNCTION, "f");
	say(&c, ROLE_USER, "hi");
	case_allow(&c, CHOICE_AUTO, allowed, 1);
	writes();
	holds(&c, "'tool_choice':{'type':'auto'}");
	c.request.choice.kind = CHOICE_REQUIRED;
	writes();
	holds(&c, "'tool_choice':{'type':'tool','name':'web_search'}");
}

/* Whatever comes in, a budget that fits is below max_tokens. */
static void
fits_budgets_into_max_tokens(void **state)
{
	static const int64_t	numbers[] = { -1, 0, 1, 1023, 1024, 1025, 4096,
	    8192, 24576, 28672, 40960, 45056, 64000, INT64_MAX / 2 };
	const size_t		count = sizeof(numbers) / sizeof(numbers[0]);
	struct model		model;
	int64_t			budget, most;
	size_t			i, j, k;

	(void)state;
	memset(&model, 0, sizeof(model));
	for (i = 0; i < count * count * count; i++) {
		j = i / count % count;
		k = i / count / count;
		model.max_output_tokens = numbers[j] < 0 ? 0 : numbers[j];
		budget = numbers[k] < 0 ? 0 : numbers[k];
		most = numbers[i % count];
		if (!messages_fit_budget(&model, &budget, &most)) {
			assert_int_equal(most, numbers[i % count]);
			assert_true(most <= 1024);
			continue;
		}
		assert_true(budget >= 1024);
		assert_true(numbers[i % count] < 0 ? most < 0 : budget < most);
		assert_true(most >= numbers[i % count]);
		if (most > numbers[i % count] && model.max_output_tokens > 0)
			assert_true(most <= model.max_output_tokens);
	}
}

/* Its seal is of this model, so it stays in the history. */
static void
thought(enum part_kind kind)
{
	struct turn	*turn = request_turn(&c.request, ROLE_ASSISTANT);
	struct part	*part = turn_add_part(&c.request, turn, kind);

	part->text = escaped_of(kind == PART_THINKING ? "hm" : "");
	part->seal = arena_calloc(&c.arena, 1, sizeof(*part->seal));
	part->seal->dialect = DIALECT_MESSAGES;
	part->seal->model = text_of("claude");
	part->seal->bytes = text_of("SIG");
	part->seal->place = kind == PART_THINKING ? SEAL_TEXT : SEAL_REDACTED;
}

/* A budget, that is; adaptive thinking needs none. */
static void
a_call_must_have_been_thought_of(void **state)
{
	static const struct {
		enum part_kind		first;
		enum thinking_style	style;
		const char		*holds, *lost;
	} cases[] = {
		{ PART_THINKING, THINKING_BUDGET, "'enabled'", "" },
		{ PART_REDACTED, THINKING_BUDGET, "'enabled'", "" },
		{ PART_TEXT, THINKING_BUDGET, NULL, "thinking" },
		{ PART_TEXT, THINKING_ADAPTIVE, "'adaptive'", "" },
	};
	size_t	i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		say(&c, ROLE_USER, "hi");
		if (cases[i].first == PART_TEXT)
			say(&c, ROLE_ASSISTANT, "well");
		else
			thought(cases[i].first);
		call(&c, "a", "f", "{}");
		answer(&c, "a", "b");
		c.request.effort = EFFORT_LOW;
		c.model.thinking = cases[i].style;
		writes();
		if (cases[i].holds == NULL)
			lacks(&c, "\"thinking\":{");
		else
			holds(&c, cases[i].holds);
		assert_string_equal(case_losses(&c), cases[i].lost);
		teardown(state);
		setup(state);
	}
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(the_least_has_max_tokens),
		TEST(the_entry_bounds_max_tokens),
		TEST(settings_are_written),
		TEST(count_writes_only_what_counts),
		TEST(a_budget_stays_below_max_tokens),
		TEST(adaptive_models_get_an_effort),
		TEST(thinking_is_switched_off_as_the_entry_says),
		TEST(sampling_yields_to_thinking_and_to_the_entry),
		TEST(forced_tools_and_thinking_exclude_each_other),
		TEST(a_choice_of_what_is_not_there_is_left_out),
		TEST(allowed_tools_are_at_best_one),
		TEST(none_of_those_allowed_is_none),
		TEST(the_one_that_is_left_of_those_allowed_is_forced),
		TEST(a_search_may_be_all_that_is_allowed),
		TEST(a_call_must_have_been_thought_of),
		TEST(fits_budgets_into_max_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
