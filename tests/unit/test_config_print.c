#include "build.h"

#include <unistd.h>

#include "config_cases.h"

static char	output[8192];
static int	result;

/* What config_print() writes to stdout, into `output`. */
static void
print(const struct config *c, const char *key)
{
	FILE	*file = tmpfile();
	int	 saved;
	size_t	 length;

	assert_non_null(file);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
	problem_clear(&problem);
	result = config_print(c, key, &problem);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	length = fread(output, 1, sizeof(output) - 1, file);
	output[length] = '\0';
	fclose(file);
}

static void
effective_values_are_printed(void **state)
{
	static const char *const cases[][2] = {
		{ "port", "3000\n" },
		{ "listen", "127.0.0.1\n[::1]\n" },
		{ "access", "keys\n" },
		{ "dev_mode", "true\n" },
		{ "body_max_mb", "7\n" },
		{ "json_tokens_max", "2000000\n" },
		{ "log_file", "\n" },
		{ "cors_origins", "" },
		{ "trusted_proxies", "10.0.0.0/8\n::1/128\n0.0.0.0/0\n" },
		{ "fastcgi_peers", "::/0\n" },
		{ "local_peers", "172.17.0.1/32\n" },
		{ "proxies", "p\n" },
		{ "endpoint", "openai\nanthropic\ngoogle\ncommon\n" },
		{ "models", "a\nb*\n" },
		{ "model_redirects", "x -> a\n" },
		{ "user_agent", "factory-cli/0.225.1\n" },
		{ "auth.client_id", "client_01HNM792M5G5G1A2THWPXKFMXB\n" },
		{ "auth.organization_id", "\n" },
		{ "state_dir", "/x/y\n" },
	};
	struct config	*c = must_read("{\"client_keys\":[\"k\"],"
	    "\"dev_mode\":true,\"body_max_mb\":7,\"state_dir\":\"/x/y\","
	    "\"trusted_proxies\":[\"10.0.0.0/8\",\"::1\",\"0.0.0.0/0\"],"
	    "\"fastcgi_peers\":[\"::/0\"],"
	    "\"local_peers\":[\"172.17.0.1\"],"
	    "\"proxies\":[{\"name\":\"p\",\"url\":\"http://u:hush@h\"}],"
	    "\"models\":[{\"id\":\"a\",\"type\":\"openai\"},"
	    "{\"id\":\"b*\",\"type\":\"openai\"}],"
	    "\"model_redirects\":{\"x\":\"a\"}}");
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print(c, cases[i][0]);
		assert_int_equal(result, 0);
		assert_string_equal(output, cases[i][1]);
	}
	config_release(c);
}

static void
the_environment_shows(void **state)
{
	struct config	*c;

	(void)state;
	setenv("PORT", "4004", 1);
	setenv("DROID2API_STATE", "/tmp/some/state", 1);
	c = must_read("{\"port\":1,\"state_dir\":\"/x/y\"}");
	print(c, "port");
	assert_string_equal(output, "4004\n");
	print(c, "state_dir");
	assert_string_equal(output, "/tmp/some/state\n");
	config_release(c);
	unsetenv("PORT");
	unsetenv("DROID2API_STATE");
}

/* What is written to stdout by config_print_variables(), into `output`. */
static void
print_variables(const char *path)
{
	FILE	*file = tmpfile();
	int	 saved = dup(STDOUT_FILENO);
	size_t	 length;

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	config_print_variables(path);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	length = fread(output, 1, sizeof(output) - 2, file);
	output[length] = '\0';
	fclose(file);
}

static void
the_variables_that_are_read_are_named(void **state)
{
	static const char	text[] = "// one\n{\"endpoint\":[7,"
	    "{\"api_key_env\":\"MY_KEY\"},{\"api_key_env\":\"A B\"},"
	    "{\"api_key_env\":1},{\"name\":\"x\"}]}";
	char			path[] = "/tmp/test_config_print.XXXXXX";
	int			fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	print_variables(path);
	unlink(path);
	assert_non_null(strstr(output, "\nMY_KEY\n"));
	assert_null(strstr(output, "A B"));
	assert_non_null(strstr(output, "\nFACTORY_API_KEY\n"));
	assert_non_null(strstr(output, "PORT\n"));
	/* One that can't be read names none of its own. */
	print_variables(path);
	assert_null(strstr(output, "MY_KEY"));
	assert_non_null(strstr(output, "\nDROID2API_STATE\n"));
}

static void
every_key_of_the_top_prints_and_no_secret_does(void **state)
{
	struct config	*c = must_read("{\"client_keys\":[\"hush\"],"
	    "\"proxies\":[{\"name\":\"p\",\"url\":\"http://u:hush@h\"}]}");
	size_t		 i;

	(void)state;
	for (i = 0; i < config_keys_count; i++) {
		const struct config_key	*key = &config_keys[i];

		if (key->scope != SCOPE_TOP || strcmp(key->name, "auth") == 0)
			continue;
		print(c, key->name);
		assert_int_equal(result, key->secret ? -1 : 0);
		assert_null(strstr(output, "hush"));
	}
	config_release(c);
}

static void
unknown_and_secret_keys_are_refused(void **state)
{
	static const char *const unknown[] = {
		"", "prot", "auth", "auth.", "auth.x", "base_url",
		"endpoint[].name",
	};
	struct config	*c = must_read("{}");
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		print(c, unknown[i]);
		assert_int_equal(result, -1);
		assert_int_equal(problem.kind, PROBLEM_MISSING);
		assert_string_equal(output, "");
	}
	print(c, "client_keys");
	assert_int_equal(result, -1);
	assert_int_equal(problem.kind, PROBLEM_FORBIDDEN);
	config_release(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(effective_values_are_printed),
		cmocka_unit_test(the_environment_shows),
		cmocka_unit_test(the_variables_that_are_read_are_named),
		cmocka_unit_test(
		    every_key_of_the_top_prints_and_no_secret_does),
		cmocka_unit_test(unknown_and_secret_keys_are_refused),
	};

	return cmocka_run_group_tests(tests, clear_environment, NULL);
}
