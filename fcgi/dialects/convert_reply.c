#include "build.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "convert.h"
#include "dialect.h"
#include "json_text.h"
#include "neutral/request.h"

enum form {
	FORM_UNKNOWN,
	FORM_EVENTS,
	FORM_JSON,
};

/*
 * Ends the answer in an error: in the stream's own form when something of it is
 * already out, else for the exchange to tell.
 */
static void
fail(struct convert_reply *r, const struct problem *problem)
{
	struct json_write	w;

	if (r->finished || r->failed)
		return;
	r->failed = true;
	r->problem = *problem;
	problem = &r->problem;
	if (r->limits.secrets != NULL)
		secrets_mask_problem(r->limits.secrets, &r->problem);
	if (!r->began || !r->convert->stream) {
		buf_clear(&r->out);
		return;
	}
	if (!r->convert->array) {
		r->to->emit_failure(&r->out, &r->watch, problem,
		    r->limits.request_id);
		return;
	}
	buf_putc(&r->out, r->watch.began ? ',' : '[');
	json_write_start(&w, &r->out);
	r->to->write_problem(&w, problem, r->limits.request_id);
	json_write_finish(&w);
	buf_putc(&r->out, ']');
}

static void
fail_with(struct convert_reply *r, enum problem_kind kind, const char *why)
{
	struct problem	problem;

	problem_set(&problem, kind, "%s", why);
	fail(r, &problem);
}

static int
write_whole(struct convert_reply *r)
{
	struct json_write	w;

	json_write_start(&w, &r->out);
	if (r->to->write_reply(&w, &r->reply) == -1)
		return -1;
	return json_write_finish(&w);
}

static int
write_out(struct convert_reply *r, const struct event *event)
{
	if (r->convert->stream)
		return r->to->write_event(&r->stream, event);
	return event->kind == EVENT_STOP ? write_whole(r) : 0;
}

/* Where blocks' events go. */
static int
take_event(void *context, const struct event *event)
{
	struct convert_reply	*r = context;

	if (event->kind == EVENT_START || event->kind == EVENT_STOP ||
	    event->kind == EVENT_ERROR)
		r->watch.usage = event->usage;
	if (event->kind == EVENT_ERROR) {
		fail(r, event->problem);
		return 0;
	}
	if (reply_fold(&r->reply, event) == -1) {
		fail_with(r, PROBLEM_UPSTREAM,
		    "the upstream's reply is too large");
		return -1;
	}
	if (write_out(r, event) == -1 || r->out.failed ||
	    r->limits.arena->failed) {
		fail_with(r, PROBLEM_OVERLOADED, "out of memory");
		return -1;
	}
	r->began = r->began || r->out.length > 0;
	if (event->kind == EVENT_START)
		r->watch.began = true;
	r->content++;
	if (event->kind == EVENT_STOP) {
		r->watch.stop = event->stop;
		r->watch.ended = true;
		r->finished = true;
	}
	return 0;
}

static void
init_stream(struct convert_reply *r)
{
	struct stream	*stream = &r->stream;

	stream->out = &r->out;
	stream->arena = r->limits.arena;
	stream->reply = &r->reply;
	stream->watch = &r->watch;
	stream->id = id_mint(r->limits.arena, r->to->id_prefix);
	stream->model = r->convert->model;
	stream->created_at = time(NULL);
	stream->usage_wanted = r->convert->usage_wanted;
	stream->array = r->convert->array;
	r->reply.client_id = stream->id;
	r->reply.client_model = stream->model;
	r->reply.created_at = stream->created_at;
	usage_init(&r->watch.usage);
	r->watch.sequence = -1;
	r->watch.created_at = stream->created_at;
	snprintf(r->watch.id, sizeof(r->watch.id), "%.*s",
	    (int)stream->id.length, stream->id.at);
	snprintf(r->watch.model, sizeof(r->watch.model), "%.*s",
	    (int)stream->model.length, stream->model.at);
}

void
convert_reply_init(struct convert_reply *r, const struct convert *convert,
    const struct convert_limits *limits)
{
	size_t	max = limits->reply_max;

	memset(r, 0, sizeof(*r));
	r->convert = convert;
	r->limits = *limits;
	r->from = dialect_of(convert->upstream);
	r->to = dialect_of(convert->client);
	/* A stream's last event may repeat a whole reply, twice and escaped. */
	buf_init(&r->out, max * 4 + 65536, limits->budget);
	buf_init(&r->body, max, limits->budget);
	json_init(&r->document, limits->budget);
	sse_init(&r->sse, max, limits->budget);
	/* The names are constant by now; blocks only looks things up. */
	blocks_init(&r->blocks, limits->arena, &convert->names,
	    limits->budget, take_event, r);
	r->blocks.model = text_of(convert->policy->model_id);
	r->blocks.dialect = convert->upstream;
	reply_init(&r->reply, limits->arena, max, limits->budget,
	    convert->stream && !r->to->stream_repeats ? KEEP_CALLS : KEEP_ALL);
	init_stream(r);
}

