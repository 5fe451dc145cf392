#include "build.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "json_text.h"
#include "operation.h"

#define MODEL_LENGTH	(sizeof(OPERATION_MODEL) - 1)
#define ID_LENGTH	(sizeof(OPERATION_ID) - 1)

const struct operation_method operation_methods[] = {
	{ ALLOWS_GET, "GET, HEAD", "GET" },
	{ ALLOWS_POST, "POST", "POST" },
	{ ALLOWS_PATCH, "PATCH", "PATCH" },
	{ ALLOWS_DELETE, "DELETE", "DELETE" },
	{ 0, NULL, NULL },
};

bool
operation_is_conversation(const struct operation *row)
{
	return row->serving == SERVED_CONVERTED || row->count_member != NULL;
}

bool
operation_is_of(const struct operation *row, const struct operation *list)
{
	while (list != NULL && list->path != NULL && list != row)
		list++;
	return list == row;
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

/* What may stand for {id}: nothing that means something in a URL. */
static bool
is_plain(int c)
{
	return isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static struct text
take_id(struct text *path)
{
	struct text	id = { path->at, 0 };

	while (id.length < path->length &&
	    is_plain((unsigned char)id.at[id.length]))
		id.length++;
	path->at += id.length;
	path->length -= id.length;
	return id;
}

static bool
is_dots(struct text id)
{
	return text_equals(id, ".") || text_equals(id, "..");
}

/* "files/{id}/content" */
static bool
fits_ids(const char *pattern, struct text path, struct text *ids)
{
	for (;;) {
		size_t	length = strcspn(pattern, "{");

		if (!begins_with(path, pattern, length))
			return false;
		path.at += length;
		path.length -= length;
		pattern += length;
		if (*pattern == '\0')
			return path.length == 0 ||
			    (path.length == 1 && *path.at == '/');
		*ids = take_id(&path);
		if (ids->length == 0 || is_dots(*ids))
			return false;
		ids++;
		pattern += ID_LENGTH;
	}
}

/* A path of fixed words, and maybe more. */
static bool
fits_words(const char *pattern, struct text path)
{
	size_t length = strlen(pattern);
	bool any = length > 0 && pattern[length - 1] == '*';

	if (any)
		length -= 2;
	if (!begins_with(path, pattern, length))
		return false;
	return path.length == length ||
	    (path.at[length] == '/' && (any || path.length == length + 1));
}

bool
operation_fits(const struct operation *row, struct text path,
    struct text names[OPERATION_NAMES])
{
	/* Most rows are told by their first letter. */
	if (path.length > 0 &&
	    tolower((unsigned char)path.at[0]) !=
	    tolower((unsigned char)row->path[0]))
		return false;
	switch (row->model) {
	case MODEL_IN_BODY:
		break;
	case MODEL_IN_PATH:
		return fits_model(row->path, path, names);
	case MODEL_NONE:
		return fits_ids(row->path, path, names);
	}
	return fits_words(row->path, path);
}
