#include "build.h"

#include "relay_convert.h"
#include "upstream/patience.h"

struct conversion {
	struct relay		*relay;
	const struct convert	*convert;
	struct patience		 patience;
	struct convert_reply	 reply;
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
			answer->state = ANSWER_TOLD;
	}
	return result;
}

/* For a whole answer what comes must hold something, sooner or later. */
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
	return send_result(c, result);
}

static int
quiet_ms(const void *of)
{
	const struct conversion	*c = of;

	return c->convert->stream ? c->relay->config->keep_alive_s * 1000 : 0;
}

static int
rest(void *of)
{
	struct conversion	*c = of;

	return send_result(c, convert_reply_keep_alive(&c->reply));
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
	convert_reply_release(&c.reply);
	if (result == 0 && relay->answer->state == ANSWER_FLOWING)
		result = answer_finish(relay->answer);
	return result;
}
