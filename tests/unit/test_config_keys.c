#include "build.h"

#include "config_cases.h"

static void
every_key_is_found_once(void **state)
{
	size_t	i;

	(void)state;
	for (i = 0; i < config_keys_count; i++)
		assert_ptr_equal(config_key_find(config_keys[i].scope,
		    config_keys[i].name), &config_keys[i]);
	assert_null(config_key_find(SCOPE_TOP, "base_url"));
	assert_null(config_key_find(SCOPE_TOP, ""));
}

static void
every_key_has_what_its_type_needs(void **state)
{
	size_t	i;

	(void)state;
	for (i = 0; i < config_keys_count; i++) {
		const struct config_key	*key = &config_keys[i];

		switch (key->type) {
		case KEY_BOOLEAN:
			assert_true(key->initial == 0 || key->initial == 1);
			assert_int_equal(key->size, sizeof(bool));
			break;
		case KEY_INTEGER:
		case KEY_MEBIBYTES:
			assert_true(key->least < key->most);
			assert_true(key->initial == 0 ||
			    (key->initial >= key->least &&
			    key->initial <= key->most));
			break;
		case KEY_WORD:
			assert_non_null(key->words);
			assert_true(key->initial == -1 || key_word_of(
			    key->words, (int)key->initial) != NULL);
			break;
		case KEY_OBJECT:
			assert_true(key->read != NULL);
			break;
		case KEY_NUMBER:
			assert_int_equal(key->size, sizeof(double));
			break;
		case KEY_TEXT:
		case KEY_LIST:
		case KEY_TYPES:
			break;
		}
	}
}

static void
near_names_are_found(void **state)
{
	static const struct {
		enum key_scope	 scope;
		const char	*name, *nearest;
	} cases[] = {
		{ SCOPE_TOP, "endpoints", "endpoint" },
		{ SCOPE_TOP, "model", "models" },
		{ SCOPE_TOP, "Port", "port" },
		{ SCOPE_TOP, "model-redirects", "model_redirects" },
		{ SCOPE_TOP, "systemprompt", "system_prompt" },
		{ SCOPE_TOP, "keep_alive", "keep_alive_s" },
		{ SCOPE_ENDPOINT, "url", NULL },
		{ SCOPE_ENDPOINT, "api_key", NULL },
		{ SCOPE_MODEL, "resoning", "reasoning" },
		{ SCOPE_TOP, "zzz", NULL },
		{ SCOPE_TOP, "a", NULL },
		{ SCOPE_TOP, "", NULL },
		{ SCOPE_TOP, "a_name_that_is_longer_than_any_key_of_the_table",
		    NULL },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct config_key	*key;

		key = config_key_nearest(cases[i].scope, cases[i].name);
		if (cases[i].nearest == NULL)
			assert_null(key);
		else if (key == NULL)
			fail_msg("nothing near %s", cases[i].name);
		else
			assert_string_equal(key->name, cases[i].nearest);
	}
}

static FILE *
open_manual(void)
{
	const char	*folder = getenv("srcdir");
	char		 path[512];

	snprintf(path, sizeof(path), "%s/conf/droid2api.conf.5",
	    folder != NULL ? folder : "..");
	return fopen(path, "r");
}

/* Whether it is the full name of a key. */
static bool
is_key(const char *name)
{
	char	full[128];
	size_t	i;

	for (i = 0; i < config_keys_count; i++) {
		snprintf(full, sizeof(full), "%s%s",
		    config_scope_prefix(config_keys[i].scope),
		    config_keys[i].name);
		if (strcmp(full, name) == 0)
			return true;
	}
	return false;
}

static bool
manual_has(FILE *manual, const char *name)
{
	char	line[256];

	rewind(manual);
	while (fgets(line, sizeof(line), manual) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".It Ic ", 7) == 0 &&
		    strcmp(line + 7, name) == 0)
			return true;
	}
	return false;
}

/* The line behind ".It Ic NAME", which says type, default and bounds. */
static void
read_summary(FILE *manual, const char *name, char *line, int size)
{
	if (!manual_has(manual, name) || fgets(line, size, manual) == NULL)
		fail_msg("droid2api.conf(5) lacks %s", name);
	line[strcspn(line, "\n")] = '\0';
}

static void
the_manual_has_the_types_and_bounds(void **state)
{
	static const char *const types[KEY_TYPES] = {
		[KEY_BOOLEAN] = "Boolean, default ",
		[KEY_INTEGER] = "Integer, ",
		[KEY_MEBIBYTES] = "Integer, ",
		[KEY_NUMBER] = "Number, default none.",
		[KEY_TEXT] = "String",
		[KEY_WORD] = "String",
		[KEY_LIST] = "List of ",
		[KEY_OBJECT] = "Object",
	};
	FILE	*manual = open_manual();
	char	 line[256], full[128], wanted[128];
	size_t	 i;

	(void)state;
	assert_non_null(manual);
	for (i = 0; i < config_keys_count; i++) {
		const struct config_key	*key = &config_keys[i];

		snprintf(full, sizeof(full), "%s%s",
		    config_scope_prefix(key->scope), key->name);
		read_summary(manual, full, line, sizeof(line));
		snprintf(wanted, sizeof(wanted), "%s", types[key->type]);
		if (key->type == KEY_BOOLEAN)
			snprintf(wanted, sizeof(wanted), "Boolean, default %s.",
			    key->initial ? "true" : "false");
		else if (key->most > 0 && key->initial == 0 && key->least > 0)
			snprintf(wanted, sizeof(wanted), "Integer, %lld to "
			    "%lld, default", (long long)key->least,
			    (long long)key->most);
		else if (key->most > 0)
			snprintf(wanted, sizeof(wanted), "Integer, default "
			    "%lld, %lld to %lld.", (long long)key->initial,
			    (long long)key->least, (long long)key->most);
		if (strncmp(line, wanted, strlen(wanted)) != 0)
			fail_msg("%s: \"%s\" where \"%s\" is right", full,
			    line, wanted);
	}
	fclose(manual);
}

static void
the_manual_has_every_key_and_no_other(void **state)
{
	FILE	*manual = open_manual();
	char	 line[256], full[128];
	size_t	 i;

	(void)state;
	assert_non_null(manual);
	for (i = 0; i < config_keys_count; i++) {
		snprintf(full, sizeof(full), "%s%s",
		    config_scope_prefix(config_keys[i].scope),
		    config_keys[i].name);
		if (!manual_has(manual, full))
			fail_msg("droid2api.conf(5) lacks %s", full);
	}
	rewind(manual);
	while (fgets(line, sizeof(line), manual) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".It Ic ", 7) == 0 && !is_key(line + 7))
			fail_msg("droid2api.conf(5) has %s", line + 7);
	}
	fclose(manual);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_found_once),
		cmocka_unit_test(every_key_has_what_its_type_needs),
		cmocka_unit_test(near_names_are_found),
		cmocka_unit_test(the_manual_has_every_key_and_no_other),
		cmocka_unit_test(the_manual_has_the_types_and_bounds),
	};

	return cmocka_run_group_tests(tests, clear_environment, NULL);
}
