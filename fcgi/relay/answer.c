#include "build.h"

#include <string.h>

#include "answer.h"
#include "clock.h"
#include "reply_headers.h"

/* Of a problem's body, and of an event of ours. */
#define ANSWER_MAX	(256u * 1024)

/* More of a stream than this is not held. */
#define HELD_MAX	(1024u * 1024)

/* x-droid2api-lossy: bytes of names. */
#define LOSSY_MAX	1024

void
answer_init(struct answer *answer, struct client *client, struct arena *arena,
    const char *id)
{
	memset(answer, 0, sizeof(*answer));
	answer->client = client;
	answer->arena = arena;
	answer->id = id;
	headers_init(&answer->fields, arena);
	headers_init(&answer->upstream_headers, arena);
	watch_init(&answer->watch);
	answer->written_ms = now_ms();
}

/* All bytes for the client. */
static int
write_out(struct answer *answer, const char *at, size_t length)
{
	answer->written_ms = now_ms();
	return client_write(answer->client, at, length);
}

bool
answer_is_silent(const struct answer *answer, int for_s)
{
	return for_s > 0 && now_ms() - answer->written_ms >= for_s * 1000LL;
}

struct losses
answer_losses(const struct answer *answer)
{
	struct losses	all = answer->lost;

	if (answer->losses != NULL)
		losses_merge(&all, answer->losses);
	return all;
}

static void
add_losses(const struct answer *answer, struct headers *headers)
{
	struct losses	 all = answer_losses(answer);
	char		*list;

	if (!losses_any(&all))
		return;
	list = arena_alloc(answer->arena, LOSSY_MAX);
	if (list != NULL)
		headers_add(headers, "x-droid2api-lossy",
		    losses_list(&all, list, LOSSY_MAX));
}

/*
 * When to come again: what was said, or by another upstream that is back before,
 * else what a status wants anyway.
 */
static void
add_retry_after(const struct answer *answer, struct headers *headers,
    int status, int retry_after_s)
{
	if (answer->retry_after_s > 0 && (status == 429 || status >= 500) &&
	    (retry_after_s == 0 || retry_after_s > answer->retry_after_s))
		retry_after_s = answer->retry_after_s;
	if (retry_after_s == 0)
		retry_after_s = status == 429 ? 5 : status == 503 ? 1 : 0;
	if (retry_after_s > 0)
		headers_printf(headers, "retry-after", "%d", retry_after_s);
}

/* Every head but for what says how the body is to be read. */
static void
compose(const struct answer *answer, struct headers *headers, bool passed)
{
	size_t	i;

	headers_init(headers, answer->arena);
	for (i = 0; i < answer->fields.count; i++)
		headers_add(headers, answer->fields.at[i].name,
		    answer->fields.at[i].value);
	reply_headers_pass(headers, &answer->upstream_headers,
	    answer->own_credential);
	if (passed) {
		reply_headers_disarm(headers);
	} else {
		headers_remove(headers, "content-type");
		headers_remove(headers, "content-encoding");
	}
	if (headers_find(headers, "x-request-id") == NULL)
		headers_add(headers, "x-request-id", answer->id);
	add_losses(answer, headers);
}

static void
tell_ending(struct answer *answer, bool failed, size_t more)
{
	void	(*ending)(void *, bool, size_t) = answer->ending;

	answer->ending = NULL;
	if (ending != NULL)
		ending(answer->ending_of, failed, more);
}

void
answer_ending(struct answer *answer, size_t more)
{
	tell_ending(answer, false, more);
}

static int
start(struct answer *answer, int status, const struct headers *headers)
{
	answer->status = status;
	answer->state = ANSWER_FLOWING;
	if (answer->held) {
		answer->held_headers = *headers;
		return 0;
	}
	return client_start(answer->client, status, headers);
}

void
answer_show(struct buf *shown, struct text bytes)
{
	size_t	room = shown != NULL ? shown->max - shown->length : 0;

	if (room > 0)
		(void)buf_add(shown, bytes.at, bytes.length < room
		    ? bytes.length : room);
}

void
answer_hold(struct answer *answer)
{
	answer->held = true;
	answer->state_before = answer->state;
	answer->watch_before = answer->watch;
	buf_init(&answer->held_body, HELD_MAX, NULL);
}

