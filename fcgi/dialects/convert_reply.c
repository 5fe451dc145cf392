#include "build.h"

#include <stdio.h>
#include <string.h>

#include "convert.h"
#include "dialects.h"
#include "json_mend.h"
#include "json_text.h"
#include "neutral/id.h"
#include "neutral/problem_read.h"
#include "neutral/request.h"

/*
 * Ends the answer in an error: in the stream's own form when something of it is
 * already out, else for the exchange to tell.
 */
static void
fail(struct convert_reply *r, const struct problem *problem)
{
	if (r->finished || r->failed)
		return;
	r->failed = true;
	r->problem = *problem;
	if (r->limits.secrets != NULL)
		secrets_mask_problem(r->limits.secrets, &r->problem);
	r->cut = r->began && r->convert->stream &&
	    dialect_fail(r->to, &r->stream.frames, &r->watch, &r->problem,
	    r->limits.request_id) == -1;
	if (r->cut || !r->began || !r->convert->stream)
		buf_clear(&r->out);
}

static void
fail_with(struct convert_reply *r, enum problem_kind kind, const char *why)
{
	struct problem	problem;

	problem_set(&problem, kind, "%s", why);
	fail(r, &problem);
}

static void
fail_short(struct convert_reply *r)
{
	struct problem	problem;

	problem_no_memory(&problem);
	fail(r, &problem);
}

static int
write_whole(struct convert_reply *r)
{
	struct text		whole = r->passed.whole;
	struct json_write	w;

	if (whole.length > 0) {
		memset(&r->lost, 0, sizeof(r->lost));
		return buf_add(&r->out, whole.at, whole.length);
	}
	json_write_start(&w, &r->out);
	if (r->to->write_reply(&w, &r->reply) == -1)
		return -1;
	return json_write_finish(&w);
}

static int
write_out(struct convert_reply *r, const struct event *event)
{
	if (r->limits.listen)
		return 0;
	if (r->convert->stream && !passed_streams(&r->passed))
		return stream_write(&r->stream, r->to->write_stream, event);
	return event->kind == EVENT_STOP && !r->convert->stream ?
	    write_whole(r) : 0;
}

/* An event goes out as a whole or not at all: an error stands behind whole ones. */
static int
write_event(struct convert_reply *r, const struct event *event)
{
	struct buf	*out = &r->out;
	size_t		 length = out->length;
	bool		 framed = r->stream.frames.begun;
	bool		 began = r->watch.began;
	int64_t		 sequence = r->watch.sequence;

	if (write_out(r, event) == 0 && !out->failed &&
	    !r->limits.arena->failed)
		return 0;
	buf_cut(out, length);
	r->stream.frames.begun = framed;
	r->watch.began = began;
	r->watch.sequence = sequence;
	return -1;
}

static int
pass_event(struct convert_reply *r, const struct event *event)
{
	if (r->from != r->to)
		untold_note(&r->lost, r->to->untold, event);
	if (event->kind == EVENT_START || event->kind == EVENT_STOP ||
	    event->kind == EVENT_ERROR)
		r->watch.usage = event->usage;
	if (event->kind == EVENT_ERROR) {
		fail(r, event->problem);
		return 0;
	}
	if (reply_fold(&r->reply, event) == -1) {
		fail_with(r, PROBLEM_UPSTREAM, "the upstream's reply is too large");
		return -1;
	}
	if (write_event(r, event) == -1) {
		fail_short(r);
		return -1;
	}
	r->began = r->began || r->out.length > 0;
	r->content++;
	if (event->kind == EVENT_DELTA && r->said)
		r->doubtful = true;
	r->spoke = r->spoke || event_says(event);
	if (event->kind == EVENT_STOP) {
		r->watch.stop = event->stop;
		r->watch.ended = true;
		r->finished = true;
	}
	return 0;
}

