#include "build.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "route.h"

#define ALLOW_POST	"POST, OPTIONS"
#define ALLOW_GET	"GET, HEAD, OPTIONS"

/* A fixed path behind the version prefix, and what it means. */
struct known {
	const char		*path;
	enum operation		 operation;
	enum dialect_kind	 dialect;
	const char		*allow;
};

static const struct known table[] = {
	{ "chat/completions", OPERATION_CREATE, DIALECT_CHAT, ALLOW_POST },
	{ "responses", OPERATION_CREATE, DIALECT_RESPONSES, ALLOW_POST },
	{ "messages", OPERATION_CREATE, DIALECT_MESSAGES, ALLOW_POST },
	{ "messages/count_tokens", OPERATION_COUNT, DIALECT_MESSAGES,
	    ALLOW_POST },
	{ "generate", OPERATION_CREATE, DIALECT_GENERATE, ALLOW_POST },
	{ "models", OPERATION_MODELS, DIALECT_CHAT, ALLOW_GET },
	{ "health", OPERATION_HEALTH, DIALECT_CHAT, ALLOW_GET },
	{ "status", OPERATION_STATUS, DIALECT_CHAT, ALLOW_GET },
	{ "", OPERATION_ABOUT, DIALECT_CHAT, ALLOW_GET },
};

/* Known to the APIs, not to us: 501 in their dialect, with what is below. */
static const struct {
	const char		*path;
	enum dialect_kind	 dialect;
} elsewhere[] = {
	{ "embeddings", DIALECT_CHAT },
	{ "completions", DIALECT_CHAT },
	{ "batches", DIALECT_CHAT },
	{ "files", DIALECT_CHAT },
	{ "images", DIALECT_CHAT },
	{ "audio", DIALECT_CHAT },
	{ "moderations", DIALECT_CHAT },
	{ "conversations", DIALECT_RESPONSES },
	{ "responses", DIALECT_RESPONSES },
	{ "messages/batches", DIALECT_MESSAGES },
};

/* Google's methods behind a model's name. */
static const struct {
	const char	*method;
	enum operation	 operation;
	bool		 stream;
} google[] = {
	{ ":generateContent", OPERATION_CREATE, false },
	{ ":streamGenerateContent", OPERATION_CREATE, true },
	{ ":countTokens", OPERATION_COUNT, false },
};

