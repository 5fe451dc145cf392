#include "build.h"

#include "chat.h"
#include "chat_reply.h"
#include "escape.h"
#include "json_text.h"
#include "neutral/stream.h"

/* The citations of a block, which begins there. */
struct cited {
	struct cited		*next;
	const struct citation	*citations;
	int64_t			 start;
};

/* What a stream remembers from event to event. */
struct writing {
	struct cited		*cited, *last_cited;
	struct frame_stamp	 stamps[BLOCK_KINDS];	/* of deltas */
	const struct seal	*pending;	/* belongs to the next call */
	unsigned		 calls, details, images; /* written so far */
	int64_t			 thought;	/* bytes of the open thinking */
	int64_t			 characters;	/* of all text so far */
	int64_t			 start;		/* ... before the open block */
};

/* Begins a chunk; its delta is the object that is then open. */
static struct json_write *
chunk_start(struct stream *stream)
{
	struct json_write	*w = frame_begin(&stream->frames, NULL);

	chat_put_head(w, stream->reply, "chat.completion.chunk");
	json_put(w, "'choices':[{'index':0,'delta':{");
	return w;
}

static void
chunk_end(struct stream *stream, struct text logprobs, const char *finish)
{
	struct json_write	*w = &stream->frames.json;

	json_put(w, "},'logprobs':");
	chat_put_logprobs(w, logprobs);
	json_put(w, "'finish_reason':%n}]", escaped_of(finish));
	if (stream->usage_wanted)
		json_put(w, "'usage':null");
	json_put_end(w);
	frame_end(&stream->frames);
}

static void
chunk_done(struct stream *stream)
{
	chunk_end(stream, (struct text){ "", 0 }, "");
}

static int
write_start(struct stream *stream)
{
	stream->own = arena_calloc(stream->arena, 1, sizeof(struct writing));
	if (stream->own == NULL)
		return -1;
	json_put(chunk_start(stream),
	    "'role':'assistant','content':'','refusal':null");
	chunk_done(stream);
	return 0;
}

static void
write_detail(struct stream *stream, const struct seal *seal)
{
	struct writing		*own = stream->own;
	struct json_write	*w = chunk_start(stream);

	json_put(w, "'reasoning_details':[");
	chat_put_detail(w, seal, own->thought, own->details++);
	json_put_end(w);
	chunk_done(stream);
}

static void
write_call_start(struct stream *stream, const struct reply_block *block)
{
	struct writing		*own = stream->own;
	struct json_write	*w = chunk_start(stream);

	json_put(w, "'tool_calls':[");
	chat_put_call_start(w, block, own->pending, own->calls);
	json_put_end(w);
	chunk_done(stream);
	own->pending = NULL;
	own->stamps[block->kind].part[0].at = NULL;
}

/* A chunk with a piece of a block. */
static void
write_piece(struct stream *stream, const struct reply_block *block,
    struct escaped text, struct text logprobs)
{
	static const char *const	 shapes[BLOCK_KINDS] = {
		[BLOCK_TEXT] = "'content':%e",
		[BLOCK_THINKING] = "'reasoning_content':%e",
		[BLOCK_REFUSAL] = "'refusal':%e",
	};
	struct writing			*own = stream->own;
	struct json_write		*w = chunk_start(stream);

	if (block->kind == BLOCK_IMAGE) {
		json_put(w, "'images':[{'index':%u", own->images++);
		chat_put_image(w, block->media_type, text);
		json_put(w, "]");
	} else if (block->kind == BLOCK_CALL) {
		json_put(w, "'tool_calls':[{'index':%u,'function':{"
		    "'arguments':%e}}]", own->calls, text);
	} else if (block->kind == BLOCK_CUSTOM_CALL) {
		json_put(w, "'tool_calls':[{'index':%u,'custom':{"
		    "'input':%e}}]", own->calls, text);
	} else {
		json_put(w, shapes[block->kind], text);
	}
	chunk_end(stream, logprobs, "");
}

