#include "build.h"

#include "json_text.h"
#include "pattern.h"
#include "schema.h"

#define NAME_MAX_BYTES	64

/* What stands somewhere in a schema. */
enum place {
	PLACE_VALUE,		/* no schema */
	PLACE_SCHEMA,		/* one, or a list of them */
	PLACE_NAMED,		/* an object of schemas */
	PLACE_PATTERNS,		/* the same, its keys are patterns */
	PLACE_OWN_NAMES,	/* the same, its keys are such as Anthropic has */
};

static const struct {
	const char	*name;
	enum place	 place;
} keywords[] = {
	{ "properties", PLACE_NAMED },
	{ "items", PLACE_SCHEMA },
	{ "anyOf", PLACE_SCHEMA },
	{ "oneOf", PLACE_SCHEMA },
	{ "allOf", PLACE_SCHEMA },
	{ "$defs", PLACE_NAMED },
	{ "definitions", PLACE_NAMED },
	{ "additionalProperties", PLACE_SCHEMA },
	{ "patternProperties", PLACE_PATTERNS },
	{ "prefixItems", PLACE_SCHEMA },
	{ "additionalItems", PLACE_SCHEMA },
	{ "unevaluatedItems", PLACE_SCHEMA },
	{ "unevaluatedProperties", PLACE_SCHEMA },
	{ "contains", PLACE_SCHEMA },
	{ "propertyNames", PLACE_SCHEMA },
	{ "not", PLACE_SCHEMA },
	{ "if", PLACE_SCHEMA },
	{ "then", PLACE_SCHEMA },
	{ "else", PLACE_SCHEMA },
	{ "contentSchema", PLACE_SCHEMA },
	{ "dependentSchemas", PLACE_NAMED },
	{ "dependencies", PLACE_NAMED },
};

/* What becomes of a member. */
enum fate {
	FATE_STAYS,
	FATE_HOLLOW,		/* there, and says nothing */
	FATE_LOST,
};

/* An object or array whose members are gone through. */
struct outer {
	enum place	place;
	bool		schema;
	bool		opened;		/* of a pattern that allowed properties,
					 * which mustn't be refused once it goes */
};

/* A copy that is being made. */
struct copying {
	struct json_write	*w;
	bool			 answer;	/* only patterns matter */
	bool			 patterns;	/* those OpenAI refuses go */
	bool			*changed;
};

bool
schema_has_type(struct json_value schema, const char *name)
{
	struct json_value	type = json_get(schema, "type");
	struct json_walk	walk = json_walk(type);

	if (json_equals(type, name))
		return true;
	while (json_next(&walk))
		if (json_equals(walk.value, name))
			return true;
	return false;
}

static bool
is_refused(struct json_value key, enum schema_top top)
{
	static const char *const	words[] = { "anyOf", "oneOf", "allOf",
	    "enum", "not" };
	static const size_t		counts[] = { [SCHEMA_ANY] = 0,
	    [SCHEMA_TYPED] = 0, [SCHEMA_OBJECT] = 0,
	    [SCHEMA_NO_UNION] = 3, [SCHEMA_NAMED] = 3, [SCHEMA_PLAIN] = 5 };
	size_t				i;

	for (i = 0; i < counts[top]; i++)
		if (json_equals(key, words[i]))
			return true;
	return false;
}

/* As Anthropic has it for properties at the top. */
static bool
is_own_name(struct json_value key)
{
	struct escaped	name = json_escaped(key);
	size_t		i;
	char		c;

	if (name.length == 0 || name.length > NAME_MAX_BYTES)
		return false;
	for (i = 0; i < name.length; i++) {
		c = name.at[i];
		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && c != '_' && c != '.' && c != '-')
			return false;
	}
	return true;
}

static bool
has_strange_names(struct json_value schema, enum schema_top top)
{
	struct json_value	properties = json_get(schema, "properties");
	struct json_walk	walk = json_walk(properties);

	if (top != SCHEMA_NAMED || !json_is(properties, JSON_OBJECT))
		return false;
	while (json_next(&walk))
		if (!is_own_name(walk.key))
			return true;
	return false;
}

