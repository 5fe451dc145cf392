#include "build.h"

#include "json_text.h"
#include "messages_convert.h"
#include "neutral/call_id.h"
#include "neutral/tool_write.h"

#define TITLE_MAX	500	/* characters */
#define TOOL_NAME_MAX	128

/*
 * Four marks are allowed; the last ones reach furthest, so the first ones go.
 * One of an hour may not stand behind one of five minutes.
 */
void
messages_write_mark(struct messages_writing *writing, enum cache_mark mark)
{
	struct json_write	*out = writing->out;

	if (mark == CACHE_NONE)
		return;
	if (writing->marks_over > 0) {
		writing->marks_over--;
		return;
	}
	json_put(out, "'cache_control':{'type':'ephemeral'");
	if (mark == CACHE_1H && !writing->short_mark)
		json_member_string(out, "ttl", "1h");
	else
		writing->short_mark = true;
	json_put_end(out);
}

/* A block's opening: '{"type":TYPE'. */
static void
open_block(struct messages_writing *writing, const char *type)
{
	json_put(writing->out, "{'type':%s", type);
}

static void
close_block(struct messages_writing *writing, const struct part *part)
{
	messages_write_mark(writing, part->cache);
	json_put_end(writing->out);
}

static void
write_text(struct messages_writing *writing, const struct part *part)
{
	open_block(writing, "text");
	json_member_escaped(writing->out, "text", part->text);
	if (writing->request->from == DIALECT_MESSAGES)
		json_member_value(writing->out, "citations", part->citations);
	close_block(writing, part);
}

/* The seal knows what it stood on, whatever form a client gave it. */
static void
write_thinking(struct messages_writing *writing, const struct part *part)
{
	if (part->seal->place == SEAL_REDACTED) {
		open_block(writing, "redacted_thinking");
		json_member_text(writing->out, "data", part->seal->bytes);
	} else {
		open_block(writing, "thinking");
		json_put(writing->out, "'thinking':%e,'signature':%t",
		    part->text, part->seal->bytes);
	}
	json_put_end(writing->out);
}

static void
write_source(struct messages_writing *writing, const struct part *part)
{
	struct json_write	*out = writing->out;
	const struct media	*media = &part->media;

	json_put(out, "'source':{");
	if (media->data.length > 0) {
		json_put(out, "'type':'base64','media_type':%t,'data':%e",
		    media->media_type, media->data);
	} else if (media->url.length > 0) {
		json_put(out, "'type':'url','url':%e", media->url);
	} else if (media->file_id.length > 0) {
		json_put(out, "'type':'file','file_id':%e", media->file_id);
	} else {
		json_put(out, "'type':'text','media_type':'text/plain',"
		    "'data':%e", part->text);
	}
	json_put_end(out);
}

static void
write_image(struct messages_writing *writing, const struct part *part)
{
	open_block(writing, "image");
	write_source(writing, part);
	close_block(writing, part);
}

static void
write_document(struct messages_writing *writing, const struct part *part)
{
	struct text	title;

	open_block(writing, "document");
	write_source(writing, part);
	title = text_decode(writing->request->arena, part->media.title, NULL);
	if (title.length > TITLE_MAX)
		title.length = utf8_valid(title.at, TITLE_MAX);
	if (!text_is_blank(title))
		json_member_text(writing->out, "title", title);
	close_block(writing, part);
}

static struct text
fitting_id(struct messages_writing *writing, const struct part *part)
{
	return call_id_pack(writing->request->arena, part->id,
	    CALL_ID_MAX);
}

static void
write_call(struct messages_writing *writing, const struct part *part)
{
	open_block(writing, "tool_use");
	json_put(writing->out, "'id':%t,'name':%t", fitting_id(writing, part),
	    tool_names_wire(writing->request->names, part->namespace_name,
	    part->name, TOOL_NAME_MAX));
	json_put(writing->out, "'input':%r", tool_arguments(
	    writing->request->arena, part));
	close_block(writing, part);
}

