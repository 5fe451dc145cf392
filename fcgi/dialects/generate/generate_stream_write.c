#include "build.h"

#include <string.h>

#include "generate_convert.h"
#include "json_text.h"

/* A chunk before and behind its text: they all have it alike until the stop. */
struct frame {
	struct text	head, tail;
};

/*
 * Each chunk is one line of data, or one element of an array. A chunk is a whole
 * response with the parts that are new.
 */
struct writing {
	struct json_write		 out;
	struct frame			 text, thought;
	const struct seal		*call;	/* waits for its call */
	struct generate_offsets		 offsets;	/* of the block's text */
	int64_t				 start;	/* bytes before the block */
	struct generate_citations	*citations, *last;
	bool				 chunked;	/* one was written */
};

static struct json_write *
chunk_start(struct stream *stream)
{
	struct writing	*writing = stream->own;

	if (!stream->array)
		buf_puts(stream->out, "data: ");
	else
		buf_putc(stream->out, writing->chunked ? ',' : '[');
	writing->chunked = true;
	json_write_start(&writing->out, stream->out);
	json_put_object(&writing->out);
	json_put_key(&writing->out, "candidates");
	json_put_array(&writing->out);
	return &writing->out;
}

static void
chunk_end(struct stream *stream, const struct usage *usage)
{
	struct writing	*writing = stream->own;

	json_put_end(&writing->out);
	if (usage->input >= 0 || usage->output >= 0)
		generate_put_usage(&writing->out, usage);
	json_member_text(&writing->out, "modelVersion", stream->model);
	json_member_text(&writing->out, "responseId", stream->id);
	json_put_end(&writing->out);
	json_write_finish(&writing->out);
	buf_puts(stream->out, stream->array ? "\n" : "\n\n");
}

/* A chunk of one candidate, up to its parts. */
static struct json_write *
parts_start(struct stream *stream)
{
	struct json_write	*out = chunk_start(stream);

	json_put_object(out);
	json_put_key(out, "content");
	json_put_object(out);
	json_put_key(out, "parts");
	json_put_array(out);
	return out;
}

static void
content_end(struct json_write *out)
{
	json_put_end(out);
	json_member_string(out, "role", "model");
	json_put_end(out);
}

static void
parts_end(struct stream *stream, struct text logprobs)
{
	struct writing	*writing = stream->own;

	content_end(&writing->out);
	json_member_int(&writing->out, "index", 0);
	generate_put_logprobs(&writing->out, logprobs);
	json_put_end(&writing->out);
	chunk_end(stream, &stream->reply->usage);
}

static int
write_start(struct stream *stream)
{
	struct writing	*writing;

	writing = arena_calloc(stream->arena, 1, sizeof(*writing));
	if (writing == NULL)
		return -1;
	stream->own = writing;
	generate_offsets_init(&writing->offsets, stream->arena);
	/* What ends an array must have something to stand behind. */
	if (stream->array) {
		chunk_start(stream);
		chunk_end(stream, &stream->reply->usage);
	}
	stream->watch->began = true;
	return 0;
}

/* The reply's copy of a seal lives as long as the stream. */
static void
write_redacted(struct stream *stream)
{
	struct writing		*writing = stream->own;
	const struct seal	*seal = stream->reply->last->seal;

	if (seal == NULL)
		return;
	if (seal->place == SEAL_CALL) {
		writing->call = seal;
		return;
	}
	generate_put_seal(parts_start(stream), seal);
	parts_end(stream, (struct text){ "", 0 });
}

static void
put_text(struct stream *stream, const struct event *event)
{
	struct json_write	*out = parts_start(stream);

	if (event->block_kind == BLOCK_THINKING) {
		generate_put_thought(out, event->text, NULL);
	} else {
		json_put_object(out);
		json_member_escaped(out, "text", event->text);
		json_put_end(out);
	}
	parts_end(stream, event->logprobs);
}

/* The frame is cut out of a chunk without text. */
static int
prepare(struct stream *stream, struct frame *frame, enum block_kind kind)
{
	static const char	 start[] = "\"text\":\"";
	const struct event	 event = { .block_kind = kind };
	struct buf		*out = stream->out, chunk;
	const char		*copy, *at = NULL;

	buf_init(&chunk, out->max, out->budget);
	stream->out = &chunk;
	put_text(stream, &event);
	stream->out = out;
	copy = chunk.failed ? NULL :
	    arena_memdup(stream->arena, chunk.at, chunk.length);
	if (copy != NULL)
		at = memmem(copy, chunk.length, start, sizeof(start) - 1);
	if (at != NULL) {
		at += sizeof(start) - 1;
		frame->head = (struct text){ copy, (size_t)(at - copy) };
		frame->tail = (struct text){ at,
		    chunk.length - frame->head.length };
	}
	buf_release(&chunk);
	return at == NULL ? -1 : 0;
}