void
convert_reply_release(struct convert_reply *r)
{
	buf_release(&r->out);
	buf_release(&r->body);
	json_release(&r->document);
	sse_release(&r->sse);
	blocks_release(&r->blocks);
	reply_release(&r->reply);
}

static int
result(const struct convert_reply *r)
{
	return r->failed ? -1 : r->finished ? 1 : 0;
}

/* A reader has given up; says so unless somebody already did. */
static void
senseless(struct convert_reply *r)
{
	if (!r->finished)
		fail_with(r, PROBLEM_UPSTREAM,
		    "the upstream's reply makes no sense");
}

static void
read_event(struct convert_reply *r, const struct sse_event *event)
{
	struct json_value	data = { NULL, 0 };

	if (event->comment_only)
		return;
	if (event->data.length > 0 && !text_equals(event->data, "[DONE]")) {
		if (json_scan(&r->document, event->data.at,
		    event->data.length, NULL) == -1) {
			if (r->ending)
				return;
			fail_with(r, PROBLEM_UPSTREAM,
			    "an event of the upstream's reply isn't JSON");
			return;
		}
		data = json_root(&r->document);
	}
	if (r->from->read_event(&r->blocks, event, data) == -1)
		senseless(r);
}

static void
read_events(struct convert_reply *r)
{
	struct sse_event	event;

	while (!r->finished && !r->failed && sse_next(&r->sse, &event))
		read_event(r, &event);
}

/* Google's streams without alt=sse are one array of what events hold. */
static void
read_array(struct convert_reply *r, struct json_value array)
{
	struct json_walk	walk = json_walk(array);
	struct sse_event	event = { .comment_only = false };

	while (!r->finished && !r->failed && json_next(&walk)) {
		event.data = event.bytes = json_raw(walk.value);
		if (r->from->read_event(&r->blocks, &event, walk.value) == -1)
			senseless(r);
	}
	if (!r->finished && !r->failed)
		blocks_end(&r->blocks);
}

static void
read_body(struct convert_reply *r)
{
	struct json_value	root;

	if (json_scan(&r->document, r->body.at, r->body.length, NULL) == -1) {
		fail_with(r, PROBLEM_UPSTREAM,
		    "the upstream's reply isn't JSON, or was cut");
		return;
	}
	root = json_root(&r->document);
	if (json_is(root, JSON_ARRAY))
		read_array(r, root);
	else if (r->from->read_reply(&r->blocks, root) == -1)
		senseless(r);
}

static enum form
look(const char *at, size_t length)
{
	size_t	i;

	for (i = 0; i < length; i++) {
		if (at[i] == '{' || at[i] == '[')
			return FORM_JSON;
		if (strchr(" \t\r\n", at[i]) == NULL || at[i] == '\0')
			return FORM_EVENTS;
	}
	return FORM_UNKNOWN;
}

int
convert_reply_feed(struct convert_reply *r, const char *at, size_t length)
{
	if (r->finished || r->failed)
		return result(r);
	if (r->form == FORM_UNKNOWN)
		r->form = look(at, length);
	if (r->form == FORM_JSON) {
		r->content += !text_is_blank((struct text){ at, length });
		if (buf_add(&r->body, at, length) == -1)
			fail_with(r, PROBLEM_UPSTREAM,
			    "the upstream's reply is too large");
	} else if (r->form == FORM_EVENTS) {
		if (sse_feed(&r->sse, at, length) == -1)
			fail_with(r, PROBLEM_UPSTREAM,
			    "an event of the upstream's reply is too large");
		r->content -= r->blocks.kept;
		read_events(r);
		r->content += r->blocks.kept;
	}
	return result(r);
}

int
convert_reply_end(struct convert_reply *r, const struct problem *why)
{
	struct sse_event	event;

	if (r->finished || r->failed)
		return result(r);
	if (why != NULL) {
		fail(r, why);
		return -1;
	}
	r->ending = true;
	if (r->form == FORM_JSON)
		read_body(r);
	while (!r->finished && !r->failed && sse_end(&r->sse, &event))
		read_event(r, &event);
	if (!r->finished && !r->failed)
		blocks_end(&r->blocks);
	if (!r->finished && !r->failed)
		senseless(r);
	return result(r);
}

int
convert_reply_keep_alive(struct convert_reply *r)
{
	if (!r->convert->stream || r->finished || r->failed)
		return 0;
	if (r->convert->array)
		return 0;
	if (r->to->emit_keep_alive(&r->out, &r->watch) == -1)
		return -1;
	r->began = r->began || r->out.length > 0;
	return 0;
}
