#include "build.h"

#include "json_text.h"
#include "responses_convert.h"
#include "responses_stream.h"

/* What is said again, whole, when a block or an item ends. */

static void
close_text(struct stream *stream, const struct reply_block *block)
{
	const struct citation	*citation;
	struct json_write	*w;
	int64_t			 index = 0;

	for (citation = block->citations; citation != NULL;
	    citation = citation->next) {
		w = responses_part_event(stream,
		    "response.output_text.annotation.added");
		json_member_int(w, "annotation_index", index++);
		json_put_key(w, "annotation");
		responses_put_annotation(w, citation, block);
		responses_event_end(stream);
	}
	w = responses_part_event(stream, "response.output_text.done");
	json_member_escaped(w, "text", responses_text_of(block));
	responses_put_logprobs(w, (struct text){ block->logprobs.at,
	    block->logprobs.length });
	responses_event_end(stream);
}

static void
close_part(struct stream *stream, const struct reply_block *block)
{
	struct responses_writing	*writing = stream->own;
	struct json_write		*w;

	if (block->kind == BLOCK_TEXT) {
		close_text(stream, block);
	} else {
		w = responses_part_event(stream, "response.refusal.done");
		json_member_escaped(w, "refusal", responses_text_of(block));
		responses_event_end(stream);
	}
	w = responses_part_event(stream, "response.content_part.done");
	json_put_key(w, "part");
	responses_put_part(w, block, true);
	responses_event_end(stream);
	writing->part++;
}

static void
close_thinking(struct stream *stream, const struct reply_block *block)
{
	struct responses_writing	*writing = stream->own;
	struct json_write		*w;

	if (writing->said) {
		w = responses_summary_event(stream,
		    "response.reasoning_summary_text.done");
		json_member_escaped(w, "text", responses_text_of(block));
		responses_event_end(stream);
		w = responses_summary_event(stream,
		    "response.reasoning_summary_part.done");
		json_put_key(w, "part");
		responses_put_summary_part(w, responses_text_of(block));
		responses_event_end(stream);
	}
	responses_item_done(stream, ITEM_REASONING, block);
}

/* Without any argument a client has nothing to parse: "{}" is written. */
static void
close_call(struct stream *stream, const struct reply_block *block)
{
	struct responses_writing	*writing = stream->own;
	struct json_write		*w;

	if (!writing->said)
		responses_write_arguments(stream, responses_text_of(block));
	w = responses_item_event(stream,
	    "response.function_call_arguments.done", ITEM_CALL);
	json_member_text(w, "name", block->name);
	json_member_escaped(w, "arguments", responses_text_of(block));
	responses_event_end(stream);
	responses_item_done(stream, ITEM_CALL, block);
}

static void
close_custom_call(struct stream *stream, const struct reply_block *block)
{
	struct json_write	*w;

	w = responses_item_event(stream, "response.custom_tool_call_input.done",
	    ITEM_CUSTOM_CALL);
	json_member_escaped(w, "input", responses_text_of(block));
	responses_event_end(stream);
	responses_item_done(stream, ITEM_CUSTOM_CALL, block);
}

void
responses_write_close(struct stream *stream, const struct reply_block *block)
{
	enum responses_kind	kind = responses_kind(stream->reply, block);

	switch (kind) {
	case ITEM_NONE:
		break;
	case ITEM_MESSAGE:
		close_part(stream, block);
		break;
	case ITEM_REASONING:
		close_thinking(stream, block);
		break;
	case ITEM_CALL:
		close_call(stream, block);
		break;
	case ITEM_CUSTOM_CALL:
		close_custom_call(stream, block);
		break;
	case ITEM_KNOWN_CALL:
		responses_end_message(stream);
		responses_item_added(stream, kind, block);
		responses_item_done(stream, kind, block);
		break;
	case ITEM_SERVER:
	case ITEM_IMAGE:
		responses_item_done(stream, kind, block);
		break;
	}
}