/* All text of the answer is one block of its own kind, and all that comes. */
static int
sum_up(struct convert_reply *r, const struct event *event)
{
	struct event	close = { .kind = EVENT_CLOSE,
			    .block_kind = BLOCK_SUMMARY };
	struct event	piece = *event;

	piece.block = 0;
	piece.block_kind = BLOCK_SUMMARY;
	piece.logprobs = (struct text){ "", 0 };
	switch (event->kind) {
	case EVENT_OPEN:
		if (event->block_kind != BLOCK_TEXT || r->summed)
			return 0;
		r->summed = true;
		return pass_event(r, &piece);
	case EVENT_DELTA:
		return event->block_kind != BLOCK_TEXT ? 0 :
		    pass_event(r, &piece);
	case EVENT_CLOSE:
		return 0;
	case EVENT_STOP:
		if (!r->summed) {
			fail_with(r, PROBLEM_UPSTREAM,
			    "the model gave no summary");
			return -1;
		}
		if (pass_event(r, &close) == -1)
			return -1;
		piece.stop = event->stop == STOP_CALLS ? STOP_END :
		    event->stop;
		return pass_event(r, &piece);
	case EVENT_START:
	case EVENT_ERROR:
		break;
	}
	return pass_event(r, event);
}

/* Where blocks' events go. */
static int
take_event(void *context, const struct event *event)
{
	struct convert_reply	*r = context;

	return r->convert->summarize ? sum_up(r, event) : pass_event(r, event);
}

static void
init_stream(struct convert_reply *r)
{
	struct stream	*stream = &r->stream;

	frames_init(&stream->frames, &r->out, r->convert->array ?
	    FRAMING_JSON : FRAMING_EVENTS);
	stream->arena = r->limits.arena;
	stream->reply = &r->reply;
	stream->watch = &r->watch;
	stream->usage_wanted = r->convert->usage_wanted;
	r->reply.client_id = id_mint(r->limits.arena, r->to->id_prefix);
	r->reply.compact = r->convert->compact;
	r->reply.client_model = r->convert->model;
	r->reply.temperature = text_of(r->convert->temperature);
	r->reply.top_p = text_of(r->convert->top_p);
	watch_init(&r->watch);
	r->reply.created_at = r->watch.created_at;
	snprintf(r->watch.id, sizeof(r->watch.id), "%.*s",
	    (int)r->reply.client_id.length, r->reply.client_id.at);
	snprintf(r->watch.model, sizeof(r->watch.model), "%.*s",
	    (int)r->reply.client_model.length, r->reply.client_model.at);
}

void
convert_reply_init(struct convert_reply *r, const struct convert *convert,
    const struct convert_limits *limits)
{
	size_t	max = limits->reply_max;
	bool	stops;

	memset(r, 0, sizeof(*r));
	r->convert = convert;
	r->limits = *limits;
	r->from = dialect_of(convert->upstream);
	r->to = dialect_of(convert->client);
	/* A stream's last event may repeat a whole reply, twice and escaped. */
	buf_init(&r->out, max * 4 + 65536, limits->budget);
	json_init(&r->document, limits->budget);
	buf_init(&r->mended, max, limits->budget);
	frame_reader_init(&r->in, FRAMING_UNKNOWN, max, limits->budget);
	/* The names are constant by now; blocks only looks things up. */
	stops_init(&r->stops, convert->stops, max, limits->budget, take_event, r);
	stops = convert->stops.count > 0 && r->from != r->to;
	blocks_init(&r->blocks, limits->arena, &convert->names, limits->budget,
	    stops ? stops_take : take_event, stops ? (void *)&r->stops : r);
	r->blocks.model = text_of(convert->policy->model_id);
	r->blocks.dialect = convert->upstream;
	r->blocks.kept_max = max;
	if (r->from == r->to && !limits->listen && !convert->summarize)
		passed_init(&r->passed, r->to, convert->stream ?
		    &r->stream.frames : NULL, limits->arena);
	r->blocks.lost = passed_streams(&r->passed) ? NULL : &r->lost;
	reply_init(&r->reply, limits->arena, max, limits->budget,
	    convert->stream && !r->to->stream_repeats ? KEEP_CALLS : KEEP_ALL);
	init_stream(r);
}

