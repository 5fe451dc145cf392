#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

/* Each chunk is a whole response with the parts that are new. */
struct writing {
	struct frame_stamp	 text, thought;	/* of chunks with one piece */
	const struct seal	*call;		/* waits for its call */
	struct generate_citing	 citing;
};

static const struct text	none = { "", 0 };

/* A chunk of one candidate, up to its parts. */
static struct json_write *
parts_start(struct stream *stream)
{
	struct json_write	*out = frame_begin(&stream->frames, NULL);

	generate_put_head(out);
	return out;
}

static void
chunk_end(struct stream *stream, const struct usage *usage)
{
	struct json_write	*out = &stream->frames.json;

	json_put_end(out);
	if (usage->input >= 0 || usage->output >= 0)
		generate_put_usage(out, usage);
	generate_put_tail(out, stream->reply);
	frame_end(&stream->frames);
}

static void
parts_end(struct stream *stream, struct text logprobs)
{
	struct json_write	*out = &stream->frames.json;

	generate_put_content_end(out);
	json_put(out, "'index':0");
	generate_put_logprobs(out, logprobs);
	json_put_end(out);
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
	generate_citing_init(&writing->citing, stream->arena);
	/* An array is begun at once, so that its client sees it begin. */
	if (stream->frames.framing == FRAMING_JSON) {
		json_put(frame_begin(&stream->frames, NULL),
		    "{'candidates':[");
		chunk_end(stream, &stream->reply->usage);
	}
	return 0;
}

static void
write_open(struct stream *stream, const struct reply_block *block)
{
	(void)stream;
	(void)block;
}

static void
write_piece(struct stream *stream, bool thought, struct escaped text,
    struct text logprobs)
{
	json_put(parts_start(stream), thought ? "{'text':%e,'thought':true}" :
	    "{'text':%e}", text);
	parts_end(stream, logprobs);
}

/* Nearly all chunks are pieces that differ in their text alone. */
static int
write_text(struct stream *stream, bool thought, const struct event *event)
{
	struct writing		*writing = stream->own;
	struct frame_stamp	*stamp = thought ? &writing->thought :
				    &writing->text;

	if (event->logprobs.length > 0) {
		write_piece(stream, thought, event->text, event->logprobs);
		return 0;
	}
	if (stamp->part[0].at == NULL) {
		write_piece(stream, thought, escaped_of(FRAME_GAP), none);
		if (frame_cut(&stream->frames, stream->arena, stamp) == -1)
			return -1;
	}
	frame_stamp(&stream->frames, stamp, event->text, (struct escaped){ 0 });
	return 0;
}

/* All else is whole in this API. */
static int
write_delta(struct stream *stream, const struct event *event)
{
	struct writing	*writing = stream->own;

	if ((event->block_kind == BLOCK_TEXT ||
	    event->block_kind == BLOCK_REFUSAL) &&
	    generate_citing_text(&writing->citing, event->text) == -1)
		return -1;
	if (event->block_kind != BLOCK_TEXT &&
	    event->block_kind != BLOCK_THINKING &&
	    event->block_kind != BLOCK_REFUSAL)
		return 0;
	return write_text(stream, event->block_kind == BLOCK_THINKING, event);
}

static void
write_part(struct stream *stream, const struct reply_block *block,
    const struct seal *seal)
{
	generate_put_part(parts_start(stream), stream->reply, block, seal);
	parts_end(stream, none);
}

static void
write_close(struct stream *stream, const struct reply_block *block)
{
	struct writing		*writing = stream->own;
	const struct seal	*seal = writing->call;

	switch (block->kind) {
	case BLOCK_TEXT:
	case BLOCK_REFUSAL:	/* a full arena is seen by the caller */
		generate_citing_end(&writing->citing, block->citations);
		break;
	case BLOCK_THINKING:	/* its text was said; the seal is left */
		if (block->seal != NULL)
			write_part(stream, block, NULL);
		break;
	case BLOCK_REDACTED:
		if (block->seal->place == SEAL_CALL)
			writing->call = block->seal;
		else
			write_part(stream, block, NULL);
		break;
	case BLOCK_CALL:
	case BLOCK_CUSTOM_CALL:
		writing->call = NULL;
		write_part(stream, block, seal);
		break;
	case BLOCK_IMAGE:
		write_part(stream, block, NULL);
		break;
	case BLOCK_SERVER_CALL:
	case BLOCK_SUMMARY:	/* these clients can't ask for one */
		break;
	}
}

/* Google's own last chunk has an empty text, too. */
static void
write_stop(struct stream *stream)
{
	struct writing		*writing = stream->own;
	struct json_write	*out = parts_start(stream);
	struct usage		 usage = stream->reply->usage;

	json_put(out, "{'text':''}");
	generate_put_content_end(out);
	json_put(out, "'finishReason':%s,'index':0",
	    generate_stop_word(stream->reply->stop));
	generate_put_grounding(out, &writing->citing);
	json_put_end(out);
	if (usage.input < 0)
		usage.input = 0;
	chunk_end(stream, &usage);
	frames_finish(&stream->frames, false);
}

const struct stream_writer	generate_stream = {
	.start = write_start,
	.open = write_open,
	.delta = write_delta,
	.close = write_close,
	.stop = write_stop,
};