static void
write_open(struct stream *stream, const struct reply_block *block)
{
	struct writing		*own = stream->own;

	own->thought = 0;
	own->start = own->characters;
	if (block_is_call(block)) {
		write_call_start(stream, block);
		return;
	}
	if (own->pending != NULL)
		write_detail(stream, own->pending);
	own->pending = NULL;
	if (block->apart) {
		write_piece(stream, block, escaped_of(CHAT_APART),
		    (struct text){ "", 0 });
		own->characters += CHAT_APART_CHARACTERS;
		own->start = own->characters;
	}
	if (block->kind != BLOCK_REDACTED)
		return;
	if (block->seal->place == SEAL_CALL)
		own->pending = block->seal;
	else
		write_detail(stream, block->seal);
}

/* Nearly all chunks are pieces that differ in their text alone. */
static int
write_delta(struct stream *stream, const struct event *event)
{
	struct writing			*own = stream->own;
	struct frame_stamp		*stamp = &own->stamps[event->block_kind];
	const struct reply_block	*block = stream->reply->last;
	const struct text		 none = { "", 0 };
	int64_t				 uncounted = 0;

	if (block->kind == BLOCK_TEXT)
		escape_measure(event->text, &uncounted, &own->characters);
	else if (block->kind == BLOCK_THINKING)
		escape_measure(event->text, &own->thought, &uncounted);
	if (event->logprobs.length > 0 || block->kind == BLOCK_IMAGE) {
		write_piece(stream, block, event->text, event->logprobs);
		return 0;
	}
	if (stamp->part[0].at == NULL) {
		write_piece(stream, block, escaped_of(FRAME_GAP), none);
		if (frame_cut(&stream->frames, stream->arena, stamp) == -1)
			return -1;
	}
	frame_stamp(&stream->frames, stamp, event->text, (struct escaped){ 0 });
	return 0;
}

/* They are written at the end: clients can't add to a list without indexes. */
static void
keep_citations(struct stream *stream, const struct citation *citations)
{
	struct writing	*own = stream->own;
	struct cited	*cited = arena_alloc(stream->arena, sizeof(*cited));

	if (cited == NULL)
		return;
	*cited = (struct cited){ .citations = citations, .start = own->start };
	if (own->cited == NULL)
		own->cited = cited;
	else
		own->last_cited->next = cited;
	own->last_cited = cited;
}

static void
write_citations(struct stream *stream)
{
	const struct cited	*cited = ((struct writing *)stream->own)->cited;
	struct json_write	*w;

	if (cited == NULL)
		return;
	w = chunk_start(stream);
	json_put(w, "'annotations':[");
	for (; cited != NULL; cited = cited->next)
		chat_put_citations(w, cited->citations, cited->start);
	json_put_end(w);
	chunk_done(stream);
}

/* Without any argument a client has nothing to parse: "{}" is written. */
static void
write_close(struct stream *stream, const struct reply_block *block)
{
	struct writing	*own = stream->own;

	if (block->kind == BLOCK_CALL && block->text.length == 0)
		write_piece(stream, block, escaped_of("{}"),
		    (struct text){ "", 0 });
	own->calls += block_is_call(block);
	if (block->kind == BLOCK_THINKING && block->seal != NULL)
		write_detail(stream, block->seal);
	if (block->citations != NULL)
		keep_citations(stream, block->citations);
}

static void
write_stop(struct stream *stream)
{
	struct writing		*own = stream->own;
	struct json_write	*w;

	if (own->pending != NULL)
		write_detail(stream, own->pending);
	write_citations(stream);
	chunk_start(stream);
	chunk_end(stream, (struct text){ "", 0 },
	    chat_finish_word(stream->reply->stop));
	if (stream->usage_wanted) {
		w = frame_begin(&stream->frames, NULL);
		chat_put_head(w, stream->reply, "chat.completion.chunk");
		json_put(w, "'choices':[]");
		chat_put_usage(w, &stream->reply->usage);
		json_put_end(w);
		frame_end(&stream->frames);
	}
	frames_finish(&stream->frames, true);
}

const struct stream_writer	chat_stream = {
	.start = write_start,
	.open = write_open,
	.delta = write_delta,
	.close = write_close,
	.stop = write_stop,
};
