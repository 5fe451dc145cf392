#include "build.h"

#include "config_cases.h"

#define MODEL(text)	"{\"models\":[{\"id\":\"m\"," text "}]}"

static void
a_model_has_defaults(void **state)
{
	struct config		*c = must_read(MODEL("\"type\":\"anthropic\""));
	const struct model	*model = &c->models[0];

	(void)state;
	assert_string_equal(model->id, "m");
	assert_string_equal(model->name, "m");
	assert_null(model->provider);
	assert_string_equal(model->endpoint->name, "anthropic");
	assert_int_equal(model->reasoning, EFFORT_OFF);
	assert_false(model->fast);
	assert_int_equal(model->max_output_tokens, 0);
	assert_int_equal(model->thinking, THINKING_BUDGET);
	assert_int_equal(model->thinking_off, THINKING_OFF_REMOVE);
	assert_int_equal(model->efforts, 0);
	assert_true(model->sampling && model->prefill && model->forced_tools &&
	    model->tools_reasoning);
	assert_false(model->mid_system || model->mid_system_refused ||
	    model->own_thoughts != THOUGHTS_OPTIONAL);
	assert_int_equal(model->drop.count, 0);
	config_release(c);
	c = must_read(MODEL("\"type\":\"google\""));
	assert_int_equal(c->models[0].thinking, THINKING_LEVEL);
	config_release(c);
}

static void
a_model_says_what_it_can(void **state)
{
	struct config		*c = must_read(MODEL("\"type\":\"anthropic\","
	    "\"name\":\"M\",\"provider\":\"p\",\"reasoning\":\"max\","
	    "\"fast\":true,\"max_output_tokens\":9000,\"thinking\":"
	    "\"adaptive\",\"thinking_off\":\"between_tools\",\"efforts\":"
	    "[\"none\",\"HIGH\"],\"sampling\":false,\"mid_system\":true,"
	    "\"prefill\":false,\"forced_tools\":false,\"tools_reasoning\":"
	    "false,\"reasoning_content\":\"required\",\"drop\":[\"top_k\"],"
	    "\"template\":\"mistral\""));
	const struct model	*model = &c->models[0];

	(void)state;
	assert_string_equal(model->name, "M");
	assert_string_equal(model->provider, "p");
	assert_int_equal(model->reasoning, EFFORT_MAX);
	assert_true(model->fast);
	assert_int_equal(model->max_output_tokens, 9000);
	assert_int_equal(model->thinking, THINKING_ADAPTIVE);
	assert_int_equal(model->thinking_off, THINKING_OFF_BETWEEN_TOOLS);
	assert_int_equal(model->efforts, 1u << EFFORT_OFF | 1u << EFFORT_HIGH);
	assert_false(model->sampling || model->prefill || model->forced_tools ||
	    model->tools_reasoning);
	assert_true(model->mid_system);
	assert_int_equal(model->own_thoughts, THOUGHTS_REQUIRED);
	assert_int_equal(model->template, TEMPLATE_MISTRAL);
	assert_false(model->mid_system_refused);
	assert_int_equal(model->drop.count, 1);
	assert_string_equal(model->drop.at[0], "top_k");
	config_release(c);
	c = must_read(MODEL("\"type\":\"anthropic\",\"mid_system\":false"));
	assert_true(c->models[0].mid_system_refused);
	config_release(c);
}

static void
reasoning_is_read_as_the_original_did(void **state)
{
	static const struct {
		const char	*word;
		enum effort	 effort;
		bool		 warned;
	} cases[] = {
		{ "auto", EFFORT_AUTO, false },
		{ "AUTO", EFFORT_AUTO, false },
		{ "Off", EFFORT_OFF, false },
		{ "none", EFFORT_OFF, false },
		{ "minimal", EFFORT_MINIMAL, false },
		{ "low", EFFORT_LOW, false },
		{ "Medium", EFFORT_MEDIUM, false },
		{ "high", EFFORT_HIGH, false },
		{ "xHigh", EFFORT_XHIGH, false },
		{ "", EFFORT_OFF, false },
		{ "turbo", EFFORT_OFF, true },
	};
	char	text[256];
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config	*c;

		snprintf(text, sizeof(text), MODEL("\"type\":\"openai\","
		    "\"reasoning\":\"%s\""), cases[i].word);
		c = must_read(text);
		assert_int_equal(c->models[0].reasoning, cases[i].effort);
		assert_int_equal(strstr(warnings, "models[0].reasoning: ") !=
		    NULL, cases[i].warned);
		config_release(c);
	}
	refuses(MODEL("\"type\":\"openai\",\"reasoning\":true"),
	    "t.json: models[0].reasoning: must be a string");
}