int
answer_release(struct answer *answer)
{
	struct buf	*body = &answer->held_body;
	int		 result = 0;

	if (!answer->held)
		return 0;
	answer->held = false;
	if (answer->state != ANSWER_NOTHING &&
	    answer->state_before == ANSWER_NOTHING)
		result = client_start(answer->client, answer->status,
		    &answer->held_headers);
	answer_show(answer->shown, (struct text){ body->at, body->length });
	if (result == 0 && body->length > 0)
		result = write_out(answer, body->at, body->length);
	buf_release(body);
	return result == 0 ? client_flush(answer->client) : result;
}

void
answer_drop(struct answer *answer)
{
	if (!answer->held)
		return;
	answer->held = false;
	answer->state = answer->state_before;
	answer->watch = answer->watch_before;
	memset(&answer->lost, 0, sizeof(answer->lost));
	buf_release(&answer->held_body);
}

static int
send_body(struct answer *answer, int status, struct headers *headers,
    struct text body, bool failed)
{
	answer->status = status;
	tell_ending(answer, failed, body.length);
	headers_printf(headers, "content-length", "%zu", body.length);
	if (start(answer, status, headers) == CLIENT_GONE ||
	    answer_write(answer, body) == CLIENT_GONE)
		return CLIENT_GONE;
	return answer_finish(answer);
}

int
answer_body(struct answer *answer, int status, const char *type,
    struct text body)
{
	struct headers	headers;

	compose(answer, &headers, type == NULL);
	add_retry_after(answer, &headers, status,
	    reply_headers_retry_after(&answer->upstream_headers));
	if (type != NULL)
		headers_add(&headers, "content-type", type);
	if (answer_release(answer) == CLIENT_GONE)
		return CLIENT_GONE;
	if (answer->state != ANSWER_NOTHING) {	/* a stream that began early */
		answer->state = ANSWER_CUT;
		return 0;
	}
	return send_body(answer, status, &headers, body, false);
}

int
answer_json(struct answer *answer, int status, const struct buf *body)
{
	return answer_body(answer, status, ANSWER_JSON,
	    (struct text){ body->at, body->length });
}

static int
start_stream(struct answer *answer, int status, const char *type, bool passed)
{
	struct headers	headers;

	compose(answer, &headers, passed);
	if (type != NULL) {
		headers_set(&headers, "content-type", type);
	} else {
		headers_set(&headers, "content-type",
		    "text/event-stream; charset=utf-8");
		headers_set(&headers, "cache-control",
		    "no-cache, no-transform");
		headers_set(&headers, "x-accel-buffering", "no");
	}
	if (start(answer, status, &headers) == CLIENT_GONE)
		return CLIENT_GONE;
	return answer_flush(answer);
}

int
answer_start(struct answer *answer, const char *type, bool passed)
{
	int	status = answer->upstream_status;

	return start_stream(answer, status == 0 ? 200 : status, type, passed);
}

int
answer_write(struct answer *answer, struct text bytes)
{
	int	result;

	if (answer->held && buf_add(&answer->held_body, bytes.at,
	    bytes.length) == 0)
		return 0;
	if (answer_release(answer) == CLIENT_GONE)
		return CLIENT_GONE;
	answer_show(answer->shown, bytes);
	result = write_out(answer, bytes.at, bytes.length);
	if (answer->progress != NULL)
		atomic_store_explicit(answer->progress,
		    answer->client->bytes_out, memory_order_relaxed);
	return result;
}

int
answer_flush(struct answer *answer)
{
	return answer->held ? 0 : client_flush(answer->client);
}

int
answer_finish(struct answer *answer)
{
	answer_ending(answer, 0);
	if (answer_release(answer) == CLIENT_GONE)
		return CLIENT_GONE;
	answer->state = ANSWER_WHOLE;
	return client_finish(answer->client);
}

/* An event of ours, past what is held: nothing of that was seen yet. */
static int
send_event(struct answer *answer, const struct buf *event)
{
	if (write_out(answer, event->at, event->length) == CLIENT_GONE)
		return CLIENT_GONE;
	return client_flush(answer->client);
}

