#include "build.h"

#include "config_cases.h"

#define START	"{\"endpoint\":[{\"name\":\"openai\",\"base_url\":\"http://h/\","
#define PATHS(text)	START "\"paths\":{" text "}}]}"
#define HEADERS(text)	START "\"headers\":{" text "}}]}"

static void
four_endpoints_come_by_default(void **state)
{
	static const struct {
		const char		*name, *url;
		enum dialect_kind	 dialect;
	} cases[] = {
		{ "openai", "https://api.factory.ai/api/llm/o/v1/responses",
		    DIALECT_RESPONSES },
		{ "anthropic", "https://api.factory.ai/api/llm/a/v1/messages",
		    DIALECT_MESSAGES },
		{ "google", "https://api.factory.ai/api/llm/g/v1/generate",
		    DIALECT_GENERATE },
		{ "common",
		    "https://api.factory.ai/api/llm/o/v1/chat/completions",
		    DIALECT_CHAT },
	};
	struct config	*c = must_read("{}");
	size_t		 i;

	(void)state;
	assert_int_equal(c->endpoints_count, 4);
	for (i = 0; i < 4; i++) {
		const struct endpoint	*endpoint = &c->endpoints[i];

		assert_string_equal(endpoint->name, cases[i].name);
		assert_string_equal(endpoint->base_url, cases[i].url);
		assert_string_equal(endpoint->urls[OPERATION_CONVERSATIONS],
		    cases[i].url);
		assert_null(endpoint->urls[OPERATION_COUNT_TOKENS]);
		assert_false(endpoint->model_in_url);
		assert_int_equal(endpoint->dialect, cases[i].dialect);
		assert_int_equal(endpoint->profile, PROFILE_FACTORY);
		assert_int_equal(endpoint->auth, AUTH_BEARER);
		assert_false(endpoint->http2);
		assert_string_equal(dialect_type(endpoint->dialect),
		    cases[i].name);
	}
	config_release(c);
}

static void
profile_and_auth_follow_from_each_other(void **state)
{
	static const struct {
		const char	*text;
		enum profile	 profile;
		enum auth_style	 auth;
	} cases[] = {
		{ "\"type\":\"anthropic\"", PROFILE_FACTORY, AUTH_BEARER },
		{ "\"type\":\"common\",\"api_key_env\":\"X\"", PROFILE_PLAIN,
		    AUTH_BEARER },
		{ "\"type\":\"openai\",\"profile\":\"plain\"", PROFILE_PLAIN,
		    AUTH_BEARER },
		{ "\"type\":\"anthropic\",\"api_key_env\":\"X\"",
		    PROFILE_PLAIN, AUTH_X_API_KEY },
		{ "\"type\":\"google\",\"profile\":\"plain\"", PROFILE_PLAIN,
		    AUTH_X_GOOG_API_KEY },
		{ "\"type\":\"google\",\"auth\":\"none\"", PROFILE_PLAIN,
		    AUTH_NONE },
		{ "\"type\":\"google\",\"auth\":\"bearer\"", PROFILE_PLAIN,
		    AUTH_BEARER },
		{ "\"type\":\"google\",\"auth\":\"x-api-key\",\"profile\":"
		    "\"factory\"", PROFILE_FACTORY, AUTH_X_API_KEY },
	};
	char	text[512];
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config	*c;

		snprintf(text, sizeof(text), "{\"endpoint\":[{\"name\":\"e\","
		    "\"base_url\":\"http://h/\",%s}]}", cases[i].text);
		c = must_read(text);
		assert_int_equal(c->endpoints[0].profile, cases[i].profile);
		assert_int_equal(c->endpoints[0].auth, cases[i].auth);
		config_release(c);
	}
}

static void
paths_are_urls_or_begin_at_the_host(void **state)
{
	static const struct {
		const char	*base, *paths, *conversations, *count_tokens;
	} cases[] = {
		{ "https://h:8443/a?b", "\"count_tokens\":\"/c?d=e\"",
		    "https://h:8443/a?b", "https://h:8443/c?d=e" },
		{ "http://[::1]", "\"conversations\":\"/x/{model}\"",
		    "http://[::1]/x/{model}", NULL },
		{ "http://h?b", "\"count_tokens\":\"https://i/{model}:c\","
		    "\"conversations\":\"/x\"", "http://h/x",
		    "https://i/{model}:c" },
		{ "http://h/{model}", "\"count_tokens\":null",
		    "http://h/{model}", NULL },
	};
	char	text[512];
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct endpoint	*endpoint;
		const char		*count;
		struct config		*c;

		snprintf(text, sizeof(text), "{\"endpoint\":[{\"paths\":{%s},"
		    "\"name\":\"openai\",\"base_url\":\"%s\"}]}",
		    cases[i].paths, cases[i].base);
		c = must_read(text);
		endpoint = &c->endpoints[0];
		assert_string_equal(endpoint->urls[OPERATION_CONVERSATIONS],
		    cases[i].conversations);
		assert_ptr_equal(endpoint->urls[OPERATION_CONVERSATIONS],
		    endpoint->base_url);
		assert_int_equal(endpoint->model_in_url,
		    strstr(cases[i].conversations, "{model}") != NULL);
		count = endpoint->urls[OPERATION_COUNT_TOKENS];
		if (cases[i].count_tokens == NULL)
			assert_null(count);
		else
			assert_string_equal(count, cases[i].count_tokens);
		config_release(c);
	}
}