static void
wrong_models_are_refused(void **state)
{
	(void)state;
	refuses("{\"models\":[{}]}", "t.json: models[0].id: is missing");
	refuses(MODEL("\"type\":\"openai\",\"operations\":[]"),
	    "models[0].operations: must not be empty");
	refuses(MODEL("\"type\":\"openai\",\"operations\":[\"images\","
	    "\"chat\"]"), "models[0].operations[1]: must be "
	    "\"conversations\", \"embeddings\"");
	refuses(MODEL("\"type\":\"openai\",\"operations\":[7]"),
	    "models[0].operations[0]: must be");
	refuses(MODEL("\"type\":\"openai\",\"operations\":\"images\""),
	    "models[0].operations: must be a list");
	refuses(MODEL("\"name\":\"x\""), "t.json: models[0].type: is missing");
	refuses(MODEL("\"type\":\"gpt\""),
	    "t.json: models[0].type: must be one of \"openai\"");
	refuses(MODEL("\"endpoint\":\"x\""),
	    "t.json: models[0].endpoint: there is no endpoint \"x\"");
	refuses(MODEL("\"type\":\"google\",\"endpoint\":\"openai\""),
	    "t.json: models[0].type: endpoint \"openai\" is of type "
	    "\"openai\"");
	refuses("{\"endpoint\":[],\"models\":[{\"id\":\"m\",\"type\":"
	    "\"google\"}]}",
	    "t.json: models[0].type: there is no endpoint of type \"google\"");
	refuses(MODEL("\"type\":\"anthropic\",\"thinking\":\"level\""),
	    "t.json: models[0].thinking: must be \"budget\" or \"adaptive\"");
	refuses(MODEL("\"type\":\"google\",\"thinking\":\"adaptive\""),
	    "t.json: models[0].thinking: must be \"budget\" or \"level\"");
	refuses(MODEL("\"type\":\"openai\",\"efforts\":[]"),
	    "t.json: models[0].efforts: must not be empty");
	refuses(MODEL("\"type\":\"openai\",\"efforts\":[\"low\",\"auto\"]"),
	    "t.json: models[0].efforts[1]: must be one of");
	refuses("{\"models\":[{\"id\":\"a*b\",\"type\":\"openai\"}]}",
	    "t.json: models[0].id: may have a '*' at its end only");
	refuses("{\"models\":[{\"id\":\"a\\n\",\"type\":\"openai\"}]}",
	    "t.json: models[0].id: must not hold control characters");
}

static void
the_endpoint_is_named_or_of_the_type(void **state)
{
	struct config	*c = must_read("{\"endpoint\":["
	    "{\"name\":\"local\",\"type\":\"common\",\"base_url\":\"http://l\"},"
	    "{\"name\":\"common\",\"base_url\":\"http://c\"},"
	    "{\"name\":\"claude\",\"type\":\"anthropic\","
	    "\"base_url\":\"http://a\"}],\"models\":["
	    "{\"id\":\"1\",\"type\":\"common\"},"
	    "{\"id\":\"2\",\"type\":\"common\",\"endpoint\":\"local\"},"
	    "{\"id\":\"3\",\"endpoint\":\"local\"},"
	    "{\"id\":\"4\",\"type\":\"anthropic\"}]}");
	static const char *const names[] = {
		"common", "local", "local", "claude"
	};
	size_t		 i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_string_equal(c->models[i].endpoint->name, names[i]);
	config_release(c);
}

static void
the_first_match_wins(void **state)
{
	struct config	*c = must_read("{\"models\":["
	    "{\"id\":\"gpt-5\",\"type\":\"openai\"},"
	    "{\"id\":\"gpt-*\",\"type\":\"openai\"},"
	    "{\"id\":\"gpt-6\",\"type\":\"common\"},"
	    "{\"id\":\"*\",\"type\":\"google\"}]}");

	(void)state;
	assert_ptr_equal(config_find_model(c, "gpt-5"), &c->models[0]);
	assert_ptr_equal(config_find_model(c, "gpt-5x"), &c->models[1]);
	assert_ptr_equal(config_find_model(c, "gpt-"), &c->models[1]);
	assert_ptr_equal(config_find_model(c, "gpt-6"), &c->models[1]);
	assert_ptr_equal(config_find_model(c, "gpt"), &c->models[3]);
	assert_non_null(strstr(warnings, "t.json: models[2].id: \"gpt-6\" is "
	    "never reached: models[1] comes first"));
	config_release(c);
	c = must_read(MODEL("\"type\":\"openai\""));
	assert_null(config_find_model(c, "constructor"));
	assert_null(config_find_model(c, ""));
	assert_null(config_find_model(c, "mm"));
	config_release(c);
}

