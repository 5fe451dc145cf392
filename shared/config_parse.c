#include "build.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <json-c/json_visit.h>

#include "config_reader.h"
#include "json.h"

static int
wrong_at(struct problem *problem, const char *path, const char *text,
    size_t offset, const char *reason)
{
	size_t	line, column;

	json_position(text, offset, &line, &column);
	return problem_set(problem, PROBLEM_INVALID, "%s:%zu:%zu: %s", path,
	    line, column, reason);
}

/* The offset behind the string that begins at `i`; 0 if it never ends. */
static size_t
string_end(const char *text, size_t length, size_t i)
{
	for (i++; i < length && text[i] != '"'; i++) {
		if (text[i] == '\\')
			i++;
		else if ((unsigned char)text[i] < ' ')
			return 0;
	}
	return i < length ? i + 1 : 0;
}

/* The offset behind the comment that begins at `i`; 0 if it never ends. */
static size_t
comment_end(const char *text, size_t length, size_t i)
{
	if (text[i + 1] == '/') {
		while (i < length && text[i] != '\n')
			i++;
		return i;
	}
	for (i += 2; i + 1 < length; i++) {
		if (text[i] == '*' && text[i + 1] == '/')
			return i + 2;
	}
	return 0;
}

/* Turns comments into spaces, so that lines and columns stay. */
static int
blank_comments(char *text, size_t length, const char *path,
    struct problem *problem)
{
	size_t	i = 0, end;

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		memset(text, ' ', 3);
	while (i < length) {
		if (text[i] == '"') {
			end = string_end(text, length, i);
			if (end == 0)
				return wrong_at(problem, path, text, i,
				    "a string that doesn't end on its line");
			i = end;
		} else if (text[i] == '/' && i + 1 < length &&
		    (text[i + 1] == '/' || text[i + 1] == '*')) {
			end = comment_end(text, length, i);
			if (end == 0)
				return wrong_at(problem, path, text, i,
				    "a comment that doesn't end");
			for (; i < end; i++) {
				if (text[i] != '\n')
					text[i] = ' ';
			}
		} else {
			i++;
		}
	}
	return 0;
}

/* json-c takes more than JSON and knows places only roughly: ours looks first. */
static int
check(const char *text, size_t length, const char *path,
    struct problem *problem)
{
	static const struct json_limits	limits = {
		.depth_max = CONFIG_DEPTH_MAX,
		.record_depth = 1,
	};
	struct json_document		document;
	int				result = 0;

	json_init(&document, NULL);
	if (json_scan(&document, text, length, &limits) != 0)
		result = wrong_at(problem, path, text, document.offset,
		    document.reason);
	else if (!json_is(json_root(&document), JSON_OBJECT))
		result = wrong_at(problem, path, text, 0,
		    "the configuration must be an object { ... }");
	json_release(&document);
	return result;
}

static struct json_object *
parse(const char *text, size_t length, const char *path,
    struct problem *problem)
{
	struct json_tokener	*tokener;
	struct json_object	*root = NULL;

	tokener = json_tokener_new_ex(CONFIG_DEPTH_MAX + 1);
	if (tokener != NULL) {
		root = json_tokener_parse_ex(tokener, text, (int)length);
		json_tokener_free(tokener);
	}
	if (root == NULL)
		problem_set(problem, PROBLEM_OVERLOADED,
		    "%s: json-c can't read it, or is out of memory", path);
	return root;
}

struct json_object *
config_parse(const char *text, size_t length, const char *path,
    struct problem *problem)
{
	struct json_object	*root = NULL;
	char			*copy;

	if (length > CONFIG_FILE_MAX) {
		problem_set(problem, PROBLEM_TOO_LARGE,
		    "%s: larger than %u MiB", path,
		    CONFIG_FILE_MAX / (1024 * 1024));
		return NULL;
	}
	copy = malloc(length + 1);
	if (copy == NULL) {
		problem_set(problem, PROBLEM_OVERLOADED, "%s: out of memory",
		    path);
		return NULL;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (blank_comments(copy, length, path, problem) == 0 &&
	    check(copy, length, path, problem) == 0)
		root = parse(copy, length, path, problem);
	explicit_bzero(copy, length);
	free(copy);
	return root;
}

static int
wipe_string(struct json_object *value, int flags, struct json_object *parent,
    const char *key, size_t *index, void *context)
{
	(void)flags;
	(void)parent;
	(void)key;
	(void)index;
	(void)context;
	if (json_object_is_type(value, json_type_string))
		explicit_bzero((void *)(uintptr_t)json_object_get_string(value),
		    (size_t)json_object_get_string_len(value));
	return JSON_C_VISIT_RETURN_CONTINUE;
}

void
config_wipe(struct json_object *root)
{
	if (root == NULL)
		return;
	json_c_visit(root, 0, wipe_string, NULL);
	json_object_put(root);
}
