#include "build.h"

#include <stdio.h>
#include <string.h>

#include "json_text.h"
#include "messages.h"
#include "messages_convert.h"

/*
 * Text that is blank so far is held back: a blank block would be refused when
 * the client sends it again. A refusal's text has its place in the last event.
 */
struct writing {
	struct json_write	 out;
	unsigned		 index;		/* of the open or next block */
	bool			 begun;		/* its start was written */
	bool			 input;		/* a call's arguments, too */
	const char		*delta;		/* the type of the last one ... */
	size_t			 delta_length;	/* ... and how it began */
	size_t			 blank_length, refusal_length;
	char			 delta_start[192], blank[256], refusal[4096];
};

/* "event: NAME, data: {type: NAME, ..." up to the members. */
static void
event_start(struct stream *stream, const char *name)
{
	struct writing	*writing = stream->own;

	buf_puts(stream->out, "event: ");
	buf_puts(stream->out, name);
	buf_puts(stream->out, "\ndata: ");
	json_write_start(&writing->out, stream->out);
	json_put_object(&writing->out);
	json_member_string(&writing->out, "type", name);
}

static void
event_end(struct stream *stream)
{
	struct writing	*writing = stream->own;

	json_put_end(&writing->out);
	json_write_finish(&writing->out);
	buf_puts(stream->out, "\n\n");
}

static int
write_start(struct stream *stream, const struct event *event)
{
	struct writing		*writing;
	struct json_write	*out;

	writing = arena_calloc(stream->arena, 1, sizeof(*writing));
	if (writing == NULL)
		return -1;
	stream->own = writing;
	out = &writing->out;
	event_start(stream, "message_start");
	json_put_key(out, "message");
	json_put_object(out);
	json_member_text(out, "id", stream->id);
	json_member_string(out, "type", "message");
	json_member_string(out, "role", "assistant");
	json_member_text(out, "model", stream->model);
	json_put_key(out, "content");
	json_put_array(out);
	json_put_end(out);
	json_member_null(out, "stop_reason");
	json_member_null(out, "stop_sequence");
	json_member_null(out, "stop_details");
	json_put_key(out, "usage");
	messages_put_usage(out, &event->usage);
	json_put_end(out);
	event_end(stream);
	stream->watch->began = true;
	return 0;
}

/* content_block_start up to the value of content_block. */
static struct json_write *
block_start(struct stream *stream)
{
	struct writing	*writing = stream->own;

	event_start(stream, "content_block_start");
	json_member_int(&writing->out, "index", writing->index);
	json_put_key(&writing->out, "content_block");
	writing->begun = true;
	writing->input = false;
	writing->delta = NULL;
	return &writing->out;
}

static void
block_stop(struct stream *stream)
{
	struct writing	*writing = stream->own;

	if (!writing->begun)
		return;
	event_start(stream, "content_block_stop");
	json_member_int(&writing->out, "index", writing->index);
	event_end(stream);
	writing->index++;
	writing->begun = false;
}

/* content_block_delta up to the members behind the delta's type. */
static struct json_write *
delta_start(struct stream *stream, const char *type)
{
	struct writing	*writing = stream->own;

	event_start(stream, "content_block_delta");
	json_member_int(&writing->out, "index", writing->index);
	json_put_key(&writing->out, "delta");
	json_put_object(&writing->out);
	json_member_string(&writing->out, "type", type);
	return &writing->out;
}

static void
delta_end(struct stream *stream)
{
	struct writing	*writing = stream->own;

	json_put_end(&writing->out);
	event_end(stream);
}

/*
 * Nearly all events are deltas that begin like the one before. `type` is one of
 * this file's literals.
 */
static void
write_delta(struct stream *stream, const char *type, const char *key,
    struct escaped text)
{
	struct writing	*writing = stream->own;
	int		 length;

	if (writing->delta != type) {
		length = snprintf(writing->delta_start,
		    sizeof(writing->delta_start),
		    "event: content_block_delta\ndata: {\"type\":"
		    "\"content_block_delta\",\"index\":%u,\"delta\":{"
		    "\"type\":\"%s\",\"%s\":\"", writing->index, type, key);
		writing->delta = type;
		writing->delta_length = (size_t)length;
	}
	buf_add(stream->out, writing->delta_start, writing->delta_length);
	buf_add(stream->out, text.at, text.length);
	buf_puts(stream->out, "\"}}\n\n");
}

/* A piece of a call's input, decoded. */
static void
write_input(struct stream *stream, struct text text)
{
	json_member_text(delta_start(stream, "input_json_delta"),
	    "partial_json", text);
	delta_end(stream);
}

static void
begin_text(struct stream *stream)
{
	struct json_write	*out = block_start(stream);

	json_put_object(out);
	json_member_string(out, "type", "text");
	json_member_string(out, "text", "");
	json_put_end(out);
	event_end(stream);
}

static void
write_text(struct stream *stream, struct escaped text)
{
	struct writing	*writing = stream->own;

	if (!writing->begun && escaped_is_blank(text) &&
	    text.length <= sizeof(writing->blank) - writing->blank_length) {
		memcpy(writing->blank + writing->blank_length, text.at,
		    text.length);
		writing->blank_length += text.length;
		return;
	}
	if (!writing->begun)
		begin_text(stream);
	if (writing->blank_length > 0)
		write_delta(stream, "text_delta", "text", (struct escaped){
		    writing->blank, writing->blank_length });
	writing->blank_length = 0;
	write_delta(stream, "text_delta", "text", text);
}

static void
open_thinking(struct stream *stream)
{
	struct json_write	*out = block_start(stream);

	json_put_object(out);
	json_member_string(out, "type", "thinking");
	json_member_string(out, "thinking", "");
	json_member_string(out, "signature", "");
	json_put_end(out);
	event_end(stream);
}

