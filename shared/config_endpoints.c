#include "build.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "config_keys.h"
#include "config_reader.h"
#include "token.h"

/* Fields that libcurl and the connection own, or that frame the message. */
static const char *const kept_headers[] = {
	"connection",
	"content-length",
	"expect",
	"host",
	"keep-alive",
	"proxy-authenticate",
	"proxy-authorization",
	"proxy-connection",
	"te",
	"trailer",
	"transfer-encoding",
	"upgrade",
};

/* RFC 9110 section 5.6.2 */
static bool
is_token(const char *text)
{
	const char	*c;

	for (c = text; *c != '\0'; c++) {
		if (!isalnum((unsigned char)*c) &&
		    strchr("!#$%&'*+-.^_`|~", *c) == NULL)
			return false;
	}
	return c != text;
}

static const char *
name_refusal(const char *name)
{
	size_t	i;

	if (!is_token(name))
		return "is no name of a header";
	for (i = 0; i < sizeof(kept_headers) / sizeof(kept_headers[0]); i++) {
		if (strcasecmp(name, kept_headers[i]) == 0)
			return "is a header that can't be set";
	}
	return NULL;
}

/* RFC 9110 section 5.5 */
static const char *
value_refusal(const char *value)
{
	size_t	length = strlen(value);

	if (length > 0 && (isspace((unsigned char)value[0]) ||
	    isspace((unsigned char)value[length - 1])))
		return "must not begin or end with a space";
	return config_line_refusal(value);
}

