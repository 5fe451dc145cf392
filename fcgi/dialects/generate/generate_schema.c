#include "build.h"

#include <ctype.h>
#include <string.h>

#include "generate_convert.h"
#include "json_text.h"
#include "json_write.h"

#define SCHEMA_MAX	((size_t)16 * 1024 * 1024)

/* What one of the subset's keywords holds. */
enum holds {
	HOLDS_VALUE,
	HOLDS_TYPE,		/* "STRING" */
	HOLDS_COUNT,		/* a number, perhaps in quotes */
	HOLDS_ENUM,		/* values, null not among them */
	HOLDS_REF,		/* "#/defs/NAME" */
	HOLDS_SCHEMA,
	HOLDS_LIST,		/* of schemas, all of which hold */
	HOLDS_CHOICES,		/* of schemas, one of which holds */
	HOLDS_TABLE,		/* name to schema */
	HOLDS_NOTHING,		/* that JSON Schema knows */
};

static const struct {
	const char	*name;		/* JSON Schema's, in Google's without $ */
	enum holds	 holds;
} keywords[] = {
	{ "type", HOLDS_TYPE },
	{ "enum", HOLDS_ENUM },
	{ "$ref", HOLDS_REF },
	{ "$defs", HOLDS_TABLE },
	{ "items", HOLDS_SCHEMA },
	{ "properties", HOLDS_TABLE },
	{ "additionalProperties", HOLDS_SCHEMA },
	{ "anyOf", HOLDS_CHOICES },
	{ "oneOf", HOLDS_CHOICES },
	{ "allOf", HOLDS_LIST },
	{ "prefixItems", HOLDS_LIST },
	{ "minItems", HOLDS_COUNT },
	{ "maxItems", HOLDS_COUNT },
	{ "minLength", HOLDS_COUNT },
	{ "maxLength", HOLDS_COUNT },
	{ "minProperties", HOLDS_COUNT },
	{ "maxProperties", HOLDS_COUNT },
	{ "nullable", HOLDS_NOTHING },
	{ "propertyOrdering", HOLDS_NOTHING },
	{ "example", HOLDS_NOTHING },
};

static void	put_schema(struct json_write *, struct arena *,
		    struct json_value);

/* Types are upper case words here; one that may be null is two. */
static void
put_type(struct json_write *w, struct arena *arena, struct json_value type,
    bool nullable)
{
	struct text	word = generate_decode(arena, type);
	char		*lower;
	size_t		 i;

	lower = arena_memdup(arena, word.at, word.length);
	if (lower == NULL || word.length == 0 ||
	    json_equals(type, "TYPE_UNSPECIFIED"))
		return;
	for (i = 0; i < word.length; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);
	json_put_key(w, "type");
	if (nullable)
		json_put_array(w);
	json_put_text(w, (struct text){ lower, word.length });
	if (nullable) {
		json_put_string(w, "null");
		json_put_end(w);
	}
}

/* JSON's 64 bit integers of protocol buffers are strings. */
static void
put_count(struct json_write *w, const char *name, struct json_value value)
{
	struct escaped	digits = json_escaped(value);
	size_t		i;

	for (i = 0; i < digits.length; i++)
		if (!isdigit((unsigned char)digits.at[i]))
			return;
	if (json_is(value, JSON_NUMBER))
		json_member_value(w, name, value);
	else if (digits.length == 1 || (digits.length > 0 &&
	    digits.at[0] != '0'))
		json_member_raw(w, name, (struct text){ digits.at,
		    digits.length });
}

static void
put_table(struct json_write *w, struct arena *arena, struct json_value table)
{
	struct json_walk	walk = json_walk(table);

	json_put_object(w);
	while (json_next(&walk)) {
		json_put_key_escaped(w, json_escaped(walk.key));
		put_schema(w, arena, walk.value);
	}
	json_put_end(w);
}

/* Where it may be null beside all of these, with that. */
static void
put_list(struct json_write *w, struct arena *arena, struct json_value list,
    bool nullable)
{
	struct json_walk	walk = json_walk(list);

	json_put_array(w);
	while (json_next(&walk))
		put_schema(w, arena, walk.value);
	if (nullable)
		json_put(w, "{'type':'null'}");
	json_put_end(w);
}

