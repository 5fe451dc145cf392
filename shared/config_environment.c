#include "build.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "buf.h"
#include "config_keys.h"
#include "config_reader.h"
#include "encoding.h"
#include "file.h"
#include "token.h"

#define KEY_FILE_MAX	(64u * 1024)	/* bytes */

/* Variables that go before a key of the file. */
static const struct {
	const char	*variable;
	enum key_scope	 scope;
	const char	*key;
} overrides[] = {
	{ "PORT", SCOPE_TOP, "port" },
	{ "DROID2API_ACCESS", SCOPE_TOP, "access" },
	{ "DROID2API_CLIENT_KEYS", SCOPE_TOP, "client_keys" },
	{ "DROID2API_LOCAL_PEERS", SCOPE_TOP, "local_peers" },
	{ "DROID2API_GUARD", SCOPE_TOP, "guard" },
	{ "DROID2API_TOKEN_URL", SCOPE_AUTH, "token_url" },
	{ "DROID2API_DEVICE_URL", SCOPE_AUTH, "device_url" },
	{ "DROID2API_USER_AGENT_URL", SCOPE_TOP, "user_agent_url" },
	{ "DROID2API_LIMITS_URL", SCOPE_TOP, "limits_url" },
};

/* And those that are no key. */
static const char *const others[] = {
	"DROID2API_STATE", "FACTORY_API_KEY", "FACTORY_API_KEY_FILE",
	"XDG_STATE_HOME",
};

static const char separators[] = ", \t\r\n";

const char *
config_variable(const char *name)
{
	const char	*value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

static int
has_secret(const struct secret *keys, size_t count, const char *text,
    size_t length)
{
	size_t	i;

	for (i = 0; i < count; i++) {
		if (keys[i].length == length &&
		    memcmp(keys[i].at, text, length) == 0)
			return 1;
	}
	return 0;
}

/* A key goes into a header. */
static bool
is_visible(const char *text, size_t length)
{
	size_t	i;

	for (i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] >= 0x7f)
			return false;
	}
	return true;
}

static size_t
count_keys(const char *text)
{
	size_t	count = 0;

	while (*(text += strspn(text, separators)) != '\0') {
		text += strcspn(text, separators);
		count++;
	}
	return count;
}

static int
wrong_variable(struct config_reader *r, const char *name, const char *reason)
{
	r->variable = name;
	config_wrong(r, name, "%s", reason);
	r->variable = NULL;
	return -1;
}

int
config_add_secrets(struct config_reader *r, const char *name, const char *text,
    struct secret **keys, size_t *count)
{
	struct secret	*grown;
	size_t		 length;

	grown = arena_calloc(&r->config->arena, *count + count_keys(text) + 1,
	    sizeof(*grown));
	if (grown == NULL)
		return config_no_memory(r);
	if (*count > 0)
		memcpy(grown, *keys, *count * sizeof(*grown));
	*keys = grown;
	for (; *(text += strspn(text, separators)) != '\0'; text += length) {
		length = strcspn(text, separators);
		if (!is_visible(text, length))
			return wrong_variable(r, name,
			    "holds a character that no key has");
		if (has_secret(grown, *count, text, length))
			continue;
		grown[*count].at = arena_memdup(&r->config->arena, text,
		    length);
		if (grown[*count].at == NULL)
			return config_no_memory(r);
		grown[*count].length = length;
		grown[*count].hash = token_hash(text, length);
		(*count)++;
	}
	return 0;
}

void
config_wipe_secrets(struct secret *keys, size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		explicit_bzero((void *)(uintptr_t)keys[i].at, keys[i].length);
}

/* What the variable's text would be in the file. */
static struct json_object *
value_of(const struct config_key *key, const char *text)
{
	struct json_object	*list;
	char			*end;
	long			 number;

	if (key->type == KEY_INTEGER) {
		number = strtol(text, &end, 10);
		if (*end == '\0')
			return json_object_new_int64(number);
	}
	if (key->type == KEY_BOOLEAN && (strcmp(text, "1") == 0 ||
	    strcmp(text, "true") == 0))
		return json_object_new_boolean(true);
	if (key->type == KEY_BOOLEAN && (strcmp(text, "0") == 0 ||
	    strcmp(text, "false") == 0))
		return json_object_new_boolean(false);
	if (key->type != KEY_LIST)
		return json_object_new_string(text);
	list = json_object_new_array();
	while (*(text += strspn(text, separators)) != '\0') {
		size_t	length = strcspn(text, separators);

		json_object_array_add(list,
		    json_object_new_string_len(text, (int)length));
		text += length;
	}
	return list;
}