void
convert_reply_release(struct convert_reply *r)
{
	buf_release(&r->out);
	json_release(&r->document);
	buf_release(&r->mended);
	frame_reader_release(&r->in);
	blocks_release(&r->blocks);
	reply_release(&r->reply);
	stops_release(&r->stops);
}

static int
result(struct convert_reply *r)
{
	if (r->finished)
		passed_end(&r->passed);
	return r->failed ? -1 : r->finished ? 1 : 0;
}

/* A reader has given up; says so unless somebody already did. */
static void
senseless(struct convert_reply *r)
{
	if (r->stops.failed && !r->finished)
		fail_short(r);
	else if (!r->finished)
		fail_with(r, PROBLEM_UPSTREAM,
		    "the upstream's reply makes no sense");
}

/* What the upstream said it failed with, in JSON or not. */
static void
read_failure(struct convert_reply *r, const struct frame *frame)
{
	struct problem	problem;

	problem_clear(&problem);
	json_scan(&r->document, frame->data.at, frame->data.length, NULL);
	problem_read_body(&problem, 200, r->limits.arena, &r->document);
	blocks_fail(&r->blocks, &problem);
}

static void
read_no_json(struct convert_reply *r, struct text data)
{
	struct problem	problem;

	problem_clear(&problem);
	problem_of_no_json(&problem, data);
	fail(r, &problem);
}

/* What was read leaves as it came, where it does. */
static void
pass(struct convert_reply *r, struct json_value value)
{
	int	passed = passed_put(&r->passed, value);

	r->began = r->began || passed == 1;
	r->finished = r->finished && passed != -1;
	if (passed == -1)
		fail_short(r);
}

static void
read_value(struct convert_reply *r, const struct frame *frame,
    struct json_value value,
    int (*read)(struct convert_reply *, const struct frame *,
    struct json_value))
{
	passed_note(&r->passed, value);
	if (problem_is_said(value))
		blocks_fail_with(&r->blocks, value);
	else if (read(r, frame, value) == -1)
		senseless(r);
	else if (!r->failed)
		pass(r, value);
}

static int
read_event(struct convert_reply *r, const struct frame *frame,
    struct json_value value)
{
	return r->from->read_event(&r->blocks, frame, value);
}

static int
read_reply(struct convert_reply *r, const struct frame *frame,
    struct json_value value)
{
	(void)frame;
	return r->from->read_reply(&r->blocks, value);
}

/* What events hold, in an array; Google's streams without alt=sse are one. */
static void
read_array(struct convert_reply *r, struct json_value array)
{
	struct json_walk	walk = json_walk(array);
	struct frame		frame = { .done = false };

	while (!r->finished && !r->failed && json_next(&walk)) {
		frame.data = frame.bytes = json_raw(walk.value);
		read_value(r, &frame, walk.value, read_event);
	}
	if (r->in.framing == FRAMING_JSON && !r->finished && !r->failed)
		blocks_end(&r->blocks);
}

static void
read_json(struct convert_reply *r, const struct frame *frame,
    struct json_value root)
{
	bool	whole = r->in.framing == FRAMING_JSON;

	if (json_is(root, JSON_ARRAY))
		read_array(r, root);
	else if (whole || !json_is(root, JSON_NULL))
		read_value(r, frame, root, whole ? read_reply : read_event);
}

static bool
is_json(struct convert_reply *r, struct text data)
{
	return json_scan(&r->document, data.at, data.length, NULL) == 0;
}

/* What isn't JSON may be mended. */
static bool
is_almost_json(struct convert_reply *r, struct text data)
{
	buf_release(&r->mended);
	return json_mend(&r->mended, data.at, data.length) == 0 &&
	    is_json(r, (struct text){ r->mended.at, r->mended.length });
}

/*
 * Events without a blank line between them are one whose lines are each a whole
 * JSON text. False, and nothing was read: they are not.
 */
