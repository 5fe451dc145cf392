#include "build.h"

#include "json_text.h"
#include "responses.h"
#include "responses_convert.h"
#include "responses_stream.h"

/* An event up to its number, which most are: pieces of a block. */
#define HEAD(name) \
	"event: " name "\ndata: {\"type\":\"" name "\",\"sequence_number\":"

static const struct {
	enum responses_kind	 kind;
	const char		*head;
	const char		*index;		/* of the piece in its item */
} deltas[] = {
	[BLOCK_TEXT] = { ITEM_MESSAGE, HEAD("response.output_text.delta"),
	    "content_index" },
	[BLOCK_THINKING] = { ITEM_REASONING,
	    HEAD("response.reasoning_summary_text.delta"), "summary_index" },
	[BLOCK_REFUSAL] = { ITEM_MESSAGE, HEAD("response.refusal.delta"),
	    "content_index" },
	[BLOCK_CALL] = { ITEM_CALL,
	    HEAD("response.function_call_arguments.delta"), NULL },
	[BLOCK_CUSTOM_CALL] = { ITEM_CUSTOM_CALL,
	    HEAD("response.custom_tool_call_input.delta"), NULL },
};

/* "event: NAME, data: {type: NAME, ..." up to the members. */
struct json_write *
responses_event(struct stream *stream, const char *name)
{
	struct responses_writing	*writing = stream->own;

	buf_puts(stream->out, "event: ");
	buf_puts(stream->out, name);
	buf_puts(stream->out, "\ndata: ");
	json_write_start(&writing->out, stream->out);
	json_put_object(&writing->out);
	json_member_string(&writing->out, "type", name);
	json_member_int(&writing->out, "sequence_number",
	    ++stream->watch->sequence);
	return &writing->out;
}

void
responses_event_end(struct stream *stream)
{
	struct responses_writing	*writing = stream->own;

	json_put_end(&writing->out);
	json_write_finish(&writing->out);
	buf_puts(stream->out, "\n\n");
}

/* One of the open item. */
struct json_write *
responses_item_event(struct stream *stream, const char *name,
    enum responses_kind kind)
{
	struct responses_writing	*writing = stream->own;
	struct json_write		*w = responses_event(stream, name);

	responses_put_id(&writing->at, "item_id", kind);
	json_member_int(w, "output_index", writing->at.index);
	return w;
}

/* One of a part of the open message. */
struct json_write *
responses_part_event(struct stream *stream, const char *name)
{
	struct responses_writing	*writing = stream->own;
	struct json_write		*w;

	w = responses_item_event(stream, name, ITEM_MESSAGE);
	json_member_int(w, "content_index", writing->part);
	return w;
}

static void
response_event(struct stream *stream, const char *name, const char *status,
    struct reply *reply)
{
	struct json_write		*w = responses_event(stream, name);
	const struct responses_object	 object = {
		.id = stream->id,
		.model = stream->model,
		.created_at = stream->created_at,
		.status = status,
		.reply = reply,
	};

	json_put_key(w, "response");
	responses_put_object(w, &object);
	responses_event_end(stream);
}

static int
write_start(struct stream *stream)
{
	struct responses_writing	*writing;

	writing = arena_calloc(stream->arena, 1, sizeof(*writing));
	if (writing == NULL)
		return -1;
	writing->at.w = &writing->out;
	writing->at.reply = stream->reply;
	stream->own = writing;
	response_event(stream, "response.created", "in_progress", NULL);
	response_event(stream, "response.in_progress", "in_progress", NULL);
	return 0;
}

void
responses_item_added(struct stream *stream, enum responses_kind kind,
    const struct reply_block *block)
{
	struct responses_writing	*writing = stream->own;
	struct json_write		*w;

	w = responses_event(stream, "response.output_item.added");
	json_member_int(w, "output_index", writing->at.index);
	json_put_key(w, "item");
	writing->at.done = false;
	responses_put_item(&writing->at, kind, block);
	responses_event_end(stream);
}

void
responses_item_done(struct stream *stream, enum responses_kind kind,
    const struct reply_block *block)
{
	struct responses_writing	*writing = stream->own;
	struct json_write		*w;

	w = responses_event(stream, "response.output_item.done");
	json_member_int(w, "output_index", writing->at.index);
	json_put_key(w, "item");
	writing->at.done = true;
	responses_put_item(&writing->at, kind, block);
	responses_event_end(stream);
	writing->at.index++;
}

/* A message is whole when something else begins. */
void
responses_end_message(struct stream *stream)
{
	struct responses_writing	*writing = stream->own;
	const struct reply_block	*first = writing->message;

	if (first == NULL)
		return;
	writing->message = NULL;
	responses_item_done(stream, ITEM_MESSAGE, first);
}

static void
open_part(struct stream *stream, const struct reply_block *block)
{
	struct responses_writing	*writing = stream->own;
	struct json_write		*w;

	if (writing->message == NULL) {
		writing->message = block;
		writing->part = 0;
		responses_item_added(stream, ITEM_MESSAGE, block);
	}
	w = responses_part_event(stream, "response.content_part.added");
	json_put_key(w, "part");
	responses_put_part(w, block, false);
	responses_event_end(stream);
}