static void
open_redacted(struct stream *stream, const struct event *event)
{
	struct json_write	*out;

	if (event->seal == NULL)
		return;
	out = block_start(stream);
	json_put_object(out);
	json_member_string(out, "type", "redacted_thinking");
	messages_put_seal(out, "data", event->seal);
	json_put_end(out);
	event_end(stream);
}

static void
open_call(struct stream *stream, const struct event *event)
{
	struct json_write	*out = block_start(stream);

	json_put_object(out);
	json_member_string(out, "type", "tool_use");
	json_member_text(out, "id", event->id);
	json_member_text(out, "name", event->name);
	json_put_key(out, "input");
	json_put_object(out);
	json_put_end(out);
	json_put_end(out);
	event_end(stream);
	if (event->block_kind == BLOCK_CUSTOM_CALL)
		write_input(stream, text_of("{\"input\":\""));
}

static void
open_server(struct stream *stream, const struct event *event)
{
	struct json_value	item;
	size_t			which, count;

	item = json_scan_into(stream->arena, event->raw);
	count = messages_server_blocks(item);
	for (which = 0; which < count; which++) {
		block_stop(stream);
		messages_put_server(block_start(stream), stream->arena, item,
		    which);
		event_end(stream);
	}
}

static void
write_open(struct stream *stream, const struct event *event)
{
	switch (event->block_kind) {
	case BLOCK_TEXT:
	case BLOCK_REFUSAL:
		break;
	case BLOCK_THINKING:
		open_thinking(stream);
		break;
	case BLOCK_REDACTED:
		open_redacted(stream, event);
		break;
	case BLOCK_CALL:
	case BLOCK_CUSTOM_CALL:
		open_call(stream, event);
		break;
	case BLOCK_SERVER_CALL:
		open_server(stream, event);
		break;
	case BLOCK_IMAGE:
		write_text(stream, escaped_of(MESSAGES_IMAGE_NOTE));
		break;
	}
}

/* Cut between pieces where it is longer than anybody reads. */
static void
keep_refusal(struct stream *stream, struct escaped text)
{
	struct writing	*writing = stream->own;

	if (text.length > sizeof(writing->refusal) - writing->refusal_length)
		return;
	memcpy(writing->refusal + writing->refusal_length, text.at,
	    text.length);
	writing->refusal_length += text.length;
}

static void
write_more(struct stream *stream, const struct event *event)
{
	struct writing	*writing = stream->own;

	switch (event->block_kind) {
	case BLOCK_TEXT:
		write_text(stream, event->text);
		break;
	case BLOCK_REFUSAL:
		keep_refusal(stream, event->text);
		break;
	case BLOCK_THINKING:
		write_delta(stream, "thinking_delta", "thinking", event->text);
		break;
	case BLOCK_CALL:
		writing->input = true;
		write_delta(stream, "input_json_delta", "partial_json",
		    event->text);
		break;
	case BLOCK_CUSTOM_CALL:
		write_input(stream, (struct text){ event->text.at,
		    event->text.length });
		break;
	case BLOCK_REDACTED:
	case BLOCK_SERVER_CALL:
	case BLOCK_IMAGE:
		break;
	}
}

static void
write_citations(struct stream *stream, const struct citation *citation)
{
	struct writing		*writing = stream->own;
	struct json_write	*out;

	for (; citation != NULL && writing->begun; citation = citation->next) {
		out = delta_start(stream, "citations_delta");
		json_put_key(out, "citation");
		messages_put_citation(out, citation);
		delta_end(stream);
	}
}

/* Without any argument a client has nothing to parse: "{}" is written. */
static void
write_close(struct stream *stream, const struct event *event)
{
	struct writing	*writing = stream->own;

	switch (event->block_kind) {
	case BLOCK_TEXT:
		write_citations(stream, event->citations);
		writing->blank_length = 0;
		break;
	case BLOCK_THINKING:
		if (event->seal == NULL)
			break;
		messages_put_seal(delta_start(stream, "signature_delta"),
		    "signature", event->seal);
		delta_end(stream);
		break;
	case BLOCK_CALL:
		if (!writing->input)
			write_input(stream, text_of("{}"));
		break;
	case BLOCK_CUSTOM_CALL:
		write_input(stream, text_of("\"}"));
		break;
	case BLOCK_REDACTED:
	case BLOCK_REFUSAL:
	case BLOCK_SERVER_CALL:
	case BLOCK_IMAGE:
		break;
	}
	block_stop(stream);
}

static void
write_stop(struct stream *stream, const struct event *event)
{
	struct writing		*writing = stream->own;
	struct json_write	*out = &writing->out;
	struct text		 refusal = { writing->refusal,
				    writing->refusal_length };

	event_start(stream, "message_delta");
	json_put_key(out, "delta");
	json_put_object(out);
	messages_put_stop(out, event->stop, event->stop_sequence, &refusal);
	json_put_end(out);
	json_put_key(out, "usage");
	messages_put_usage(out, &event->usage);
	event_end(stream);
	event_start(stream, "message_stop");
	event_end(stream);
	stream->watch->ended = true;
}

int
messages_write_event(struct stream *stream, const struct event *event)
{
	switch (event->kind) {
	case EVENT_START:
		if (write_start(stream, event) == -1)
			return -1;
		break;
	case EVENT_OPEN:
		write_open(stream, event);
		break;
	case EVENT_DELTA:
		write_more(stream, event);
		break;
	case EVENT_CLOSE:
		write_close(stream, event);
		break;
	case EVENT_STOP:
		write_stop(stream, event);
		break;
	case EVENT_ERROR:
		break;
	}
	return stream->out->failed || stream->arena->failed ? -1 : 0;
}
