#include "build.h"

#include <string.h>

#include "json_text.h"
#include "schema.h"

#define PROPERTIES_MAX	5000	/* OpenAI takes no more */

static bool	is_strict(struct json_value, unsigned);

static bool
list_holds(struct json_value list, struct json_value key)
{
	struct json_walk	walk = json_walk(list);
	struct text		wanted = json_raw(key), raw;

	while (json_next(&walk)) {
		raw = json_raw(walk.value);
		if (raw.length == wanted.length &&
		    memcmp(raw.at, wanted.at, raw.length) == 0)
			return true;
	}
	return false;
}

static bool
requires_all(struct json_value schema)
{
	struct json_value	required = json_get(schema, "required");
	struct json_walk	walk = json_walk(json_get(schema, "properties"));

	if (json_count(required) > PROPERTIES_MAX)
		return false;
	while (json_next(&walk))
		if (!list_holds(required, walk.key))
			return false;
	return true;
}

static bool
all_strict(struct json_value schemas, unsigned depth)
{
	struct json_walk	walk = json_walk(schemas);

	while (json_next(&walk))
		if (!is_strict(walk.value, depth))
			return false;
	return true;
}

static bool
is_strict(struct json_value schema, unsigned depth)
{
	static const char *const	inner[] = { "properties", "$defs",
	    "definitions", "anyOf", "oneOf", "allOf", "prefixItems" };
	size_t				i;

	if (depth > JSON_DEPTH_MAX)
		return false;
	if (!json_is(schema, JSON_OBJECT))
		return true;
	if ((json_equals(json_get(schema, "type"), "object") ||
	    !json_is(json_get(schema, "properties"), JSON_MISSING)) &&
	    (!json_is(json_get(schema, "additionalProperties"), JSON_FALSE) ||
	    !requires_all(schema)))
		return false;
	for (i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		if (!all_strict(json_get(schema, inner[i]), depth + 1))
			return false;
	return is_strict(json_get(schema, "items"), depth + 1);
}

bool
schema_is_strict(struct json_value schema)
{
	return json_is(schema, JSON_OBJECT) && is_strict(schema, 0);
}

static bool
is_refused(struct json_value key, enum schema_top top)
{
	static const char *const	words[] = { "anyOf", "oneOf", "allOf",
	    "enum", "not" };
	static const size_t		counts[] = { [SCHEMA_TYPED] = 0,
	    [SCHEMA_OBJECT] = 0, [SCHEMA_NO_UNION] = 3, [SCHEMA_PLAIN] = 5 };
	size_t				i;

	for (i = 0; i < counts[top]; i++)
		if (json_equals(key, words[i]))
			return true;
	return false;
}

bool
schema_is_more(struct json_value schema, enum schema_top top)
{
	struct json_walk	walk = json_walk(schema);

	while (json_is(schema, JSON_OBJECT) && json_next(&walk))
		if (is_refused(walk.key, top))
			return true;
	return false;
}

/* A keyword that is there and says nothing. */
static bool
is_hollow(struct json_value key, struct json_value value)
{
	enum json_kind	kind = json_kind(value);

	return (kind == JSON_NULL && (json_equals(key, "required") ||
	    json_equals(key, "properties"))) ||
	    (kind == JSON_ARRAY && json_equals(key, "properties"));
}

static bool
lacks_items(struct json_value schema)
{
	return json_equals(json_get(schema, "type"), "array") &&
	    json_is(json_get(schema, "items"), JSON_MISSING);
}

/* As deep as the JSON is, JSON_DEPTH_MAX. */
static bool
is_whole(struct json_value value)
{
	struct json_walk	walk = json_walk(value);
	enum json_kind		kind;
	bool			array = false, items = false;

	while (json_next(&walk)) {
		kind = json_kind(walk.value);
		if (kind == JSON_OBJECT || kind == JSON_ARRAY)
			items = items || json_equals(walk.key, "items");
		else if (kind == JSON_STRING)
			array = array || (json_equals(walk.value, "array") &&
			    json_equals(walk.key, "type"));
		if (is_hollow(walk.key, walk.value) ||
		    ((kind == JSON_OBJECT || kind == JSON_ARRAY) &&
		    !is_whole(walk.value)))
			return false;
	}
	return !array || items;
}

static void
put_whole(struct json_write *w, struct json_value value)
{
	struct json_walk	walk = json_walk(value);
	bool			object = json_is(value, JSON_OBJECT);

	if (!object && !json_is(value, JSON_ARRAY)) {
		json_put_value(w, value);
		return;
	}
	if (object)
		json_put_object(w);
	else
		json_put_array(w);
	while (json_next(&walk)) {
		if (object && is_hollow(walk.key, walk.value))
			continue;
		if (object)
			json_put_key_escaped(w, json_escaped(walk.key));
		put_whole(w, walk.value);
	}
	if (object && lacks_items(value))
		json_put(w, "'items':{}");
	json_put_end(w);
}

/* Whether it can go as it stands, but for what is_whole() knows. */
static bool
is_parameters(struct json_value schema, enum schema_top top)
{
	struct json_value	type = json_get(schema, "type");

	if (top == SCHEMA_TYPED)
		return json_is(schema, JSON_OBJECT) &&
		    !json_is(type, JSON_MISSING);
	return json_equals(type, "object") && (top != SCHEMA_PLAIN ||
	    json_is(json_get(schema, "properties"), JSON_OBJECT)) &&
	    !schema_is_more(schema, top);
}

void
schema_put_parameters(struct json_write *w, struct json_value schema,
    enum schema_top top, bool *changed)
{
	struct json_walk	walk = json_walk(schema);
	struct json_value	type = json_get(schema, "type");
	bool			object = json_is(schema, JSON_OBJECT), bare;

	if (is_parameters(schema, top)) {
		if (top == SCHEMA_TYPED || is_whole(schema))
			json_put_value(w, schema);
		else
			put_whole(w, schema);
		return;
	}
	bare = !json_is(json_get(schema, "properties"), JSON_OBJECT) &&
	    (!object || top != SCHEMA_NO_UNION);
	json_put(w, "{'type':'object'");
	if (!json_is(type, JSON_MISSING) && !json_equals(type, "object"))
		*changed = true;
	while (object && json_next(&walk)) {
		if (json_equals(walk.key, "type") ||
		    is_hollow(walk.key, walk.value))
			continue;
		if (is_refused(walk.key, top)) {
			*changed = true;
			continue;
		}
		json_put_key_escaped(w, json_escaped(walk.key));
		put_whole(w, walk.value);
	}
	json_put(w, bare ? "'properties':{}}" : "}");
}
