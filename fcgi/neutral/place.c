#include "build.h"

#include "json_text.h"
#include "place.h"

struct part *
place_add(const struct place *place, enum part_kind kind,
    struct json_value from)
{
	struct part	*part;

	if (place->result != NULL)
		part = part_add_content(place->request, place->result, kind);
	else if (place->turn != NULL)
		part = turn_add_part(place->request, place->turn, kind);
	else
		part = request_add_system(place->request, escaped_of(""));
	part->cache = cache_mark_of(from);
	return part;
}

void
place_add_text(const struct place *place, struct escaped text,
    struct json_value from)
{
	place_add(place, PART_TEXT, from)->text = text;
}

void
place_add_summary(const struct place *place, struct escaped summary)
{
	const struct escaped	spans[2] = {
		escaped_of("Summary of the conversation so far:\\n\\n"),
		summary,
	};

	place_add_text(place, escaped_join(place->request->arena, spans, 2),
	    JSON_NOTHING);
}

/* Where things hold what the model is to read, beside a member of their type. */
static bool
holds_text(struct json_value key, struct json_value type)
{
	static const char *const	keys[] = { "text", "content", "summary",
					    "output", "refusal" };
	size_t				i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_equals(key, keys[i]))
			return true;
	return json_is(type, JSON_STRING) &&
	    text_same((struct text){ json_escaped(key).at,
	    json_escaped(key).length }, (struct text){ json_escaped(type).at,
	    json_escaped(type).length });
}

/* How many texts there were; the JSON's depth bounds the recursion. */
static size_t
add_texts(const struct place *place, struct json_value value,
    struct json_value from)
{
	struct json_walk	 walk = json_walk(value);
	struct json_value	 type = json_get(value, "type");
	bool			 object = json_is(value, JSON_OBJECT);
	size_t			 count = 0;

	if (json_is(value, JSON_STRING)) {
		if (escaped_is_blank(json_escaped(value)))
			return 0;
		place_add_text(place, json_escaped(value), from);
		return 1;
	}
	while (json_next(&walk))
		if (!object || holds_text(walk.key, type))
			count += add_texts(place, walk.value, from);
	return count;
}

int
place_read_unknown(const struct place *place, struct json_value called,
    struct json_value value)
{
	if (add_texts(place, value, value) == 0)
		return 1;
	return request_lost_field(place->request, NULL, called,
	    place->problem);
}

const char *
place_about(const struct place *place, const char *before,
    struct json_value name, const char *behind)
{
	struct escaped	 said = json_escaped(name);
	const char	*sentence;

	sentence = arena_printf(place->request->arena, "%s '%.*s'%s", before,
	    said.length > 64 ? 64 : (int)said.length, said.at, behind);
	return sentence == NULL ? before : sentence;
}

const char *
place_unknown(const struct place *place, struct json_value called)
{
	return place_about(place, "is of the unknown type", called,
	    " and holds no text");
}

int
place_invalid(const struct place *place, const char *why)
{
	if (place->inner_field == NULL)
		return problem_field(place->problem, PROBLEM_INVALID,
		    place->field, "%s[%zu] %s", place->field, place->index,
		    why);
	return problem_field(place->problem, PROBLEM_INVALID, place->field,
	    "%s[%zu].%s[%zu]: %s", place->field, place->index,
	    place->inner_field, place->inner, why);
}

/* One look at each member, as every part of a request is asked for its mark. */
enum cache_mark
cache_mark_of(struct json_value from)
{
	struct json_walk	walk = json_walk(from);
	enum cache_mark		mark = CACHE_NONE;

	while (json_next(&walk)) {
		if (!json_is(walk.value, JSON_OBJECT))
			continue;
		if (json_equals(walk.key, "cache_control"))
			mark = json_equals(json_get(walk.value, "ttl"), "1h") ?
			    CACHE_1H : CACHE_5M;
		else if (mark == CACHE_NONE &&
		    json_equals(walk.key, "prompt_cache_breakpoint"))
			mark = CACHE_5M;
	}
	return mark;
}
