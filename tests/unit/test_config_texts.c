#include "build.h"

#include "config_cases.h"

static void
paths_are_taken_from_the_files_folder(void **state)
{
	const char	*text = "{\"state_dir\":\"/var/x\",\"log_file\":\"a/b\","
	    "\"ca_file\":\"\"}";
	struct config	*c;

	(void)state;
	c = config_read_text(text, strlen(text), "/etc/d/c.json", NULL, NULL,
	    &problem);
	assert_string_equal(c->state_dir, "/var/x");
	assert_string_equal(c->log_file, "/etc/d/a/b");
	assert_null(c->ca_file);
	config_release(c);
	c = must_read(text);
	assert_string_equal(c->log_file, "a/b");
	config_release(c);
	refuses("{\"log_file\":\"a\\nb\"}",
	    "t.json: log_file: must not hold control characters");
}

static void
the_base_path_loses_its_last_slash(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "/", "" }, { "/llm", "/llm" },
		{ "/llm/", "/llm" }, { "/a/b", "/a/b" },
	};
	static const char *const bad[] = {
		"llm", "/a//b", "/../x", "/a?b", "/a#b", "/a%2fb", "/a\\nb",
	};
	char	text[128];
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config	*c;

		snprintf(text, sizeof(text), "{\"base_path\":\"%s\"}",
		    cases[i][0]);
		c = must_read(text);
		assert_string_equal(c->base_path, cases[i][1]);
		config_release(c);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "{\"base_path\":\"%s\"}", bad[i]);
		refuses(text, "t.json: base_path: must be a path");
	}
}

static void
only_the_version_of_the_user_agent_counts(void **state)
{
	static const char *const cases[][2] = {
		{ "factory-cli/0.85.0", "0.85.0" },
		{ "other/1.2.3 (x)", "1.2.3" },
		{ "0.27.1", "0.27.1" },
		{ "", "0.225.1" },
	};
	char	text[128];
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config	*c;

		snprintf(text, sizeof(text), "{\"user_agent\":\"%s\"}",
		    cases[i][0]);
		c = must_read(text);
		assert_string_equal(c->user_agent_version, cases[i][1]);
		config_release(c);
	}
	refuses("{\"user_agent\":\"factory-cli\"}",
	    "t.json: user_agent: must end in a version");
	refuses("{\"user_agent\":\"factory-cli/x\"}", "must end in a version");
	refuses("{\"user_agent\":\"a/.1\"}", "must end in a version");
}

static void
auth_may_be_said_in_part(void **state)
{
	struct config	*c = must_read("{\"auth\":{\"token_url\":\"http://t/\","
	    "\"organization_id\":\"org_1\"}}");

	(void)state;
	assert_string_equal(c->token_url, "http://t/");
	assert_string_equal(c->organization_id, "org_1");
	assert_string_equal(c->client_id, "client_01HNM792M5G5G1A2THWPXKFMXB");
	config_release(c);
	refuses("{\"auth\":{\"client_id\":\"a\\nb\"}}",
	    "t.json: auth.client_id: must not hold control characters");
}

static void
an_empty_prompt_is_a_prompt(void **state)
{
	struct config	*c = must_read("{\"system_prompt\":\"\"}");

	(void)state;
	assert_string_equal(c->system_prompt, "");
	config_release(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_taken_from_the_files_folder),
		cmocka_unit_test(the_base_path_loses_its_last_slash),
		cmocka_unit_test(only_the_version_of_the_user_agent_counts),
		cmocka_unit_test(auth_may_be_said_in_part),
		cmocka_unit_test(an_empty_prompt_is_a_prompt),
	};

	return cmocka_run_group_tests(tests, clear_environment, NULL);
}
