#include "build.h"

#include "exchange/answer.h"
#include "neutral/lost.h"
#include "relay.h"
#include "relay_convert.h"
#include "relay_events.h"
#include "reply_headers.h"
#include "upstream/patience.h"

/* x-droid2api-lossy: bytes of names. */
#define LOSSY_MAX	1024

void
relay_add_losses(struct exchange *x, struct headers *headers)
{
	char *list;

	if (x->lane != LANE_CONVERT || !losses_any(&x->convert.losses))
		return;
	list = arena_alloc(&x->reply, LOSSY_MAX);
	if (list != NULL)
		headers_add(headers, "x-droid2api-lossy",
		    losses_list(&x->convert.losses, list, LOSSY_MAX));
}

static int
start(struct exchange *x, const struct convert_reply *reply)
{
	struct headers headers;

	headers_init(&headers, &x->reply);
	answer_headers(x, &headers);
	reply_headers_pass(&headers, &x->upstream_headers,
	    !credentials_server_side(&x->credentials));
	headers_remove(&headers, "content-encoding");
	if (headers_find(&headers, "x-request-id") == NULL)
		headers_add(&headers, "x-request-id", x->id);
	relay_add_losses(x, &headers);
	if (x->stream && !x->convert.array)
		return relay_start_events(x, &headers);
	headers_set(&headers, "content-type", "application/json; charset=utf-8");
	if (!x->stream)
		headers_printf(&headers, "content-length", "%zu",
		    reply->out.length);
	x->status = 200;
	return client_start(x->client, x->status, &headers);
}

/* Sends what is there; the head before the first of it. */
static int
drain(struct exchange *x, struct convert_reply *reply,
    int (*flush)(struct client *))
{
	int result = 0;

	if (reply->out.length == 0)
		return 0;
	if (!x->client->started)
		result = start(x, reply);
	if (result == 0)
		result = client_write(x->client, reply->out.at,
		    reply->out.length);
	if (result == 0)
		result = flush(x->client);
	buf_clear(&reply->out);
	return result;
}

/* The end of the transfer, or its failure: what convert_reply makes of it. */
static int
finish(struct exchange *x, struct convert_reply *reply,
    const struct problem *why)
{
	int result = convert_reply_end(reply, why);

	if (drain(x, reply, client_finish) == CLIENT_GONE)
		return CLIENT_GONE;
	return result;
}

/* For a whole answer what comes must hold something, sooner or later. */
static int
feed(struct exchange *x, struct convert_reply *reply, struct text bytes,
    struct patience *patience)
{
	uint64_t content = reply->content;
	int result = convert_reply_feed(reply, bytes.at, bytes.length);

	if (result != 0 || x->stream)
		return result;
	if (reply->content != content)
		patience_renew(patience);
	else if (patience_check(patience, &x->problem) == -1)
		return convert_reply_end(reply, &x->problem);
	return 0;
}

static int
step(struct exchange *x, struct convert_reply *reply,
    struct patience *patience)
{
	struct text bytes;
	int result = 0, quiet_ms = x->stream ? x->config->keep_alive_s * 1000
	    : 0;

	switch (upstream_read(x->upstream, quiet_ms, &bytes, &x->problem)) {
	case UPSTREAM_BYTES:
		result = feed(x, reply, bytes, patience);
		break;
	case UPSTREAM_QUIET:
		result = convert_reply_keep_alive(reply);
		break;
	case UPSTREAM_END:
		return finish(x, reply, NULL);
	case UPSTREAM_FAILED:
		return finish(x, reply, &x->problem);
	case UPSTREAM_GONE:
		return CLIENT_GONE;
	case UPSTREAM_STOPPING:
		problem_set(&x->problem, PROBLEM_OVERLOADED,
		    "the gateway is stopping");
		return finish(x, reply, &x->problem);
	}
	return drain(x, reply, client_flush) == CLIENT_GONE ? CLIENT_GONE
	    : result;
}

int
relay_convert(struct exchange *x)
{
	struct convert_reply reply;
	struct patience patience;
	int result = 0;

	patience_start(&patience, x->config);
	convert_reply_init(&reply, &x->convert, &(struct convert_limits){
		.arena = &x->reply,
		.budget = &x->gateway->budget,
		.reply_max = x->config->reply_max,
		.request_id = x->id,
	});
	while (result == 0)
		result = step(x, &reply, &patience);
	x->watch = reply.watch;
	if (result == -1) {
		x->problem = reply.problem;
		x->failed = true;
		x->told = reply.began;
	}
	convert_reply_release(&reply);
	return result == 1 ? 0 : result;
}
