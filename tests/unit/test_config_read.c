#include "build.h"

#include "config_cases.h"

static void
the_shipped_configuration_is_good(void **state)
{
	const char	*folder = getenv("srcdir");
	char		 path[512];
	struct config	*c;

	(void)state;
	snprintf(path, sizeof(path), "%s/conf/config.json",
	    folder != NULL ? folder : "..");
	warnings[0] = '\0';
	c = config_read(path, keep_warning, NULL, &problem);
	if (c == NULL)
		fail_msg("%s", problem.message);
	assert_string_equal(warnings, "");
	assert_int_equal(c->endpoints_count, 4);
	assert_int_equal(c->models_count, 31);
	assert_string_equal(config_redirect(c, "claude-sonnet-4-5"),
	    "claude-sonnet-4-5-20250929");
	assert_string_equal(config_find_model(c, "minimax-m2.5")->provider,
	    "fireworks");
	assert_string_equal(
	    config_find_model(c, "minimax-m2.5")->endpoint->name, "anthropic");
	assert_int_equal(config_find_model(c, "glm-5")->reasoning, EFFORT_OFF);
	assert_true(config_find_model(c, "gpt-5.4-fast")->fast);
	config_release(c);
}

/* One setting moves Factory's endpoints, and nobody else's. */
static void
the_european_host_is_one_setting(void **state)
{
	struct config	*c = must_read("{\"region\":\"eu\",\"endpoint\":["
	    "{\"name\":\"anthropic\",\"base_url\":"
	    "\"https://api.factory.ai/api/llm/a/v1/messages\",\"paths\":"
	    "{\"count_tokens\":\"/count\"}},"
	    "{\"name\":\"common\",\"auth\":\"none\",\"base_url\":"
	    "\"https://api.factory.air/v1/chat/completions\"}],\"models\":["
	    "{\"id\":\"m\",\"type\":\"anthropic\",\"provider\":"
	    "\"anthropic\",\"provider_eu\":\"vertex_anthropic\"},"
	    "{\"id\":\"n\",\"type\":\"common\",\"provider\":\"x\"}]}");

	(void)state;
	assert_string_equal(c->endpoints[0].base_url,
	    "https://api.eu.factory.ai/api/llm/a/v1/messages");
	assert_string_equal(c->endpoints[0].urls[OPERATION_COUNT_TOKENS],
	    "https://api.eu.factory.ai/count");
	assert_string_equal(c->endpoints[1].base_url,
	    "https://api.factory.air/v1/chat/completions");
	assert_string_equal(c->models[0].provider, "vertex_anthropic");
	assert_string_equal(c->models[1].provider, "x");
	config_release(c);
	c = must_read("{}");
	assert_non_null(strstr(c->endpoints[0].base_url,
	    "https://api.factory.ai/"));
	config_release(c);
}

/* What the shipped file says and what holds without it must not differ. */
static void
the_shipped_endpoints_are_the_defaults(void **state)
{
	const char	*folder = getenv("srcdir");
	char		 path[512];
	struct config	*c, *defaults = must_read("{}");
	size_t		 i;

	(void)state;
	snprintf(path, sizeof(path), "%s/conf/config.json",
	    folder != NULL ? folder : "..");
	c = config_read(path, NULL, NULL, &problem);
	assert_non_null(c);
	for (i = 0; i < 4; i++) {
		assert_string_equal(c->endpoints[i].name,
		    defaults->endpoints[i].name);
		assert_string_equal(c->endpoints[i].base_url,
		    defaults->endpoints[i].base_url);
	}
	assert_string_equal(c->system_prompt, defaults->system_prompt);
	assert_string_equal(c->user_agent_version,
	    defaults->user_agent_version);
	config_release(c);
	config_release(defaults);
}

/* The shape of the original's own file, with what it silently accepted. */
static void
the_originals_file_works_unchanged(void **state)
{
	struct config	*c = must_read("{\n"
	    "  \"port\": 3000,\n"
	    "  \"model_redirects\": {\"gpt-5\": \"gpt-5-2025-08-07\"},\n"
	    "  \"endpoint\": [\n"
	    "    {\"name\": \"openai\", \"base_url\": "
	    "\"https://api.factory.ai/api/llm/o/v1/responses\"},\n"
	    "    {\"name\": \"anthropic\", \"base_url\": "
	    "\"https://api.factory.ai/api/llm/a/v1/messages\"},\n"
	    "    {\"name\": \"common\", \"base_url\": "
	    "\"https://api.factory.ai/api/llm/o/v1/chat/completions\"}\n"
	    "  ],\n"
	    "  \"proxies\": [], // {name, url}\n"
	    "  \"models\": [\n"
	    "    {\"name\": \"Opus\", \"id\": \"claude-opus-4-1-20250805\", "
	    "\"type\": \"anthropic\", \"reasoning\": \"AUTO\", "
	    "\"provider\": \"anthropic\"},\n"
	    "    {\"name\": \"GLM\", \"id\": \"glm-4.6\", \"type\": "
	    "\"common\", \"reasoning\": \"disabled\", \"fast\": false}\n"
	    "  ],\n"
	    "  \"dev_mode\": false,\n"
	    "  \"user_agent\": \"factory-cli/0.27.1\",\n"
	    "  \"system_prompt\": \"\"\n"
	    "}\n");

	(void)state;
	assert_int_equal(c->models_count, 2);
	assert_int_equal(c->models[0].reasoning, EFFORT_AUTO);
	assert_int_equal(c->models[1].reasoning, EFFORT_OFF);
	assert_null(c->models[1].provider);
	assert_string_equal(c->user_agent_version, "0.27.1");
	assert_string_equal(c->system_prompt, "");
	assert_string_equal(config_redirect(c, "gpt-5"), "gpt-5-2025-08-07");
	config_release(c);
}

static void
a_file_that_is_not_there_is_named(void **state)
{
	(void)state;
	assert_null(config_read("/nonexistent/c.json", NULL, NULL, &problem));
	assert_int_equal(problem.kind, PROBLEM_MISSING);
	assert_non_null(strstr(problem.message, "/nonexistent/c.json"));
	assert_null(config_read("/tmp", NULL, NULL, &problem));
	assert_non_null(strstr(problem.message, "/tmp"));
}

/* Every prefix of a configuration is read or refused, never worse. */
static void
a_cut_file_is_refused(void **state)
{
	const char	*text = "{\"models\":[{\"id\":\"a\",\"type\":\"openai\"}"
	    "],/*x*/\"proxies\":[{\"url\":\"http://a\"}],\"endpoint\":[{"
	    "\"name\":\"openai\",\"base_url\":\"http://h\",\"headers\":{"
	    "\"add\":{\"a\":\"b\"}}}]}";
	size_t		 length;

	(void)state;
	for (length = 0; length < strlen(text); length++) {
		char	*cut = malloc(length + 1);

		memcpy(cut, text, length);
		assert_null(config_read_text(cut, length, "t.json", NULL, NULL,
		    &problem));
		free(cut);
	}
	config_release(must_read(text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_configuration_is_good),
		cmocka_unit_test(the_shipped_endpoints_are_the_defaults),
		cmocka_unit_test(the_european_host_is_one_setting),
		cmocka_unit_test(the_originals_file_works_unchanged),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
		cmocka_unit_test(a_cut_file_is_refused),
	};

	return cmocka_run_group_tests(tests, clear_environment, NULL);
}
