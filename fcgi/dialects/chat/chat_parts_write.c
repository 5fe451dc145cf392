#include "build.h"

#include "chat_request.h"
#include "json_text.h"
#include "neutral/media.h"

int
chat_lost(const struct chat_out *out, enum lost what)
{
	return request_lost(out->request, what, out->p);
}

/* Marks that this API has no place for. */
int
chat_lose_marks(const struct chat_out *out, const struct part *part)
{
	if (part->cache != CACHE_NONE && chat_lost(out, LOST_CACHE_MARKS) == -1)
		return -1;
	if (!json_is(part->citations, JSON_MISSING))
		return chat_lost(out, LOST_CITATIONS);
	return 0;
}

int
chat_put_text(const struct chat_out *out, const struct part *part)
{
	json_put(out->w, "{'type':'text','text':%e}", part->text);
	return chat_lose_marks(out, part);
}

static int
put_image(const struct chat_out *out, const struct part *part)
{
	struct json_write	*w = out->w;

	json_put(w, "{'type':'image_url','image_url':{'url':");
	media_put_url(w, &part->media);
	if (part->media.detail.length > 0)
		json_member_text(w, "detail", part->media.detail);
	json_put_end(w);
	json_put_end(w);
	return chat_lose_marks(out, part);
}

static int
put_audio(const struct chat_out *out, const struct part *part)
{
	struct text		 type = part->media.media_type;
	struct json_write	*w = out->w;
	bool			 mp3;

	mp3 = text_equals(type, "audio/mp3") || text_equals(type,
	    "audio/mpeg");
	if (part->media.data.length == 0 || (!mp3 &&
	    !text_equals(type, "audio/wav") &&
	    !text_equals(type, "audio/x-wav")))
		return problem_set(out->p, PROBLEM_INVALID,
		    "audio must be wav or mp3 data for this model's API");
	json_put(w, "{'type':'input_audio','input_audio':{'data':%e,"
	    "'format':%s}}", part->media.data, mp3 ? "mp3" : "wav");
	return 0;
}

static int
put_document(const struct chat_out *out, const struct part *part)
{
	struct json_write	*w = out->w;

	if (part->media.data.length == 0)
		return problem_set(out->p, PROBLEM_INVALID, "documents must "
		    "come as data for this model's API, not as URL");
	if (!text_equals(part->media.media_type, "application/pdf"))
		return problem_set(out->p, PROBLEM_INVALID, "documents must "
		    "be PDF or plain text for this model's API");
	json_put(w, "{'type':'file','file':{");
	if (part->media.title.length > 0)
		json_member_escaped(w, "filename", part->media.title);
	else
		json_member_string(w, "filename", "document.pdf");
	json_put_key(w, "file_data");
	media_put_url(w, &part->media);
	json_put_end(w);
	json_put_end(w);
	return chat_lose_marks(out, part);
}

int
chat_put_media(const struct chat_out *out, const struct part *part)
{
	if (part->media.file_id.length > 0)
		return problem_set(out->p, PROBLEM_INVALID, "a file id of "
		    "another API's store can't be used with this model");
	if (part->kind == PART_IMAGE)
		return put_image(out, part);
	return part->kind == PART_AUDIO ? put_audio(out, part) :
	    put_document(out, part);
}

int
chat_put_part(const struct chat_out *out, const struct part *part)
{
	if (part_is_text(part))
		return chat_put_text(out, part);
	if (part_is_media(part))
		return chat_put_media(out, part);
	return 0;
}

/* The texts among the parts: one as a string, several as an array. */
int
chat_put_texts(const struct chat_out *out, const struct part *parts)
{
	const struct part	*part, *only = NULL;
	size_t			 count = 0;

	for (part = parts; part != NULL; part = part->next)
		if (part_is_text(part)) {
			only = part;
			count++;
		}
	if (count == 0)
		json_put_string(out->w, "");
	if (count == 1) {
		json_put_escaped(out->w, only->text);
		return chat_lose_marks(out, only);
	}
	if (count < 2)
		return 0;
	json_put_array(out->w);
	for (part = parts; part != NULL; part = part->next)
		if (part_is_text(part) && chat_put_text(out, part) == -1)
			return -1;
	json_put_end(out->w);
	return 0;
}
