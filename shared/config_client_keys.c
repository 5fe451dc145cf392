#include "build.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>
#include <openssl/sha.h>

#include "calendar.h"
#include "config_reader.h"
#include "encoding.h"
#include "token.h"

#define DAY_S	86400

/* It stands in log lines, tables and files of other programs. */
static const char name_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789._@+-";

const char *
config_key_name_refusal(const char *name)
{
	if (strlen(name) > CLIENT_KEY_NAME_MAX)
		return "must not have more than 40 characters";
	if (!isalnum((unsigned char)*name))
		return "must begin with a letter or digit";
	return name[strspn(name, name_letters)] == '\0' ? NULL :
	    "may hold letters, digits and . _ @ + - only";
}

static bool
is_visible(const char *text)
{
	for (; *text > ' ' && *text < 0x7f; text++)
		;
	return *text == '\0';
}

/* "sha256:" and 64 hexadecimal digits, or the key itself. */
static const char *
read_key(struct json_object *value, struct client_key *key)
{
	const char	*text = json_object_get_string(value);
	size_t		 length = strlen(text), i;

	if (length != (size_t)json_object_get_string_len(value))
		return "must not hold a NUL character";
	if (strncmp(text, "sha256:", 7) != 0) {
		if (length == 0 || !is_visible(text))
			return "must be a key without spaces, in ASCII";
		SHA256((const unsigned char *)text, length, key->sha256);
		return NULL;
	}
	text += 7;
	for (i = 0; i < 64 && length == 7 + 64; i++) {
		int	digit = hex_digit(text[i]);

		if (digit < 0)
			break;
		key->sha256[i / 2] = (uint8_t)(key->sha256[i / 2] << 4 | digit);
	}
	return i == 64 ? NULL : "must have 64 hex digits behind sha256:";
}

int
config_read_client_key(struct config_reader *r, const struct config_key *key,
    struct json_object *text, void *target)
{
	const char	*refusal = read_key(text, target);

	return refusal == NULL ? 0 : config_wrong(r, key->name, "%s", refusal);
}

/* A day counts to its end, everywhere on Earth the same: UTC. */
int
config_read_expires(struct config_reader *r, const struct config_key *key,
    struct json_object *text, void *target)
{
	struct client_key	*client = target;
	const char		*date = config_read_text_value(r, key->name,
				    text), *end;
	struct tm		 day = { 0 };

	if (date == NULL)
		return -1;
	if (*date == '\0')
		return 0;
	end = strptime(date, "%Y-%m-%d", &day);
	client->expires = calendar_seconds(&day) + DAY_S;
	if (end == NULL || *end != '\0' || !calendar_has(&day))
		return config_wrong(r, key->name,
		    "must be a day such as \"2027-01-31\"");
	return 0;
}

/* A key without a name is called by its place: key1, key2. */
static int
name_key(struct config_reader *r, struct client_key *keys, size_t index)
{
	struct client_key	*key = &keys[index];
	size_t			 i;

	if (key->name == NULL)
		key->name = arena_printf(&r->config->arena, "key%zu",
		    index + 1);
	if (key->name == NULL)
		return config_no_memory(r);
	key->hash = token_hash(key->name, strlen(key->name));
	for (i = 0; i < index; i++)
		if (strcmp(keys[i].name, key->name) == 0)
			return config_wrong_at(r, "client_keys", index,
			    "has the name \"%s\" of client_keys[%zu]",
			    key->name, i);
	return 0;
}

/* What an endpoint keeps is everyone's, and what a batch costs not counted. */
static bool
is_limited(const struct client_key *client)
{
	return client->models.count > 0 || client->tokens_per_day > 0 ||
	    client->tokens_per_month > 0;
}

/* One element of the list: a key, or an object about it. */
static int
read_entry(struct config_reader *r, const struct config_key *key,
    struct json_object *entry, size_t index, struct client_key *client)
{
	const char	*outer = r->where, *refusal;
	char		 where[64];
	int		 result;

	client->stored = true;
	if (json_object_is_type(entry, json_type_string)) {
		refusal = read_key(entry, client);
		return refusal == NULL ? 0 :
		    config_wrong_at(r, key->name, index, "%s", refusal);
	}
	if (!json_object_is_type(entry, json_type_object))
		return config_wrong_at(r, key->name, index,
		    "must be a string or an object { ... }");
	snprintf(where, sizeof(where), "%s[%zu].", key->name, index);
	r->where = where;
	result = config_read_object(r, SCOPE_CLIENT_KEY, entry, client);
	r->where = outer;
	if (!json_object_object_get_ex(entry, "stored", NULL))
		client->stored = !is_limited(client);
	return result;
}

int
config_read_client_keys(struct config_reader *r, const struct config_key *key,
    struct json_object *list, void *target)
{
	struct config		*config = target;
	struct client_key	*keys;
	size_t			 count, i;

	keys = config_read_array(r, key, list, sizeof(*keys), &count);
	if (keys == NULL)
		return -1;
	for (i = 0; i < count; i++)
		if (read_entry(r, key, json_object_array_get_idx(list, i), i,
		    &keys[i]) == -1 || name_key(r, keys, i) == -1)
			return -1;
	config->client_keys = keys;
	config->client_keys_count = count;
	return 0;
}

bool
client_key_allows(const struct client_key *key, const char *model)
{
	size_t	i;

	for (i = 0; i < key->models.count; i++)
		if (fnmatch(key->models.at[i], model, FNM_NOESCAPE) == 0)
			return true;
	return key->models.count == 0;
}
