#include "build.h"

#include <string.h>

#include "json_text.h"
#include "neutral/known.h"
#include "neutral/media.h"
#include "openai_request.h"

static int
add_text(const struct place *place, enum part_kind kind,
    struct json_value text, struct json_value json)
{
	struct json_value	 annotations = json_get(json, "annotations");
	struct part		*part;

	if (!json_is(text, JSON_STRING))
		return place_invalid(place, "holds a text that is no string");
	part = place_add(place, kind, json);
	part->text = json_escaped(text);
	if (json_count(annotations) > 0)
		part->citations = annotations;
	return 0;
}

static int
read_text(const struct place *place, struct json_value json)
{
	return add_text(place, PART_TEXT, json_get(json, "text"), json);
}

static int
read_refusal(const struct place *place, struct json_value json)
{
	return add_text(place, PART_REFUSAL, json_get(json, "refusal"), json);
}

/*
 * What agents tell each other: another vendor's model left it readable in there,
 * OpenAI's sealed it.
 */
static int
read_encrypted(const struct place *place, struct json_value json)
{
	struct json_value	text = json_get(json, "encrypted_content");

	if (escaped_starts_with(json_escaped(text), text_of("gAAAA")))
		return request_lost(place->request, LOST_SEAL, place->problem);
	return add_text(place, PART_TEXT, text, JSON_NOTHING);
}

/* NULL, and the problem: files don't stand in leading system text. */
static struct part *
add_file(const struct place *place, enum part_kind kind,
    struct json_value json)
{
	if (place->turn != NULL || place->result != NULL)
		return place_add(place, kind, json);
	(void)place_invalid(place, "holds a file in a system message");
	return NULL;
}

static int
read_image(const struct place *place, struct json_value json)
{
	struct json_value	 url = json_get(json, "image_url");
	struct json_value	 detail = json_get(json, "detail");
	struct part		*part = add_file(place, PART_IMAGE, json);

	if (part == NULL)
		return -1;
	if (json_is(url, JSON_OBJECT)) {		/* chat's */
		detail = json_get(url, "detail");
		url = json_get(url, "url");
	}
	if (!json_equals(detail, "auto"))
		part->media.detail = request_decode(place->request, detail);
	part->media.file_id = json_escaped(json_get(json, "file_id"));
	return part->media.file_id.length > 0 ? 0 :
	    media_read_url(&part->media, place->request->arena, url,
	    "image_url", place->problem);
}

/* Base64 without the words of a data URL before it. */
static bool
is_bare(struct json_value data)
{
	struct escaped	text = json_escaped(data);

	return text.length > 0 && memchr(text.at, ':', text.length) == NULL;
}

static int
read_file(const struct place *place, struct json_value json)
{
	struct json_value	 file = openai_inner(json);
	struct json_value	 data = json_get(file, "file_data");
	struct part		*part = add_file(place, PART_DOCUMENT, json);
	bool			 given = json_is(data, JSON_STRING);

	if (part == NULL)
		return -1;
	part->media.title = json_escaped(json_get(file, "filename"));
	part->media.file_id = json_escaped(json_get(file, "file_id"));
	if (part->media.file_id.length > 0)
		return 0;
	if (is_bare(data)) {
		part->media.data = json_escaped(data);
		return 0;
	}
	return media_read_url(&part->media, place->request->arena,
	    given ? data : json_get(file, "file_url"),
	    given ? "file_data" : "file_url", place->problem);
}

static int
read_audio(const struct place *place, struct json_value json)
{
	struct json_value	 audio = json_get(json, "input_audio");
	struct part		*part = add_file(place, PART_AUDIO, json);

	if (part == NULL)
		return -1;
	if (json_is(json_get(json, "audio_url"), JSON_STRING))	/* Codex */
		return media_read_url(&part->media, place->request->arena,
		    json_get(json, "audio_url"), "audio_url", place->problem);
	if (!json_is(json_get(audio, "data"), JSON_STRING))
		return place_invalid(place, "holds audio without data");
	part->media.data = json_escaped(json_get(audio, "data"));
	part->media.media_type = text_of(json_equals(json_get(audio,
	    "format"), "mp3") ? "audio/mp3" : "audio/wav");
	return 0;
}

static int
read_unknown(const struct place *place, struct json_value json)
{
	struct json_value	type = json_get(json, "type");
	int			read = place_read_unknown(place, type, json);

	return read == 1 ? place_invalid(place, place_unknown(place, type)) :
	    read;
}

/* Whether what only a turn of this role has may stand there. */
static bool
is_in(const struct place *place, enum role role)
{
	return place->turn != NULL && place->turn->role == role &&
	    place->result == NULL;
}

