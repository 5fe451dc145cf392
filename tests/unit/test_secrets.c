#include "build.h"

#include "config_cases.h"
#include "secrets.h"

static struct config	*config;
static struct tokens	*tokens;
static struct secrets	 secrets;

static int
start(void **state)
{
	clear_environment(state);
	setenv("FACTORY_API_KEY", "fk-factory-0123456789,fk-factory-0123456789-"
	    "longer", 1);
	setenv("OTHER_KEY", "sl/ash\"ed/key", 1);
	config = must_read("{\"endpoint\":["
	    "{\"name\":\"a\",\"type\":\"common\",\"api_key_env\":\"OTHER_KEY\","
	    "\"base_url\":\"http://127.0.0.1:9/v1/chat/completions\","
	    "\"headers\":{\"add\":{\"x-org-pass\":\"Token geheimnis-1\","
	    "\"user-agent\":\"friendly/1.0\",\"x-short\":\"abc\"}}}]}");
	tokens = tokens_new();
	assert_int_equal(tokens_add(tokens, "a", "eyJ.access.token", 1, NULL),
	    0);
	secrets = (struct secrets){ config, tokens, "client-credential" };
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	config_release(config);
	tokens_release(tokens);
	return 0;
}

static void
is_shown_as(const char *text, const char *wanted)
{
	char	got[512];
	size_t	length = strlen(text);

	assert_true(length < sizeof(got));
	memcpy(got, text, length + 1);
	length = secrets_mask(&secrets, got, length);
	assert_true(length <= strlen(text));
	got[length] = '\0';
	assert_string_equal(got, wanted);
}

static void
each_is_masked_wherever_it_is(void **state)
{
	(void)state;
	is_shown_as("", "");
	is_shown_as("nothing", "nothing");
	is_shown_as("fk-factory-0123456789", "fk-f...(21)");
	is_shown_as("xfk-factory-0123456789x", "xfk-f...(21)x");
	is_shown_as("fk-factory-0123456789fk-factory-0123456789",
	    "fk-f...(21)fk-f...(21)");
	is_shown_as("token eyJ.access.token, yours client-credential.",
	    "token eyJ....(16), yours clie...(17).");
	/* One that goes on is the longer one. */
	is_shown_as("fk-factory-0123456789-longer!", "fk-f...(28)!");
	/* One that ends early is none. */
	is_shown_as("fk-factory-012345678", "fk-factory-012345678");
}

static void
header_values_are_masked_but_harmless_ones(void **state)
{
	(void)state;
	is_shown_as("Token geheimnis-1", "Toke...(17)");
	is_shown_as("pass=geheimnis-1", "pass=(11)");
	is_shown_as("friendly/1.0 abc", "friendly/1.0 abc");
}

static void
what_json_escapes_is_found(void **state)
{
	(void)state;
	is_shown_as("{\"a\":\"sl/ash\\\"ed/key\"}", "{\"a\":\"(13)\"}");
	is_shown_as("{\"a\":\"sl\\/ash\\\"ed\\/key\"}", "{\"a\":\"(13)\"}");
	is_shown_as("\\", "\\");
}

static void
a_problem_is_masked(void **state)
{
	(void)state;
	problem_set(&problem, PROBLEM_UNAUTHORIZED,
	    "Incorrect API key provided: %s", "fk-factory-0123456789");
	secrets_mask_problem(&secrets, &problem);
	assert_string_equal(problem.message,
	    "Incorrect API key provided: fk-f...(21)");
}

static void
names_tell(void **state)
{
	(void)state;
	assert_true(secrets_named("authorization"));
	assert_true(secrets_named("x-api-key"));
	assert_true(secrets_named("set-cookie"));
	assert_false(secrets_named("content-type"));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(each_is_masked_wherever_it_is),
		TEST(header_values_are_masked_but_harmless_ones),
		TEST(what_json_escapes_is_found),
		TEST(a_problem_is_masked),
		TEST(names_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