const char *
route_of_dialect(enum dialect_kind dialect)
{
	switch (dialect) {
	case DIALECT_CHAT:
		return "/v1/chat/completions";
	case DIALECT_RESPONSES:
		return "/v1/responses";
	case DIALECT_MESSAGES:
		return "/v1/messages";
	case DIALECT_GENERATE:
		return "/v1/generate";
	case DIALECT_KINDS:
		break;
	}
	return "/v1/models";
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Percent-decodes; NULL when a control byte, a bad escape or no memory. An
 * encoded slash sets *slash.
 */
static char *
decode(struct arena *arena, const char *at, size_t length, bool *slash)
{
	char *out = arena_alloc(arena, length + 1), *to = out;
	size_t i;

	if (out == NULL)
		return NULL;
	for (i = 0; i < length; i++) {
		int c = (unsigned char)at[i];

		if (c == '%') {
			if (length - i < 3 || hex_digit(at[i + 1]) < 0 ||
			    hex_digit(at[i + 2]) < 0)
				return NULL;
			c = hex_digit(at[i + 1]) * 16 + hex_digit(at[i + 2]);
			i += 2;
			if (c == '/')
				*slash = true;
		}
		if (c < 0x20 || c == 0x7f)
			return NULL;
		*to++ = (char)c;
	}
	*to = '\0';
	return out;
}

/* Whether a path has a "." or ".." or an empty segment but the last. */
static bool
is_crooked(const char *path)
{
	const char *segment = path;
	size_t length;

	while (*segment == '/') {
		segment++;
		length = strcspn(segment, "/");
		if ((length == 0 && segment[0] == '/') ||
		    (length == 1 && segment[0] == '.') ||
		    (length == 2 && strncmp(segment, "..", 2) == 0))
			return true;
		segment += length;
	}
	return false;
}

/* Where the last segment "/v1" or "/v1beta" begins; NULL if none. */
static const char *
find_version(const char *path, bool *beta)
{
	const char *at, *found = NULL;

	for (at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
		size_t length = strcspn(at + 1, "/");

		if (length == 2 && strncasecmp(at + 1, "v1", 2) == 0) {
			found = at;
			*beta = false;
		} else if (length == 6 && strncasecmp(at + 1, "v1beta", 6) == 0) {
			found = at;
			*beta = true;
		}
	}
	return found;
}

/*
 * Cuts what stands before the API's own path. A model's name may hold "/v1/"
 * itself, so that only what is before "/models/" is searched.
 */
static const char *
strip_prefix(char *path, const char *base_path, bool *beta)
{
	size_t base = strlen(base_path);
	char *models = strstr(path, "/models/");
	const char *found, *rest;

	if (base > 0 && strncmp(path, base_path, base) == 0 &&
	    (path[base] == '/' || path[base] == '\0'))
		path += base;
	if (models != NULL && models >= path)
		*models = '\0';
	found = find_version(path, beta);
	if (models != NULL && models >= path)
		*models = '/';
	if (found == NULL)
		rest = path;
	else
		rest = found + 1 + strcspn(found + 1, "/");
	return *rest == '/' ? rest + 1 : rest;
}

/* The dialect in which an error on an unknown path is said. */
static enum dialect_kind
guess_dialect(const struct client *client, const char *path, bool beta)
{
	if (beta || client_header(client, "x-goog-api-key") != NULL)
		return DIALECT_GENERATE;
	if (client_header(client, "anthropic-version") != NULL ||
	    strstr(path, "messages") != NULL)
		return DIALECT_MESSAGES;
	return strstr(path, "responses") != NULL ? DIALECT_RESPONSES
	    : DIALECT_CHAT;
}

static int
check_method(const struct client *client, const char *allow,
    struct problem *problem)
{
	bool get = strcmp(allow, ALLOW_GET) == 0;

	if (get ? client->method == METHOD_GET || client->method == METHOD_HEAD
	    : client->method == METHOD_POST)
		return 0;
	problem_set(problem, PROBLEM_METHOD, "%s is not allowed here, use %s",
	    client->method_word, get ? "GET" : "POST");
	problem->allow = allow;
	return -1;
}

/*
 * GET /v1/responses of a WebSocket's handshake: Codex asks for one first. A web
 * server may keep Upgrade to itself (lighttpd since 1.4.74), not the rest.
 */
static bool
wants_websocket(const struct client *client)
{
	const char *upgrade = client_header(client, "upgrade");

	return client->method == METHOD_GET &&
	    ((upgrade != NULL && strcasestr(upgrade, "websocket") != NULL) ||
	    client_header(client, "sec-websocket-key") != NULL);
}

static int
find_known(struct route *route, const struct client *client, const char *path,
    struct problem *problem)
{
	const struct known *known = NULL;
	size_t i, length = strlen(path);

	if (length > 0 && path[length - 1] == '/')
		length--;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strlen(table[i].path) == length &&
		    strncasecmp(table[i].path, path, length) == 0)
			known = &table[i];
	if (known == NULL)
		return 1;
	route->operation = known->operation;
	route->path = known->path;
	if (known->operation != OPERATION_MODELS)
		route->dialect = known->dialect;
	if (known->operation == OPERATION_CREATE &&
	    known->dialect == DIALECT_RESPONSES && wants_websocket(client))
		return problem_set(problem, PROBLEM_UPGRADE,
		    "WebSocket is not offered here, use POST with stream:true");
	return check_method(client, known->allow, problem);
}

/* models/NAME and models/NAME:method. */
static int
find_model_route(struct route *route, const struct client *client, char *path,
    struct problem *problem)
{
	char *name, *method;
	size_t i, length;

	if (strncasecmp(path, "models/", 7) != 0 || path[7] == '\0')
		return 1;
	name = path + 7;
	route->model = name;
	method = strrchr(name, ':');
	for (i = 0; method != NULL && i < sizeof(google) / sizeof(google[0]);
	    i++) {
		if (strcasecmp(method, google[i].method) != 0)
			continue;
		route->path = "models/*:method";
		route->operation = google[i].operation;
		route->stream = google[i].stream;
		route->dialect = DIALECT_GENERATE;
		route->model_in_path = true;
		*method = '\0';
		return check_method(client, ALLOW_POST, problem);
	}
	length = strlen(name);
	if (name[length - 1] == '/')
		name[length - 1] = '\0';
	route->path = "models/*";
	route->operation = OPERATION_MODEL;
	return check_method(client, ALLOW_GET, problem);
}

