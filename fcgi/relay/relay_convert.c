#include "build.h"

#include "clock.h"
#include "relay_convert.h"
#include "upstream/patience.h"

/* After the end was said the upstream has this long to end the transfer. */
#define LINGER_MS	2000

struct conversion {
	struct relay		*relay;
	const struct convert	*convert;
	struct patience		 patience;
	struct convert_reply	 reply;
	uint64_t		 content;	/* as of said_us */
	int64_t			 said_us;	/* the end; 0: not yet */
};

/* Sends what is there; the head before the first of it. */
static int
drain(struct conversion *c)
{
	struct answer	*answer = c->relay->answer;
	struct buf	*out = &c->reply.out;
	struct text	 bytes = { out->at, out->length };
	int		 result = 0;

	if (out->length == 0)
		return 0;
	if (c->reply.finished)
		answer->watch = c->reply.watch;
	answer->lost = c->reply.lost;
	if (!c->convert->stream)
		return answer_body(answer, 200, ANSWER_JSON, bytes);
	if (answer->state == ANSWER_NOTHING)
		result = answer_start(answer, c->convert->array ? ANSWER_JSON :
		    NULL, false);
	if (result == 0)
		result = answer_write(answer, bytes);
	if (result == 0 && !c->reply.finished)
		result = answer_flush(answer);
	buf_clear(out);
	return result;
}

/* What the step made of it leaves, then its result counts. */
static int
send_result(struct conversion *c, int result)
{
	struct answer	*answer = c->relay->answer;

	if (c->reply.spoke && relay_settle(c->relay) == CLIENT_GONE)
		return CLIENT_GONE;
	if (drain(c) == CLIENT_GONE)
		return CLIENT_GONE;
	if (result == RELAY_FAILED) {
		*c->relay->problem = c->reply.problem;
		if (c->reply.began)
			answer->state = c->reply.cut ? ANSWER_CUT : ANSWER_TOLD;
	}
	return result;
}

/* What is left of the time for more, once the end was said; -1: it was not. */
static int
linger_ms(struct conversion *c)
{
	int64_t	now = now_us(), left_us;

	if (!convert_reply_is_said(&c->reply))
		return -1;
	if (c->said_us == 0 || c->content != c->reply.content) {
		c->said_us = now;
		c->content = c->reply.content;
	}
	left_us = c->said_us + LINGER_MS * 1000 - now;
	return left_us > 0 ? (int)(left_us / 1000) + 1 : 0;
}

static int
quiet_ms(const void *of)
{
	const struct conversion	*c = of;

	if (convert_reply_is_said(&c->reply))
		return LINGER_MS;
	return c->convert->stream ? c->relay->config->keep_alive_s * 1000 : 0;
}

static int
rest(void *of)
{
	struct conversion	*c = of;

	if (convert_reply_is_said(&c->reply))
		return send_result(c, convert_reply_end(&c->reply, NULL));
	if (c->relay->answer->held)
		return answer_keep_alive(c->relay->answer);
	return send_result(c, convert_reply_keep_alive(&c->reply));
}

/*
 * For a whole answer what comes must hold something, sooner or later; a stream is
 * kept open though nothing comes of it that its client can see.
 */
static int
take(void *of, struct text bytes)
{
	struct conversion	*c = of;
	uint64_t		 content = c->reply.content;
	int			 result = convert_reply_feed(&c->reply,
				    bytes.at, bytes.length);

	if (result == 0 && !c->convert->stream) {
		if (c->reply.content != content)
			patience_renew(&c->patience);
		else if (patience_check(&c->patience, c->relay->problem) == -1)
			result = convert_reply_end(&c->reply,
			    c->relay->problem);
	}
	if (result == 0 && linger_ms(c) == 0)
		result = convert_reply_end(&c->reply, NULL);
	result = send_result(c, result);
	return result != RELAY_ON || !c->convert->stream ||
	    convert_reply_is_said(&c->reply) ||
	    !answer_is_silent(c->relay->answer, c->relay->config->keep_alive_s) ?
	    result : rest(c);
}

static int
end(void *of, const struct problem *why)
{
	struct conversion	*c = of;

	return send_result(c, convert_reply_end(&c->reply, why));
}

int
relay_convert(struct relay *relay)
{
	static const struct relay_sink	sink = {
		.take = take, .quiet_ms = quiet_ms, .rest = rest, .end = end,
	};
	struct conversion	c = { .relay = relay,
				    .convert = relay->convert };
	int			result;

	patience_start(&c.patience, relay->config);
	convert_reply_init(&c.reply, c.convert, &(struct convert_limits){
		.arena = relay->answer->arena,
		.budget = relay->budget,
		.reply_max = relay->config->reply_max,
		.request_id = relay->answer->id,
		.secrets = &relay->secrets,
	});
	result = relay_pump(relay, &sink, &c);
	relay->answer->watch = c.reply.watch;
	relay->answer->lost = c.reply.lost;
	convert_reply_release(&c.reply);
	if (result == 0 && relay->answer->state == ANSWER_FLOWING)
		result = answer_finish(relay->answer);
	return result;
}