static int
override(struct config_reader *r, const char *variable,
    const struct config_key *key)
{
	const char		*text = config_variable(variable);
	struct json_object	*value;
	int			 result;

	if (text == NULL)
		return 0;
	value = value_of(key, text);
	if (value == NULL)
		return config_no_memory(r);
	r->variable = variable;
	result = config_read_value(r, key, value, r->config);
	r->variable = NULL;
	config_wipe(value);
	return result;
}

static int
read_key_file(struct config_reader *r, const char *variable, const char *path)
{
	struct config	*config = r->config;
	struct buf	 text;
	struct problem	 problem;
	int		 result;

	buf_init(&text, KEY_FILE_MAX, NULL);
	if (file_read(path, &text, &problem) != 0)
		result = wrong_variable(r, variable, problem.message);
	else
		result = config_add_secrets(r, variable, text.at,
		    &config->factory_keys, &config->factory_keys_count);
	if (text.length > 0)
		explicit_bzero(text.at, text.length);
	buf_release(&text);
	return result;
}

int
config_credential_file(char *path, size_t size)
{
	const char	*folder = config_variable("CREDENTIALS_DIRECTORY");
	int		 length;

	if (folder == NULL)
		return -1;
	length = snprintf(path, size, "%s/factory_api_key", folder);
	return (size_t)length < size && access(path, F_OK) == 0 ? 0 : -1;
}

/* FACTORY_API_KEY, its file, and systemd's LoadCredential=factory_api_key. */
static int
read_factory_keys(struct config_reader *r)
{
	struct config	*config = r->config;
	const char	*text = config_variable("FACTORY_API_KEY");
	const char	*file = config_variable("FACTORY_API_KEY_FILE");
	char		 credential[PATH_MAX];
	size_t		 i;

	if (text != NULL && config_add_secrets(r, "FACTORY_API_KEY", text,
	    &config->factory_keys, &config->factory_keys_count) != 0)
		return -1;
	if (file != NULL &&
	    read_key_file(r, "FACTORY_API_KEY_FILE", file) != 0)
		return -1;
	if (config_credential_file(credential, sizeof(credential)) == 0 &&
	    read_key_file(r, "CREDENTIALS_DIRECTORY", credential) != 0)
		return -1;
	for (i = 0; i < config->factory_keys_count; i++)
		config->factory_keys_hash = config_hash_add(
		    config->factory_keys_hash, config->factory_keys[i].hash);
	return 0;
}

uint64_t
config_hash_add(uint64_t hash, uint64_t next)
{
	uint64_t	pair[2] = { hash, next };

	return token_hash((const char *)pair, sizeof(pair));
}

int
config_read_environment(struct config_reader *r)
{
	size_t	i;

	for (i = 0; i < sizeof(overrides) / sizeof(overrides[0]); i++) {
		if (override(r, overrides[i].variable,
		    config_key_find(overrides[i].scope, overrides[i].key)) != 0)
			return -1;
	}
	return read_factory_keys(r);
}

/* What `api_key_env` of each endpoint names. */
static void
print_key_variables(struct json_object *root)
{
	struct json_object	*list, *name;
	size_t			 i;

	if (!json_object_object_get_ex(root, "endpoint", &list) ||
	    !json_object_is_type(list, json_type_array))
		return;
	for (i = 0; i < json_object_array_length(list); i++)
		if (json_object_object_get_ex(json_object_array_get_idx(list,
		    i), "api_key_env", &name) && json_object_is_type(name,
		    json_type_string) && config_variable_refusal(
		    json_object_get_string(name)) == NULL)
			puts(json_object_get_string(name));
}

void
config_print_variables(const char *path)
{
	struct json_object	*root = NULL;
	struct problem		 problem;
	struct buf		 text;
	size_t			 i;

	for (i = 0; i < sizeof(overrides) / sizeof(overrides[0]); i++)
		puts(overrides[i].variable);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		puts(others[i]);
	buf_init(&text, CONFIG_FILE_MAX, NULL);
	if (file_read(path, &text, &problem) == 0)
		root = config_parse(text.at, text.length, path, &problem);
	if (root != NULL)
		print_key_variables(root);
	if (text.length > 0)
		explicit_bzero(text.at, text.length);
	buf_release(&text);
	config_wipe(root);
}
