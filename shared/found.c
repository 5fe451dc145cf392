#include "build.h"

#include <stdbool.h>
#include <string.h>

#include <json-c/json.h>

#include "file.h"
#include "found.h"
#include "json_write.h"

/* What servers call the two limits; the first that is a number counts. */
static const char *const	contexts[] = { "context_window",
    "context_length", "max_model_len", "max_input_tokens", "inputTokenLimit",
    "max_context_length", NULL };
static const char *const	outputs[] = { "max_output_tokens",
    "outputTokenLimit", "max_completion_tokens", "max_tokens", NULL };

static int64_t
limit_of(struct json_object *one, const char *const *names)
{
	struct json_object	*value;
	int64_t			 limit;

	for (; *names != NULL; names++)
		if (json_object_object_get_ex(one, *names, &value) &&
		    json_object_is_type(value, json_type_int) &&
		    (limit = json_object_get_int64(value)) > 0)
			return limit;
	return 0;
}

/* "models/gemini-3" is Google's way to say gemini-3. */
static const char *
name_of(struct json_object *one)
{
	static const char	folder[] = "models/";
	struct json_object	*id;
	const char		*name;

	if (!json_object_object_get_ex(one, "id", &id) &&
	    !json_object_object_get_ex(one, "name", &id))
		return NULL;
	if (!json_object_is_type(id, json_type_string))
		return NULL;
	name = json_object_get_string(id);
	if (strlen(name) != (size_t)json_object_get_string_len(id))
		return NULL;
	if (strncmp(name, folder, sizeof(folder) - 1) == 0)
		name += sizeof(folder) - 1;
	return *name != '\0' && strlen(name) <= FOUND_ID_MAX &&
	    strpbrk(name, "\r\n") == NULL ? name : NULL;
}

static int
add(struct found_models *all, const char *endpoint, struct json_object *one,
    struct arena *arena)
{
	const char	*name = json_object_is_type(one, json_type_object) ?
			    name_of(one) : NULL;

	if (name == NULL)
		return 0;
	all->at[all->count] = (struct found_model){
		arena_strdup(arena, endpoint), arena_strdup(arena, name),
		limit_of(one, contexts), limit_of(one, outputs) };
	if (all->at[all->count].endpoint == NULL ||
	    all->at[all->count].id == NULL)
		return -1;
	all->count++;
	return 1;
}

static int
add_all(struct found_models *all, const char *endpoint,
    struct json_object *list, struct arena *arena)
{
	size_t			 count = json_object_array_length(list), i;
	struct found_model	*at;
	int			 added = 0;

	if (count > FOUND_MAX)
		count = FOUND_MAX;
	at = arena_calloc(arena, all->count + count + 1, sizeof(*at));
	if (at == NULL)
		return -1;
	if (all->count > 0)
		memcpy(at, all->at, all->count * sizeof(*at));
	all->at = at;
	for (i = 0; i < count; i++) {
		int	result = add(all, endpoint,
			    json_object_array_get_idx(list, i), arena);

		if (result == -1)
			return -1;
		added += result;
	}
	return added;
}

/* The text as JSON, or NULL. */
static struct json_object *
parse(const char *text, size_t length)
{
	struct json_tokener	*tokener = json_tokener_new();
	struct json_object	*root = NULL;

	if (tokener == NULL)
		return NULL;
	if (length > 0 && length <= FOUND_FILE_MAX)
		root = json_tokener_parse_ex(tokener, text, (int)length);
	json_tokener_free(tokener);
	return root;
}

int
found_parse(struct found_models *all, const char *endpoint, const char *text,
    size_t length, struct arena *arena)
{
	struct json_object	*root = parse(text, length), *list;
	int			 added = -1;

	if (json_object_is_type(root, json_type_object) &&
	    (json_object_object_get_ex(root, "data", &list) ||
	    json_object_object_get_ex(root, "models", &list)) &&
	    json_object_is_type(list, json_type_array))
		added = add_all(all, endpoint, list, arena);
	json_object_put(root);
	return added;
}

/* One member for each endpoint, with what found_parse() reads. */
int
found_write(const char *path, const struct found_models *all,
    struct problem *problem)
{
	struct json_write	w;
	struct buf		text;
	size_t			i;
	int			result = -1;

	buf_init(&text, FOUND_FILE_MAX, NULL);
	json_write_start(&w, &text);
	json_put_object(&w);
	for (i = 0; i < all->count; i++) {
		const struct found_model	*one = &all->at[i];

		if (i == 0 || strcmp(one->endpoint,
		    all->at[i - 1].endpoint) != 0) {
			if (i > 0)
				json_put(&w, "]}");
			json_put(&w, "'%s':{'data':[", one->endpoint);
		}
		json_put(&w, "{'id':%s,'context_window':%d,"
		    "'max_output_tokens':%d}", one->id, one->context_window,
		    one->max_output_tokens);
	}
	if (all->count > 0)
		json_put(&w, "]}");
	json_put_end(&w);
	if (json_write_finish(&w) == -1)
		problem_set(problem, PROBLEM_SERVER, "there are too many");
	else
		result = file_write(path, text.at, text.length, 0640, problem);
	buf_release(&text);
	return result;
}

int
found_read(const char *path, struct found_models *all, struct arena *arena)
{
	struct json_object	*root = NULL, *list;
	struct problem		 problem;
	struct buf		 text;
	int			 result = 0;

	memset(all, 0, sizeof(*all));
	buf_init(&text, FOUND_FILE_MAX, NULL);
	if (file_read(path, &text, &problem) == 0)
		root = parse(text.at, text.length);
	buf_release(&text);
	if (json_object_is_type(root, json_type_object)) {
		json_object_object_foreach(root, endpoint, value) {
			if (result == 0 && json_object_object_get_ex(value,
			    "data", &list) && json_object_is_type(list,
			    json_type_array) && add_all(all, endpoint, list,
			    arena) == -1)
				result = -1;
		}
	}
	json_object_put(root);
	return result;
}
