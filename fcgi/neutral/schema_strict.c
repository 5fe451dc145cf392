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