static int
write_text(struct stream *stream, const struct event *event)
{
	struct writing	*writing = stream->own;
	struct frame	*frame = event->block_kind == BLOCK_THINKING ?
			    &writing->thought : &writing->text;

	if (event->logprobs.length > 0) {
		put_text(stream, event);
	} else {
		if (frame->head.length == 0 &&
		    prepare(stream, frame, event->block_kind) == -1)
			return -1;
		buf_add(stream->out, frame->head.at, frame->head.length);
		buf_add(stream->out, event->text.at, event->text.length);
		buf_add(stream->out, frame->tail.at, frame->tail.length);
	}
	return event->block_kind == BLOCK_TEXT ?
	    generate_offsets_add(&writing->offsets, event->text) : 0;
}

static int
write_delta(struct stream *stream, const struct event *event)
{
	switch (event->block_kind) {
	case BLOCK_TEXT:
	case BLOCK_THINKING:
	case BLOCK_REFUSAL:
		return write_text(stream, event);
	case BLOCK_REDACTED:
	case BLOCK_CALL:
	case BLOCK_CUSTOM_CALL:
	case BLOCK_SERVER_CALL:
	case BLOCK_IMAGE:
		break;
	}
	return 0;
}

/* Calls are whole in this API; one that was cut is left out. */
static void
write_call(struct stream *stream)
{
	struct writing		*writing = stream->own;
	struct reply_block	*block = stream->reply->last;
	const struct seal	*seal = writing->call;

	writing->call = NULL;
	if (block->kind == BLOCK_CALL &&
	    reply_arguments(stream->reply, block).length == 0)
		return;
	generate_put_call(parts_start(stream), stream->reply, block, seal);
	parts_end(stream, (struct text){ "", 0 });
}

/* Citations are said in the last chunk, in bytes of all text. */
static int
close_text(struct stream *stream)
{
	struct writing			*writing = stream->own;
	const struct citation		*citation;
	struct generate_citations	*entry;
	struct generate_offsets		*offsets;

	citation = stream->reply->last->citations;
	offsets = citation == NULL ? &writing->offsets :
	    arena_alloc(stream->arena, sizeof(*offsets));
	if (offsets == NULL)
		return -1;
	if (citation != NULL)
		*offsets = writing->offsets;
	for (; citation != NULL; citation = citation->next) {
		entry = arena_calloc(stream->arena, 1, sizeof(*entry));
		if (entry == NULL)
			return -1;
		entry->citation = citation;
		entry->offsets = offsets;
		entry->start = writing->start;
		if (writing->citations == NULL)
			writing->citations = entry;
		else
			writing->last->next = entry;
		writing->last = entry;
	}
	writing->start += offsets->bytes;
	generate_offsets_init(&writing->offsets, stream->arena);
	return 0;
}

static int
write_close(struct stream *stream, const struct event *event)
{
	switch (event->block_kind) {
	case BLOCK_TEXT:
		return close_text(stream);
	case BLOCK_THINKING:
		if (event->seal != NULL) {
			generate_put_thought(parts_start(stream),
			    escaped_of(""), event->seal);
			parts_end(stream, (struct text){ "", 0 });
		}
		break;
	case BLOCK_REDACTED:
		write_redacted(stream);
		break;
	case BLOCK_CALL:
	case BLOCK_CUSTOM_CALL:
		write_call(stream);
		break;
	case BLOCK_IMAGE:
		generate_put_image(parts_start(stream), stream->reply->last);
		parts_end(stream, (struct text){ "", 0 });
		break;
	case BLOCK_REFUSAL:
	case BLOCK_SERVER_CALL:
		break;
	}
	return 0;
}

/* Google's own last chunk has an empty text, too. */
static void
write_stop(struct stream *stream, const struct event *event)
{
	struct writing		*writing = stream->own;
	struct json_write	*out = parts_start(stream);
	struct usage		 usage = event->usage;

	json_put_object(out);
	json_member_string(out, "text", "");
	json_put_end(out);
	content_end(out);
	json_member_string(out, "finishReason",
	    generate_stop_word(event->stop));
	json_member_int(out, "index", 0);
	generate_put_grounding(out, writing->citations);
	json_put_end(out);
	if (usage.input < 0)
		usage.input = 0;
	chunk_end(stream, &usage);
	if (stream->array)
		buf_puts(stream->out, "]");
}

int
generate_write_event(struct stream *stream, const struct event *event)
{
	switch (event->kind) {
	case EVENT_START:
		return write_start(stream);
	case EVENT_OPEN:
		break;
	case EVENT_DELTA:
		return write_delta(stream, event);
	case EVENT_CLOSE:
		return write_close(stream, event);
	case EVENT_STOP:
		write_stop(stream, event);
		break;
	case EVENT_ERROR:
		break;
	}
	return stream->arena->failed ? -1 : 0;
}
