#include "build.h"

#include "escape.h"
#include "json_text.h"
#include "neutral/hosted.h"
#include "responses.h"
#include "responses_convert.h"

/* A message is open until something else than a part of it begins. */
struct writing {
	struct responses_at		 at;	/* the open item, or the next */
	const struct reply_block	*message; /* open: its first part */
	unsigned			 part;	/* of it, or the next */
	bool				 said;	/* something of the block */
	struct frame_stamp		 stamp;	/* of the block's deltas */
};

/* How pieces of a block are told. */
static const struct {
	enum responses_kind	 kind;
	const char		*event;
	const char		*index;		/* of the piece in its item */
} deltas[BLOCK_KINDS] = {
	[BLOCK_TEXT] = { ITEM_MESSAGE, "response.output_text.delta",
	    "content_index" },
	[BLOCK_THINKING] = { ITEM_REASONING,
	    "response.reasoning_summary_text.delta", "summary_index" },
	[BLOCK_REFUSAL] = { ITEM_MESSAGE, "response.refusal.delta",
	    "content_index" },
	[BLOCK_CALL] = { ITEM_CALL, "response.function_call_arguments.delta",
	    NULL },
	[BLOCK_CUSTOM_CALL] = { ITEM_CUSTOM_CALL,
	    "response.custom_tool_call_input.delta", NULL },
};

/* An event up to its members; and its end. */
static struct json_write *
event_start(struct stream *stream, const char *name)
{
	struct json_write	*w = frame_begin(&stream->frames, name);

	json_put(w, "{'type':%s,'sequence_number':%d", name,
	    ++stream->watch->sequence);
	return w;
}

static void
event_end(struct stream *stream)
{
	json_put_end(&stream->frames.json);
	frame_end(&stream->frames);
}

/* One of the open item; of a part of it, or of a summary, by its index. */
static struct json_write *
item_event(struct stream *stream, const char *name, enum responses_kind kind)
{
	struct writing		*writing = stream->own;
	struct json_write	*w = event_start(stream, name);

	responses_put_id(&writing->at, "item_id", kind);
	json_put(w, "'output_index':%u", writing->at.index);
	if (kind == ITEM_MESSAGE)
		json_put(w, "'content_index':%u", writing->part);
	if (kind == ITEM_REASONING)
		json_put(w, "'summary_index':0");
	return w;
}

static void
response_event(struct stream *stream, const char *name, const char *status,
    struct reply *reply)
{
	struct json_write		*w = event_start(stream, name);
	const struct responses_object	 object = {
		.id = stream->reply->client_id,
		.model = stream->reply->client_model,
		.created_at = stream->reply->created_at,
		.completed_at = stream->reply->completed_at,
		.temperature = stream->reply->temperature,
		.top_p = stream->reply->top_p,
		.status = status,
		.reply = reply,
	};

	json_put(w, "'response':");
	responses_put_object(w, &object);
	event_end(stream);
}

static int
write_start(struct stream *stream)
{
	struct writing	*writing;

	writing = arena_calloc(stream->arena, 1, sizeof(*writing));
	if (writing == NULL)
		return -1;
	writing->at.w = &stream->frames.json;
	writing->at.reply = stream->reply;
	stream->own = writing;
	response_event(stream, "response.created", "in_progress", NULL);
	response_event(stream, "response.in_progress", "in_progress", NULL);
	return 0;
}

/*
 * Items, which are announced and, once they are whole, said again.
 */

static void
item_says(struct stream *stream, const char *name, enum responses_kind kind,
    const struct reply_block *block)
{
	struct writing		*writing = stream->own;
	struct json_write	*w = event_start(stream, name);

	json_put(w, "'output_index':%u,'item':", writing->at.index);
	responses_put_item(&writing->at, kind, block);
	event_end(stream);
}

static void
item_added(struct stream *stream, enum responses_kind kind,
    const struct reply_block *block)
{
	struct writing	*writing = stream->own;

	writing->at.done = false;
	item_says(stream, "response.output_item.added", kind, block);
}

