#include "build.h"

#include "json_text.h"
#include "neutral/media.h"
#include "responses_convert.h"

int
responses_invalid(const struct responses_place *place, const char *why)
{
	return problem_field(place->problem, PROBLEM_INVALID, "input",
	    "input[%zu] %s", place->index, why);
}

struct text
responses_decode(struct request *request, struct json_value string)
{
	return text_decode(request->arena, json_escaped(string), NULL);
}

static struct part *
add(const struct responses_place *place, enum part_kind kind)
{
	struct part	*part;

	if (place->result != NULL)
		part = part_add_content(place->request, place->result, kind);
	else if (place->turn != NULL)
		part = turn_add_part(place->request, place->turn, kind);
	else
		part = request_add_system(place->request,
		    (struct escaped){ "", 0 });
	if (part == NULL)
		problem_set(place->problem, PROBLEM_OVERLOADED,
		    "out of memory");
	return part;
}

static enum cache_mark
cache_of(struct json_value json)
{
	return json_is(json_get(json, "prompt_cache_breakpoint"),
	    JSON_OBJECT) ? CACHE_5M : CACHE_NONE;
}

static int
add_text(const struct responses_place *place, enum part_kind kind,
    struct json_value text, struct json_value json)
{
	struct json_value	 annotations = json_get(json, "annotations");
	struct part		*part;

	if (!json_is(text, JSON_STRING))
		return responses_invalid(place,
		    "holds a text that is no string");
	part = add(place, kind);
	if (part == NULL)
		return -1;
	part->text = json_escaped(text);
	part->cache = cache_of(json);
	if (json_count(annotations) > 0)
		part->citations = annotations;
	return 0;
}

static int
read_text(const struct responses_place *place, struct json_value json)
{
	return add_text(place, PART_TEXT, json_get(json, "text"), json);
}

static int
read_refusal(const struct responses_place *place, struct json_value json)
{
	return add_text(place, PART_REFUSAL, json_get(json, "refusal"), json);
}

static int
refuse_media(const struct responses_place *place)
{
	if (place->turn != NULL || place->result != NULL)
		return 0;
	return responses_invalid(place, "holds a file in a system message");
}

static int
read_image(const struct responses_place *place, struct json_value json)
{
	struct json_value	 url = json_get(json, "image_url");
	struct json_value	 file = json_get(json, "file_id");
	struct part		*part;

	if (refuse_media(place) == -1 ||
	    (part = add(place, PART_IMAGE)) == NULL)
		return -1;
	part->cache = cache_of(json);
	part->media.detail = responses_decode(place->request,
	    json_get(json, "detail"));
	if (text_equals(part->media.detail, "auto"))
		part->media.detail = (struct text){ "", 0 };
	part->media.file_id = json_escaped(file);
	if (part->media.file_id.length > 0)
		return 0;
	if (json_is(url, JSON_OBJECT))		/* as in Chat */
		url = json_get(url, "url");
	return media_read_url(&part->media, place->request->arena, url,
	    "image_url", place->problem);
}

/* Text in a data URL would go nowhere as a file: its writers know. */
static int
read_file(const struct responses_place *place, struct json_value json)
{
	struct json_value	 data = json_get(json, "file_data");
	struct part		*part;

	if (refuse_media(place) == -1 ||
	    (part = add(place, PART_DOCUMENT)) == NULL)
		return -1;
	part->cache = cache_of(json);
	part->media.title = json_escaped(json_get(json, "filename"));
	part->media.file_id = json_escaped(json_get(json, "file_id"));
	if (part->media.file_id.length > 0)
		return 0;
	if (!json_is(data, JSON_STRING))
		return media_read_url(&part->media, place->request->arena,
		    json_get(json, "file_url"), "file_url", place->problem);
	return media_read_url(&part->media, place->request->arena, data,
	    "file_data", place->problem);
}

static int
read_audio(const struct responses_place *place, struct json_value json)
{
	struct json_value	 audio = json_get(json, "input_audio");
	struct part		*part;

	if (!json_is(json_get(audio, "data"), JSON_STRING))
		return responses_invalid(place, "holds audio without data");
	if (refuse_media(place) == -1 ||
	    (part = add(place, PART_AUDIO)) == NULL)
		return -1;
	part->media.data = json_escaped(json_get(audio, "data"));
	part->media.media_type = text_of(json_equals(json_get(audio,
	    "format"), "mp3") ? "audio/mp3" : "audio/wav");
	return 0;
}

static const struct {
	const char	*type;
	int		(*read)(const struct responses_place *,
			    struct json_value);
} types[] = {
	{ "input_text",			read_text },
	{ "output_text",		read_text },
	{ "text",			read_text },
	{ "summary_text",		read_text },
	{ "refusal",			read_refusal },
	{ "input_image",		read_image },
	{ "computer_screenshot",	read_image },
	{ "input_file",			read_file },
	{ "input_audio",		read_audio },
};

static int
read_part(const struct responses_place *place, struct json_value json)
{
	struct json_value	type = json_get(json, "type");
	size_t			i;

	if (json_is(type, JSON_MISSING) &&
	    json_is(json_get(json, "text"), JSON_STRING))
		return read_text(place, json);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (json_equals(type, types[i].type))
			return types[i].read(place, json);
	return responses_invalid(place, "holds a part of an unknown type");
}

int
responses_read_content(const struct responses_place *place,
    struct json_value content)
{
	struct json_walk	walk = json_walk(content);

	switch (json_kind(content)) {
	case JSON_STRING:
		return add_text(place, PART_TEXT, content, content);
	case JSON_OBJECT:
		return read_part(place, content);
	case JSON_ARRAY:
		break;
	case JSON_MISSING:
	case JSON_NULL:
		return 0;
	case JSON_FALSE:
	case JSON_TRUE:
	case JSON_NUMBER:
		return responses_invalid(place,
		    "has content that is no string or array");
	}
	while (json_next(&walk))
		if (read_part(place, walk.value) == -1)
			return -1;
	return 0;
}
