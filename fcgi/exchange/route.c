#include "build.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "dialects/dialects.h"
#include "encoding.h"
#include "json.h"
#include "json_text.h"
#include "own_operations.h"
#include "route.h"

/* What is looked for among the rows, and what was found. */
struct look_up {
	struct text		 path;
	unsigned		 method;
	bool			 plain;		/* fits rows without a model */
	const char		*pattern;	/* of the first that fits the path */
	const struct operation	*found;
	struct text		 names[OPERATION_NAMES];
	unsigned		 allowed;	/* by all rows of the pattern */
	bool			 websocket;	/* is tried there */
	enum dialect_kind	 dialect;	/* of `found`, or `allowed` */
};

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
			c = percent_byte(at + i, length - i);
			i += 2;
			if (c == '/')
				*slash = true;
		}
		if (c < 0x20 || c == 0x7f)	/* or no byte at all */
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

/* "v1", or the version that marks a dialect, which is then set. */
static bool
is_version(const char *segment, size_t length, const struct dialect **mark)
{
	int kind;

	*mark = NULL;
	if (length == 2 && strncasecmp(segment, "v1", 2) == 0)
		return true;
	for (kind = 0; kind < DIALECT_KINDS; kind++) {
		const struct dialect *dialect =
		    dialect_of((enum dialect_kind)kind);
		const char *version = dialect->mark_version;

		if (version == NULL || strlen(version) != length ||
		    strncasecmp(segment, version, length) != 0)
			continue;
		*mark = dialect;
		return true;
	}
	return false;
}