static void
paths_that_lead_nowhere_are_refused(void **state)
{
	(void)state;
	refuses(PATHS("\"count_tokens\":\"\""),
	    "t.json: endpoint[0].paths.count_tokens: must not be empty");
	refuses(PATHS("\"count_tokens\":\"count\""),
	    "t.json: endpoint[0].paths.count_tokens: ");
	refuses(PATHS("\"count_tokens\":\"/a b\""), "must not hold spaces");
	refuses(PATHS("\"count_tokens\":\"/a#b\""), "must not hold a '#'");
	refuses(PATHS("\"count_tokens\":\"http://u:p@h/\""),
	    "t.json: endpoint[0].paths.count_tokens: ");
	refuses(PATHS("\"count_tokens\":\"/{x}\""), "must not hold braces");
	refuses(PATHS("\"count_tokens\":7"), "must be a string");
	refuses(START "\"paths\":[]}]}", "must be an object");
	warns(PATHS("\"count_token\":\"/x\""), "t.json: endpoint[0].paths."
	    "count_token: unknown key, ignored; did you mean "
	    "\"count_tokens\"?");
}

static void
what_an_endpoint_must_have(void **state)
{
	(void)state;
	refuses("{\"endpoint\":[{}]}", "t.json: endpoint[0].name: is missing");
	refuses("{\"endpoint\":[{\"name\":\"openai\"}]}",
	    "t.json: endpoint[0].base_url: is missing");
	refuses("{\"endpoint\":[{\"name\":\"\"}]}",
	    "t.json: endpoint[0].name: must not be empty");
	refuses("{\"endpoint\":[{\"name\":\"x\",\"base_url\":\"http://h\"}]}",
	    "t.json: endpoint[0].type: is missing");
	refuses(START "\"http2\":false},{\"name\":\"openai\","
	    "\"base_url\":\"http://i\"}]}", "t.json: endpoint[1].name: "
	    "\"openai\" is already that of endpoint[0]");
}

static void
one_default_of_a_type_is_of_use(void **state)
{
	const char	*text = START "\"default\":true},{\"name\":\"b\","
			    "\"type\":\"openai\",\"base_url\":\"http://h\"},"
			    "{\"name\":\"c\",\"type\":\"common\","
			    "\"default\":true,\"base_url\":\"http://h\"}]}";
	struct config	*c = must_read(text);

	(void)state;
	assert_true(c->endpoints[0].is_default);
	assert_false(c->endpoints[1].is_default);
	assert_true(c->endpoints[2].is_default);
	assert_null(strstr(warnings, "of no use"));
	config_release(c);
	warns(START "\"default\":true},{\"name\":\"b\",\"type\":\"openai\","
	    "\"default\":true,\"base_url\":\"http://h\"}]}", "t.json: "
	    "endpoint[1].default: is of no use: endpoint[0] is the first");
}

static void
keys_come_from_the_named_variable(void **state)
{
	const char	*text = START "\"api_key_env\":\"TEST_KEY\"}]}";
	struct config	*c;

	(void)state;
	warns(text, "t.json: endpoint[0].api_key_env: environment variable "
	    "TEST_KEY is not set");
	setenv("TEST_KEY", " one,two , one", 1);
	c = must_read(text);
	assert_null(strstr(warnings, "TEST_KEY"));
	assert_int_equal(c->endpoints[0].keys_count, 2);
	assert_string_equal(c->endpoints[0].keys[1].at, "two");
	config_release(c);
	setenv("TEST_KEY", "on\ne,t\001wo", 1);
	refuses(text, "environment variable TEST_KEY: holds a character");
	unsetenv("TEST_KEY");
	refuses(START "\"api_key_env\":\"FACTORY_API_KEY\"}]}",
	    "names Factory's own credential");
	refuses(START "\"api_key_env\":\"DROID_REFRESH_KEY\"}]}",
	    "names Factory's own credential");
	refuses(START "\"api_key_env\":\"A B\"}]}",
	    "must be the name of an environment variable");
}

