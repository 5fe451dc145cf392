#include "build.h"

#include "config_cases.h"

static void
client_keys_are_hashes(void **state)
{
	struct config	*c = must_read("{\"client_keys\":[\"abc\",\"sha256:"
	    "ba7816bf8f01cfea414140de5dae2223"
	    "B00361A396177A9CB410FF61F20015AD\"]}");

	(void)state;
	assert_int_equal(c->client_keys_count, 2);
	assert_memory_equal(c->client_keys[0].sha256, c->client_keys[1].sha256,
	    32);
	assert_int_equal(c->client_keys[0].sha256[0], 0xba);
	assert_int_equal(c->client_keys[0].sha256[31], 0xad);
	config_release(c);
	refuses("{\"client_keys\":[\"sha256:12\"]}",
	    "t.json: client_keys[0]: must have 64 hex digits");
	refuses("{\"client_keys\":[\"sha256:"
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag"
	    "\"]}", "must have 64 hex digits");
	refuses("{\"client_keys\":[\"sha256:"
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0"
	    "\"]}", "must have 64 hex digits");
	refuses("{\"client_keys\":[\"a\",\"hush hush\"]}",
	    "t.json: client_keys[1]: must be a key without spaces");
	assert_null(strstr(problem.message, "hush"));
	refuses("{\"client_keys\":[\"\"]}", "must be a key without spaces");
	refuses("{\"client_keys\":[7]}",
	    "t.json: client_keys[0]: must be a string or an object");
}

#define KEYS(list)	"{\"client_keys\":[" list "]}"
#define NAMED(more)	"{\"name\":\"alice\",\"key\":\"a\"" more "}"

static void
an_object_has_a_name_and_limits(void **state)
{
	struct config		*c = must_read(KEYS("\"k\","
	    NAMED(",\"models\":[\"claude-*\",\"glm-5\"],"
	    "\"requests_per_minute\":60,\"tokens_per_day\":2000000,"
	    "\"tokens_per_month\":0,\"concurrent\":8,"
	    "\"expires\":\"2027-01-31\",\"admin\":true")));
	const struct client_key	*key = &c->client_keys[1];

	(void)state;
	assert_string_equal(c->client_keys[0].name, "key1");
	assert_int_equal(c->client_keys[0].tokens_per_day, 0);
	assert_string_equal(key->name, "alice");
	assert_int_equal(key->sha256[0], 0xca);	/* of "a" */
	assert_int_equal(key->requests_per_minute, 60);
	assert_int_equal(key->tokens_per_day, 2000000);
	assert_int_equal(key->tokens_per_month, 0);
	assert_int_equal(key->concurrent, 8);
	/* The first second of February. */
	assert_int_equal(key->expires, 1801440000);
	assert_true(key->admin);
	assert_true(key->hash != c->client_keys[0].hash);
	assert_null(strstr(warnings, "client_keys"));
	config_release(c);
}

/* Who is limited may use what is everyone's only if that is said. */
static void
limits_keep_from_what_is_stored(void **state)
{
	static const struct {
		const char	*list;
		bool		 stored;
	} cases[] = {
		{ "\"a\"", true },
		{ NAMED(""), true },
		{ NAMED(",\"concurrent\":1,\"requests_per_minute\":2"), true },
		{ NAMED(",\"models\":[\"a\"]"), false },
		{ NAMED(",\"tokens_per_day\":1"), false },
		{ NAMED(",\"tokens_per_month\":1"), false },
		{ NAMED(",\"models\":[\"a\"],\"stored\":true"), true },
		{ NAMED(",\"stored\":false"), false },
	};
	char		 text[256];
	struct config	*c;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), KEYS("%s"), cases[i].list);
		c = must_read(text);
		assert_int_equal(c->client_keys[0].stored, cases[i].stored);
		config_release(c);
	}
}

static void
a_wrong_object_is_refused(void **state)
{
	(void)state;
	refuses(KEYS("{\"key\":\"a\"}"), "client_keys[0].name: is missing");
	refuses(KEYS("{\"name\":\"a\"}"), "client_keys[0].key: is missing");
	refuses(KEYS("{\"name\":\"a\",\"key\":\"hush hush\"}"),
	    "t.json: client_keys[0].key: must be a key without spaces");
	assert_null(strstr(problem.message, "hush"));
	refuses(KEYS("{\"name\":\"a b\",\"key\":\"a\"}"),
	    "client_keys[0].name: may hold letters, digits");
	refuses(KEYS("{\"name\":\"-\",\"key\":\"a\"}"),
	    "must begin with a letter or digit");
	refuses(KEYS("{\"name\":\"a2345678901234567890123456789012345678901\","
	    "\"key\":\"a\"}"), "not have more than 40 characters");
	refuses(KEYS(NAMED("") "," NAMED("")),
	    "client_keys[1]: has the name \"alice\" of client_keys[0]");
	refuses(KEYS("{\"name\":\"key2\",\"key\":\"a\"},\"b\""),
	    "client_keys[1]: has the name \"key2\" of client_keys[0]");
	refuses(KEYS(NAMED(",\"expires\":\"tomorrow\"")),
	    "client_keys[0].expires: must be a day");
	refuses(KEYS(NAMED(",\"expires\":\"2027-02-30\"")),
	    "client_keys[0].expires: must be a day");
	refuses(KEYS(NAMED(",\"concurrent\":257")), "must be from 0 to 256");
	refuses(KEYS(NAMED(",\"models\":[7]")),
	    "client_keys[0].models[0]: must be a string");
	warns(KEYS(NAMED(",\"modells\":[]")), "did you mean \"models\"?");
}

static void
models_are_patterns(void **state)
{
	struct config		*c = must_read(KEYS("\"k\","
	    NAMED(",\"models\":[\"claude-*\",\"glm-5\"]")));
	const struct client_key	*all = &c->client_keys[0];
	const struct client_key	*some = &c->client_keys[1];

	(void)state;
	assert_true(client_key_allows(all, "anything"));
	assert_true(client_key_allows(some, "claude-opus"));
	assert_true(client_key_allows(some, "claude-a/b"));
	assert_true(client_key_allows(some, "glm-5"));
	assert_false(client_key_allows(some, "glm-5.1"));
	assert_false(client_key_allows(some, "Claude-opus"));
	assert_false(client_key_allows(some, "xclaude-opus"));
	config_release(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_keys_are_hashes),
		cmocka_unit_test(an_object_has_a_name_and_limits),
		cmocka_unit_test(limits_keep_from_what_is_stored),
		cmocka_unit_test(a_wrong_object_is_refused),
		cmocka_unit_test(models_are_patterns),
	};

	return cmocka_run_group_tests(tests, clear_environment, NULL);
}