/* Where the last segment that is a version begins; NULL if none. */
static const char *
find_version(const char *path, const struct dialect **mark)
{
	const struct dialect *one;
	const char *at, *found = NULL;

	for (at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/'))
		if (is_version(at + 1, strcspn(at + 1, "/"), &one)) {
			found = at;
			*mark = one;
		}
	return found;
}

/*
 * Cuts what stands before the API's own path. A model's name may hold "/v1/"
 * itself, so that only what is before "/models/" is searched.
 */
static const char *
strip_prefix(char *path, const char *base_path, const struct dialect **mark)
{
	size_t base = strlen(base_path);
	char *models = strstr(path, "/models/");
	const char *found, *rest;

	if (base > 0 && strncmp(path, base_path, base) == 0 &&
	    (path[base] == '/' || path[base] == '\0'))
		path += base;
	if (models != NULL && models >= path)
		*models = '\0';
	found = find_version(path, mark);
	if (models != NULL && models >= path)
		*models = '/';
	if (found == NULL)
		rest = path;
	else
		rest = found + 1 + strcspn(found + 1, "/");
	return *rest == '/' ? rest + 1 : rest;
}

/*
 * The dialect whose mark a request bears: the version in front of its path, or
 * a header; the last one of the table. NULL: none.
 */
static const struct dialect *
find_mark(const struct client *client, const struct dialect *of_version)
{
	int kind = DIALECT_KINDS;

	while (of_version == NULL && kind-- > 0) {
		const struct dialect *dialect =
		    dialect_of((enum dialect_kind)kind);

		if (dialect->mark_header != NULL &&
		    client_header(client, dialect->mark_header) != NULL)
			return dialect;
	}
	return of_version;
}

/* On a path of no row: the dialect of which a word is in it. */
static enum dialect_kind
guess_dialect(const char *path, const struct dialect *marked)
{
	int kind = DIALECT_KINDS;

	while (marked == NULL && --kind > 0) {
		const char *word =
		    dialect_of((enum dialect_kind)kind)->mark_word;

		if (word != NULL && strstr(path, word) != NULL)
			return (enum dialect_kind)kind;
	}
	return marked != NULL ? marked->kind : (enum dialect_kind)0;
}

/* The first row that fits says which pattern it is, whatever its methods. */
static void
search_rows(struct look_up *search, const struct operation *row,
    enum dialect_kind dialect)
{
	struct text names[OPERATION_NAMES];
	int first = tolower((unsigned char)search->path.at[0]);

	for (; row != NULL && row->path != NULL && search->found == NULL;
	    row++) {
		const char *path = row->path;

		/* Most rows are told by their first letter. */
		if (first != '\0' && path[0] != first)
			continue;
		if ((!search->plain && row->model != MODEL_IN_PATH) ||
		    !operation_fits(row, search->path, names) ||
		    (search->pattern != NULL &&
		    strcmp(search->pattern, path) != 0))
			continue;
		if (search->pattern == NULL)
			search->dialect = dialect;
		search->pattern = path;
		search->allowed |= row->methods;
		search->websocket |= row->websocket;
		if ((row->methods & search->method) == 0)
			continue;
		search->found = row;
		search->dialect = dialect;
		memcpy(search->names, names, sizeof(names));
	}
}

static void
search_dialect(struct look_up *search, const struct dialect *dialect)
{
	search_rows(search, dialect->operations, dialect->kind);
	search_rows(search, dialect->family, dialect->kind);
}

static void
search_all(struct look_up *search, const struct dialect *marked)
{
	int kind;

	if (marked != NULL)
		search_dialect(search, marked);
	for (kind = 0; kind < DIALECT_KINDS && search->pattern == NULL; kind++)
		search_dialect(search, dialect_of((enum dialect_kind)kind));
	search_rows(search, own_operations, marked != NULL ? marked->kind
	    : (enum dialect_kind)0);
}

static unsigned
method_bit(const struct client *client)
{
	switch (client->method) {
	case METHOD_GET:
	case METHOD_HEAD:
		return ALLOWS_GET;
	case METHOD_POST:
		return ALLOWS_POST;
	case METHOD_PATCH:
		return ALLOWS_PATCH;
	case METHOD_DELETE:
		return ALLOWS_DELETE;
	case METHOD_OPTIONS:
	case METHOD_OTHER:
		break;
	}
	return ALLOWS_ALL & ~(ALLOWS_GET | ALLOWS_POST | ALLOWS_PATCH |
	    ALLOWS_DELETE);
}

static int
refuse_method(const struct client *client, unsigned allowed,
    struct arena *arena, struct problem *problem)
{
	const struct operation_method *method = operation_methods;
	const char *allow = "", *use = "";

	for (; method->word != NULL && allow != NULL; method++) {
		if ((method->bit & allowed) == 0)
			continue;
		allow = arena_printf(arena, "%s%s, ", allow, method->allow);
		if (*use == '\0')
			use = method->word;
	}
	problem_set(problem, PROBLEM_METHOD, "%s is not allowed here, use %s",
	    client->method_word, use);
	problem->allow = allow == NULL ? NULL :
	    arena_printf(arena, "%sOPTIONS", allow);
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

/* No row fits path and method. */
static int
refuse(const struct look_up *search, const struct client *client,
    struct arena *arena, struct problem *problem)
{
	if (search->websocket && wants_websocket(client))
		return problem_set(problem, PROBLEM_UPGRADE,
		    "WebSocket is not offered here, use POST with stream:true");
	if (search->pattern != NULL)
		return refuse_method(client, search->allowed, arena, problem);
	if (!search->plain)
		return problem_set(problem, PROBLEM_MISSING,
		    "the path is not in its plain form");
	problem_set(problem, PROBLEM_MISSING,
	    "%s %.100s does not exist; see GET / for the routes that do",
	    client->method_word, search->path.at);
	problem->code = "unknown_url";
	return -1;
}

static int
take(struct route *route, const struct look_up *search, const char *path,
    struct arena *arena, struct problem *problem)
{
	const struct operation *row = search->found;
	char *alt;

	if (row->serving == SERVED_NOT)
		return problem_set(problem, PROBLEM_NOT_IMPLEMENTED,
		    "not_supported: this gateway does not offer %.*s",
		    (int)strcspn(row->path, "*") - 1, row->path);
	route->operation = row;
	route->path = row->path;
	if (row->stream) {
		alt = route_query(route, "alt", arena);
		route->sse = alt != NULL && strcasecmp(alt, "sse") == 0;
	}
	memcpy(route->names, search->names, sizeof(route->names));
	if (row->model == MODEL_IN_BODY)
		return 0;
	if (row->model == MODEL_NONE)
		route->front = arena_memdup(arena, path,
		    (size_t)(search->path.at - path));
	else
		route->model = arena_memdup(arena, search->names[0].at,
		    search->names[0].length);
	return route->model != NULL || route->front != NULL ? 0 :
	    problem_no_memory(problem);
}

int
route_find(struct route *route, const struct client *client,
    const struct config *config, struct arena *arena, struct problem *problem)
{
	struct look_up search = { .method = method_bit(client) };
	size_t length = strcspn(client->target, "?#");
	const char *query = client->target + length;
	const struct dialect *mark = NULL;
	bool slash = false;
	char *path;

	memset(route, 0, sizeof(*route));
	route->path = "?";
	route->query = query[0] == '?' ? query + 1 : "";
	path = decode(arena, client->target, length, &slash);
	if (path == NULL || path[0] != '/') {
		route->dialect = guess_dialect("", find_mark(client, NULL));
		return problem_set(problem, PROBLEM_MISSING,
		    "the path can't be read");
	}
	search.plain = !slash && !is_crooked(path);
	search.path = text_of(strip_prefix(path, config->base_path, &mark));
	mark = find_mark(client, mark);
	if (client->method == METHOD_OPTIONS) {
		route->dialect = guess_dialect(search.path.at, mark);
		route->operation = &own_preflight;
		return 0;
	}
	search_all(&search, mark);
	route->dialect = search.pattern != NULL ? search.dialect
	    : guess_dialect(search.path.at, mark);
	if (search.found == NULL)
		return refuse(&search, client, arena, problem);
	return take(route, &search, path, arena, problem);
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
		c = percent_byte(name.at + i, name.length - i);
		if (c == -1)
			c = (unsigned char)name.at[i];
		else
			i += 2;
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
	const char *at = route->query;
	char *out = arena_alloc(arena, strlen(at) + 1), *to = out;
	struct text name, value;
	size_t i, length;

	if (out == NULL)
		return "";
	while (next_parameter(&at, &name, &value)) {
		for (i = 0; names[i] != NULL; i++)
			if (is_named(name, names[i]))
				break;
		if (names[i] != NULL)
			continue;
		if (to != out)
			*to++ = '&';
		length = (size_t)(value.at + value.length - name.at);
		memcpy(to, name.at, length);
		to += length;
	}
	*to = '\0';
	return out;
}
