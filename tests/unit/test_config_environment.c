#include "build.h"

#include <unistd.h>

#include "config_cases.h"
#include "token.h"

static char	folder[] = "/tmp/test_config_environment.XXXXXX";
static char	path[128];

static void
write_file(const char *name, const char *text)
{
	FILE	*file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
the_environment_goes_before_the_file(void **state)
{
	struct config	*c;

	(void)state;
	setenv("PORT", "4001", 1);
	setenv("DROID2API_ACCESS", "open", 1);
	setenv("DROID2API_TOKEN_URL", "http://127.0.0.1:1/t", 1);
	setenv("DROID2API_DEVICE_URL", "http://127.0.0.1:1/d", 1);
	setenv("DROID2API_USER_AGENT_URL", "http://127.0.0.1:1/u", 1);
	setenv("DROID2API_CLIENT_KEYS", "one, two", 1);
	setenv("DROID2API_LOCAL_PEERS", "172.18.0.1 fd00::/8", 1);
	c = must_read("{\"port\":1,\"access\":\"loopback\",\"client_keys\":"
	    "[\"three\"],\"user_agent_url\":\"\",\"auth\":{\"token_url\":"
	    "\"http://x\"}}");
	assert_int_equal(c->port, 4001);
	assert_int_equal(c->access, ACCESS_OPEN);
	assert_string_equal(c->token_url, "http://127.0.0.1:1/t");
	assert_string_equal(c->device_url, "http://127.0.0.1:1/d");
	assert_string_equal(c->user_agent_url, "http://127.0.0.1:1/u");
	assert_int_equal(c->client_keys_count, 2);
	assert_int_equal(c->local_peers_count, 2);
	assert_int_equal(c->local_peers[1].bits, 8);
	config_release(c);
}

static void
an_empty_variable_says_nothing(void **state)
{
	struct config	*c;

	(void)state;
	setenv("PORT", "", 1);
	setenv("DROID2API_ACCESS", "", 1);
	setenv("DROID2API_LOCAL_PEERS", "", 1);
	setenv("FACTORY_API_KEY", "", 1);
	setenv("FACTORY_API_KEY_FILE", "", 1);
	c = must_read("{\"port\":5}");
	assert_int_equal(c->port, 5);
	assert_int_equal(c->access, ACCESS_LOOPBACK);
	assert_int_equal(c->factory_keys_count, 0);
	assert_int_equal(c->local_peers_count, 0);
	config_release(c);
}

static void
wrong_variables_are_named(void **state)
{
	static const char *const cases[][3] = {
		{ "PORT", "x", "must be a whole number" },
		{ "PORT", "80x", "must be a whole number" },
		{ "PORT", "0", "must be from 1 to 65535" },
		{ "PORT", "99999999999999999999", "must be from 1 to 65535" },
		{ "DROID2API_GUARD", "off", "must be true or false" },
		{ "DROID2API_ACCESS", "all", "must be one of \"loopback\"" },
		{ "DROID2API_LOCAL_PEERS", "gateway", "must be an address" },
		{ "DROID2API_TOKEN_URL", "x", "must begin with http" },
		{ "FACTORY_API_KEY", "se\001cret", "holds a character" },
		{ "FACTORY_API_KEY_FILE", "/nonexistent/x", "/nonexistent/x" },
	};
	char	message[128];
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setenv(cases[i][0], cases[i][1], 1);
		snprintf(message, sizeof(message), "environment variable %s: ",
		    cases[i][0]);
		refuses("{}", message);
		refuses("{}", cases[i][2]);
		assert_null(strstr(problem.message, "cret"));
		unsetenv(cases[i][0]);
	}
}

static void
access_follows_from_the_keys(void **state)
{
	struct config	*c = must_read("{\"client_keys\":[\"a\"]}");

	(void)state;
	assert_int_equal(c->access, ACCESS_KEYS);
	config_release(c);
	c = must_read("{\"client_keys\":[\"a\"],\"access\":\"loopback\"}");
	assert_int_equal(c->access, ACCESS_LOOPBACK);
	config_release(c);
	refuses("{\"access\":\"keys\"}",
	    "t.json: access: is \"keys\", but there are no client_keys");
	setenv("DROID2API_CLIENT_KEYS", "k", 1);
	c = must_read("{\"access\":\"keys\"}");
	assert_int_equal(c->access, ACCESS_KEYS);
	config_release(c);
}

static void
factory_keys_are_gathered_once_each(void **state)
{
	struct config	*c;
	uint64_t	 hash;

	(void)state;
	write_file("factory_api_key", "fk-four\n");
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	write_file("keys", "fk-two,fk-three\nfk-one\n");
	setenv("FACTORY_API_KEY_FILE", path, 1);
	setenv("FACTORY_API_KEY", " fk-one ,,fk-two, fk-one", 1);
	c = must_read("{}");
	assert_int_equal(c->factory_keys_count, 4);
	assert_string_equal(c->factory_keys[0].at, "fk-one");
	assert_string_equal(c->factory_keys[1].at, "fk-two");
	assert_string_equal(c->factory_keys[2].at, "fk-three");
	assert_string_equal(c->factory_keys[3].at, "fk-four");
	assert_int_equal(c->factory_keys[3].length, 7);
	assert_int_equal(c->factory_keys[3].hash, token_hash("fk-four", 7));
	hash = c->factory_keys_hash;
	config_release(c);
	setenv("FACTORY_API_KEY", "fk-two,fk-one", 1);
	c = must_read("{}");
	assert_int_equal(c->factory_keys_count, 4);
	assert_int_not_equal(c->factory_keys_hash, hash);
	config_release(c);
	unlink(path);
	snprintf(path, sizeof(path), "%s/factory_api_key", folder);
	unlink(path);
}

static void
wiping_leaves_zeros(void **state)
{
	char		text[] = "secret";
	struct secret	secret = { .at = text, .length = 6 };

	(void)state;
	config_wipe_secrets(&secret, 1);
	assert_memory_equal(text, "\0\0\0\0\0\0", 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_environment_goes_before_the_file,
		    clear_environment),
		cmocka_unit_test_setup(an_empty_variable_says_nothing,
		    clear_environment),
		cmocka_unit_test_setup(wrong_variables_are_named, clear_environment),
		cmocka_unit_test_setup(access_follows_from_the_keys,
		    clear_environment),
		cmocka_unit_test_setup(factory_keys_are_gathered_once_each,
		    clear_environment),
		cmocka_unit_test_setup(wiping_leaves_zeros, clear_environment),
	};
	int	result;

	if (mkdtemp(folder) == NULL)
		return 1;
	result = cmocka_run_group_tests(tests, NULL, NULL);
	if (rmdir(folder) != 0)
		return 1;
	return result;
}
