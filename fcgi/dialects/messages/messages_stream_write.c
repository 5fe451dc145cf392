#include "build.h"

#include <string.h>

#include "json_text.h"
#include "messages_convert.h"

#define HELD_MAX	4	/* more than replies have */

/*
 * Text that is blank so far is held back: a blank block would be refused when
 * the client sends it again. A refusal's text has its place in the last event.
 */
struct writing {
	unsigned		 index;		/* of the open or next block */
	size_t			 held_count;
	const struct seal	*held[HELD_MAX]; /* of texts, no block behind */
	bool			 begun;		/* its start was written */
	const char		*delta;		/* the type of the last one ... */
	struct frame_stamp	 stamp;		/* ... and all else of it */
	size_t			 blank_length;
	char			 blank[256];
};

/* An event up to its members. */
static struct json_write *
event_start(struct stream *stream, const char *name)
{
	struct json_write	*out = frame_begin(&stream->frames, name);

	json_put(out, "{'type':%s", name);
	return out;
}

static void
event_end(struct stream *stream)
{
	json_put_end(&stream->frames.json);
	frame_end(&stream->frames);
}

static int
write_start(struct stream *stream)
{
	struct json_write	*out;

	stream->own = arena_calloc(stream->arena, 1, sizeof(struct writing));
	if (stream->own == NULL)
		return -1;
	out = event_start(stream, "message_start");
	json_put(out, "'message':");
	messages_put_head(out, stream->reply);
	json_put(out, "],'stop_reason':null,'stop_sequence':null,"
	    "'stop_details':null,'usage':");
	messages_put_usage(out, &stream->reply->usage);
	json_put_end(out);
	event_end(stream);
	return 0;
}

static void
block_begin(struct stream *stream, const struct reply_block *block,
    size_t which)
{
	struct writing		*writing = stream->own;
	struct json_write	*out;

	out = event_start(stream, "content_block_start");
	json_put(out, "'index':%u,'content_block':", writing->index);
	messages_put_block(out, stream->reply, block, which, false);
	event_end(stream);
	writing->begun = true;
	writing->delta = NULL;
}

static void
block_stop(struct stream *stream)
{
	struct writing	*writing = stream->own;

	if (!writing->begun)
		return;
	json_put(event_start(stream, "content_block_stop"), "'index':%u",
	    writing->index);
	event_end(stream);
	writing->index++;
	writing->begun = false;
}

static void
write_held(struct stream *stream)
{
	struct writing		*writing = stream->own;
	struct reply_block	 block = { .kind = BLOCK_REDACTED };
	size_t			 i;

	for (i = 0; i < writing->held_count; i++) {
		block.seal = writing->held[i];
		block_begin(stream, &block, 0);
		block_stop(stream);
	}
	writing->held_count = 0;
}

/* Behind the seals that waited for it. */
static void
block_start(struct stream *stream, const struct reply_block *block,
    size_t which)
{
	write_held(stream);
	block_begin(stream, block, which);
}

/* content_block_delta up to the value of the delta's member. */
static struct json_write *
delta_start(struct stream *stream, const char *type, const char *key)
{
	struct writing		*writing = stream->own;
	struct json_write	*out;

	out = event_start(stream, "content_block_delta");
	json_put(out, "'index':%u,'delta':{'type':%s,'%s':", writing->index,
	    type, key);
	return out;
}

static void
delta_end(struct stream *stream)
{
	json_put_end(&stream->frames.json);
	event_end(stream);
}

/*
 * Nearly all events are deltas that are like the one before. `type` is one of
 * this file's literals.
 */
static int
write_piece(struct stream *stream, const char *type, const char *key,
    struct escaped text)
{
	struct writing	*writing = stream->own;

	if (writing->delta != type) {
		json_put_escaped(delta_start(stream, type, key),
		    escaped_of(FRAME_GAP));
		delta_end(stream);
		if (frame_cut(&stream->frames, stream->arena,
		    &writing->stamp) == -1)
			return -1;
		writing->delta = type;
	}
	frame_stamp(&stream->frames, &writing->stamp, text, (struct escaped){ 0 });
	return 0;
}

/* A piece of a call's input, decoded. */
static void
write_input(struct stream *stream, struct text text)
{
	json_put_text(delta_start(stream, "input_json_delta", "partial_json"),
	    text);
	delta_end(stream);
}

