#include "build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "config_keys.h"
#include "config_reader.h"

static const struct {
	enum json_type	 json;
	const char	*wanted;
} types[KEY_TYPES] = {
	[KEY_BOOLEAN] =		{ json_type_boolean, "true or false" },
	[KEY_INTEGER] =		{ json_type_int, "a whole number" },
	[KEY_MEBIBYTES] =	{ json_type_int, "a whole number" },
	[KEY_NUMBER] =		{ json_type_double, "a number" },
	[KEY_TEXT] =		{ json_type_string, "a string" },
	[KEY_WORD] =		{ json_type_string, "a string" },
	[KEY_LIST] =		{ json_type_array, "a list [ ... ]" },
	[KEY_OBJECT] =		{ json_type_object, "an object { ... }" },
};

/* "FILE: models[3].key: " or "environment variable NAME: ", and the rest. */
static void
write_message(char *out, size_t size, const struct config_reader *r,
    const char *key, const char *text)
{
	if (r->variable != NULL)
		snprintf(out, size, "environment variable %s: %s", r->variable,
		    text);
	else
		snprintf(out, size, "%s: %s%.64s: %s", r->config->path,
		    r->where, key, text);
}

static int __attribute__((format(printf, 3, 0)))
wrong(struct config_reader *r, const char *key, const char *format, va_list ap)
{
	char	text[384], message[512];

	vsnprintf(text, sizeof(text), format, ap);
	write_message(message, sizeof(message), r, key, text);
	return problem_set(r->problem, PROBLEM_INVALID, "%s", message);
}

int
config_wrong(struct config_reader *r, const char *key, const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	wrong(r, key, format, ap);
	va_end(ap);
	return -1;
}

int
config_wrong_at(struct config_reader *r, const char *key, size_t index,
    const char *format, ...)
{
	char	name[96];
	va_list	ap;

	snprintf(name, sizeof(name), "%s[%zu]", key, index);
	va_start(ap, format);
	wrong(r, name, format, ap);
	va_end(ap);
	return -1;
}

int
config_no_memory(struct config_reader *r)
{
	return problem_set(r->problem, PROBLEM_OVERLOADED,
	    "%s: needs more memory than there is", r->config->path);
}

void
config_warning(struct config_reader *r, const char *key, const char *format,
    ...)
{
	char	text[384], message[512];
	va_list	ap;

	if (r->warn == NULL)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	write_message(message, sizeof(message), r, key, text);
	r->warn(r->warn_context, message);
}

static void
store(const struct config_key *key, void *target, int64_t value)
{
	void	*at = (char *)target + key->at;

	switch (key->size) {
	case sizeof(bool):
		*(bool *)at = value != 0;
		break;
	case sizeof(int32_t):
		*(int32_t *)at = (int32_t)value;
		break;
	default:
		*(int64_t *)at = value;
		break;
	}
}

/* Where more can't be said of memory, there can't be more of it. */
static void
store_mebibytes(const struct config_key *key, void *target, int64_t number)
{
	const int64_t	most = (int64_t)(SIZE_MAX / MEBIBYTE);

	*(size_t *)((char *)target + key->at) =
	    (size_t)(number < most ? number : most) * MEBIBYTE;
}

static int
read_integer(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	int64_t	number = json_object_get_int64(value);

	if (number < key->least || number > key->most)
		return config_wrong(r, key->name, "must be from %lld to %lld",
		    (long long)key->least, (long long)key->most);
	if (key->type == KEY_MEBIBYTES)
		store_mebibytes(key, target, number);
	else
		store(key, target, number);
	return 0;
}

static void
store_number(const struct config_key *key, void *target, double number)
{
	void	*at = (char *)target + key->at;

	*(double *)at = number;
}

static int
read_number(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	double	number = json_object_get_double(value);

	if (!(number >= 0) || number > 1e9)
		return config_wrong(r, key->name, "must be from 0 to 1e9");
	store_number(key, target, number);
	return 0;
}

