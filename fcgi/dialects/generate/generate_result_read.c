#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

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

static int
invalid(struct generate_reading *reading, const char *what)
{
	return problem_field(reading->problem, PROBLEM_INVALID, "contents",
	    "contents[%zu].parts[%zu]: %s", reading->content, reading->part,
	    what);
}

int
generate_note_call(struct generate_reading *reading, const struct part *part)
{
	struct generate_call	*call;

	call = arena_calloc(reading->request->arena, 1, sizeof(*call));
	if (call == NULL)
		return generate_no_memory(reading->problem);
	call->part = part;
	if (reading->calls == NULL)
		reading->calls = call;
	else
		reading->last_call->next = call;
	reading->last_call = call;
	return 0;
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
		return id.length > 0 ? id : request_call_id(reading->request,
		    reading->content, reading->part, name);
	call = *link;
	*link = call->next;
	return call->part->id;
}

int
generate_read_media(struct generate_reading *reading, struct part *part,
    struct json_value blob)
{
	struct media	*media = &part->media;

	media->media_type = generate_decode(reading->request->arena,
	    generate_get(blob, "mimeType"));
	media->data = json_escaped(json_get(blob, "data"));
	media->url = json_escaped(generate_get(blob, "fileUri"));
	media->title = json_escaped(generate_get(blob, "displayName"));
	if (media->data.length == 0 && media->url.length == 0)
		return invalid(reading, "data or fileUri is missing");
	return 0;
}

static int
add_text(struct generate_reading *reading, struct part *result,
    struct escaped text)
{
	struct part	*part;

	part = part_add_content(reading->request, result, PART_TEXT);
	if (part == NULL)
		return generate_no_memory(reading->problem);
	part->text = text;
	return 0;
}

static int
read_files(struct generate_reading *reading, struct part *result,
    struct json_value parts)
{
	struct json_walk	walk = json_walk(parts);
	struct json_value	blob;
	struct text		type;
	struct part		*part;

	while (json_is(parts, JSON_ARRAY) && json_next(&walk)) {
		blob = generate_get(walk.value, "inlineData");
		if (!json_is(blob, JSON_OBJECT))
			blob = generate_get(walk.value, "fileData");
		type = generate_decode(reading->request->arena,
		    generate_get(blob, "mimeType"));
		part = part_add_content(reading->request, result,
		    generate_media_kind(type));
		if (part == NULL)
			return generate_no_memory(reading->problem);
		if (generate_read_media(reading, part, blob) == -1)
			return -1;
	}
	return 0;
}

/*
 * {"output": text} and {"error": text} are what a text and a failure are said
 * with here; anything else stays the object that it is. Beside files it's text,
 * too, as the others have no object.
 */
static int
read_response(struct generate_reading *reading, struct part *result,
    struct json_value response, bool files)
{
	struct json_value	output = json_get(response, "output");
	struct json_value	error = json_get(response, "error");
	bool			alone = json_count(response) == 1;

	if (json_is(response, JSON_MISSING) || json_is(response, JSON_NULL))
		return 0;
	if (!json_is(response, JSON_OBJECT))
		return invalid(reading, "functionResponse.response must be an "
		    "object");
	result->failed = alone && !json_is(error, JSON_MISSING);
	if (alone && json_is(output, JSON_STRING))
		return add_text(reading, result, json_escaped(output));
	if (alone && json_is(error, JSON_STRING))
		return add_text(reading, result, json_escaped(error));
	result->object = response;
	return files ? add_text(reading, result, text_escape(
	    reading->request->arena, json_raw(response))) : 0;
}

int
generate_read_result(struct generate_reading *reading,
    struct json_value value)
{
	struct json_value	 given = generate_get(value, "functionResponse");
	struct arena		*arena = reading->request->arena;
	struct json_value	 files = json_get(given, "parts");
	struct text		 name;
	struct part		*part;

	if (reading->turn->role != ROLE_USER)
		return invalid(reading, "a functionResponse is the user's");
	name = generate_decode(arena, json_get(given, "name"));
	if (name.length == 0)
		return invalid(reading, "functionResponse.name is missing");
	part = turn_add_part(reading->request, reading->turn, PART_RESULT);
	if (part == NULL)
		return generate_no_memory(reading->problem);
	part->id = id_of_call(reading, generate_decode(arena,
	    json_get(given, "id")), name);
	if (read_response(reading, part, json_get(given, "response"),
	    json_count(files) > 0) == -1)
		return -1;
	return read_files(reading, part, files);
}