/* What is no item, or not yet for sure, is announced when it closes. */
static void
write_open(struct stream *stream, const struct reply_block *block)
{
	struct responses_writing	*writing = stream->own;
	enum responses_kind		 kind;

	kind = responses_kind(stream->reply, block);
	writing->said = false;
	writing->place.length = 0;
	switch (kind) {
	case ITEM_NONE:
	case ITEM_KNOWN_CALL:
		break;
	case ITEM_MESSAGE:
		open_part(stream, block);
		break;
	case ITEM_REASONING:
	case ITEM_CALL:
	case ITEM_CUSTOM_CALL:
	case ITEM_SERVER:
	case ITEM_IMAGE:
		responses_end_message(stream);
		responses_item_added(stream, kind, block);
		break;
	}
}

/* The members between a delta's number and its text, for all of a block. */
static void
prepare_place(struct stream *stream, enum block_kind kind)
{
	struct responses_writing	*writing = stream->own;
	struct json_write		*w = &writing->out;
	struct buf			 place;
	char				*copy;

	buf_init(&place, stream->out->max, stream->out->budget);
	json_write_start(w, &place);
	json_put_object(w);
	responses_put_id(&writing->at, "item_id", deltas[kind].kind);
	json_member_int(w, "output_index", writing->at.index);
	if (deltas[kind].index != NULL)
		json_member_int(w, deltas[kind].index,
		    kind == BLOCK_THINKING ? 0 : writing->part);
	json_member_string(w, "delta", "");
	json_put_end(w);
	if (json_write_finish(w) == -1) {
		stream->out->failed = 1;
	} else {
		copy = arena_memdup(stream->arena, place.at, place.length);
		if (copy != NULL) {
			copy[0] = ',';		/* what was the brace */
			writing->place = (struct text){ copy,
			    place.length - 2 };	/* up to the last "} */
		}
	}
	buf_release(&place);
}

static void
write_piece(struct stream *stream, enum block_kind kind, struct escaped text,
    struct text logprobs)
{
	struct responses_writing	*writing = stream->own;
	struct buf			*out = stream->out;

	if (writing->place.length == 0)
		prepare_place(stream, kind);
	buf_puts(out, deltas[kind].head);
	json_write_start(&writing->out, out);
	json_put_int(&writing->out, ++stream->watch->sequence);
	buf_add(out, writing->place.at, writing->place.length);
	buf_add(out, text.at, text.length);
	if (kind == BLOCK_TEXT) {
		buf_puts(out, "\",\"logprobs\":[");
		buf_add(out, logprobs.at, logprobs.length);
		buf_puts(out, "]}\n\n");
	} else {
		buf_puts(out, "\"}\n\n");
	}
}

struct json_write *
responses_summary_event(struct stream *stream, const char *name)
{
	struct json_write	*w;

	w = responses_item_event(stream, name, ITEM_REASONING);
	json_member_int(w, "summary_index", 0);
	return w;
}

static void
write_thinking(struct stream *stream, struct escaped text)
{
	struct responses_writing	*writing = stream->own;
	struct json_write		*w;

	if (!writing->said) {
		w = responses_summary_event(stream,
		    "response.reasoning_summary_part.added");
		json_put_key(w, "part");
		responses_put_summary_part(w, escaped_of(""));
		responses_event_end(stream);
	}
	writing->said = true;
	write_piece(stream, BLOCK_THINKING, text, (struct text){ "", 0 });
}

void
responses_write_arguments(struct stream *stream, struct escaped text)
{
	struct responses_writing	*writing = stream->own;

	writing->said = true;
	write_piece(stream, BLOCK_CALL, text, (struct text){ "", 0 });
}

static void
write_delta(struct stream *stream, const struct event *event)
{
	switch (event->block_kind) {
	case BLOCK_TEXT:
	case BLOCK_REFUSAL:
	case BLOCK_CUSTOM_CALL:
		write_piece(stream, event->block_kind, event->text,
		    event->logprobs);
		break;
	case BLOCK_THINKING:
		write_thinking(stream, event->text);
		break;
	case BLOCK_CALL:
		if (responses_known_name(stream->reply->last->name) == NULL ||
		    stream->reply->last->tool == TOOL_FUNCTION)
			responses_write_arguments(stream, event->text);
		break;
	case BLOCK_REDACTED:
	case BLOCK_SERVER_CALL:
	case BLOCK_IMAGE:
		break;
	}
}

static void
write_stop(struct stream *stream)
{
	const char	*status = responses_status(stream->reply);
	const char	*name = "response.completed";

	responses_end_message(stream);
	if (status[0] == 'i')
		name = "response.incomplete";
	else if (status[0] == 'f')
		name = "response.failed";
	response_event(stream, name, status, stream->reply);
}

int
responses_write_event(struct stream *stream, const struct event *event)
{
	switch (event->kind) {
	case EVENT_START:
		if (write_start(stream) == -1)
			return -1;
		break;
	case EVENT_OPEN:
		write_open(stream, stream->reply->last);
		break;
	case EVENT_DELTA:
		write_delta(stream, event);
		break;
	case EVENT_CLOSE:
		responses_write_close(stream, stream->reply->last);
		break;
	case EVENT_STOP:
		write_stop(stream);
		break;
	case EVENT_ERROR:
		return -1;
	}
	return stream->out->failed || stream->arena->failed ? -1 : 0;
}