static bool
read_lines(struct convert_reply *r, const struct frame *frame)
{
	const char	*at = frame->data.at, *end = at + frame->data.length;
	struct frame	 line = { .name = { "", 0 }, .bytes = frame->bytes };
	bool		 any = false;

	while (at < end && !r->finished && !r->failed) {
		line.data.at = at;
		at = memchr(at, '\n', (size_t)(end - at));
		at = at != NULL ? at + 1 : end;
		line.data.length = (size_t)(at - line.data.at);
		if (is_json(r, line.data) || (any &&
		    is_almost_json(r, line.data)))
			read_json(r, &line, json_root(&r->document));
		else if (!any)
			return false;
		else if (line.data.length >= 6 &&
		    memcmp(line.data.at, "[DONE]", 6) == 0)
			line.done = true;
		else if (!r->ending && !text_is_blank(line.data))
			fail_with(r, PROBLEM_UPSTREAM,
			    "an event of the upstream's reply isn't JSON");
		any = true;
	}
	if (line.done)
		read_json(r, &line, JSON_NOTHING);
	return any;
}

/* The last event may be cut: then what came before it decides. */
static void
read_frame(struct convert_reply *r, const struct frame *frame)
{
	if (frame->failure)
		read_failure(r, frame);
	else if (frame->comment_only)
		return;
	else if (frame->data.length == 0 || frame->done)
		read_json(r, frame, JSON_NOTHING);
	else if (is_json(r, frame->data))
		read_json(r, frame, json_root(&r->document));
	else if (r->in.framing == FRAMING_EVENTS && read_lines(r, frame))
		return;
	else if (is_almost_json(r, frame->data))
		read_json(r, frame, json_root(&r->document));
	else if (r->in.framing == FRAMING_JSON)
		read_no_json(r, frame->data);
	else if (!r->ending && r->blocks.stop == STOP_NONE)
		fail_with(r, PROBLEM_UPSTREAM,
		    "an event of the upstream's reply isn't JSON");
}

static void
read_frames(struct convert_reply *r,
    bool (*next)(struct frame_reader *, struct frame *))
{
	struct frame	frame;

	while (!r->finished && !r->failed && next(&r->in, &frame)) {
		r->said = r->blocks.stop != STOP_NONE;
		read_frame(r, &frame);
	}
}

/* Whether something comes: bytes of JSON, an event, or text that is kept. */
int
convert_reply_feed(struct convert_reply *r, const char *at, size_t length)
{
	if (r->finished || r->failed)
		return result(r);
	if (frame_feed(&r->in, at, length) == -1)
		fail_with(r, PROBLEM_UPSTREAM, r->in.framing == FRAMING_JSON ?
		    "the upstream's reply is too large" :
		    "an event of the upstream's reply is too large");
	if (r->in.framing == FRAMING_JSON)
		r->content += !text_is_blank((struct text){ at, length });
	r->content -= r->blocks.kept;
	read_frames(r, frame_next);
	r->content += r->blocks.kept;
	return result(r);
}

int
convert_reply_end(struct convert_reply *r, const struct problem *why)
{
	if (r->finished || r->failed)
		return result(r);
	r->ending = true;
	if (why != NULL && !convert_reply_is_said(r))
		fail(r, why);
	else if (why == NULL)
		read_frames(r, frame_last);
	if (!r->finished && !r->failed)
		blocks_end(&r->blocks);
	if (!r->finished && !r->failed)
		senseless(r);
	return result(r);
}

/* A piece of an event may be more, where no event is the last. */
bool
convert_reply_is_said(const struct convert_reply *r)
{
	return (r->blocks.stop != STOP_NONE || r->stops.found != NULL) &&
	    !r->doubtful &&
	    !(r->from->ends_by_eof && frame_tail(&r->in).length > 0);
}

int
convert_reply_keep_alive(struct convert_reply *r)
{
	if (!r->convert->stream || r->finished || r->failed)
		return 0;
	if (dialect_keep_alive(r->to, &r->stream.frames, &r->watch) == -1)
		return -1;
	r->began = r->began || r->out.length > 0;
	return 0;
}
