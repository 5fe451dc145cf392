#include "build.h"

#include <string.h>

#include "messages_convert.h"
#include "messages_refs.h"
#include "neutral/schema.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

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
	KEYWORD_REF,
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
	{ "$ref", KEYWORD_REF, NULL },
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

/* A copy that is being made. */
struct closing {
	struct json_write	*out;
	struct refs		 refs;
	bool			*changed;
};

static void	put_closed(struct closing *, struct json_value);

static const struct keyword *
find_keyword(struct json_value key)
{
	size_t	i;

	for (i = 0; i < COUNT(keywords); i++)
		if (json_equals(key, keywords[i].name))
			return &keywords[i];
	return NULL;
}

static bool
is_known_format(struct json_value value)
{
	size_t	i;

	for (i = 0; i < COUNT(formats); i++)
		if (json_equals(value, formats[i]))
			return true;
	return false;
}

static bool
is_object_schema(struct json_value schema)
{
	return schema_has_type(schema, "object") ||
	    json_is(json_get(schema, "properties"), JSON_OBJECT);
}

static const char *
written_name(const struct keyword *keyword)
{
	return keyword->written != NULL ? keyword->written : keyword->name;
}

/* The keywords that are written of a schema, a bit for each. */
static unsigned
said_by(struct json_value schema)
{
	struct json_walk	 walk = json_walk(schema);
	const struct keyword	*keyword;
	unsigned		 said = 0;
	size_t			 i;

	while (json_next(&walk)) {
		keyword = find_keyword(walk.key);
		for (i = 0; keyword != NULL && i < COUNT(keywords); i++)
			if (strcmp(keywords[i].name,
			    written_name(keyword)) == 0)
				said |= 1u << i;
	}
	return said;
}

/*
 * The one schema of an `allOf` that its parent can say itself, as nothing is said
 * by both, and no `$ref` looks for it there. Missing if it can't.
 */
static struct json_value
find_sole(const struct closing *closing, struct json_value schema)
{
	struct json_value	all = json_get(schema, "allOf"), sole;

	sole = json_at(all, 0);
	if (json_count(all) != 1 || !json_is(all, JSON_ARRAY) ||
	    !json_is(sole, JSON_OBJECT) ||
	    (said_by(schema) & said_by(sole)) != 0 ||
	    messages_refs_enter(&closing->refs, all))
		return JSON_NOTHING;
	return sole;
}

/* Duplicates of `allOf` that aren't read are none. */
static bool
is_sole(const struct json_walk *member, struct json_value sole)
{
	return !json_is(sole, JSON_MISSING) &&
	    json_equals(member->key, "allOf") &&
	    json_at(member->value, 0).index == sole.index;
}

static void
put_list(struct closing *closing, struct json_value list)
{
	struct json_walk	walk = json_walk(list);

	json_put_array(closing->out);
	while (json_next(&walk))
		put_closed(closing, walk.value);
	json_put_end(closing->out);
}

static void
put_named(struct closing *closing, struct json_value named)
{
	struct json_walk	walk = json_walk(named);

	json_put_object(closing->out);
	while (json_next(&walk)) {
		json_put_key_escaped(closing->out, json_escaped(walk.key));
		put_closed(closing, walk.value);
	}
	json_put_end(closing->out);
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

/* Whether what the keyword says is nothing that can be written. */
static bool
is_lost(const struct closing *closing, const struct keyword *keyword,
    struct json_value value)
{
	switch (keyword->kind) {
	case KEYWORD_SCHEMA:
		return !json_is(value, JSON_OBJECT);
	case KEYWORD_FORMAT:
		return !is_known_format(value);
	case KEYWORD_CLOSED:
		return !json_is(value, JSON_FALSE);
	case KEYWORD_REF:
		return messages_ref_recurs(&closing->refs, value);
	case KEYWORD_KEPT:
	case KEYWORD_LIST:
	case KEYWORD_NAMED:
	case KEYWORD_MIN_ITEMS:
	case KEYWORD_IDLE:
		break;
	}
	return false;
}

static void
put_keyword(struct closing *closing, const struct keyword *keyword,
    struct json_value value)
{
	struct json_write	*out = closing->out;
	const char		*name = written_name(keyword);

	if (is_lost(closing, keyword, value)) {
		*closing->changed = true;
		return;
	}
	switch (keyword->kind) {
	case KEYWORD_KEPT:
	case KEYWORD_FORMAT:
	case KEYWORD_REF:
		json_member_value(out, name, value);
		break;
	case KEYWORD_SCHEMA:
		json_put_key(out, name);
		put_closed(closing, value);
		break;
	case KEYWORD_LIST:
		json_put_key(out, name);
		put_list(closing, value);
		break;
	case KEYWORD_NAMED:
		json_put_key(out, name);
		put_named(closing, value);
		break;
	case KEYWORD_MIN_ITEMS:
		put_min_items(out, value, closing->changed);
		break;
	case KEYWORD_CLOSED:
	case KEYWORD_IDLE:
		break;
	}
}

/* Into an object that is open. `sole` is what its `allOf` says, or missing. */
static void
put_keywords(struct closing *closing, struct json_value schema,
    struct json_value sole)
{
	struct json_walk	 walk = json_walk(schema);
	const struct keyword	*keyword;
	bool			 both;

	both = json_is(json_get(schema, "anyOf"), JSON_ARRAY);
	while (json_is(schema, JSON_OBJECT) && json_next(&walk)) {
		keyword = find_keyword(walk.key);
		if (is_sole(&walk, sole))
			put_keywords(closing, sole, JSON_NOTHING);
		else if (keyword == NULL || (keyword->written != NULL && both))
			*closing->changed = true;
		else
			put_keyword(closing, keyword, walk.value);
	}
}

/* The JSON's depth, 128, bounds the recursion. */
static void
put_closed(struct closing *closing, struct json_value schema)
{
	struct json_value	sole = find_sole(closing, schema);

	json_put_object(closing->out);
	put_keywords(closing, schema, sole);
	if (is_object_schema(schema) || is_object_schema(sole))
		json_member_bool(closing->out, "additionalProperties", false);
	json_put_end(closing->out);
}

void
messages_put_closed_schema(struct json_write *out, struct json_value schema,
    bool *changed)
{
	struct closing	closing = { .out = out, .changed = changed };

	messages_refs_find(&closing.refs, schema);
	put_closed(&closing, schema);
}
