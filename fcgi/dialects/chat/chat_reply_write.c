#include "build.h"

#include <string.h>

#include "chat.h"
#include "chat_reply.h"
#include "json_text.h"
#include "json_write.h"
#include "neutral/reply.h"
#include "neutral/stream.h"

/* What a stream remembers from event to event. */
struct chat_writer {
	struct text		 head;		/* of each chunk, up to `delta` */
	const struct seal	*pending;	/* belongs to the next call */
	unsigned		 calls, details; /* written so far */
	size_t			 thought;	/* bytes of the open thinking */
	int64_t			 characters;	/* of all text so far */
	int64_t			 start;		/* ... before the open block */
};

static void
put_head(struct json_write *w, const struct stream *stream)
{
	json_put_object(w);
	json_member_text(w, "id", stream->id);
	json_member_string(w, "object", "chat.completion.chunk");
	json_member_int(w, "created", stream->created_at);
	json_member_text(w, "model", stream->model);
}

/* All chunks but the usage's begin alike: "...,"choices":[{...,"delta":". */
static int
prepare(struct stream *stream)
{
	static const char	rest[] =
	    ",\"choices\":[{\"index\":0,\"delta\":";
	struct chat_writer	*own;
	struct json_write	 w;
	struct buf		 head;
	char			*copy;

	own = arena_calloc(stream->arena, 1, sizeof(*own));
	if (own == NULL)
		return -1;
	buf_init(&head, 65536, NULL);
	buf_puts(&head, "data: ");
	json_write_start(&w, &head);
	put_head(&w, stream);
	json_put_end(&w);
	json_write_finish(&w);
	if (head.length > 0)
		head.length--;		/* the closing brace */
	buf_add(&head, rest, sizeof(rest) - 1);
	copy = arena_memdup(stream->arena, head.at, head.length);
	own->head = (struct text){ copy, head.length };
	stream->own = own;
	buf_release(&head);
	return copy == NULL || head.failed ? -1 : 0;
}

static struct chat_writer *
writer_of(struct stream *stream)
{
	return stream->own;
}

/* Begins a chunk; its delta is the object that is then open in `w`. */
static void
chunk_start(struct stream *stream, struct json_write *w)
{
	struct text	head = writer_of(stream)->head;

	buf_add(stream->out, head.at, head.length);
	json_write_start(w, stream->out);
	json_put_object(w);
}

static int
chunk_end(struct stream *stream, struct json_write *w, struct text logprobs,
    const char *finish)
{
	struct buf	*out = stream->out;

	json_put_end(w);
	if (json_write_finish(w) == -1)
		return -1;
	if (logprobs.length > 0) {
		buf_puts(out, ",\"logprobs\":{\"content\":[");
		buf_add(out, logprobs.at, logprobs.length);
		buf_puts(out, "],\"refusal\":null}");
	} else {
		buf_puts(out, ",\"logprobs\":null");
	}
	if (finish != NULL)
		buf_printf(out, ",\"finish_reason\":\"%s\"}]", finish);
	else
		buf_puts(out, ",\"finish_reason\":null}]");
	if (stream->usage_wanted)
		buf_puts(out, ",\"usage\":null");
	return buf_puts(out, "}\n\n");
}

static int
chunk_done(struct stream *stream, struct json_write *w)
{
	return chunk_end(stream, w, (struct text){ "", 0 }, NULL);
}

static int
write_start(struct stream *stream)
{
	struct json_write	w;

	if (prepare(stream) == -1)
		return -1;
	chunk_start(stream, &w);
	json_member_string(&w, "role", "assistant");
	json_member_string(&w, "content", "");
	json_member_null(&w, "refusal");
	return chunk_done(stream, &w);
}

static int
write_detail(struct stream *stream, const struct seal *seal)
{
	struct chat_writer	*own = writer_of(stream);
	struct json_write	 w;

	chunk_start(stream, &w);
	json_put_key(&w, "reasoning_details");
	json_put_array(&w);
	chat_put_detail(&w, seal, own->thought, own->details++);
	json_put_end(&w);
	return chunk_done(stream, &w);
}

static int
write_call_open(struct stream *stream, const struct event *event)
{
	struct chat_writer	*own = writer_of(stream);
	bool			 custom;
	struct json_write	 w;

	custom = event->block_kind == BLOCK_CUSTOM_CALL;
	chunk_start(stream, &w);
	json_put_key(&w, "tool_calls");
	json_put_array(&w);
	json_put_object(&w);
	json_member_int(&w, "index", own->calls);
	json_member_text(&w, "id", event->id);
	json_member_string(&w, "type", custom ? "custom" : "function");
	json_put_key(&w, custom ? "custom" : "function");
	json_put_object(&w);
	json_member_text(&w, "name", event->name);
	json_member_string(&w, custom ? "input" : "arguments", "");
	json_put_end(&w);
	chat_put_call_seal(&w, own->pending);
	own->pending = NULL;
	json_put_end(&w);
	json_put_end(&w);
	return chunk_done(stream, &w);
}

