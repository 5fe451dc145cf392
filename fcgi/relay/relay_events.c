#include "build.h"

#include "exchange/answer.h"
#include "framing/frame_read.h"
#include "log.h"
#include "relay.h"
#include "relay_events.h"

/* An unfinished event longer than this is not held back any more. */
#define TAIL_MAX	(64u * 1024)

/* An event longer than this is not looked into. */
#define EVENT_MAX	(4u * 1024 * 1024)

/* After the terminal event the upstream has this long to end the transfer. */
#define LINGER_MS	2000

struct passage {
	struct exchange	*x;
	struct frame_reader in;
	size_t		 passed;	/* of the unfinished event, sent already */
	bool		 blind;		/* bytes are passed without a look */
};

int
relay_start_events(struct exchange *x, struct headers *headers)
{
	headers_set(headers, "content-type", "text/event-stream; charset=utf-8");
	headers_set(headers, "cache-control", "no-cache, no-transform");
	headers_set(headers, "x-accel-buffering", "no");
	x->status = x->upstream_status == 0 ? 200 : x->upstream_status;
	if (client_start(x->client, x->status, headers) == CLIENT_GONE ||
	    client_flush(x->client) == CLIENT_GONE)
		return CLIENT_GONE;
	return 0;
}

static int
pass(struct passage *p, const char *at, size_t length)
{
	return client_write(p->x->client, at, length);
}

/* Gives up looking into events: from now on bytes go through. */
static int
go_blind(struct passage *p)
{
	struct text tail = frame_tail(&p->in);

	p->blind = true;
	return pass(p, tail.at + p->passed, tail.length - p->passed);
}

static int
pass_event(struct passage *p, const struct frame *frame)
{
	int result = pass(p, frame->bytes.at + p->passed,
	    frame->bytes.length - p->passed);

	p->passed = 0;
	if (!frame->comment_only)
		p->x->target->watch_event(&p->x->watch, frame);
	return result;
}

static int
pass_bytes(struct passage *p, struct text bytes)
{
	struct frame frame;
	struct text tail;
	int result = 0;

	if (!p->blind && frame_feed(&p->in, bytes.at, bytes.length) == -1) {
		if (go_blind(p) == CLIENT_GONE)
			return CLIENT_GONE;
	}
	if (p->blind) {
		result = pass(p, bytes.at, bytes.length);
		return result == 0 ? client_flush(p->x->client) : result;
	}
	while (result == 0 && frame_next(&p->in, &frame))
		result = pass_event(p, &frame);
	tail = frame_tail(&p->in);
	if (result == 0 && tail.length > TAIL_MAX) {
		result = pass(p, tail.at + p->passed, tail.length - p->passed);
		p->passed = tail.length;
	}
	return result == 0 ? client_flush(p->x->client) : result;
}

/* An event of ours, where one may stand. */
static int
emit(struct passage *p, int (*write)(struct passage *, struct frames *))
{
	struct frames frames;
	struct buf out;
	int result = 0;

	if (p->blind || p->passed > 0)
		return 0;
	buf_init(&out, TAIL_MAX, NULL);
	frames_init(&frames, &out, FRAMING_EVENTS);
	if (write(p, &frames) == 0 && out.length > 0)
		result = client_write(p->x->client, out.at, out.length);
	buf_release(&out);
	return result == 0 ? client_flush(p->x->client) : result;
}

static int
write_keep_alive(struct passage *p, struct frames *frames)
{
	return dialect_keep_alive(p->x->dialect, frames, &p->x->watch);
}

static int
write_failure(struct passage *p, struct frames *frames)
{
	p->x->told = true;
	return dialect_fail(p->x->dialect, frames, &p->x->watch,
	    &p->x->problem, p->x->id);
}

/* The transfer ended as the protocol says: the tail belongs to the client. */
static int
end(struct passage *p)
{
	struct frame frame;
	int result = 0;

	if (!p->blind && frame_last(&p->in, &frame))
		result = pass_event(p, &frame);
	if (!p->x->watch.ended && !p->blind)
		log_warning(p->x->id, "the upstream's stream ended "
		    "unterminated");
	return result == 0 ? client_finish(p->x->client) : result;
}

/*
 * It did not: an error event behind the last whole event. Where that can't
 * stand the connection is dropped, so that the end doesn't look clean.
 */
static int
fail(struct passage *p)
{
	struct exchange *x = p->x;

	if (x->watch.ended)
		return end(p);
	x->failed = true;
	x->cut = p->blind || p->passed > 0;
	scoreboard_count(x->gateway->scoreboard, COUNT_CUT, 1);
	return emit(p, write_failure) == CLIENT_GONE ? CLIENT_GONE : -1;
}

static int
run(struct passage *p)
{
	struct exchange *x = p->x;
	struct text bytes;
	int quiet_ms, result = 0;
	bool over;

	while (result == 0) {
		over = x->watch.ended && !x->target->ends_by_eof;
		quiet_ms = over ? LINGER_MS : x->config->keep_alive_s * 1000;
		switch (upstream_read(x->upstream, quiet_ms, &bytes,
		    &x->problem)) {
		case UPSTREAM_BYTES:
			result = pass_bytes(p, bytes);
			break;
		case UPSTREAM_QUIET:
			if (over)
				return end(p);
			if (!x->watch.ended)
				result = emit(p, write_keep_alive);
			break;
		case UPSTREAM_END:
			return end(p);
		case UPSTREAM_FAILED:
			return fail(p);
		case UPSTREAM_GONE:
			return CLIENT_GONE;
		case UPSTREAM_STOPPING:
			problem_set(&x->problem, PROBLEM_OVERLOADED,
			    "the gateway is stopping");
			return fail(p);
		}
	}
	return result;
}

int
relay_events(struct exchange *x, struct headers *headers)
{
	struct passage p = { .x = x };
	int result = 0;

	p.blind = headers_find(headers, "content-encoding") != NULL;
	frame_reader_init(&p.in, FRAMING_EVENTS, EVENT_MAX,
	    &x->gateway->budget);
	if (!x->early)
		result = relay_start_events(x, headers);
	if (result == 0)
		result = run(&p);
	frame_reader_release(&p.in);
	return result;
}

int
relay_early(struct exchange *x)
{
	struct passage p = { .x = x };
	struct headers headers;

	if (!x->early) {
		headers_init(&headers, &x->reply);
		answer_headers(x, &headers);
		headers_add(&headers, "x-request-id", x->id);
		x->early = true;
		if (relay_start_events(x, &headers) == CLIENT_GONE)
			return CLIENT_GONE;
	}
	return emit(&p, write_keep_alive);
}

int
relay_failure(struct exchange *x)
{
	struct passage p = { .x = x };

	return emit(&p, write_failure);
}