static void
item_done(struct stream *stream, enum responses_kind kind,
    const struct reply_block *block)
{
	struct writing	*writing = stream->own;

	writing->at.done = true;
	item_says(stream, "response.output_item.done", kind, block);
	writing->at.index++;
}

static void
end_message(struct stream *stream)
{
	struct writing			*writing = stream->own;
	const struct reply_block	*first = writing->message;

	writing->message = NULL;
	if (first != NULL)
		item_done(stream, ITEM_MESSAGE, first);
}

static void
part_says(struct stream *stream, const char *name,
    const struct reply_block *block, bool done)
{
	struct json_write	*w = item_event(stream, name, ITEM_MESSAGE);

	json_put(w, "'part':");
	responses_put_part(w, block, done);
	event_end(stream);
}

/* An event with one text, whole. */
static void
text_says(struct stream *stream, const char *name, enum responses_kind kind,
    const char *key, const struct reply_block *block)
{
	struct json_write	*w = item_event(stream, name, kind);

	if (kind == ITEM_CALL)
		json_put(w, "'name':%t", block->name);
	json_put(w, "'%s':%e", key, responses_text_of(block));
	if (block->kind == BLOCK_TEXT)
		responses_put_logprobs(w, block_logprobs(block));
	event_end(stream);
}

static void
summary_says(struct stream *stream, const char *name, struct escaped text)
{
	json_put(item_event(stream, name, ITEM_REASONING),
	    "'part':{'type':'summary_text','text':%e}", text);
	event_end(stream);
}

/*
 * What begins.
 */

/* What is no item, or not yet for sure, is announced when it closes. */
static void
write_open(struct stream *stream, const struct reply_block *block)
{
	struct writing		*writing = stream->own;
	enum responses_kind	 kind = responses_kind(block);

	writing->said = false;
	writing->stamp.part[0].at = NULL;
	if (kind == ITEM_NONE || kind == ITEM_KNOWN_CALL ||
	    kind == ITEM_SUMMARY)
		return;
	if (kind != ITEM_MESSAGE)
		end_message(stream);
	if (kind != ITEM_MESSAGE || writing->message == NULL)
		item_added(stream, kind, block);
	if (kind != ITEM_MESSAGE)
		return;
	if (writing->message == NULL) {
		writing->message = block;
		writing->part = 0;
	}
	part_says(stream, "response.content_part.added", block, false);
}

/*
 * What is added.
 */

static void
put_piece(struct stream *stream, enum block_kind kind, struct text sequence,
    struct escaped text, struct text logprobs)
{
	struct writing		*writing = stream->own;
	struct json_write	*w;

	w = frame_begin(&stream->frames, deltas[kind].event);
	json_put(w, "{'type':%s,'sequence_number':%r", deltas[kind].event,
	    sequence);
	responses_put_id(&writing->at, "item_id", deltas[kind].kind);
	json_put(w, "'output_index':%u", writing->at.index);
	if (deltas[kind].index != NULL)
		json_put(w, "'%s':%u", deltas[kind].index,
		    kind == BLOCK_THINKING ? 0 : writing->part);
	json_put(w, "'delta':%e", text);
	if (kind == BLOCK_TEXT)
		responses_put_logprobs(w, logprobs);
	event_end(stream);
}

/* Nearly all events are pieces that differ in number and text alone. */
static int
write_piece(struct stream *stream, enum block_kind kind, struct escaped text,
    struct text logprobs)
{
	struct writing	*writing = stream->own;
	const struct text none = { "", 0 };
	char		 room[JSON_DIGITS];
	struct text	 number;