static void
put_enum(struct json_write *w, struct json_value list, bool nullable)
{
	struct json_walk	walk = json_walk(list);

	if (!nullable || !json_is(list, JSON_ARRAY)) {
		json_put_value(w, list);
		return;
	}
	json_put_array(w);
	while (json_next(&walk)) {
		json_put_value(w, walk.value);
		nullable = nullable && !json_is(walk.value, JSON_NULL);
	}
	if (nullable)
		json_put_raw(w, text_of("null"));
	json_put_end(w);
}

static void
put_ref(struct json_write *w, struct arena *arena, struct json_value value)
{
	static const char	defs[] = "#/defs/";
	struct text		ref = generate_decode(arena, value);
	const size_t		length = sizeof(defs) - 1;
	const char		*own;

	if (!json_is(value, JSON_STRING)) {
		json_member_value(w, "$ref", value);
		return;
	}
	if (ref.length < length || memcmp(ref.at, defs, length) != 0) {
		json_member_text(w, "$ref", ref);
		return;
	}
	own = arena_printf(arena, "#/$defs/%.*s", (int)(ref.length - length),
	    ref.at + length);
	if (own != NULL)
		json_member_string(w, "$ref", own);
}

static void
put_member(struct json_write *w, struct arena *arena, struct json_value key,
    struct json_value value, bool nullable)
{
	const char	*name = NULL;
	enum holds	 holds = HOLDS_VALUE;
	size_t		 i;

	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (generate_is(key, keywords[i].name) ||
		    (keywords[i].name[0] == '$' &&
		    generate_is(key, keywords[i].name + 1))) {
			name = keywords[i].name;
			holds = keywords[i].holds;
		}
	switch (holds) {
	case HOLDS_VALUE:
		json_put_key_escaped(w, json_escaped(key));
		json_put_value(w, value);
		break;
	case HOLDS_TYPE:
		if (json_is(value, JSON_STRING))
			put_type(w, arena, value, nullable);
		else
			json_member_value(w, name, value);
		break;
	case HOLDS_COUNT:
		put_count(w, name, value);
		break;
	case HOLDS_ENUM:
		json_put_key(w, name);
		put_enum(w, value, nullable);
		break;
	case HOLDS_REF:
		put_ref(w, arena, value);
		break;
	case HOLDS_SCHEMA:
		json_put_key(w, name);
		put_schema(w, arena, value);
		break;
	case HOLDS_LIST:
	case HOLDS_CHOICES:
		json_put_key(w, name);
		put_list(w, arena, value, nullable && holds == HOLDS_CHOICES);
		break;
	case HOLDS_TABLE:
		json_put_key(w, name);
		put_table(w, arena, value);
		break;
	case HOLDS_NOTHING:
		break;
	}
}

/* As deep as the JSON is, JSON_DEPTH_MAX. */
static void
put_schema(struct json_write *w, struct arena *arena, struct json_value schema)
{
	struct json_walk	walk = json_walk(schema);
	bool			nullable;

	if (!json_is(schema, JSON_OBJECT)) {
		json_put_value(w, schema);
		return;
	}
	nullable = json_true(json_get(schema, "nullable"));
	json_put_object(w);
	while (json_next(&walk))
		put_member(w, arena, walk.key, walk.value, nullable);
	json_put_end(w);
}

struct json_value
generate_read_schema(struct arena *arena, struct json_value schema)
{
	struct json_value	result = { NULL, 0 };
	struct json_write	w;
	struct buf		buf;
	struct text		copy;

	buf_init(&buf, SCHEMA_MAX, arena->budget);
	json_write_start(&w, &buf);
	put_schema(&w, arena, schema);
	if (json_write_finish(&w) == 0) {
		copy.at = arena_memdup(arena, buf.at, buf.length);
		copy.length = buf.length;
		if (copy.at != NULL)
			result = json_scan_into(arena, copy);
	}
	buf_release(&buf);
	return result;
}