/* A whole number is a number, too. */
static bool
is_of_type(struct json_object *value, enum key_type type)
{
	return json_object_is_type(value, types[type].json) ||
	    (type == KEY_NUMBER && json_object_is_type(value, json_type_int));
}

static int
read_word(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	const char		*text = json_object_get_string(value);
	const struct key_word	*word;
	char			 all[256];

	for (word = key->words; word->word != NULL; word++) {
		if (strcmp(word->word, text) == 0) {
			store(key, target, word->value);
			return 0;
		}
	}
	key_words_list(all, sizeof(all), key->words, ~0u);
	return config_wrong(r, key->name, "must be one of %s", all);
}

const char *
config_read_text_value(struct config_reader *r, const char *key,
    struct json_object *value)
{
	const char	*text;
	size_t		 length;

	if (!json_object_is_type(value, json_type_string)) {
		config_wrong(r, key, "must be a string");
		return NULL;
	}
	text = json_object_get_string(value);
	length = (size_t)json_object_get_string_len(value);
	if (memchr(text, '\0', length) != NULL) {
		config_wrong(r, key, "must not hold a NUL character");
		return NULL;
	}
	text = arena_memdup(&r->config->arena, text, length);
	if (text == NULL)
		config_no_memory(r);
	return text;
}

/* An empty text where there is no default says nothing. */
static int
read_text(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	const char	*text = config_read_text_value(r, key->name, value);
	const char	*refusal = NULL;
	void		*at = (char *)target + key->at;

	if (text == NULL)
		return -1;
	if (*text == '\0' && key->required)
		return config_wrong(r, key->name, "must not be empty");
	if (*text != '\0' && key->refusal != NULL)
		refusal = key->refusal(text);
	if (refusal != NULL)
		return config_wrong(r, key->name, "%s", refusal);
	if (*text == '\0' && key->text == NULL)
		text = NULL;
	*(const char **)at = text;
	return 0;
}

void *
config_read_array(struct config_reader *r, const struct config_key *key,
    struct json_object *list, size_t element_size, size_t *count)
{
	size_t	 length = json_object_array_length(list);
	void	*array;

	if (length > CONFIG_LIST_MAX) {
		config_wrong(r, key->name, "must not have more than %d entries",
		    CONFIG_LIST_MAX);
		return NULL;
	}
	array = arena_calloc(&r->config->arena, length + 1, element_size);
	if (array == NULL)
		config_no_memory(r);
	else
		*count = length;
	return array;
}

int
config_read_texts(struct config_reader *r, const struct config_key *key,
    struct json_object *list, void *target)
{
	struct strings	*strings = (void *)((char *)target + key->at);
	size_t		 count, i;
	const char	**at;

	at = config_read_array(r, key, list, sizeof(*at), &count);
	if (at == NULL)
		return -1;
	if (count == 0 && key->text != NULL)
		return config_wrong(r, key->name, "must not be empty");
	for (i = 0; i < count; i++) {
		char		 name[96];
		const char	*refusal = NULL;

		snprintf(name, sizeof(name), "%s[%zu]", key->name, i);
		at[i] = config_read_text_value(r, name,
		    json_object_array_get_idx(list, i));
		if (at[i] == NULL)
			return -1;
		if (*at[i] == '\0')
			refusal = "must not be empty";
		else if (key->refusal != NULL)
			refusal = key->refusal(at[i]);
		if (refusal != NULL)
			return config_wrong(r, name, "%s", refusal);
	}
	strings->at = at;
	strings->count = count;
	return 0;
}

int
config_read_each(struct config_reader *r, const struct config_key *key,
    struct json_object *list,
    int (*read)(struct config_reader *, struct json_object *, size_t))
{
	const char	*outer = r->where;
	char		 where[96];
	size_t		 length = json_object_array_length(list), i;
	int		 result = 0;

	for (i = 0; i < length && result == 0; i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (!json_object_is_type(entry, json_type_object))
			return config_wrong_at(r, key->name, i,
			    "must be an object { ... }");
		snprintf(where, sizeof(where), "%.48s%s[%zu].", outer,
		    key->name, i);
		r->where = where;
		result = read(r, entry, i);
		r->where = outer;
	}
	return result;
}