/* The head leaves, while what comes behind it is held on to. */
static int
begin_early(struct answer *answer)
{
	int	result;

	if (answer->state == ANSWER_NOTHING) {
		answer->held = false;
		result = answer_start(answer, NULL, false);
		answer->held = true;
	} else
		result = client_start(answer->client, answer->status,
		    &answer->held_headers);
	answer->state_before = ANSWER_FLOWING;
	return result;
}

int
answer_keep_alive(struct answer *answer)
{
	struct frames	frames;
	struct buf	event;
	int		result = 0;

	if (answer->held && answer->state_before == ANSWER_NOTHING) {
		if (!answer->early)
			return 0;
		result = begin_early(answer);
	}
	if (answer->state == ANSWER_NOTHING)
		result = answer_start(answer, NULL, false);
	buf_init(&event, ANSWER_MAX, NULL);
	frames_init(&frames, &event, FRAMING_EVENTS);
	if (result == 0 && dialect_keep_alive(answer->dialect, &frames,
	    answer->held ? &answer->watch_before : &answer->watch) == 0 &&
	    event.length > 0)
		result = send_event(answer, &event);
	buf_release(&event);
	return result;
}

/* Without memory for it the stream ends as if it were cut. */
static int
tell(struct answer *answer, const struct problem *problem)
{
	struct frames	frames;
	struct buf	event;
	int		result = 0;

	buf_init(&event, ANSWER_MAX, NULL);
	frames_init(&frames, &event, FRAMING_EVENTS);
	answer->state = ANSWER_CUT;
	if (dialect_fail(answer->dialect, &frames, &answer->watch, problem,
	    answer->id) == 0 && event.length > 0) {
		answer->state = ANSWER_TOLD;
		tell_ending(answer, true, event.length);
		result = send_event(answer, &event);
	}
	buf_release(&event);
	return result;
}

/* The fields that belong to a problem. */
static void
add_problem(const struct answer *answer, struct headers *headers, int status,
    const struct problem *problem)
{
	if (problem->allow != NULL)
		headers_add(headers, "allow", problem->allow);
	add_retry_after(answer, headers, status, problem->retry_after_s);
	if (status == 426) {
		headers_add(headers, "upgrade", "HTTP/1.1");
		headers_add(headers, "connection", "Upgrade");
	}
	if (status == 401 && answer->upstream_status == 0) {
		headers_add(headers, "www-authenticate", "Bearer");
		headers_add(headers, "x-should-retry", "false");
	}
}

static int
send_problem(struct answer *answer, const struct problem *problem)
{
	struct headers		headers;
	struct json_write	w;
	struct buf		body;
	int			status = answer->dialect->status(problem);
	int			result = CLIENT_GONE;

	client_skip_body(answer->client);
	compose(answer, &headers, false);
	add_problem(answer, &headers, status, problem);
	headers_add(&headers, "content-type", ANSWER_JSON);
	buf_init(&body, ANSWER_MAX, NULL);
	json_write_start(&w, &body);
	answer->dialect->write_problem(&w, problem, answer->id);
	if (json_write_finish(&w) == 0)
		result = send_body(answer, status, &headers,
		    (struct text){ body.at, body.length }, true);
	answer->state = ANSWER_TOLD;
	buf_release(&body);
	return result;
}

bool
answer_is_event(const struct answer *answer, const struct problem *problem)
{
	return answer->events && (answer->dialect->told_in_events &
	    1u << problem->kind) != 0;
}

static int
send_events(struct answer *answer, const struct problem *problem)
{
	client_skip_body(answer->client);
	if (start_stream(answer, 200, NULL, false) == CLIENT_GONE)
		return CLIENT_GONE;
	return tell(answer, problem);
}

int
answer_fail(struct answer *answer, const struct problem *problem)
{
	if (answer_release(answer) == CLIENT_GONE)
		return CLIENT_GONE;
	switch (answer->state) {
	case ANSWER_NOTHING:
		return answer_is_event(answer, problem) ?
		    send_events(answer, problem) :
		    send_problem(answer, problem);
	case ANSWER_FLOWING:
		return tell(answer, problem);
	case ANSWER_WHOLE:
	case ANSWER_TOLD:
	case ANSWER_CUT:
		break;
	}
	return 0;
}

bool
answer_failed(const struct answer *answer)
{
	return answer->state == ANSWER_TOLD || answer->state == ANSWER_CUT ||
	    answer->watch.failed;
}
