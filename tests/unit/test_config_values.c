#include "build.h"

#include <json-c/json.h>

#include "buf.h"
#include "config_cases.h"

static void
every_key_refuses_another_type(void **state)
{
	static const char *const wrong[KEY_TYPES] = {
		[KEY_BOOLEAN] = "\"true\"",
		[KEY_INTEGER] = "\"7\"",
		[KEY_MEBIBYTES] = "7.5",
		[KEY_NUMBER] = "\"7\"",
		[KEY_TEXT] = "true",
		[KEY_WORD] = "1",
		[KEY_LIST] = "{}",
		[KEY_OBJECT] = "[]",
	};
	static const char *const wanted[KEY_TYPES] = {
		[KEY_BOOLEAN] = "must be true or false",
		[KEY_INTEGER] = "must be a whole number",
		[KEY_MEBIBYTES] = "must be a whole number",
		[KEY_NUMBER] = "must be a number",
		[KEY_TEXT] = "must be a string",
		[KEY_WORD] = "must be a string",
		[KEY_LIST] = "must be a list [ ... ]",
		[KEY_OBJECT] = "must be an object { ... }",
	};
	char	text[512], message[512];
	size_t	i;

	(void)state;
	for (i = 0; i < config_keys_count; i++) {
		const struct config_key	*key = &config_keys[i];

		write_case(text, sizeof(text), key, wrong[key->type]);
		write_message(message, sizeof(message), key,
		    wanted[key->type]);
		refuses(text, message);
	}
}

static void
every_number_has_its_bounds(void **state)
{
	char	text[512], message[512], value[64];
	size_t	i;

	(void)state;
	for (i = 0; i < config_keys_count; i++) {
		const struct config_key	*key = &config_keys[i];
		const int64_t		 good[] = { key->least, key->most };
		const int64_t		 bad[] = { key->least - 1, key->most + 1 };
		size_t			 j;

		if (key->type != KEY_INTEGER && key->type != KEY_MEBIBYTES)
			continue;
		assert_true(key->least < key->most);
		for (j = 0; j < 2; j++) {
			snprintf(value, sizeof(value), "%lld",
			    (long long)good[j]);
			write_case(text, sizeof(text), key, value);
			config_release(must_read(text));
			snprintf(value, sizeof(value), "%lld",
			    (long long)bad[j]);
			write_case(text, sizeof(text), key, value);
			write_message(message, sizeof(message), key,
			    "must be from ");
			refuses(text, message);
		}
		write_case(text, sizeof(text), key, "1e300");
		refuses(text, "must be a whole number");
		write_case(text, sizeof(text), key,
		    "99999999999999999999999999");
		refuses(text, "must be from ");
	}
}

static void
every_word_list_names_its_words(void **state)
{
	char	text[512], message[512], value[64];
	size_t	i;

	(void)state;
	for (i = 0; i < config_keys_count; i++) {
		const struct config_key	*key = &config_keys[i];
		const struct key_word	*word;

		if (key->type != KEY_WORD)
			continue;
		write_case(text, sizeof(text), key, "\"nonsense\"");
		write_message(message, sizeof(message), key,
		    "must be one of \"");
		refuses(text, message);
		for (word = key->words; word->word != NULL; word++) {
			snprintf(value, sizeof(value), "\"%s\"", word->word);
			assert_non_null(strstr(problem.message, value));
		}
	}
}

static void
null_says_nothing(void **state)
{
	char	text[512];
	size_t	i;

	(void)state;
	for (i = 0; i < config_keys_count; i++) {
		const struct config_key	*key = &config_keys[i];

		write_case(text, sizeof(text), key, "null");
		if (key->required || (key->scope == SCOPE_MODEL &&
		    strcmp(key->name, "type") == 0))
			refuses(text, ": is missing");
		else
			config_release(must_read(text));
	}
}

static void
texts_with_nul_are_refused(void **state)
{
	char	text[512];
	size_t	i;

	(void)state;
	for (i = 0; i < config_keys_count; i++) {
		const struct config_key	*key = &config_keys[i];

		if (key->type != KEY_TEXT || key->read == config_read_reasoning)
			continue;
		write_case(text, sizeof(text), key, "\"http://h/a\\u0000b\"");
		refuses(text, "must not hold a NUL character");
	}
}

