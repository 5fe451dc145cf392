#include "build.h"

#include <string.h>

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

/* What of a blank line is missing behind a text. */
static struct escaped
blank_line_behind(struct escaped text)
{
	static const char	lines[] = "\\n\\n";
	size_t			has = 0;

	while (has < 4 && text.length >= has + 2 && memcmp(text.at +
	    text.length - has - 2, lines, 2) == 0)
		has += 2;
	return (struct escaped){ lines + has, text.length == 0 ? 0 : 4 - has };
}

int
chat_add_texts(const struct chat_out *out, const struct part *part)
{
	struct escaped	before = { "", 0 };

	for (; part != NULL; part = part->next) {
		if (!part_is_text(part))
			continue;
		if (part->text.length > 0) {
			json_add_escaped(out->w, blank_line_behind(before));
			json_add_escaped(out->w, part->text);
			before = part->text;
		}
		if (chat_lose_marks(out, part) == -1)
			return -1;
	}
	return 0;
}

int
chat_put_texts(const struct chat_out *out, const struct part *parts)
{
	json_put_string_start(out->w);
	if (chat_add_texts(out, parts) == -1)
		return -1;
	json_put_string_end(out->w);
	return 0;
}
