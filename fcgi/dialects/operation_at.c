#include "build.h"

#include <ctype.h>
#include <string.h>

#include "dialects.h"
#include "operation_at.h"

#define MODEL		OPERATION_MODEL
#define MODEL_LENGTH	(sizeof(MODEL) - 1)
#define MODELS		"/models/" MODEL
#define ID_LENGTH	(sizeof(OPERATION_ID) - 1)

bool
operation_is_anyones(enum operation_kind kind)
{
	const struct operation *row;
	int dialect;

	for (dialect = 0; dialect < DIALECT_KINDS; dialect++) {
		row = dialect_of((enum dialect_kind)dialect)->operations;
		for (; row->path != NULL; row++)
			if (row->kind == kind &&
			    (row->serving == SERVED_CONVERTED || row->summary))
				return true;
	}
	return false;
}

/* What conversations have at the end of base_url's path, or NULL. */
static const char *
conversations_at(const struct endpoint *endpoint)
{
	const char *path = dialect_of(endpoint->dialect)->operations->upstream;
	const char *base = endpoint->base_url, *host = strstr(base, "://");
	size_t length = path == NULL ? 0 : strlen(path);
	const char *end = base + strcspn(base, "?");

	if (path == NULL || host == NULL ||
	    (size_t)(end - (host + 3)) < length ||
	    strncmp(end - length, path, length) != 0)
		return NULL;
	return end - length;
}

static bool
is_method(const struct operation *row)
{
	return row->upstream[0] == ':';
}

/*
 * What stands in front of conversations: "https://h/v1" of
 * "https://h/v1/chat/completions", "https://h/v1beta" of
 * "https://h/v1beta/models/{model}". Empty: nobody knows, or the model is in it.
 */
static struct text
front_of(const struct endpoint *endpoint)
{
	const char *base = endpoint->urls[OPERATION_STORED], *end;
	size_t path;

	if (base == NULL) {
		base = endpoint->base_url;
		end = conversations_at(endpoint);
		if (end == NULL)
			end = strstr(base, MODELS);
	} else {
		end = base + strcspn(base, "?");
	}
	path = strcspn(base, "?{");
	return (struct text){ base, end == NULL || (size_t)(end - base) > path
	    ? 0 : (size_t)(end - base) };
}

static bool
has(const struct endpoint *endpoint, const struct operation *row)
{
	if (row->model == MODEL_NONE)
		return front_of(endpoint).length > 0;
	if (endpoint->urls[row->kind] != NULL)
		return true;
	return is_method(row) ? endpoint->model_in_url
	    : conversations_at(endpoint) != NULL;
}

/* The row itself, if it is there, else the first of its kind. */
static const struct operation *
find_row(const struct operation *row, const struct operation *asked,
    bool stream)
{
	if (asked->upstream != NULL && operation_is_of(asked, row))
		row = asked;
	for (; row != NULL && row->path != NULL; row++)
		if (row->upstream != NULL && (row == asked ||
		    (row->kind == asked->kind && row->model != MODEL_NONE &&
		    (row->model == MODEL_IN_BODY || row->stream == stream))))
			return row;
	return NULL;
}

const struct operation *
operation_at(const struct endpoint *endpoint, const struct operation *asked,
    bool stream)
{
	const struct dialect *dialect = dialect_of(endpoint->dialect);
	const struct operation *row = find_row(dialect->operations, asked,
	    stream);

	if (row == NULL)
		row = find_row(dialect->family, asked, stream);
	return row != NULL && has(endpoint, row) ? row : NULL;
}

static bool
is_unreserved(int c)
{
	return isalnum(c) || (c != '\0' && strchr("-._~:@", c) != NULL);
}

/* Percent-encodes one path segment (RFC 3986 section 3.3). */
static char *
encode_segment(struct arena *arena, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = arena_alloc(arena, strlen(text) * 3 + 1), *to = out;

	if (out == NULL)
		return NULL;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_unreserved(c)) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '%';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	*to = '\0';
	return out;
}

/* base_url with this operation where conversations are. */
static const char *
put_path(const struct operation *row, const struct endpoint *endpoint,
    struct arena *arena)
{
	const char *base = endpoint->base_url;
	const char *at = conversations_at(endpoint);

	return arena_printf(arena, "%.*s%s%s", (int)(at - base), base,
	    row->upstream, at +
	    strlen(dialect_of(endpoint->dialect)->operations->upstream));
}

/* The method behind {model}: a colon there already begins another one. */
static const char *
put_method(const struct operation *row, const char *url, struct arena *arena)
{
	const char *after = strstr(url, MODEL) + MODEL_LENGTH;
	const char *rest = *after == ':' ? after + strcspn(after, "?") : after;
	const char *query = row->upstream_query;

	return arena_printf(arena, "%.*s%s%s%s%s", (int)(after - url), url,
	    row->upstream, rest,
	    query == NULL ? "" : *rest == '?' ? "&" : "?",
	    query == NULL ? "" : query);
}

static const char *
put_model(const char *url, const char *model, struct arena *arena)
{
	const char *place, *out = "";

	model = encode_segment(arena, model);
	while (model != NULL && out != NULL &&
	    (place = strstr(url, MODEL)) != NULL) {
		out = arena_printf(arena, "%s%.*s%s", out, (int)(place - url),
		    url, model);
		url = place + MODEL_LENGTH;
	}
	return model == NULL || out == NULL ? NULL :
	    arena_printf(arena, "%s%s", out, url);
}

const char *
operation_url(const struct operation *row, const struct endpoint *endpoint,
    const char *model, struct arena *arena)
{
	const char *url = endpoint->urls[row->kind];

	if (url == NULL)
		url = is_method(row) ? endpoint->base_url :
		    put_path(row, endpoint, arena);
	if (url == NULL || strstr(url, MODEL) == NULL)
		return url;
	if (is_method(row))
		url = put_method(row, url, arena);
	return url == NULL ? NULL : put_model(url, model, arena);
}

/* "/v1/files/{id}/content" with its ids, which are plain. */
static const char *
put_ids(const char *path, const struct text *ids, struct arena *arena)
{
	const char *out = "";
	size_t length;

	while (out != NULL && path[length = strcspn(path, "{")] != '\0') {
		out = arena_printf(arena, "%s%.*s%.*s", out, (int)length, path,
		    (int)ids->length, ids->at);
		path += length + ID_LENGTH;
		ids++;
	}
	return out == NULL ? NULL : arena_printf(arena, "%s%s", out, path);
}

const char *
operation_stored_url(const struct operation *row,
    const struct endpoint *endpoint,
    const struct text names[OPERATION_NAMES], struct arena *arena)
{
	struct text front = front_of(endpoint);
	const char *path = put_ids(row->upstream, names, arena);
	const char *query = front.at + strcspn(front.at, "?");
	const char *first = row->upstream_front;
	const char *host = strstr(front.at, "://") + 3;
	const char *after = host + strcspn(host, "/?");

	return path == NULL ? NULL : arena_printf(arena, "%.*s%s%.*s%s%s",
	    (int)(after - front.at), front.at, first == NULL ? "" : first,
	    (int)(front.at + front.length - after), after, path, query);
}