int
config_read_value(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	if (!is_of_type(value, key->type))
		return config_wrong(r, key->name, "must be %s",
		    types[key->type].wanted);
	if (key->read != NULL)
		return key->read(r, key, value, target);
	switch (key->type) {
	case KEY_BOOLEAN:
		store(key, target, json_object_get_boolean(value));
		return 0;
	case KEY_INTEGER:
	case KEY_MEBIBYTES:
		return read_integer(r, key, value, target);
	case KEY_NUMBER:
		return read_number(r, key, value, target);
	case KEY_TEXT:
		return read_text(r, key, value, target);
	case KEY_WORD:
		return read_word(r, key, value, target);
	case KEY_LIST:
		return config_read_texts(r, key, value, target);
	case KEY_OBJECT:
	case KEY_TYPES:
		break;
	}
	return 0;
}

static struct json_object *
default_of(const struct config_key *key)
{
	if (key->type == KEY_LIST || key->type == KEY_OBJECT)
		return json_tokener_parse(key->text);
	return json_object_new_string(key->text);
}

static int
read_default(struct config_reader *r, const struct config_key *key,
    void *target)
{
	struct json_object	*value;
	int			 result;

	if (key->required)
		return config_wrong(r, key->name, "is missing");
	switch (key->type) {
	case KEY_BOOLEAN:
	case KEY_INTEGER:
	case KEY_WORD:
		store(key, target, key->initial);
		return 0;
	case KEY_MEBIBYTES:
		store_mebibytes(key, target, key->initial);
		return 0;
	case KEY_NUMBER:
		store_number(key, target, -1);
		return 0;
	case KEY_TEXT:
	case KEY_LIST:
	case KEY_OBJECT:
	case KEY_TYPES:
		break;
	}
	if (key->text == NULL)
		return 0;
	value = default_of(key);
	if (value == NULL)
		return config_no_memory(r);
	result = config_read_value(r, key, value, target);
	json_object_put(value);
	return result;
}

/* Names that begin with '_', '$' or '/' are people's comments. */
static void
warn_of_unknown(struct config_reader *r, enum key_scope scope,
    struct json_object *object)
{
	const struct config_key	*nearest;

	json_object_object_foreach(object, name, value) {
		(void)value;
		if (config_key_find(scope, name) != NULL ||
		    strchr("_$/", name[0]) != NULL)
			continue;
		nearest = config_key_nearest(scope, name);
		if (nearest != NULL)
			config_warning(r, name,
			    "unknown key, ignored; did you mean \"%s\"?",
			    nearest->name);
		else
			config_warning(r, name, "unknown key, ignored");
	}
}

/* A null says nothing, as if the key were not there. */
int
config_read_object(struct config_reader *r, enum key_scope scope,
    struct json_object *object, void *target)
{
	size_t	i;

	warn_of_unknown(r, scope, object);
	for (i = 0; i < config_keys_count; i++) {
		const struct config_key	*key = &config_keys[i];
		struct json_object	*value;
		int			 result;

		if (key->scope != scope)
			continue;
		value = json_object_object_get(object, key->name);
		if (value == NULL)
			result = read_default(r, key, target);
		else
			result = config_read_value(r, key, value, target);
		if (result != 0)
			return -1;
	}
	return 0;
}

int
config_read_inner(struct config_reader *r, const struct config_key *key,
    enum key_scope scope, struct json_object *object, void *target)
{
	const char	*outer = r->where;
	char		 where[96];
	int		 result;

	snprintf(where, sizeof(where), "%.48s%s.", outer, key->name);
	r->where = where;
	result = config_read_object(r, scope, object, target);
	r->where = outer;
	return result;
}