/* Editors leave Anthropic's blocks where they change the API: an image, ... */
static int
read_source(const struct place *place, struct json_value json)
{
	struct part	*part = add_file(place, PART_IMAGE, json);
	const char	*why;

	if (part == NULL)
		return -1;
	why = media_read_source(&part->media, place->request->arena,
	    json_get(json, "source"));
	return why == NULL ? 0 : place_invalid(place, why);
}

/* ... a call, ... */
static int
read_tool_use(const struct place *place, struct json_value json)
{
	struct part	*part;

	if (!is_in(place, ROLE_ASSISTANT))
		return read_unknown(place, json);
	part = place_add(place, PART_CALL, json);
	part->id = request_text(place->request, json, "id");
	part->name = request_text(place->request, json, "name");
	part->arguments = json_raw(json_get(json, "input"));
	return part->name.length > 0 ? 0 :
	    place_invalid(place, "calls a tool without a name");
}

/* ... and its result. */
static int
read_tool_result(const struct place *place, struct json_value json)
{
	struct place	inside = *place;

	if (!is_in(place, ROLE_USER))
		return read_unknown(place, json);
	inside.result = place_add(place, PART_RESULT, json);
	inside.result->id = request_text(place->request, json, "tool_use_id");
	inside.result->failed = json_true(json_get(json, "is_error"));
	return openai_read_content(&inside, json_get(json, "content"));
}

/* Thoughts that Mistral says as a part, and Anthropic's that editors leave. */
static int
read_thinking(const struct place *place, struct json_value json)
{
	struct json_value	 text = json_get(json, "thinking");
	struct json_value	 signature = json_get(json, "signature");
	struct json_walk	 walk = json_walk(text);

	if (!is_in(place, ROLE_ASSISTANT))
		return read_unknown(place, json);
	if (json_is(text, JSON_STRING))
		place_add(place, PART_THINKING, JSON_NOTHING)->text =
		    json_escaped(text);
	else
		while (json_next(&walk))
			place_add(place, PART_THINKING, JSON_NOTHING)->text =
			    json_escaped(json_get(walk.value, "text"));
	return json_escaped(signature).length == 0 ? 0 :
	    request_lost(place->request, LOST_SEAL, place->problem);
}

static int
read_redacted(const struct place *place, struct json_value json)
{
	return !is_in(place, ROLE_ASSISTANT) ? read_unknown(place, json) :
	    request_lost(place->request, LOST_SEAL, place->problem);
}

static const struct {
	const char	*type;
	int		(*read)(const struct place *, struct json_value);
} types[] = {
	{ "text",			read_text },
	{ "input_text",			read_text },
	{ "output_text",		read_text },
	{ "summary_text",		read_text },
	{ "refusal",			read_refusal },
	{ "encrypted_content",		read_encrypted },
	{ "image_url",			read_image },
	{ "input_image",		read_image },
	{ "computer_screenshot",	read_image },
	{ "file",			read_file },
	{ "input_file",			read_file },
	{ "input_audio",		read_audio },
	{ "image",			read_source },
	{ "tool_use",			read_tool_use },
	{ "tool_result",		read_tool_result },
	{ "thinking",			read_thinking },
	{ "redacted_thinking",		read_redacted },
};

static int
read_part(const struct place *place, struct json_value json)
{
	struct json_value	type = json_get(json, "type");
	size_t			i;

	if (json_is(type, JSON_MISSING) &&
	    json_is(json_get(json, "text"), JSON_STRING))
		return read_text(place, json);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (json_equals(type, types[i].type))
			return known_check(place->request, place->field, json,
			    place->problem) == -1 ? -1 :
			    types[i].read(place, json);
	return read_unknown(place, json);
}

bool
openai_is_bare(struct json_value output)
{
	struct json_value	first = json_is(output, JSON_ARRAY) ?
				    json_at(output, 0) : output;

	return json_is(first, JSON_OBJECT) &&
	    !json_is(json_get(first, "type"), JSON_STRING) &&
	    !json_is(json_get(first, "text"), JSON_STRING);
}

int
openai_read_content(const struct place *place, struct json_value content)
{
	struct json_walk	walk = json_walk(content);

	if (json_is(content, JSON_MISSING) || json_is(content, JSON_NULL))
		return 0;
	if (json_is(content, JSON_STRING))
		return add_text(place, PART_TEXT, content, content);
	if (json_is(content, JSON_OBJECT))
		return read_part(place, content);
	if (!json_is(content, JSON_ARRAY))
		return place_invalid(place,
		    "has content that is no string or array");
	while (json_next(&walk))
		if (read_part(place, walk.value) == -1)
			return -1;
	return 0;
}

struct text
openai_arguments(const struct request *request, struct json_value call)
{
	struct json_value	arguments = json_get(call, "arguments");

	return json_is(arguments, JSON_OBJECT) ? json_raw(arguments) :
	    request_decode(request, arguments);
}
