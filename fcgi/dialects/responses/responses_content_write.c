#include "build.h"

#include "json_text.h"
#include "neutral/media.h"
#include "responses_convert.h"

int
responses_lost(const struct responses_out *out, enum lost lost)
{
	return request_lost(out->request, lost, out->p);
}

bool
responses_is_content(const struct part *part)
{
	return part_is_text(part) || part_is_media(part) ||
	    part->kind == PART_REFUSAL;
}

static void
open_part(const struct responses_out *out, const char *type)
{
	json_put(out->w, "{'type':%s", type);
}

/* Only this API's own clients mean its marks by theirs. */
static int
close_part(const struct responses_out *out, const struct part *part)
{
	struct json_write	*w = out->w;
	int			 result = 0;

	if (part->cache != CACHE_NONE &&
	    out->request->from == DIALECT_RESPONSES) {
		json_put(w, "'prompt_cache_breakpoint':{'mode':'explicit'}");
	} else if (part->cache != CACHE_NONE) {
		result = responses_lost(out, LOST_CACHE_MARKS);
	}
	json_put_end(w);
	return result;
}

static int
put_text(const struct responses_out *out, const struct part *part,
    const char *type)
{
	struct json_write	*w = out->w;
	bool			 own;

	open_part(out, type);
	json_member_escaped(w, "text", part->text);
	if (type[0] == 'o') {		/* output_text */
		own = out->request->from == DIALECT_RESPONSES &&
		    json_is(part->citations, JSON_ARRAY);
		json_put_key(w, "annotations");
		if (own) {
			json_put_value(w, part->citations);
		} else {
			json_put(w, "[]");
		}
		if (!own && !json_is(part->citations, JSON_MISSING) &&
		    responses_lost(out, LOST_CITATIONS) == -1)
			return -1;
	}
	return close_part(out, part);
}

static int
put_image(const struct responses_out *out, const struct part *part)
{
	const struct media	*media = &part->media;

	open_part(out, "input_image");
	if (media->file_id.length > 0) {
		json_member_escaped(out->w, "file_id", media->file_id);
	} else {
		json_put_key(out->w, "image_url");
		media_put_url(out->w, media);
	}
	json_member_text(out->w, "detail", media->detail.length > 0 ?
	    media->detail : text_of("auto"));
	return close_part(out, part);
}

/* Data goes with a name, as OpenAI wants one. */
static int
put_file(const struct responses_out *out, const struct part *part)
{
	const struct media	*media = &part->media;

	if (media_type_is(media->media_type, "video/"))
		return problem_set(out->p, PROBLEM_INVALID,
		    "video can't be sent to this model");
	open_part(out, "input_file");
	if (media->file_id.length > 0) {
		json_member_escaped(out->w, "file_id", media->file_id);
		return close_part(out, part);
	}
	if (media->data.length == 0) {
		json_member_escaped(out->w, "file_url", media->url);
		return close_part(out, part);
	}
	if (media->title.length > 0)
		json_member_escaped(out->w, "filename", media->title);
	else
		json_member_string(out->w, "filename", media_is_text(media) ?
		    "document.txt" : "document.pdf");
	json_put_key(out->w, "file_data");
	media_put_url(out->w, media);
	return close_part(out, part);
}

int
responses_put_content(const struct responses_out *out,
    const struct part *part, const char *text_type)
{
	if (part_is_text(part))
		return put_text(out, part, text_type);
	if (part->kind == PART_REFUSAL) {
		open_part(out, "refusal");
		json_member_escaped(out->w, "refusal", part->text);
		return close_part(out, part);
	}
	if (part->kind == PART_AUDIO)
		return problem_set(out->p, PROBLEM_INVALID,
		    "audio can't be sent to this model");
	return part->kind == PART_IMAGE ? put_image(out, part) :
	    put_file(out, part);
}
