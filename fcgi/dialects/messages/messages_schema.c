#include "build.h"

#include "messages_convert.h"
#include "neutral/schema.h"

/*
 * Structured output takes a part of JSON Schema ("Structured outputs, JSON
 * Schema limitations"): what it refuses is left out, objects are closed.
 */
enum keyword_kind {
	KEYWORD_KEPT,
	KEYWORD_SCHEMA,
	KEYWORD_LIST,		/* array of schemas */
	KEYWORD_NAMED,		/* object of schemas */
	KEYWORD_MIN_ITEMS,	/* 0 or 1 */
	KEYWORD_FORMAT,
	KEYWORD_CLOSED,		/* additionalProperties */
	KEYWORD_IDLE,		/* says nothing to the model */
};

struct keyword {
	const char		*name;
	enum keyword_kind	 kind;
	const char		*written;	/* NULL: the same */
};

static const struct keyword keywords[] = {
	{ "type", KEYWORD_KEPT, NULL },
	{ "description", KEYWORD_KEPT, NULL },
	{ "properties", KEYWORD_NAMED, NULL },
	{ "required", KEYWORD_KEPT, NULL },
	{ "additionalProperties", KEYWORD_CLOSED, NULL },
	{ "items", KEYWORD_SCHEMA, NULL },
	{ "enum", KEYWORD_KEPT, NULL },
	{ "const", KEYWORD_KEPT, NULL },
	{ "title", KEYWORD_KEPT, NULL },
	{ "default", KEYWORD_KEPT, NULL },
	{ "anyOf", KEYWORD_LIST, NULL },
	{ "oneOf", KEYWORD_LIST, "anyOf" },
	{ "allOf", KEYWORD_LIST, NULL },
	{ "$ref", KEYWORD_KEPT, NULL },
	{ "$defs", KEYWORD_NAMED, NULL },
	{ "definitions", KEYWORD_NAMED, NULL },
	{ "minItems", KEYWORD_MIN_ITEMS, NULL },
	{ "format", KEYWORD_FORMAT, NULL },
	{ "$schema", KEYWORD_IDLE, NULL },
	{ "$id", KEYWORD_IDLE, NULL },
	{ "$comment", KEYWORD_IDLE, NULL },
};

static const char *const formats[] = {
	"date-time", "time", "date", "duration", "email", "hostname", "uri",
	"ipv4", "ipv6", "uuid",
};

static const struct keyword *
find_keyword(struct json_value key)
{
	size_t	i;

	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (json_equals(key, keywords[i].name))
			return &keywords[i];
	return NULL;
}

static bool
is_known_format(struct json_value value)
{
	size_t	i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (json_equals(value, formats[i]))
			return true;
	return false;
}

static bool
is_object_schema(struct json_value schema)
{
	struct json_value	type = json_get(schema, "type");
	struct json_walk	walk = json_walk(type);

	if (json_equals(type, "object") ||
	    json_is(json_get(schema, "properties"), JSON_OBJECT))
		return true;
	while (json_next(&walk))
		if (json_equals(walk.value, "object"))
			return true;
	return false;
}

static void
put_list(struct json_write *out, struct json_value list, bool *changed)
{
	struct json_walk	walk = json_walk(list);

	json_put_array(out);
	while (json_next(&walk))
		messages_put_closed_schema(out, walk.value, changed);
	json_put_end(out);
}

static void
put_named(struct json_write *out, struct json_value named, bool *changed)
{
	struct json_walk	walk = json_walk(named);

	json_put_object(out);
	while (json_next(&walk)) {
		json_put_key_escaped(out, json_escaped(walk.key));
		messages_put_closed_schema(out, walk.value, changed);
	}
	json_put_end(out);
}

static void
put_min_items(struct json_write *out, struct json_value value, bool *changed)
{
	int64_t	count;

	if (json_int64(value, &count) == -1 || count < 0) {
		*changed = true;
		return;
	}
	if (count > 1)
		*changed = true;
	json_member_int(out, "minItems", count > 1 ? 1 : count);
}

static void
put_keyword(struct json_write *out, const struct keyword *keyword,
    struct json_value value, bool *changed)
{
	const char	*name;

	name = keyword->written != NULL ? keyword->written : keyword->name;
	switch (keyword->kind) {
	case KEYWORD_KEPT:
		json_member_value(out, name, value);
		break;
	case KEYWORD_SCHEMA:
		if (!json_is(value, JSON_OBJECT)) {
			*changed = true;
			break;
		}
		json_put_key(out, name);
		messages_put_closed_schema(out, value, changed);
		break;
	case KEYWORD_LIST:
		json_put_key(out, name);
		put_list(out, value, changed);
		break;
	case KEYWORD_NAMED:
		json_put_key(out, name);
		put_named(out, value, changed);
		break;
	case KEYWORD_MIN_ITEMS:
		put_min_items(out, value, changed);
		break;
	case KEYWORD_FORMAT:
		if (is_known_format(value))
			json_member_value(out, name, value);
		else
			*changed = true;
		break;
	case KEYWORD_CLOSED:
		if (!json_is(value, JSON_FALSE))
			*changed = true;
		break;
	case KEYWORD_IDLE:
		break;
	}
}

/* The JSON's depth, 128, bounds the recursion. */
void
messages_put_closed_schema(struct json_write *out, struct json_value schema,
    bool *changed)
{
	struct json_walk	 walk = json_walk(schema);
	const struct keyword	*keyword;
	bool			 both;

	both = json_is(json_get(schema, "anyOf"), JSON_ARRAY);
	json_put_object(out);
	while (json_is(schema, JSON_OBJECT) && json_next(&walk)) {
		keyword = find_keyword(walk.key);
		if (keyword == NULL || (keyword->written != NULL && both))
			*changed = true;
		else
			put_keyword(out, keyword, walk.value, changed);
	}
	if (is_object_schema(schema))
		json_member_bool(out, "additionalProperties", false);
	json_put_end(out);
}