static bool
is_call(enum block_kind kind)
{
	return kind == BLOCK_CALL || kind == BLOCK_CUSTOM_CALL;
}

static int
write_open(struct stream *stream, const struct event *event)
{
	struct chat_writer	*own = writer_of(stream);
	const struct seal	*pending = own->pending;

	own->thought = 0;
	own->start = own->characters;
	if (is_call(event->block_kind))
		return write_call_open(stream, event);
	own->pending = NULL;
	if (pending != NULL && write_detail(stream, pending) == -1)
		return -1;
	if (event->block_kind != BLOCK_REDACTED)
		return 0;
	if (event->seal->place != SEAL_CALL)
		return write_detail(stream, event->seal);
	own->pending = stream->reply->last->seal;
	return 0;
}

static void
put_call_piece(struct json_write *w, unsigned index, bool custom,
    struct escaped text)
{
	json_put_key(w, "tool_calls");
	json_put_array(w);
	json_put_object(w);
	json_member_int(w, "index", index);
	json_put_key(w, custom ? "custom" : "function");
	json_put_object(w);
	json_member_escaped(w, custom ? "input" : "arguments", text);
	json_put_end(w);
	json_put_end(w);
	json_put_end(w);
}

static int
write_delta(struct stream *stream, const struct event *event)
{
	struct chat_writer	*own = writer_of(stream);
	struct json_write	 w;
	size_t			 bytes = 0;
	int64_t			 characters = 0;

	chunk_start(stream, &w);
	switch (event->block_kind) {
	case BLOCK_TEXT:
		chat_measure(event->text, &bytes, &own->characters);
		json_member_escaped(&w, "content", event->text);
		break;
	case BLOCK_THINKING:
		chat_measure(event->text, &own->thought, &characters);
		json_member_escaped(&w, "reasoning_content", event->text);
		break;
	case BLOCK_REFUSAL:
		json_member_escaped(&w, "refusal", event->text);
		break;
	case BLOCK_CALL:
	case BLOCK_CUSTOM_CALL:
		put_call_piece(&w, own->calls,
		    event->block_kind == BLOCK_CUSTOM_CALL, event->text);
		break;
	case BLOCK_IMAGE:
		json_put_key(&w, "images");
		json_put_array(&w);
		chat_put_image(&w, stream->reply->last->media_type, event->text);
		json_put_end(&w);
		break;
	case BLOCK_REDACTED:
	case BLOCK_SERVER_CALL:
		break;
	}
	return chunk_end(stream, &w, event->logprobs, NULL);
}

static int
write_close(struct stream *stream, const struct event *event)
{
	struct chat_writer	*own = writer_of(stream);
	struct json_write	 w;

	if (is_call(event->block_kind))
		own->calls++;
	if (event->block_kind == BLOCK_THINKING && event->seal != NULL)
		return write_detail(stream, event->seal);
	if (event->citations == NULL)
		return 0;
	chunk_start(stream, &w);
	json_put_key(&w, "annotations");
	json_put_array(&w);
	chat_put_citations(&w, event->citations, own->start);
	json_put_end(&w);
	return chunk_done(stream, &w);
}

static int
write_usage(struct stream *stream, const struct usage *usage)
{
	struct json_write	w;

	buf_puts(stream->out, "data: ");
	json_write_start(&w, stream->out);
	put_head(&w, stream);
	json_put_key(&w, "choices");
	json_put_array(&w);
	json_put_end(&w);
	chat_put_usage(&w, usage);
	json_put_end(&w);
	if (json_write_finish(&w) == -1)
		return -1;
	return buf_puts(stream->out, "\n\n");
}

static int
write_stop(struct stream *stream, const struct event *event)
{
	struct chat_writer	*own = writer_of(stream);
	struct json_write	 w;

	if (own->pending != NULL && write_detail(stream, own->pending) == -1)
		return -1;
	chunk_start(stream, &w);
	if (chunk_end(stream, &w, (struct text){ "", 0 },
	    chat_finish_word(event->stop)) == -1)
		return -1;
	if (stream->usage_wanted && write_usage(stream, &event->usage) == -1)
		return -1;
	return buf_puts(stream->out, "data: [DONE]\n\n");
}

int
chat_write_event(struct stream *stream, const struct event *event)
{
	switch (event->kind) {
	case EVENT_START:
		return write_start(stream);
	case EVENT_OPEN:
		return write_open(stream, event);
	case EVENT_DELTA:
		return write_delta(stream, event);
	case EVENT_CLOSE:
		return write_close(stream, event);
	case EVENT_STOP:
		return write_stop(stream, event);
	case EVENT_ERROR:
		return -1;
	}
	return -1;
}