bool
schema_is_more(struct json_value schema, enum schema_top top)
{
	struct json_walk	walk = json_walk(schema);

	if (has_strange_names(schema, top))
		return true;
	while (json_is(schema, JSON_OBJECT) && json_next(&walk))
		if (is_refused(walk.key, top))
			return true;
	return false;
}

static enum place
place_in(enum place outer, struct json_value key)
{
	size_t	i;

	if (outer != PLACE_SCHEMA)
		return outer == PLACE_VALUE ? PLACE_VALUE : PLACE_SCHEMA;
	if (json_is(key, JSON_MISSING))
		return PLACE_SCHEMA;
	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (json_equals(key, keywords[i].name))
			return keywords[i].place;
	return PLACE_VALUE;
}

static bool
is_container(struct json_value value)
{
	enum json_kind	kind = json_kind(value);

	return kind == JSON_OBJECT || kind == JSON_ARRAY;
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
is_foreign(struct json_value pattern)
{
	return json_is(pattern, JSON_STRING) &&
	    !pattern_escaped_is_portable(json_escaped(pattern));
}

static bool
has_foreign_key(struct json_value patterns)
{
	struct json_walk	walk = json_walk(patterns);

	while (json_next(&walk))
		if (is_foreign(walk.key))
			return true;
	return false;
}

static bool
is_closing(struct json_value key)
{
	return json_equals(key, "additionalProperties") ||
	    json_equals(key, "unevaluatedProperties");
}

static struct outer
look(const struct copying *copying, struct json_value value, enum place place)
{
	struct outer	outer = { .place = place };

	outer.schema = place == PLACE_SCHEMA && json_is(value, JSON_OBJECT);
	outer.opened = outer.schema && copying->patterns &&
	    has_foreign_key(json_get(value, "patternProperties"));
	return outer;
}

static enum fate
fate_of_keyword(const struct copying *copying, const struct outer *outer,
    const struct json_walk *member)
{
	if (!copying->answer && is_hollow(member->key, member->value))
		return FATE_HOLLOW;
	if (!copying->patterns)
		return FATE_STAYS;
	if (json_equals(member->key, "pattern"))
		return is_foreign(member->value) ? FATE_LOST : FATE_STAYS;
	return outer->opened && is_closing(member->key) ? FATE_LOST :
	    FATE_STAYS;
}

static enum fate
fate_of(const struct copying *copying, const struct outer *outer,
    const struct json_walk *member)
{
	if (outer->schema)
		return fate_of_keyword(copying, outer, member);
	if (outer->place == PLACE_OWN_NAMES && !is_own_name(member->key))
		return FATE_LOST;
	return outer->place == PLACE_PATTERNS && copying->patterns &&
	    is_foreign(member->key) ? FATE_LOST : FATE_STAYS;
}

static bool
lacks_items(struct json_value schema)
{
	return schema_has_type(schema, "array") &&
	    json_is(json_get(schema, "items"), JSON_MISSING);
}

/* Whether it can stay as it is. As deep as the JSON is, JSON_DEPTH_MAX. */
static bool
is_whole(const struct copying *copying, struct json_value value,
    enum place place)
{
	struct json_walk	walk = json_walk(value);
	struct outer		outer;

	if (place == PLACE_VALUE)
		return true;
	if (place == PLACE_SCHEMA && !copying->answer && lacks_items(value))
		return false;
	outer = look(copying, value, place);
	while (json_next(&walk)) {
		if (fate_of(copying, &outer, &walk) != FATE_STAYS)
			return false;
		if (is_container(walk.value) && !is_whole(copying, walk.value,
		    place_in(place, walk.key)))
			return false;
	}
	return true;
}

static void	put_whole(const struct copying *, struct json_value,
		    enum place);

/* The members of an object that is open, or the elements of an array. */
static void
put_members(const struct copying *copying, struct json_value value,
    enum place place)
{
	struct json_walk	walk = json_walk(value);
	const struct outer	outer = look(copying, value, place);
	enum fate		fate;

	while (json_next(&walk)) {
		fate = fate_of(copying, &outer, &walk);
		if (fate == FATE_LOST)
			*copying->changed = true;
		if (fate != FATE_STAYS)
			continue;
		if (json_is(value, JSON_OBJECT))
			json_put_key_escaped(copying->w,
			    json_escaped(walk.key));
		put_whole(copying, walk.value, place_in(place, walk.key));
	}
}

static void
put_whole(const struct copying *copying, struct json_value value,
    enum place place)
{
	struct json_write	*w = copying->w;

	if (place == PLACE_VALUE || !is_container(value)) {
		json_put_value(w, value);
		return;
	}
	if (json_is(value, JSON_OBJECT))
		json_put_object(w);
	else
		json_put_array(w);
	put_members(copying, value, place);
	if (place == PLACE_SCHEMA && !copying->answer && lacks_items(value))
		json_put(w, "'items':{}");
	json_put_end(w);
}

static bool
is_answer(enum schema_top top)
{
	return top == SCHEMA_ANY || top == SCHEMA_TYPED;
}

/* Whether it can go as it stands, but for what is deeper in it. */
static bool
is_parameters(struct json_value schema, enum schema_top top)
{
	struct json_value	type = json_get(schema, "type");

	if (top == SCHEMA_ANY)
		return json_is(schema, JSON_OBJECT);
	if (top == SCHEMA_TYPED)
		return json_is(schema, JSON_OBJECT) &&
		    !json_is(type, JSON_MISSING);
	return json_equals(type, "object") && (top != SCHEMA_PLAIN ||
	    json_is(json_get(schema, "properties"), JSON_OBJECT)) &&
	    !schema_is_more(schema, top);
}

static enum place
place_at_top(struct json_value key, enum schema_top top)
{
	return top == SCHEMA_NAMED && json_equals(key, "properties") ?
	    PLACE_OWN_NAMES : place_in(PLACE_SCHEMA, key);
}

/* The top of an object that is open: what is said there of its type is told. */
static void
put_top(const struct copying *copying, struct json_value schema,
    enum schema_top top)
{
	struct json_walk	walk = json_walk(schema);
	const struct outer	outer = look(copying, schema, PLACE_SCHEMA);
	bool			strange = has_strange_names(schema, top);
	enum fate		fate;

	while (json_is(schema, JSON_OBJECT) && json_next(&walk)) {
		if (json_equals(walk.key, "type"))
			continue;
		fate = fate_of(copying, &outer, &walk);
		if (fate == FATE_STAYS && (is_refused(walk.key, top) ||
		    (strange && is_closing(walk.key))))
			fate = FATE_LOST;
		if (fate == FATE_LOST)
			*copying->changed = true;
		if (fate != FATE_STAYS)
			continue;
		json_put_key_escaped(copying->w, json_escaped(walk.key));
		put_whole(copying, walk.value, place_at_top(walk.key, top));
	}
}

void
schema_put_parameters(struct json_write *w, struct json_value schema,
    enum schema_top top, bool *changed)
{
	struct json_value	type = json_get(schema, "type");
	struct json_value	properties = json_get(schema, "properties");
	bool			answer = is_answer(top), bare;
	const struct copying	copying = { w, answer,
				    answer || top == SCHEMA_PLAIN, changed };

	if (is_parameters(schema, top)) {
		if (is_whole(&copying, schema, PLACE_SCHEMA))
			json_put_value(w, schema);
		else
			put_whole(&copying, schema, PLACE_SCHEMA);
		return;
	}
	bare = (answer ? json_is(properties, JSON_MISSING) :
	    !json_is(properties, JSON_OBJECT)) &&
	    (!json_is(schema, JSON_OBJECT) ||
	    (top != SCHEMA_NO_UNION && top != SCHEMA_NAMED));
	json_put(w, "{'type':'object'");
	if (!json_is(type, JSON_MISSING) && !json_equals(type, "object"))
		*changed = true;
	put_top(&copying, schema, top);
	json_put(w, bare ? "'properties':{}}" : "}");
}