static void
write_content(struct messages_writing *writing, const struct part *part)
{
	switch (part->kind) {
	case PART_TEXT:
		if (!escaped_is_blank(part->text))
			write_text(writing, part);
		break;
	case PART_IMAGE:
		write_image(writing, part);
		break;
	case PART_DOCUMENT:
		write_document(writing, part);
		break;
	case PART_THINKING:
	case PART_REDACTED:
	case PART_REFUSAL:
	case PART_AUDIO:
	case PART_CALL:
	case PART_CUSTOM_CALL:
	case PART_RESULT:
	case PART_SERVER:
		break;
	}
}

/*
 * The API wants words of a tool that failed, and nothing else: it is told by words
 * alone where there are none, or an image.
 */
static void
write_result_content(struct messages_writing *writing, const struct part *part,
    bool *failed)
{
	const struct part	*content;
	bool			 words = false;

	for (content = part->content; content != NULL; content = content->next)
		if (content->kind != PART_TEXT)
			*failed = false;
		else if (!escaped_is_blank(content->text))
			words = true;
	json_put(writing->out, "'content':[");
	if (result_failure(part).length > 0 && (!words || !*failed))
		json_put(writing->out, "{'type':'text','text':%t}",
		    result_failure(part));
	for (content = part->content; content != NULL; content = content->next)
		write_content(writing, content);
	json_put_end(writing->out);
}

static void
write_result(struct messages_writing *writing, const struct part *part)
{
	struct json_write	*out = writing->out;
	bool			 failed = part->failed;

	open_block(writing, "tool_result");
	json_member_text(out, "tool_use_id", fitting_id(writing, part));
	if (!json_is(part->object, JSON_MISSING) && part->content == NULL)
		json_member_text(out, "content", json_raw(part->object));
	else if (part->content != NULL || failed)
		write_result_content(writing, part, &failed);
	if (failed)
		json_member_bool(out, "is_error", true);
	close_block(writing, part);
}

/* messages_prepare() has left only what can be said. */
static void
write_part(struct messages_writing *writing, const struct part *part)
{
	switch (part->kind) {
	case PART_TEXT:
	case PART_REFUSAL:
		write_text(writing, part);
		break;
	case PART_THINKING:
	case PART_REDACTED:
		write_thinking(writing, part);
		break;
	case PART_IMAGE:
		write_image(writing, part);
		break;
	case PART_DOCUMENT:
		write_document(writing, part);
		break;
	case PART_CALL:
	case PART_CUSTOM_CALL:
		write_call(writing, part);
		break;
	case PART_RESULT:
		write_result(writing, part);
		break;
	case PART_SERVER:
		json_put_value(writing->out, part->raw);
		break;
	case PART_AUDIO:
		break;
	}
}

void
messages_write_system(struct messages_writing *writing)
{
	struct json_write	*out = writing->out;
	const struct part	*part;
	bool			 open = false;

	for (part = writing->request->system; part != NULL; part = part->next) {
		if (escaped_is_blank(part->text))
			continue;
		if (!open) {
			json_put(out, "'system':[");
			open = true;
		}
		write_text(writing, part);
	}
	if (open)
		json_put_end(out);
}

void
messages_write_turns(struct messages_writing *writing)
{
	static const char *const roles[] = {
		[ROLE_USER] =		"user",
		[ROLE_ASSISTANT] =	"assistant",
		[ROLE_SYSTEM] =		"system",
	};
	struct json_write	*out = writing->out;
	const struct turn	*turn;
	const struct part	*part;

	json_put(out, "'messages':[");
	for (turn = writing->request->turns; turn != NULL; turn = turn->next) {
		json_put(out, "{'role':%s,'content':[", roles[turn->role]);
		for (part = turn->parts; part != NULL; part = part->next)
			write_part(writing, part);
		json_put_end(out);
		json_put_end(out);
	}
	json_put_end(out);
}
