#include "build.h"

#include "json_mend.h"
#include "json_text.h"
#include "neutral/problem_read.h"
#include "neutral/problem_words.h"
#include "relay_whole.h"
#include "reply_headers.h"
#include "upstream/patience.h"

/* An upstream's error body that is longer than this says nothing. */
#define ERROR_BODY_MAX	(1024u * 1024)

struct collection {
	struct relay	*relay;
	struct patience	 patience;
	struct buf	*body;
};

static int
take(void *of, struct text bytes)
{
	struct collection	*c = of;

	if (!text_is_blank(bytes))
		patience_renew(&c->patience);
	if (bytes.length > c->body->max - c->body->length)
		return problem_set(c->relay->problem, PROBLEM_UPSTREAM,
		    "the upstream's answer is larger than %zu bytes",
		    c->body->max);
	if (buf_add(c->body, bytes.at, bytes.length) == -1)
		return problem_no_memory(c->relay->problem);
	return patience_check(&c->patience, c->relay->problem);
}

static int
end(void *of, const struct problem *why)
{
	(void)of;
	return why == NULL ? RELAY_DONE : RELAY_FAILED;
}

/* All of it. 0, CLIENT_GONE, or -1: cut, blank for too long, or too large. */
static int
collect(struct relay *relay, struct buf *body)
{
	static const struct relay_sink	sink = { .take = take, .end = end };
	struct collection		c = { .relay = relay, .body = body };

	patience_start(&c.patience, relay->config);
	return relay_pump(relay, &sink, &c);
}

static int
pass(struct relay *relay, const struct buf *body)
{
	return answer_body(relay->answer, relay->answer->upstream_status, NULL,
	    (struct text){ body->at, body->length });
}

/* What a server writes that is not quite JSON may be mended by the client, too. */
static bool
is_almost_json(const struct relay *relay, const struct buf *body)
{
	struct json_document	document;
	struct buf		mended;
	bool			is;

	json_init(&document, relay->budget);
	buf_init(&mended, relay->config->reply_max, relay->budget);
	is = json_mend(&mended, body->at, body->length) == 0 &&
	    json_scan(&document, mended.at, mended.length, NULL) == 0;
	buf_release(&mended);
	json_release(&document);
	return is;
}

/* An answer, though the status says so, is none: 0, or -1 if that is a fault. */
static int
check_failure(struct relay *relay, const struct json_document *document)
{
	if (!problem_is_said(json_root(document)))
		return 0;
	problem_read_body(relay->problem, 502, relay->answer->arena, document);
	return problem_is_upstreams(relay->problem,
	    relay->answer->own_credential) ? -1 : 0;
}

/*
 * Whether a model said it; then usage and stop reason are noted, for the log. 0,
 * or -1: a page of something that stands before the API, half an answer, or,
 * while another upstream may be asked, a failure.
 */
static int
watch(struct relay *relay, const struct buf *body)
{
	struct answer		*answer = relay->answer;
	struct json_document	 document;
	int			 result = 0;

	if (headers_find(&answer->upstream_headers, "content-encoding") != NULL)
		return 0;
	json_init(&document, relay->budget);
	if (json_scan(&document, body->at, body->length, NULL) == 0) {
		if (answer->held && relay->conversation)
			result = check_failure(relay, &document);
		if (!relay->repeats && result == 0)
			relay->from->watch_reply(&answer->watch,
			    json_root(&document));
	} else if (relay->conversation && document.failure == JSON_INVALID &&
	    !is_almost_json(relay, body)) {
		problem_of_no_json(relay->problem,
		    (struct text){ body->at, body->length });
		secrets_mask_problem(&relay->secrets, relay->problem);
		result = -1;
	}
	json_release(&document);
	return result;
}

int
relay_whole(struct relay *relay)
{
	struct buf	body;
	int		result;

	buf_init(&body, relay->config->reply_max, relay->budget);
	result = collect(relay, &body);
	if (result == 0)
		result = watch(relay, &body);
	if (result == 0)
		result = relay_settle(relay);
	if (result == 0 && relay->alter != NULL)
		result = relay->alter(relay->settle_of, &body);
	if (result == 0)
		result = pass(relay, &body);
	buf_release(&body);
	return result;
}

static void
read_problem(struct relay *relay, const struct json_document *body)
{
	struct answer	*answer = relay->answer;
	struct problem	*problem = relay->problem;

	if (headers_find(&answer->upstream_headers, "content-encoding") != NULL)
		problem_read_text(problem, answer->upstream_status,
		    (struct text){ "", 0 });
	else
		problem_read_body(problem, answer->upstream_status,
		    answer->arena, body);
	if (problem->retry_after_s == 0)
		problem->retry_after_s = reply_headers_retry_after(
		    &answer->upstream_headers);
}

/* Whether there is more to do about it than to pass it on. */
static bool
is_avoidable(const struct relay *relay)
{
	const struct answer	*answer = relay->answer;
	const struct problem	*problem = relay->problem;

	return (answer->held && problem_is_upstreams(problem,
	    answer->own_credential)) ||
	    answer_is_event(answer, problem) ||
	    (relay->dispensable && problem_is_no_route(problem)) ||
	    (relay->unsealable && problem_is_seal(problem));
}

static int
pass_error(struct relay *relay, const struct buf *body)
{
	struct answer		*answer = relay->answer;
	struct json_document	 document;
	bool			 passes;
	int			 result = -1;

	json_init(&document, NULL);
	passes = json_scan(&document, body->at, body->length, NULL) == 0 &&
	    json_is(json_root(&document), JSON_OBJECT) && !relay->converts &&
	    !relay->explained && answer->state == ANSWER_NOTHING;
	read_problem(relay, &document);
	if (passes && !is_avoidable(relay))
		result = pass(relay, body);
	json_release(&document);
	return result;
}

int
relay_error(struct relay *relay)
{
	struct buf	body;
	int		result;

	scoreboard_count(relay->scoreboard, COUNT_UPSTREAM_ERRORS, 1);
	buf_init(&body, ERROR_BODY_MAX, relay->budget);
	result = collect(relay, &body);
	if (result == 0) {
		/* Some repeat the key that they refuse. */
		body.length = secrets_mask(&relay->secrets, body.at,
		    body.length);
		result = pass_error(relay, &body);
	}
	buf_release(&body);
	return result;
}
