#include "build.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "dialect.h"
#include "operation.h"

#define MODEL		"{model}"
#define MODEL_LENGTH	(sizeof(MODEL) - 1)

bool
operation_is_conversation(const struct operation *row)
{
	return row->serving == SERVED_CONVERTED || row->count_member != NULL;
}

static bool
begins_with(struct text text, const char *word, size_t length)
{
	return text.length >= length &&
	    strncasecmp(text.at, word, length) == 0;
}

/* "models/{model}:method" */
static bool
fits_model(const char *pattern, struct text path, struct text *model)
{
	size_t before = strcspn(pattern, "{");
	const char *after = pattern + before + MODEL_LENGTH;
	size_t method = strlen(after);

	if (path.length < before + method ||
	    !begins_with(path, pattern, before))
		return false;
	model->at = path.at + before;
	model->length = path.length - before - method;
	if (method > 0)
		return strncasecmp(model->at + model->length, after,
		    method) == 0;
	if (model->length > 0 && model->at[model->length - 1] == '/')
		model->length--;
	return model->length > 0;
}

bool
operation_fits(const struct operation *row, struct text path,
    struct text *model)
{
	size_t length;
	bool any;

	length = strlen(row->path);
	any = length > 0 && row->path[length - 1] == '*';
	if (row->model == MODEL_IN_PATH)
		return fits_model(row->path, path, model);
	if (any)
		length -= 2;
	if (!begins_with(path, row->path, length))
		return false;
	return path.length == length ||
	    (path.at[length] == '/' && (any || path.length == length + 1));
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

static bool
has(const struct endpoint *endpoint, const struct operation *row)
{
	if (endpoint->urls[row->kind] != NULL)
		return true;
	return is_method(row) ? endpoint->model_in_url
	    : conversations_at(endpoint) != NULL;
}

static const struct operation *
find_row(const struct operation *row, enum operation_kind kind, bool stream)
{
	for (; row != NULL && row->path != NULL; row++)
		if (row->upstream != NULL && row->kind == kind &&
		    (row->model == MODEL_IN_BODY || row->stream == stream))
			return row;
	return NULL;
}

const struct operation *
operation_at(const struct endpoint *endpoint, enum operation_kind kind,
    bool stream)
{
	const struct dialect *dialect = dialect_of(endpoint->dialect);
	const struct operation *row = find_row(dialect->operations, kind,
	    stream);

	if (row == NULL)
		row = find_row(dialect->family, kind, stream);
	return row != NULL && has(endpoint, row) ? row : NULL;
}

static bool
is_unreserved(int c)
{
	return isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~' ||
	    c == ':' || c == '@';
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
