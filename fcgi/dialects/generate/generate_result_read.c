#include "build.h"

#include "generate_convert.h"
#include "json_text.h"
#include "neutral/known.h"

/*
 * Among so many calls without a result the one is looked for that a result
 * belongs to; they come in order, or nearly so.
 */
#define LOOKED_AT	1024

/* A call that waits for its result. */
struct generate_call {
	struct generate_call	*next;
	const struct part	*part;
};

void
generate_note_call(struct generate_reading *reading, const struct part *part)
{
	struct generate_call	*call;

	call = arena_calloc(reading->at.request->arena, 1, sizeof(*call));
	if (call == NULL)
		return;
	call->part = part;
	if (reading->calls == NULL)
		reading->calls = call;
	else
		reading->last_call->next = call;
	reading->last_call = call;
}

static struct generate_call **
find_call(struct generate_reading *reading, struct text id, struct text name)
{
	struct generate_call	**link = &reading->calls;
	size_t			  i;

	for (i = 0; *link != NULL && i < LOOKED_AT; i++) {
		if (id.length > 0 ? text_same((*link)->part->id, id) :
		    text_same((*link)->part->name, name))
			return link;
		link = &(*link)->next;
	}
	return NULL;
}

/* By id, else the first one of that name that has no result yet. */
static struct text
id_of_call(struct generate_reading *reading, struct text id, struct text name)
{
	struct text		  none = { "", 0 };
	struct generate_call	**link = NULL, *call;

	if (id.length > 0)
		link = find_call(reading, id, name);
	if (link == NULL)
		link = find_call(reading, none, name);
	if (link == NULL)
		return id.length > 0 ? id : request_call_id(
		    reading->at.request, reading->at.index, reading->at.inner,
		    name);
	call = *link;
	*link = call->next;
	return call->part->id;
}

int
generate_read_media(const struct place *place, struct json_value value)
{
	struct json_value	 blob = generate_get(value, "inlineData");
	struct text		 type;
	struct media		*media;

	if (!json_is(blob, JSON_OBJECT))
		blob = generate_get(value, "fileData");
	if (!json_is(blob, JSON_OBJECT))
		return generate_read_unknown(place, value);
	type = request_decode(place->request, generate_get(blob, "mimeType"));
	media = &place_add(place, generate_media_kind(type),
	    JSON_NOTHING)->media;
	media->media_type = type;
	media->data = json_escaped(json_get(blob, "data"));
	media->url = json_escaped(generate_get(blob, "fileUri"));
	media->title = json_escaped(generate_get(blob, "displayName"));
	return media->data.length > 0 || media->url.length > 0 ? 0 :
	    place_invalid(place, "data or fileUri is missing");
}

/*
 * {"output": text} and {"error": text} are what a text and a failure are said
 * with here; anything else stays the object that it is. Beside files it's text,
 * too, as the others have no object.
 */
static int
read_response(const struct place *place, struct json_value response,
    bool files)
{
	struct part		*result = place->result;
	struct json_value	 error = json_get(response, "error");
	struct json_value	 text = json_get(response, "output");
	bool			 alone = json_count(response) == 1;

	if (json_kind(response) <= JSON_NULL)
		return 0;
	if (!json_is(response, JSON_OBJECT))
		return place_invalid(place,
		    "functionResponse.response must be an object");
	result->failed = alone && !json_is(error, JSON_MISSING);
	if (result->failed)
		text = error;
	if (alone && json_is(text, JSON_STRING)) {
		place_add_text(place, json_escaped(text), JSON_NOTHING);
		return 0;
	}
	result->object = response;
	if (files)
		place_add_text(place, text_escape(place->request->arena,
		    json_raw(response)), JSON_NOTHING);
	return 0;
}

/* When the model is to hear of it, and that there will be more. */
static int
lose_schedule(const struct place *place, struct json_value given)
{
	struct json_walk	walk = json_walk(given);

	while (json_next(&walk))
		if (!json_is(walk.value, JSON_FALSE) &&
		    (generate_is(walk.key, "scheduling") ||
		    generate_is(walk.key, "willContinue")) &&
		    request_lost_field(place->request, "functionResponse",
		    walk.key, place->problem) == -1)
			return -1;
	return 0;
}

int
generate_read_result(struct generate_reading *reading,
    struct json_value value)
{
	struct json_value	 given = generate_get(value, "functionResponse");
	struct json_value	 files = json_get(given, "parts");
	struct json_walk	 walk = json_walk(files);
	struct place		 place = reading->at;
	struct text		 name;

	if (place.turn->role != ROLE_USER)
		return place_invalid(&place,
		    "a functionResponse is the user's");
	name = request_text(place.request, given, "name");
	if (name.length == 0)
		return place_invalid(&place,
		    "functionResponse.name is missing");
	if (lose_schedule(&place, given) == -1 || known_check(place.request,
	    "functionResponse", given, place.problem) == -1)
		return -1;
	place.result = place_add(&place, PART_RESULT, JSON_NOTHING);
	place.result->name = name;
	place.result->id = id_of_call(reading, request_text(place.request,
	    given, "id"), name);
	if (read_response(&place, json_get(given, "response"),
	    json_count(files) > 0) == -1)
		return -1;
	while (json_is(files, JSON_ARRAY) && json_next(&walk))
		if (generate_read_media(&place, walk.value) == -1)
			return -1;
	return 0;
}
