#include "build.h"

#include "json_text.h"
#include "place.h"
#include "readable.h"

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
		escaped_of(PLACE_SUMMARY),
		summary,
	};

	place_add_text(place, escaped_join(place->request->arena, spans, 2),
	    JSON_NOTHING);
}

struct found {
	const struct place	*place;
	struct json_value	 from;
};

static int
add_found(void *who, struct escaped text)
{
	const struct found	*found = who;

	place_add_text(found->place, text, found->from);
	return 0;
}

int
place_read_unknown(const struct place *place, struct json_value called,
    struct json_value value)
{
	struct found	found = { place, value };

	if (readable_texts(value, add_found, &found) == 0)
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