	writing->said = true;
	number = json_digits(room, ++stream->watch->sequence);
	if (logprobs.length > 0) {
		put_piece(stream, kind, number, text, logprobs);
		return 0;
	}
	if (writing->stamp.part[0].at == NULL) {
		put_piece(stream, kind, text_of(FRAME_GAP),
		    escaped_of(FRAME_GAP), none);
		if (frame_cut(&stream->frames, stream->arena,
		    &writing->stamp) == -1)
			return -1;
	}
	frame_stamp(&stream->frames, &writing->stamp, (struct escaped){
	    number.at, number.length }, text);
	return 0;
}

static int
write_delta(struct stream *stream, const struct event *event)
{
	struct writing			*writing = stream->own;
	const struct reply_block	*block = stream->reply->last;

	if (deltas[event->block_kind].event == NULL ||
	    (block->kind == BLOCK_CALL && block->tool != TOOL_FUNCTION &&
	    hosted_named(block->name) != NULL))
		return 0;
	if (block->kind == BLOCK_THINKING && !writing->said)
		summary_says(stream, "response.reasoning_summary_part.added",
		    escaped_of(""));
	return write_piece(stream, event->block_kind, event->text,
	    event->logprobs);
}

/*
 * What ends is said again, whole.
 */

static void
close_part(struct stream *stream, const struct reply_block *block)
{
	struct writing		*writing = stream->own;
	const struct citation	*citation = block->citations;
	struct json_write	*w;
	unsigned		 index = 0;
	int64_t			 characters = citation == NULL ? 0 :
				    escape_characters(block_text(block));

	for (; citation != NULL; citation = citation->next) {
		w = item_event(stream,
		    "response.output_text.annotation.added", ITEM_MESSAGE);
		json_put(w, "'annotation_index':%u,'annotation':", index++);
		responses_put_annotation(w, citation, characters);
		event_end(stream);
	}
	if (block->kind == BLOCK_TEXT)
		text_says(stream, "response.output_text.done", ITEM_MESSAGE,
		    "text", block);
	else
		text_says(stream, "response.refusal.done", ITEM_MESSAGE,
		    "refusal", block);
	part_says(stream, "response.content_part.done", block, true);
	writing->part++;
}

static void
close_thinking(struct stream *stream, const struct reply_block *block)
{
	struct writing	*writing = stream->own;

	if (writing->said) {
		text_says(stream, "response.reasoning_summary_text.done",
		    ITEM_REASONING, "text", block);
		summary_says(stream, "response.reasoning_summary_part.done",
		    block_text(block));
	}
	item_done(stream, ITEM_REASONING, block);
}

/* Without any argument a client has nothing to parse: "{}" is written. */
static void
close_call(struct stream *stream, const struct reply_block *block)
{
	struct writing	*writing = stream->own;

	if (!writing->said)
		write_piece(stream, BLOCK_CALL, responses_text_of(block),
		    (struct text){ "", 0 });
	text_says(stream, "response.function_call_arguments.done", ITEM_CALL,
	    "arguments", block);
	item_done(stream, ITEM_CALL, block);
}

static void
write_close(struct stream *stream, const struct reply_block *block)
{
	enum responses_kind	kind = responses_kind(block);

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
		text_says(stream, "response.custom_tool_call_input.done", kind,
		    "input", block);
		item_done(stream, kind, block);
		break;
	case ITEM_SUMMARY:
	case ITEM_KNOWN_CALL:
		end_message(stream);
		item_added(stream, kind, block);
		item_done(stream, kind, block);
		break;
	case ITEM_SERVER:
	case ITEM_IMAGE:
		item_done(stream, kind, block);
		break;
	}
}

static void
write_stop(struct stream *stream)
{
	const char	*status = responses_status(stream->reply);
	const char	*name = "response.completed";

	end_message(stream);
	if (status[0] == 'i')
		name = "response.incomplete";
	else if (status[0] == 'f')
		name = "response.failed";
	response_event(stream, name, status, stream->reply);
}

const struct stream_writer	responses_stream = {
	.start = write_start,
	.open = write_open,
	.delta = write_delta,
	.close = write_close,
	.stop = write_stop,
};
