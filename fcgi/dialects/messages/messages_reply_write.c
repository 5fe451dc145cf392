#include "build.h"

#include "json_text.h"
#include "messages.h"
#include "messages_convert.h"

static void
open_block(struct json_write *out, const char *type)
{
	json_put_object(out);
	json_member_string(out, "type", type);
}

static void
put_text(struct json_write *out, const struct reply_block *block)
{
	const struct citation	*citation;
	struct escaped		 text = { block->text.at, block->text.length };

	if (escaped_is_blank(text))
		return;
	open_block(out, "text");
	json_member_escaped(out, "text", text);
	if (block->citations != NULL) {
		json_put_key(out, "citations");
		json_put_array(out);
		for (citation = block->citations; citation != NULL;
		    citation = citation->next)
			messages_put_citation(out, citation);
		json_put_end(out);
	}
	json_put_end(out);
}

static void
put_thinking(struct json_write *out, const struct reply_block *block)
{
	open_block(out, "thinking");
	json_member_escaped(out, "thinking", (struct escaped){
	    block->text.at, block->text.length });
	if (block->seal != NULL)
		messages_put_seal(out, "signature", block->seal);
	else
		json_member_string(out, "signature", "");
	json_put_end(out);
}

static void
put_redacted(struct json_write *out, const struct reply_block *block)
{
	if (block->seal == NULL)
		return;
	open_block(out, "redacted_thinking");
	messages_put_seal(out, "data", block->seal);
	json_put_end(out);
}

/* Arguments that are no object, or were cut, make no call. */
static void
put_call(struct json_write *out, struct reply *reply,
    const struct reply_block *block)
{
	struct text	input = { "", 0 };

	if (block->kind == BLOCK_CALL) {
		input = reply_arguments(reply, block);
		if (input.length == 0)
			return;
	}
	open_block(out, "tool_use");
	json_member_text(out, "id", block->id);
	json_member_text(out, "name", block->name);
	if (block->kind == BLOCK_CALL) {
		json_member_raw(out, "input", input);
	} else {
		json_put_key(out, "input");
		json_put_object(out);
		json_member_escaped(out, "input", (struct escaped){
		    block->text.at, block->text.length });
		json_put_end(out);
	}
	json_put_end(out);
}

static void
put_server(struct json_write *out, struct reply *reply,
    const struct reply_block *block)
{
	struct json_value	item;
	size_t			which, count;

	item = json_scan_into(reply->arena, block->raw);
	count = messages_server_blocks(item);
	for (which = 0; which < count; which++)
		messages_put_server(out, reply->arena, item, which);
}

static void
put_note(struct json_write *out)
{
	open_block(out, "text");
	json_member_string(out, "text", MESSAGES_IMAGE_NOTE);
	json_put_end(out);
}

static void
put_block(struct json_write *out, struct reply *reply,
    const struct reply_block *block)
{
	switch (block->kind) {
	case BLOCK_TEXT:
		put_text(out, block);
		break;
	case BLOCK_THINKING:
		put_thinking(out, block);
		break;
	case BLOCK_REDACTED:
		put_redacted(out, block);
		break;
	case BLOCK_CALL:
	case BLOCK_CUSTOM_CALL:
		put_call(out, reply, block);
		break;
	case BLOCK_SERVER_CALL:
		put_server(out, reply, block);
		break;
	case BLOCK_IMAGE:
		put_note(out);
		break;
	case BLOCK_REFUSAL:
		break;
	}
}

int
messages_write_reply(struct json_write *out, struct reply *reply)
{
	const struct reply_block	*block;
	struct text			 refusal = { "", 0 };

	json_put_object(out);
	json_member_text(out, "id", reply->client_id);
	json_member_string(out, "type", "message");
	json_member_string(out, "role", "assistant");
	json_member_text(out, "model", reply->client_model);
	json_put_key(out, "content");
	json_put_array(out);
	for (block = reply->blocks; block != NULL; block = block->next) {
		put_block(out, reply, block);
		if (block->kind == BLOCK_REFUSAL)
			refusal = (struct text){ block->text.at,
			    block->text.length };
	}
	json_put_end(out);
	messages_put_stop(out, reply->stop, reply->stop_sequence, &refusal);
	json_put_key(out, "usage");
	messages_put_usage(out, &reply->usage);
	json_put_end(out);
	return reply->arena->failed ? -1 : 0;
}