static int
refuse(struct route *route, const struct client *client, const char *path,
    struct problem *problem)
{
	size_t i, length;

	for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		length = strlen(elsewhere[i].path);
		if (strncasecmp(path, elsewhere[i].path, length) != 0 ||
		    (path[length] != '/' && path[length] != '\0'))
			continue;
		route->dialect = elsewhere[i].dialect;
		return problem_set(problem, PROBLEM_NOT_IMPLEMENTED,
		    "not_supported: this gateway does not offer %s",
		    elsewhere[i].path);
	}
	return problem_set(problem, PROBLEM_MISSING,
	    "%s %.100s does not exist; see GET / for the routes that do",
	    client->method_word, path);
}

int
route_find(struct route *route, const struct client *client,
    const struct config *config, struct arena *arena, struct problem *problem)
{
	size_t length = strcspn(client->target, "?#");
	const char *rest, *query = client->target + length;
	bool slash = false, beta = false;
	char *path;
	int found;

	memset(route, 0, sizeof(*route));
	route->path = "?";
	route->query = query[0] == '?' ? query + 1 : "";
	path = decode(arena, client->target, length, &slash);
	if (path == NULL || path[0] != '/') {
		route->dialect = guess_dialect(client, "", false);
		return problem_set(problem, PROBLEM_MISSING,
		    "the path can't be read");
	}
	rest = strip_prefix(path, config->base_path, &beta);
	route->dialect = guess_dialect(client, rest, beta);
	if (client->method == METHOD_OPTIONS) {
		route->operation = OPERATION_PREFLIGHT;
		return 0;
	}
	found = find_model_route(route, client, arena_strdup(arena, rest),
	    problem);
	if (found == 1 && (slash || is_crooked(path)))
		return problem_set(problem, PROBLEM_MISSING,
		    "the path is not in its plain form");
	if (found == 1)
		found = find_known(route, client, rest, problem);
	if (found == 1)
		return refuse(route, client, rest, problem);
	if (found == 0 && route->model_in_path) {
		char *alt = route_query(route, "alt", arena);

		route->sse = alt != NULL && strcasecmp(alt, "sse") == 0;
	}
	return found;
}

/* Steps through the query: *at is moved, name and value spans are raw. */
static bool
next_parameter(const char **at, struct text *name, struct text *value)
{
	const char *p = *at;
	size_t length = strcspn(p, "&"), equals = strcspn(p, "=&");

	if (*p == '\0')
		return false;
	name->at = p;
	name->length = equals;
	value->at = equals < length ? p + equals + 1 : p + length;
	value->length = equals < length ? length - equals - 1 : 0;
	*at = p[length] == '&' ? p + length + 1 : p + length;
	return true;
}

/* Compares after percent-decoding: "%6bey" is "key" too. */
static bool
is_named(struct text name, const char *wanted)
{
	size_t i;
	int c;

	for (i = 0; i < name.length && *wanted != '\0'; i++, wanted++) {
		c = (unsigned char)name.at[i];
		if (c == '%' && name.length - i > 2 &&
		    hex_digit(name.at[i + 1]) >= 0 &&
		    hex_digit(name.at[i + 2]) >= 0) {
			c = hex_digit(name.at[i + 1]) * 16 +
			    hex_digit(name.at[i + 2]);
			i += 2;
		}
		if (c != (unsigned char)*wanted)
			return false;
	}
	return i == name.length && *wanted == '\0';
}

char *
route_query(const struct route *route, const char *wanted, struct arena *arena)
{
	const char *at = route->query;
	struct text name, value;
	bool slash;

	while (next_parameter(&at, &name, &value))
		if (is_named(name, wanted))
			return decode(arena, value.at, value.length, &slash);
	return NULL;
}

const char *
route_query_without(const struct route *route, const char *const *names,
    struct arena *arena)
{
	const char *at = route->query, *out = "";
	struct text name, value;
	size_t i;

	while (next_parameter(&at, &name, &value)) {
		for (i = 0; names[i] != NULL; i++)
			if (is_named(name, names[i]))
				break;
		if (names[i] != NULL)
			continue;
		out = arena_printf(arena, "%s%s%.*s", out, *out ? "&" : "",
		    (int)(value.at + value.length - name.at), name.at);
		if (out == NULL)
			return "";
	}
	return out;
}