static void
redirects_go_one_step(void **state)
{
	struct config	*c = must_read("{\"models\":[{\"id\":\"b\",\"type\":"
	    "\"openai\"}],\"model_redirects\":{\"a\":\"b\",\"b\":\"c\"}}");

	(void)state;
	assert_string_equal(config_redirect(c, "a"), "b");
	assert_string_equal(config_redirect(c, "b"), "c");
	assert_string_equal(config_redirect(c, "x"), "x");
	assert_string_equal(config_redirect(c, "constructor"), "constructor");
	assert_non_null(strstr(warnings,
	    "t.json: model_redirects.b: leads to \"c\", which is not in"));
	assert_null(strstr(warnings, "model_redirects.a"));
	config_release(c);
	refuses("{\"model_redirects\":{\"a\":7}}",
	    "t.json: model_redirects.a: must be a string");
	refuses("{\"model_redirects\":{\"a\":\"\"}}",
	    "t.json: model_redirects.a: must not be empty");
}

#define TWO	"{\"endpoint\":[{\"name\":\"a\",\"type\":\"common\","		\
	    "\"base_url\":\"http://a/\"},{\"name\":\"b\",\"type\":\"common\","	\
	    "\"base_url\":\"http://b/\"}],"

/* What no request would ever come to. */
static void
fallbacks_that_are_not_reached_are_named(void **state)
{
	static const struct {
		const char	*text, *warning;	/* NULL: none */
	} cases[] = {
		{ "\"model_redirects\":{\"n\":\"y\"},\"models\":[{\"id\":\"x\","
		    "\"endpoint\":\"a\",\"fallback\":[\"n\"]},"
		    "{\"id\":\"y\",\"endpoint\":\"b\"}]}", NULL },
		{ "\"models\":[{\"id\":\"x\",\"endpoint\":\"a\",\"fallback\":"
		    "[\"gone\"]}]}", "\"gone\" is not in models" },
		{ "\"models\":[{\"id\":\"x\",\"endpoint\":\"a\",\"fallback\":"
		    "[\"x\"]}]}", "\"x\" is the model itself" },
		{ "\"models\":[{\"id\":\"x\",\"endpoint\":\"a\",\"fallback\":"
		    "[\"y\",\"y\"]},{\"id\":\"y\",\"endpoint\":\"b\"}]}",
		    "\"y\" stands there twice" },
		{ "\"models\":[{\"id\":\"x\",\"endpoint\":\"a\",\"fallback\":"
		    "[\"y*\"]},{\"id\":\"y*\",\"endpoint\":\"b\"}]}",
		    "\"y*\" is no name of a model" },
		{ "\"models\":[{\"id\":\"x\",\"endpoint\":\"a\",\"fallback\":"
		    "[\"y\"]},{\"id\":\"y\",\"endpoint\":\"b\",\"fallback\":"
		    "[\"x\"]}]}", "\"x\" leads back to \"y\"" },
		{ "\"attempts_max\":1,\"models\":[{\"id\":\"x\",\"endpoint\":"
		    "\"a\",\"fallback\":[\"y\"]},{\"id\":\"y\",\"endpoint\":"
		    "\"b\"}]}", "attempts_max is 1" },
		{ "\"total_timeout_s\":9,\"models\":[{\"id\":\"x\",\"upstreams\":"
		    "[{\"endpoint\":\"a\"},{\"endpoint\":\"b\"}],"
		    "\"first_event_timeout_s\":9}]}", "leaves no time" },
		{ "\"models\":[{\"id\":\"x\",\"upstreams\":"
		    "[{\"endpoint\":\"a\"},{\"endpoint\":\"a\"}]}]}",
		    "[1] is the same as [0]" },
		{ "\"models\":[{\"id\":\"x\",\"upstreams\":"
		    "[{\"endpoint\":\"a\"},{\"endpoint\":\"a\",\"id\":\"z\"}]}]}",
		    NULL },
	};
	char	text[1024];
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), TWO "%s", cases[i].text);
		if (cases[i].warning != NULL) {
			warns(text, cases[i].warning);
			continue;
		}
		config_release(must_read(text));
		assert_string_equal(warnings, "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fallbacks_that_are_not_reached_are_named),
		cmocka_unit_test(a_model_has_defaults),
		cmocka_unit_test(a_model_says_what_it_can),
		cmocka_unit_test(reasoning_is_read_as_the_original_did),
		cmocka_unit_test(wrong_models_are_refused),
		cmocka_unit_test(the_endpoint_is_named_or_of_the_type),
		cmocka_unit_test(the_first_match_wins),
		cmocka_unit_test(redirects_go_one_step),
	};

	return cmocka_run_group_tests(tests, clear_environment, NULL);
}
