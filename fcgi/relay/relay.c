#include "build.h"

#include <string.h>
#include <strings.h>

#include "exchange/answer.h"
#include "json.h"
#include "json_text.h"
#include "log.h"
#include "neutral/problem_read.h"
#include "relay.h"
#include "relay_convert.h"
#include "relay_events.h"
#include "reply_headers.h"
#include "upstream/patience.h"

/* An upstream's error body that is longer than this says nothing. */
#define ERROR_BODY_MAX	(1024u * 1024)

static int
add(struct exchange *x, struct buf *body, struct text bytes)
{
	if (buf_add(body, bytes.at, bytes.length) == 0)
		return 0;
	return problem_set(&x->problem, PROBLEM_UPSTREAM, "the upstream's "
	    "answer is larger than %zu bytes", body->max);
}

/*
 * Collects the rest of the answer. 0, CLIENT_GONE, or -1: cut, stopping, blank
 * for too long, or larger than the buffer's ceiling.
 */
static int
collect(struct exchange *x, struct buf *body)
{
	struct patience patience;
	struct text bytes;

	patience_start(&patience, x->config);
	for (;;) {
		switch (upstream_read(x->upstream, 0, &bytes, &x->problem)) {
		case UPSTREAM_BYTES:
			if (!text_is_blank(bytes))
				patience_renew(&patience);
			if (add(x, body, bytes) == -1 ||
			    patience_check(&patience, &x->problem) == -1)
				return -1;
			break;
		case UPSTREAM_END:
			return 0;
		case UPSTREAM_GONE:
			return CLIENT_GONE;
		case UPSTREAM_STOPPING:
			return problem_set(&x->problem, PROBLEM_OVERLOADED,
			    "the gateway is stopping");
		case UPSTREAM_QUIET:
			break;
		case UPSTREAM_FAILED:
			return -1;
		}
	}
}

static void
pass_headers(struct exchange *x, struct headers *headers)
{
	int status = x->upstream_status;
	int retry_after_s = reply_headers_retry_after(&x->upstream_headers);

	headers_init(headers, &x->reply);
	answer_headers(x, headers);
	reply_headers_pass(headers, &x->upstream_headers,
	    !credentials_server_side(&x->credentials));
	if (headers_find(headers, "x-request-id") == NULL)
		headers_add(headers, "x-request-id", x->id);
	if (retry_after_s == 0 && status == 429)
		retry_after_s = 5;
	if (retry_after_s > 0)
		headers_printf(headers, "retry-after", "%d", retry_after_s);
}

/* Notes usage and stop reason of a whole answer, for the log. */
static void
watch_whole(struct exchange *x, const struct buf *body)
{
	struct json_document document;

	json_init(&document, &x->gateway->budget);
	if (headers_find(&x->upstream_headers, "content-encoding") == NULL &&
	    json_scan(&document, body->at, body->length, NULL) == 0)
		x->target->watch_reply(&x->watch, json_root(&document));
	json_release(&document);
}

static int
send_whole(struct exchange *x, const struct buf *body)
{
	struct headers headers;

	pass_headers(x, &headers);
	headers_printf(&headers, "content-length", "%zu", body->length);
	return answer_body(x, x->upstream_status, &headers, body->at,
	    body->length);
}

/*
 * An upstream's error: its own bytes when they are JSON of the client's
 * dialect, else told anew.
 */
static int
relay_error(struct exchange *x)
{
	struct json_document document;
	struct buf body;
	int result;

	buf_init(&body, ERROR_BODY_MAX, &x->gateway->budget);
	json_init(&document, NULL);
	result = collect(x, &body);
	if (result == 0 && json_scan(&document, body.at, body.length,
	    NULL) == 0 && json_is(json_root(&document), JSON_OBJECT) &&
	    x->lane != LANE_CONVERT && !x->early) {
		result = send_whole(x, &body);
	} else if (result == 0) {
		problem_read_body(&x->problem, x->upstream_status, &x->reply,
		    &document);
		if (x->problem.retry_after_s == 0)
			x->problem.retry_after_s = reply_headers_retry_after(
			    &x->upstream_headers);
		result = -1;
	}
	scoreboard_count(x->gateway->scoreboard, COUNT_UPSTREAM_ERRORS, 1);
	json_release(&document);
	buf_release(&body);
	return result;
}

static int
relay_whole(struct exchange *x)
{
	struct buf body;
	int result;

	buf_init(&body, x->config->reply_max, &x->gateway->budget);
	result = collect(x, &body);
	if (result == 0) {
		watch_whole(x, &body);
		result = send_whole(x, &body);
	}
	buf_release(&body);
	return result;
}

/*
 * Whether the answer is of another form than the client asked for: JSON for a
 * stream, events for a whole answer, or events for Google's streamed array.
 */
static bool
contradicts(const struct exchange *x)
{
	const char *type = headers_find(&x->upstream_headers, "content-type");

	if (x->route.operation != OPERATION_CREATE || type == NULL ||
	    headers_find(&x->upstream_headers, "content-encoding") != NULL)
		return false;
	if (reply_headers_are_events(&x->upstream_headers))
		return !x->stream || x->convert.array;
	return x->stream && !x->convert.array &&
	    strncasecmp(type, "application/json", 16) == 0;
}

int
relay_reply(struct exchange *x)
{
	struct headers headers;

	if (x->upstream_status < 200 || x->upstream_status > 299)
		return relay_error(x);
	if (x->lane == LANE_CONVERT || contradicts(x))
		return relay_convert(x);
	if (!reply_headers_are_events(&x->upstream_headers))
		return relay_whole(x);
	pass_headers(x, &headers);
	return relay_events(x, &headers);
}