/* What is no object came at once: wrapped, as a whole reply has it. */
static int
write_arguments(struct stream *stream, const struct event *event)
{
	struct buf	*text = &stream->reply->last->text;

	if (text->length > event->text.length ||
	    reply_arguments_begin(event->text))
		return write_piece(stream, "input_json_delta", "partial_json",
		    event->text);
	write_input(stream, text_of("{\"" ARGUMENTS_RAW "\":\""));
	write_input(stream, (struct text){ event->text.at,
	    event->text.length });
	write_input(stream, text_of("\"}"));
	return 0;
}

static int
write_text(struct stream *stream, struct escaped text)
{
	struct writing	*writing = stream->own;
	struct escaped	 blank = { writing->blank, writing->blank_length };

	if (!writing->begun && escaped_is_blank(text) &&
	    text.length <= sizeof(writing->blank) - blank.length) {
		memcpy(writing->blank + blank.length, text.at, text.length);
		writing->blank_length += text.length;
		return 0;
	}
	if (!writing->begun)
		block_start(stream, stream->reply->last, 0);
	writing->blank_length = 0;
	if (blank.length > 0 &&
	    write_piece(stream, "text_delta", "text", blank) == -1)
		return -1;
	return write_piece(stream, "text_delta", "text", text);
}

static void
write_open(struct stream *stream, const struct reply_block *block)
{
	struct writing	*writing = stream->own;
	size_t		 which, count = 1;

	if (block->kind == BLOCK_TEXT || block->kind == BLOCK_REFUSAL)
		return;
	if (messages_is_text_seal(block)) {
		if (writing->held_count == HELD_MAX)
			write_held(stream);
		writing->held[writing->held_count++] = block->seal;
		return;
	}
	if (block->kind == BLOCK_SERVER_CALL)
		count = messages_blocks(block);
	for (which = 0; which < count; which++) {
		block_stop(stream);
		block_start(stream, block, which);
	}
	if (block->kind == BLOCK_IMAGE)
		write_text(stream, escaped_of(MESSAGES_IMAGE_NOTE));
	else if (block->kind == BLOCK_CUSTOM_CALL)
		write_input(stream, text_of("{\"input\":\""));
}

static int
write_delta(struct stream *stream, const struct event *event)
{
	switch (event->block_kind) {
	case BLOCK_TEXT:
		return write_text(stream, event->text);
	case BLOCK_THINKING:
		return write_piece(stream, "thinking_delta", "thinking",
		    event->text);
	case BLOCK_SUMMARY:	/* said whole when it closes */
		break;
	case BLOCK_CALL:
		return write_arguments(stream, event);
	case BLOCK_CUSTOM_CALL:
		write_input(stream, (struct text){ event->text.at,
		    event->text.length });
		break;
	case BLOCK_REFUSAL:
	case BLOCK_REDACTED:
	case BLOCK_SERVER_CALL:
	case BLOCK_IMAGE:
		break;
	}
	return 0;
}

/* Without any argument a client has nothing to parse: "{}" is written. */
static void
write_close(struct stream *stream, const struct reply_block *block)
{
	struct writing		*writing = stream->own;
	const struct citation	*citation = block->citations;

	for (; citation != NULL && writing->begun; citation = citation->next) {
		messages_put_citation(delta_start(stream, "citations_delta",
		    "citation"), citation);
		delta_end(stream);
	}
	if (block->kind == BLOCK_THINKING && block->seal != NULL) {
		seal_put(delta_start(stream, "signature_delta", "signature"),
		    block->seal, DIALECT_MESSAGES);
		delta_end(stream);
	}
	if (block->kind == BLOCK_SUMMARY) {
		json_put(delta_start(stream, "compaction_delta", "content"),
		    "%e,'encrypted_content':null", block_text(block));
		delta_end(stream);
	}
	if (block->kind == BLOCK_CALL && block->text.length == 0)
		write_input(stream, text_of("{}"));
	if (block->kind == BLOCK_CUSTOM_CALL)
		write_input(stream, text_of("\"}"));
	writing->blank_length = 0;
	block_stop(stream);
}

static void
write_stop(struct stream *stream)
{
	struct json_write	*out = event_start(stream, "message_delta");

	json_put(out, "'delta':{");
	messages_put_stop(out, stream->reply);
	json_put(out, "},'usage':");
	messages_put_usage(out, &stream->reply->usage);
	event_end(stream);
	event_start(stream, "message_stop");
	event_end(stream);
}

const struct stream_writer	messages_stream = {
	.start = write_start,
	.open = write_open,
	.delta = write_delta,
	.close = write_close,
	.stop = write_stop,
};
