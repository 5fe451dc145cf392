#include "build.h"

#include <string.h>

#include "schema.h"

/* Of an object's properties each is looked for among all that are required. */
#define PROPERTIES_MAX	500

/* What a keyword asks of a schema that is taken strictly. */
enum demand {
	DEMAND_NONE,
	DEMAND_ABSENCE,
	DEMAND_ALONE,		/* no keyword beside it */
	DEMAND_SCHEMA,
	DEMAND_SCHEMAS,		/* a list or an object of them */
	DEMAND_FORMAT,
};

static const struct {
	const char	*name;
	enum demand	 demand;
} keywords[] = {
	{ "properties", DEMAND_SCHEMAS },
	{ "items", DEMAND_SCHEMA },
	{ "anyOf", DEMAND_SCHEMAS },
	{ "$ref", DEMAND_ALONE },
	{ "$defs", DEMAND_SCHEMAS },
	{ "definitions", DEMAND_SCHEMAS },
	{ "format", DEMAND_FORMAT },
	{ "oneOf", DEMAND_ABSENCE },
	{ "allOf", DEMAND_ABSENCE },
	{ "not", DEMAND_ABSENCE },
	{ "if", DEMAND_ABSENCE },
	{ "then", DEMAND_ABSENCE },
	{ "else", DEMAND_ABSENCE },
	{ "patternProperties", DEMAND_ABSENCE },
	{ "propertyNames", DEMAND_ABSENCE },
	{ "unevaluatedProperties", DEMAND_ABSENCE },
	{ "minProperties", DEMAND_ABSENCE },
	{ "maxProperties", DEMAND_ABSENCE },
	{ "dependentRequired", DEMAND_ABSENCE },
	{ "dependentSchemas", DEMAND_ABSENCE },
	{ "dependencies", DEMAND_ABSENCE },
	{ "prefixItems", DEMAND_ABSENCE },
	{ "additionalItems", DEMAND_ABSENCE },
	{ "unevaluatedItems", DEMAND_ABSENCE },
	{ "contains", DEMAND_ABSENCE },
	{ "minContains", DEMAND_ABSENCE },
	{ "maxContains", DEMAND_ABSENCE },
	{ "uniqueItems", DEMAND_ABSENCE },
	{ "minLength", DEMAND_ABSENCE },
	{ "maxLength", DEMAND_ABSENCE },
};

static const char *const	formats[] = { "date-time", "time", "date",
    "duration", "email", "hostname", "ipv4", "ipv6", "uuid" };

static bool	is_strict(struct json_value, unsigned);

static enum demand
demand_of(struct json_value key)
{
	size_t	i;

	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (json_equals(key, keywords[i].name))
			return keywords[i].demand;
	return DEMAND_NONE;
}

static bool
is_format(struct json_value value)
{
	size_t	i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (json_equals(value, formats[i]))
			return true;
	return false;
}

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
	struct json_value	properties = json_get(schema, "properties");
	struct json_walk	walk = json_walk(properties);

	if (json_count(required) > PROPERTIES_MAX ||
	    json_count(properties) > PROPERTIES_MAX)
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
is_met(struct json_value schema, const struct json_walk *member,
    unsigned depth)
{
	switch (demand_of(member->key)) {
	case DEMAND_NONE:
		break;
	case DEMAND_ABSENCE:
		return false;
	case DEMAND_ALONE:
		return json_count(schema) == 1;
	case DEMAND_SCHEMA:
		return is_strict(member->value, depth + 1);
	case DEMAND_SCHEMAS:
		return all_strict(member->value, depth + 1);
	case DEMAND_FORMAT:
		return is_format(member->value);
	}
	return true;
}

static bool
is_closed(struct json_value schema)
{
	return json_is(json_get(schema, "additionalProperties"),
	    JSON_FALSE) && requires_all(schema);
}

/* Whether it says what it describes: a schema of anything isn't taken. */
static bool
is_typed(struct json_value schema)
{
	static const char *const	words[] = { "type", "properties",
	    "anyOf", "$ref" };
	size_t				i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!json_is(json_get(schema, words[i]), JSON_MISSING))
			return true;
	return false;
}

static bool
is_strict(struct json_value schema, unsigned depth)
{
	struct json_walk	walk = json_walk(schema);

	if (depth > JSON_DEPTH_MAX || !json_is(schema, JSON_OBJECT) ||
	    !is_typed(schema))
		return false;
	if ((schema_has_type(schema, "object") ||
	    !json_is(json_get(schema, "properties"), JSON_MISSING)) &&
	    !is_closed(schema))
		return false;
	if (schema_has_type(schema, "array") &&
	    json_is(json_get(schema, "items"), JSON_MISSING))
		return false;
	while (json_next(&walk))
		if (!is_met(schema, &walk, depth))
			return false;
	return true;
}

bool
schema_is_strict(struct json_value schema)
{
	return is_strict(schema, 0);
}