/* A copy in lower case, checked; NULL with the problem set. */
static const char *
read_name(struct config_reader *r, const char *key, const char *name)
{
	const char	*refusal = name_refusal(name);
	char		*copy, *c;

	if (refusal != NULL) {
		config_wrong(r, key, "\"%.64s\" %s", name, refusal);
		return NULL;
	}
	copy = arena_strdup(&r->config->arena, name);
	if (copy == NULL) {
		config_no_memory(r);
		return NULL;
	}
	for (c = copy; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

static int
read_header(struct config_reader *r, const char *key, const char *name,
    struct json_object *value, struct header *header)
{
	char		 path[160];
	const char	*refusal;

	header->name = read_name(r, key, name);
	if (header->name == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s.%s", key, name);
	header->value = config_read_text_value(r, path, value);
	if (header->value == NULL)
		return -1;
	refusal = value_refusal(header->value);
	if (refusal != NULL)
		return config_wrong(r, path, "%s", refusal);
	return 0;
}

/* headers.add and headers.replace: {"name": "value"} */
int
config_read_header_list(struct config_reader *r, const struct config_key *key,
    struct json_object *object, void *target)
{
	struct endpoint	*endpoint = target;
	struct header	*headers;
	size_t		 count = 0;

	headers = arena_calloc(&r->config->arena,
	    (size_t)json_object_object_length(object) + 1, sizeof(*headers));
	if (headers == NULL)
		return config_no_memory(r);
	json_object_object_foreach(object, name, value) {
		if (read_header(r, key->name, name, value,
		    &headers[count++]) != 0)
			return -1;
	}
	if (key->at == offsetof(struct endpoint, add)) {
		endpoint->add = headers;
		endpoint->add_count = count;
	} else {
		endpoint->replace = headers;
		endpoint->replace_count = count;
	}
	return 0;
}

int
config_read_header_names(struct config_reader *r, const struct config_key *key,
    struct json_object *list, void *target)
{
	struct endpoint	*endpoint = target;
	size_t		 i;

	if (config_read_texts(r, key, list, endpoint) != 0)
		return -1;
	for (i = 0; i < endpoint->remove.count; i++) {
		char	path[64];

		snprintf(path, sizeof(path), "%s[%zu]", key->name, i);
		endpoint->remove.at[i] = read_name(r, path,
		    endpoint->remove.at[i]);
		if (endpoint->remove.at[i] == NULL)
			return -1;
	}
	return 0;
}

int
config_read_headers(struct config_reader *r, const struct config_key *key,
    struct json_object *object, void *target)
{
	return config_read_inner(r, key, SCOPE_HEADERS, object, target);
}

/* The origin of a URL, "https://host:port": how long it is. */
static size_t
origin_length(const char *url)
{
	const char	*host = strstr(url, "://");

	return host == NULL ? 0 : (size_t)(host + 3 - url) +
	    strcspn(host + 3, "/?");
}

/* A member of `paths`: a whole URL, or a path at base_url's host. */
int
config_read_endpoint_path(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	struct endpoint	*endpoint = target;
	const char	*url = config_read_text_value(r, key->name, value);
	const char	*refusal;
	void		*at = (char *)target + key->at;

	if (url == NULL)
		return -1;
	if (*url == '\0')
		return config_wrong(r, key->name, "must not be empty");
	if (*url == '/')
		url = arena_printf(&r->config->arena, "%.*s%s",
		    (int)origin_length(endpoint->base_url), endpoint->base_url,
		    url);
	if (url == NULL)
		return config_no_memory(r);
	refusal = config_base_url_refusal(url);
	if (refusal != NULL)
		return config_wrong(r, key->name, "%s", refusal);
	*(const char **)at = url;
	return 0;
}

int
config_read_paths(struct config_reader *r, const struct config_key *key,
    struct json_object *object, void *target)
{
	return config_read_inner(r, key, SCOPE_PATHS, object, target);
}

/* The same at Factory's European host; NULL: out of memory. */
static const char *
european(const char *url, struct arena *arena)
{
	static const char	us[] = "https://api.factory.ai/";

	if (url == NULL || strncmp(url, us, sizeof(us) - 1) != 0)
		return url;
	return arena_printf(arena, "https://api.eu.factory.ai/%s",
	    url + sizeof(us) - 1);
}

static int
settle_region(struct config_reader *r, struct endpoint *endpoint)
{
	struct arena	*arena = &r->config->arena;
	size_t		 i;

	if (r->config->region == REGION_US)
		return 0;
	endpoint->base_url = european(endpoint->base_url, arena);
	for (i = 0; i < OPERATION_KINDS; i++)
		endpoint->urls[i] = european(endpoint->urls[i], arena);
	return arena->failed ? config_no_memory(r) : 0;
}

/* Conversations go to base_url, unless `paths` has another. */
static void
settle_urls(struct endpoint *endpoint)
{
	const char	**conversations =
	    &endpoint->urls[OPERATION_CONVERSATIONS];

	if (*conversations == NULL)
		*conversations = endpoint->base_url;
	endpoint->base_url = *conversations;
	endpoint->model_in_url = strstr(endpoint->base_url, "{model}") != NULL;
}

/*
 * The list of models is beside conversations: what base_url has behind their
 * path is a method, or a query that the list needs, too.
 */
static int
find_models_url(struct config_reader *r, struct endpoint *endpoint)
{
	const struct config_type	*type = config_type_of(endpoint->dialect);
	const char			*base = endpoint->base_url, *at, *query;
	size_t				 length = strlen(type->conversations);

	if (!endpoint->discover)
		return 0;
	if (endpoint->profile == PROFILE_FACTORY)
		return config_wrong(r, "discover", "Factory has no list of "
		    "models; an endpoint with auth or api_key_env may");
	at = strstr(base, type->conversations);
	if (at == NULL || (at[length] != '\0' && strchr("?:/", at[length]) ==
	    NULL))
		return config_wrong(r, "discover", "where the list of models "
		    "is can't be told from base_url, which has no \"%s\"",
		    type->conversations);
	query = strchr(at, '?');
	endpoint->models_url = arena_printf(&r->config->arena, "%.*s%s%s%s",
	    (int)(at - base), base, type->models, query == NULL ? "" :
	    strchr(type->models, '?') == NULL ? "?" : "&",
	    query == NULL ? "" : query + 1);
	return endpoint->models_url == NULL ? config_no_memory(r) : 0;
}

static enum auth_style
auth_of(const struct endpoint *endpoint)
{
	return endpoint->profile == PROFILE_FACTORY ? AUTH_BEARER :
	    config_type_of(endpoint->dialect)->auth;
}

/* By its name, if that is a type. */
static int
find_type(struct config_reader *r, struct endpoint *endpoint)
{
	const struct key_word	*word;
	char			 all[256];

	for (word = config_type_words; word->word != NULL; word++) {
		if ((int)endpoint->dialect == -1 &&
		    strcmp(endpoint->name, word->word) == 0)
			endpoint->dialect = (enum dialect_kind)word->value;
	}
	if ((int)endpoint->dialect != -1)
		return 0;
	key_words_list(all, sizeof(all), config_type_words, ~0u);
	return config_wrong(r, "type", "is missing; the name \"%.64s\" "
	    "doesn't say whether it is %s", endpoint->name, all);
}

static int
read_keys(struct config_reader *r, struct endpoint *endpoint)
{
	const char	*text;

	if (endpoint->api_key_env == NULL)
		return 0;
	text = config_variable(endpoint->api_key_env);
	if (text == NULL) {
		config_warning(r, "api_key_env", "environment variable %.64s "
		    "is not set; clients must bring their own key",
		    endpoint->api_key_env);
		return 0;
	}
	return config_add_secrets(r, endpoint->api_key_env, text,
	    &endpoint->keys, &endpoint->keys_count);
}

static void
warn_of_default(struct config_reader *r, size_t index)
{
	const struct endpoint	*endpoints = r->config->endpoints;
	size_t			 i;

	for (i = 0; i < index && endpoints[index].is_default; i++)
		if (endpoints[i].is_default &&
		    endpoints[i].dialect == endpoints[index].dialect)
			config_warning(r, "default", "is of no use: "
			    "endpoint[%zu] is the first default of its type",
			    i);
}

size_t
config_key_commands(const struct config *config)
{
	size_t	count = 0, i;

	for (i = 0; i < config->endpoints_count; i++)
		count += config->endpoints[i].key_command.count > 0;
	return count;
}

/* tokend runs it: see tokend/keys.h. */
static int
check_command(struct config_reader *r, const struct endpoint *endpoint)
{
	if (endpoint->key_command.count == 0)
		return 0;
	if (endpoint->api_key_env != NULL)
		return config_wrong(r, "api_key_command", "stands beside "
		    "api_key_env: the key is to come from one of them");
	if (config_key_commands(r->config) > TOKEN_KEYS_MAX)
		return config_wrong(r, "api_key_command", "more than %d "
		    "endpoints have one", TOKEN_KEYS_MAX);
	return 0;
}

/* Whether it has a way of its own to its keys, and none of Factory's. */
static bool
is_plain(const struct endpoint *endpoint)
{
	return endpoint->api_key_env != NULL ||
	    endpoint->key_command.count > 0 || (int)endpoint->auth != -1;
}

static int
read_endpoint(struct config_reader *r, struct json_object *entry, size_t index)
{
	struct endpoint	*endpoint = &r->config->endpoints[index];
	size_t		 i;

	if (config_read_object(r, SCOPE_ENDPOINT, entry, endpoint) != 0)
		return -1;
	for (i = 0; i < index; i++) {
		if (strcmp(r->config->endpoints[i].name, endpoint->name) == 0)
			return config_wrong(r, "name",
			    "\"%.64s\" is already that of endpoint[%zu]",
			    endpoint->name, i);
	}
	if (find_type(r, endpoint) != 0)
		return -1;
	if ((int)endpoint->profile == -1)
		endpoint->profile = is_plain(endpoint) ? PROFILE_PLAIN :
		    PROFILE_FACTORY;
	if ((int)endpoint->auth == -1)
		endpoint->auth = auth_of(endpoint);
	if (settle_region(r, endpoint) != 0)
		return -1;
	settle_urls(endpoint);
	warn_of_default(r, index);
	if (check_command(r, endpoint) != 0 ||
	    find_models_url(r, endpoint) != 0)
		return -1;
	return read_keys(r, endpoint);
}

int
config_read_endpoints(struct config_reader *r, const struct config_key *key,
    struct json_object *list, void *target)
{
	struct config	*config = target;

	config->endpoints = config_read_array(r, key, list,
	    sizeof(struct endpoint), &config->endpoints_count);
	if (config->endpoints == NULL)
		return -1;
	return config_read_each(r, key, list, read_endpoint);
}