static void
an_empty_config_has_the_defaults(void **state)
{
	struct config	*c = must_read("{}");

	(void)state;
	assert_int_equal(c->port, 3000);
	assert_int_equal(c->listen.count, 2);
	assert_string_equal(c->listen.at[0], "127.0.0.1");
	assert_string_equal(c->listen.at[1], "[::1]");
	assert_null(c->state_dir);
	assert_null(c->log_file);
	assert_null(c->ca_file);
	assert_string_equal(c->base_path, "");
	assert_false(c->dev_mode || c->strict || c->proxy_required);
	assert_int_equal(c->access, ACCESS_LOOPBACK);
	assert_int_equal(c->body_max, 50 * 1024 * 1024);
	assert_int_equal(c->reply_max, 32 * 1024 * 1024);
	assert_true(c->memory_max >= 256 * 1024 * 1024);
	assert_int_equal(c->memory_max % (1024 * 1024), 0);
	assert_int_equal(c->json_tokens_max, 2000000);
	assert_int_equal(c->processes, 2);
	assert_int_equal(c->workers, 512);
	assert_int_equal(c->queue, 64);
	assert_int_equal(c->keep_conn_s, 60);
	assert_int_equal(c->drain_s, 30);
	assert_int_equal(c->connect_timeout_s, 10);
	assert_int_equal(c->first_byte_timeout_s, 600);
	assert_int_equal(c->idle_timeout_s, 300);
	assert_int_equal(c->keep_alive_s, 15);
	assert_int_equal(c->early_stream_after_s, 0);
	assert_int_equal(c->retries, 0);
	assert_string_equal(c->system_prompt, "You are Droid, an AI software "
	    "engineering agent built by Factory.\n\n");
	assert_string_equal(c->user_agent_version, "0.225.1");
	assert_string_equal(c->token_url,
	    "https://api.workos.com/user_management/authenticate");
	assert_string_equal(c->device_url,
	    "https://api.workos.com/user_management/authorize/device");
	assert_string_equal(c->client_id, "client_01HNM792M5G5G1A2THWPXKFMXB");
	assert_null(c->organization_id);
	assert_int_equal(c->models_count, 0);
	assert_non_null(strstr(warnings, "t.json: models: is empty"));
	config_release(c);
}

/* On a machine of 32 bits 5000 MiB are not the 904 that are left of them. */
static void
memory_is_no_more_than_there_can_be(void **state)
{
	const size_t	 most = SIZE_MAX / (1024 * 1024);
	struct config	*c = must_read("{\"memory_max_mb\":5000}");

	(void)state;
	assert_true(c->memory_max / (1024 * 1024) ==
	    (most < 5000 ? most : 5000));
	config_release(c);
}

static void
unknown_keys_are_named_with_the_nearest(void **state)
{
	(void)state;
	warns("{\"prot\":1}", "t.json: prot: unknown key, ignored; did you "
	    "mean \"port\"?");
	warns("{\"models\":[{\"id\":\"a\",\"type\":\"openai\",\"fats\":1}]}",
	    "t.json: models[0].fats: unknown key, ignored; did you mean "
	    "\"fast\"?");
	warns("{\"auth\":{\"tokenurl\":1}}", "t.json: auth.tokenurl: unknown "
	    "key, ignored; did you mean \"token_url\"?");
	warns("{\"quite_something_else\":1}",
	    "t.json: quite_something_else: unknown key, ignored\n");
	config_release(must_read("{\"_note\":1,\"$schema\":2,\"//\":3}"));
	assert_null(strstr(warnings, "unknown"));
}

static void
list_elements_are_named_by_index(void **state)
{
	(void)state;
	refuses("{\"listen\":[\"127.0.0.1\",7]}",
	    "t.json: listen[1]: must be a string");
	refuses("{\"listen\":[\"\"]}", "t.json: listen[0]: must not be empty");
	refuses("{\"listen\":[]}", "t.json: listen: must not be empty");
	refuses("{\"models\":[{\"id\":\"a\",\"type\":\"openai\"},7]}",
	    "t.json: models[1]: must be an object");
}

static void
long_lists_are_refused(void **state)
{
	struct buf	text;
	int		i;

	(void)state;
	buf_init(&text, 64 * 1024, NULL);
	buf_puts(&text, "{\"cors_origins\":[\"http://a\"");
	for (i = 0; i < CONFIG_LIST_MAX; i++)
		buf_puts(&text, ",\"http://a\"");
	buf_puts(&text, "]}");
	refuses(text.at, "t.json: cors_origins: must not have more than 1000");
	buf_release(&text);
}

static void
long_keys_and_values_leave_the_message_whole(void **state)
{
	char	text[8192], name[4096];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "{\"%s\":1}", name);
	warns(text, "unknown key, ignored");
	snprintf(text, sizeof(text), "{\"base_path\":\"%s\"}", name);
	refuses(text, "must be a path");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_refuses_another_type),
		cmocka_unit_test(every_number_has_its_bounds),
		cmocka_unit_test(every_word_list_names_its_words),
		cmocka_unit_test(null_says_nothing),
		cmocka_unit_test(texts_with_nul_are_refused),
		cmocka_unit_test(an_empty_config_has_the_defaults),
		cmocka_unit_test(memory_is_no_more_than_there_can_be),
		cmocka_unit_test(unknown_keys_are_named_with_the_nearest),
		cmocka_unit_test(list_elements_are_named_by_index),
		cmocka_unit_test(long_lists_are_refused),
		cmocka_unit_test(long_keys_and_values_leave_the_message_whole),
	};

	return cmocka_run_group_tests(tests, clear_environment, NULL);
}
