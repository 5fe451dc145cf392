#include "build.h"

#include <string.h>

#include "generate_convert.h"
#include "json_text.h"
#include "neutral/call_id.h"
#include "neutral/media.h"

static struct text
fitting_id(struct generate_writing *writing, const struct part *part)
{
	return call_id_fit(writing->request->arena, part->id, CALL_ID_MAX);
}

/* Vertex AI refuses it; results stand in the order of their calls anyway. */
void
generate_put_id(struct generate_writing *writing, const struct part *part)
{
	const struct endpoint	*endpoint = request_model(
				    writing->request)->endpoint;

	if (endpoint != NULL && endpoint->base_url != NULL &&
	    strstr(endpoint->base_url, "aiplatform.googleapis.com") != NULL)
		return;
	json_member_text(writing->out, "id", fitting_id(writing, part));
}

/* The API demands a type; what nobody named is what is most likely. */
static struct text
type_of(struct generate_writing *writing, const struct part *part)
{
	struct text	type = part->media.media_type;

	if (type.length == 0 && part->media.data.length == 0)
		type = media_type_of_name(text_decode(writing->request->arena,
		    part->media.url, NULL));
	if (type.length > 0)
		return type;
	return text_of(part->kind == PART_IMAGE ? "image/jpeg" :
	    part->kind == PART_AUDIO ? "audio/wav" : "application/pdf");
}

void
generate_write_media(struct generate_writing *writing,
    const struct part *part)
{
	struct json_write	*out = writing->out;
	bool			 data = part->media.data.length > 0;

	json_put_object(out);
	json_put_key(out, data ? "inlineData" : "fileData");
	json_put(out, "{'mimeType':%t", type_of(writing, part));
	if (data)
		json_member_escaped(out, "data", part->media.data);
	else
		json_member_escaped(out, "fileUri", part->media.url);
	json_put_end(out);
	json_put_end(out);
}

static bool
is_media(const struct part *part)
{
	return part->media.data.length > 0 || part->media.url.length > 0;
}

/* Gemini 3 takes files inside of a result, as data; others beside it. */
static bool
goes_inside(const struct generate_writing *writing, const struct part *part)
{
	return !writing->old && part->media.data.length > 0;
}

void
generate_write_beside(struct generate_writing *writing,
    const struct part *result)
{
	const struct part	*part;

	for (part = result->content; part != NULL; part = part->next)
		if (is_media(part) && !goes_inside(writing, part))
			generate_write_media(writing, part);
}

static void
write_inside(struct generate_writing *writing, const struct part *result)
{
	const struct part	*part;
	bool			 open = false;

	for (part = result->content; part != NULL; part = part->next) {
		if (!is_media(part) || !goes_inside(writing, part))
			continue;
		if (!open) {
			json_put(writing->out, "'parts':[");
			open = true;
		}
		generate_write_media(writing, part);
	}
	if (open)
		json_put_end(writing->out);
}

/* All its text, a line for each part. */
static void
write_said(struct generate_writing *writing, const struct part *result)
{
	struct json_write	*out = writing->out;
	const struct part	*part;
	bool			 some = false;

	json_put_string_start(out);
	for (part = result->content; part != NULL; part = part->next) {
		if (is_media(part) || part->text.length == 0)
			continue;
		if (some)
			json_add_text(out, text_of("\n"));
		json_add_escaped(out, part->text);
		some = true;
	}
	json_put_string_end(out);
}

static void
write_response(struct generate_writing *writing, const struct part *result)
{
	struct json_write	*out = writing->out;

	json_put_key(out, "response");
	if (json_is(result->object, JSON_OBJECT)) {
		json_put_value(out, result->object);
		return;
	}
	json_put_object(out);
	json_put_key(out, result->failed ? "error" : "output");
	if (json_is(result->object, JSON_MISSING))
		write_said(writing, result);
	else
		json_put_value(out, result->object);
	json_put_end(out);
}

void
generate_write_result(struct generate_writing *writing,
    const struct part *result)
{
	struct json_write	*out = writing->out;

	json_put(out, "{'functionResponse':{");
	generate_put_id(writing, result);
	json_member_text(out, "name",
	    generate_wire_name(writing, result->namespace_name, result->name));
	write_response(writing, result);
	write_inside(writing, result);
	json_put_end(out);
	json_put_end(out);
}