static void
headers_are_read(void **state)
{
	const struct endpoint	*endpoint;
	struct config		*c;

	(void)state;
	c = must_read(HEADERS("\"add\":{\"X-One\":\"1\",\"x-two\":\"\"},"
	    "\"replace\":{\"User-Agent\":\"me/1 (a b)\"},"
	    "\"remove\":[\"X-Stainless-OS\"]"));
	endpoint = &c->endpoints[0];
	assert_int_equal(endpoint->add_count, 2);
	assert_string_equal(endpoint->add[0].name, "x-one");
	assert_string_equal(endpoint->add[0].value, "1");
	assert_string_equal(endpoint->add[1].value, "");
	assert_int_equal(endpoint->replace_count, 1);
	assert_string_equal(endpoint->replace[0].name, "user-agent");
	assert_string_equal(endpoint->replace[0].value, "me/1 (a b)");
	assert_int_equal(endpoint->remove.count, 1);
	assert_string_equal(endpoint->remove.at[0], "x-stainless-os");
	config_release(c);
}

static void
headers_that_would_break_http_are_refused(void **state)
{
	static const char *const kept[] = {
		"Connection", "content-length", "Expect", "HOST", "keep-alive",
		"proxy-authenticate", "proxy-authorization",
		"proxy-connection", "te", "trailer", "transfer-encoding",
		"upgrade",
	};
	char	text[512];
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		snprintf(text, sizeof(text), HEADERS("\"add\":{\"%s\":\"x\"}"),
		    kept[i]);
		refuses(text, "t.json: endpoint[0].headers.add: \"");
		refuses(text, "is a header that can't be set");
		snprintf(text, sizeof(text), HEADERS("\"remove\":[\"%s\"]"),
		    kept[i]);
		refuses(text, "t.json: endpoint[0].headers.remove[0]: \"");
	}
	refuses(HEADERS("\"replace\":{\"a b\":\"x\"}"),
	    "is no name of a header");
	refuses(HEADERS("\"add\":{\"\":\"x\"}"), "is no name of a header");
	refuses(HEADERS("\"add\":{\"a:\":\"x\"}"), "is no name of a header");
	refuses(HEADERS("\"add\":{\"\xc3\xa4\":\"x\"}"),
	    "is no name of a header");
	refuses(HEADERS("\"add\":{\"a\":\"x\\r\\nb: c\"}"),
	    "t.json: endpoint[0].headers.add.a: must not hold control");
	refuses(HEADERS("\"add\":{\"a\":\" x\"}"), "begin or end with a space");
	refuses(HEADERS("\"add\":{\"a\":7}"),
	    "t.json: endpoint[0].headers.add.a: must be a string");
	refuses(HEADERS("\"remove\":[7]"),
	    "t.json: endpoint[0].headers.remove[0]: must be a string");
}

#define COMMAND(text)	START "\"api_key_command\":" text "}]}"

static void
a_command_is_a_list_of_words(void **state)
{
	struct config	*c = must_read(COMMAND("[\"gcloud\",\"auth\","
			    "\"print-access-token\"]"));

	(void)state;
	assert_int_equal(c->endpoints[0].key_command.count, 3);
	assert_string_equal(c->endpoints[0].key_command.at[2],
	    "print-access-token");
	assert_int_equal(c->endpoints[0].key_refresh_s, 3300);
	assert_int_equal(c->endpoints[0].profile, PROFILE_PLAIN);
	config_release(c);
	c = must_read(COMMAND("[]"));
	assert_int_equal(c->endpoints[0].profile, PROFILE_FACTORY);
	config_release(c);
	refuses(COMMAND("\"gcloud auth\""), "t.json: endpoint[0]."
	    "api_key_command: must be a list");
	refuses(COMMAND("[\"a\",7]"), "api_key_command[1]: must be a string");
	refuses(COMMAND("[\"\"]"), "api_key_command[0]: must not be empty");
	refuses(COMMAND("[\"a\"],\"api_key_env\":\"X\""),
	    "api_key_command: stands beside api_key_env");
	refuses(COMMAND("[\"a\"],\"api_key_refresh_s\":0"),
	    "api_key_refresh_s: must be from 1 to 86400");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_endpoints_come_by_default),
		cmocka_unit_test(profile_and_auth_follow_from_each_other),
		cmocka_unit_test(paths_are_urls_or_begin_at_the_host),
		cmocka_unit_test(paths_that_lead_nowhere_are_refused),
		cmocka_unit_test(what_an_endpoint_must_have),
		cmocka_unit_test(one_default_of_a_type_is_of_use),
		cmocka_unit_test(keys_come_from_the_named_variable),
		cmocka_unit_test(a_command_is_a_list_of_words),
		cmocka_unit_test(headers_are_read),
		cmocka_unit_test(headers_that_would_break_http_are_refused),
	};

	return cmocka_run_group_tests(tests, clear_environment, NULL);
}
