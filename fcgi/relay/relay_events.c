#include "build.h"

#include "clock.h"
#include "framing/frame_read.h"
#include "json_text.h"
#include "log.h"
#include "neutral/problem_read.h"
#include "relay_convert.h"
#include "relay_events.h"
#include "reply_headers.h"

/* An unfinished event longer than this is not held back any more. */
#define TAIL_MAX	(64u * 1024)

/* An event longer than this is not looked into. */
#define EVENT_MAX	(4u * 1024 * 1024)

/* After the terminal event the upstream has this long to end the transfer. */
#define LINGER_MS	2000

struct passage {
	struct relay	*relay;
	struct answer	*answer;
	struct frame_reader in;
	size_t		 passed;	/* of the unfinished event, sent already */
	bool		 blind;		/* bytes are passed without a look */
	bool		 sure;		/* that it is events */
	bool		 any;		/* there was one, but for comments */
	int64_t		 over_us;	/* since when it is; 0: it isn't */
	struct convert_reply *listener;	/* while the answer is held, or NULL */
};

/* Whether an event of ours may stand behind what was sent. */
static bool
between_events(const struct passage *p)
{
	return !p->blind && p->passed == 0;
}

/* What comes behind the terminal event does not matter. */
static bool
is_over(const struct passage *p)
{
	return p->answer->watch.ended && !p->relay->from->ends_by_eof;
}

/* What is not sent yet of an event, or of the beginning of one. */
static int
pass_rest(struct passage *p, struct text bytes)
{
	return answer_write(p->answer, (struct text){ bytes.at + p->passed,
	    bytes.length - p->passed });
}

/* Gives up looking into events: from now on bytes go through. */
static int
go_blind(struct passage *p)
{
	p->blind = true;
	return pass_rest(p, frame_tail(&p->in));
}

static int
pass_event(struct passage *p, const struct frame *frame)
{
	int	result;

	if (!frame->comment_only) {
		p->any = true;
		p->relay->from->watch_event(&p->answer->watch, frame);
	}
	if (p->relay->repeats)
		usage_init(&p->answer->watch.usage);
	/* While it is held another upstream may still be asked. */
	if (is_over(p) && !p->answer->held)
		answer_ending(p->answer, frame->bytes.length - p->passed);
	result = pass_rest(p, frame->bytes);
	p->passed = 0;
	return result;
}

static int
pass_events(struct passage *p)
{
	struct frame	frame;
	struct text	tail;
	int		result = 0;

	while (result == 0 && frame_next(&p->in, &frame))
		result = pass_event(p, &frame);
	tail = frame_tail(&p->in);
	if (result == 0 && tail.length > TAIL_MAX) {
		result = pass_rest(p, tail);
		p->passed = tail.length;
	}
	return result;
}

static void
stop_listening(struct passage *p)
{
	if (p->listener != NULL)
		convert_reply_release(p->listener);
	p->listener = NULL;
}

/* Holds the answer until the upstream said something, or failed before. */
static int
listen_to(struct passage *p)
{
	p->listener = arena_alloc(p->answer->arena, sizeof(*p->listener));
	if (p->listener == NULL)
		return problem_no_memory(p->relay->problem);
	convert_reply_init(p->listener, p->relay->convert,
	    &(struct convert_limits){
		.arena = p->answer->arena,
		.budget = p->relay->budget,
		.reply_max = EVENT_MAX,
		.listen = true,
	});
	return 0;
}

/*
 * What the listener makes of it, which is `result`. When more was said than is held
 * the answer is the client's, whatever comes.
 */
static int
heed(struct passage *p, int result)
{
	if (result == RELAY_FAILED && p->answer->held) {
		*p->relay->problem = p->listener->problem;
		stop_listening(p);
		return RELAY_FAILED;
	}
	if (result == RELAY_ON && !p->listener->spoke && p->answer->held)
		return 0;
	stop_listening(p);
	return relay_settle(p->relay);
}

/* The head, once nothing but events may come; or because nothing comes. */
static int
begin(struct passage *p)
{
	return p->answer->state != ANSWER_NOTHING ? 0 :
	    answer_start(p->answer, NULL, true);
}

/* The stream is whole: what is left goes out as it came, but for half an event. */
static int
finish(struct passage *p, bool cut)
{
	struct frame	frame;
	bool		more = !cut && !p->blind && frame_last(&p->in, &frame);
	int		result;

	if (!p->any && !more && !p->blind && p->relay->conversation) {
		problem_of_no_json(p->relay->problem, text_of(""));
		return RELAY_FAILED;
	}
	result = begin(p);
	if (result == 0 && more)
		result = pass_event(p, &frame);
	if (!p->answer->watch.ended && !p->blind)
		log_warning(p->answer->id, "the upstream's stream ended "
		    "unterminated");
	if (result == 0)
		result = answer_finish(p->answer);
	return result == 0 ? RELAY_DONE : result;
}

/* What comes behind the end is not waited for any longer than a silence. */
static int
flush(struct passage *p)
{
	if (is_over(p) && p->over_us == 0)
		p->over_us = now_us();
	if (p->over_us != 0 && now_us() - p->over_us > LINGER_MS * 1000)
		return finish(p, false);
	return answer_flush(p->answer);
}

static int
take(void *of, struct text bytes)
{
	struct passage	*p = of;
	int		 result = 0;

	if (!p->sure && !text_is_blank(bytes)) {
		if (frame_look(bytes) == FRAMING_JSON) {
			p->relay->first = bytes;
			return RELAY_OTHER;
		}
		p->sure = true;
	}
	result = begin(p);
	if (result == 0 && p->listener != NULL)
		result = heed(p, convert_reply_feed(p->listener, bytes.at,
		    bytes.length));
	if (result == 0 && !p->blind &&
	    frame_feed(&p->in, bytes.at, bytes.length) == -1)
		result = go_blind(p);
	if (result == 0)
		result = p->blind ? answer_write(p->answer, bytes) :
		    pass_events(p);
	if (result == 0 && p->answer->held && answer_is_silent(p->answer,
	    p->relay->config->keep_alive_s))
		return answer_keep_alive(p->answer);
	return result == 0 ? flush(p) : result;
}

static int
quiet_ms(const void *of)
{
	const struct passage	*p = of;

	return is_over(p) ? LINGER_MS : p->relay->config->keep_alive_s * 1000;
}

static int
rest(void *of)
{
	struct passage	*p = of;

	if (is_over(p))
		return finish(p, false);
	if (p->answer->watch.ended || !between_events(p))
		return RELAY_ON;
	return begin(p) == CLIENT_GONE ? CLIENT_GONE :
	    answer_keep_alive(p->answer);
}

/*
 * It did not: an error event behind the last whole event. Where that can't
 * stand the connection is dropped, so that the end doesn't look clean.
 */
static int
end(void *of, const struct problem *why)
{
	struct passage	*p = of;
	int		 result = 0;

	if (p->listener != NULL)
		result = heed(p, convert_reply_end(p->listener, why));
	if (result != 0)
		return result;
	if (why == NULL || (p->answer->watch.ended && between_events(p) &&
	    !(p->relay->from->ends_by_eof && frame_tail(&p->in).length > 0)))
		return finish(p, why != NULL);
	if (!between_events(p))
		p->answer->state = ANSWER_CUT;
	scoreboard_count(p->relay->scoreboard, COUNT_CUT, 1);
	return RELAY_FAILED;
}

int
relay_events(struct relay *relay)
{
	static const struct relay_sink	sink = {
		.take = take, .quiet_ms = quiet_ms, .rest = rest, .end = end,
	};
	struct answer	*answer = relay->answer;
	struct passage	 p = { .relay = relay, .answer = answer };
	int		 result = 0;

	p.blind = headers_find(&answer->upstream_headers,
	    "content-encoding") != NULL;
	p.sure = p.blind || !relay->conversation;
	frame_reader_init(&p.in, FRAMING_EVENTS, EVENT_MAX, relay->budget);
	if (answer->held && !p.blind)
		result = listen_to(&p);
	else
		result = relay_settle(relay);
	if (result == 0 &&
	    reply_headers_are_events(&answer->upstream_headers))
		result = begin(&p);
	if (result == 0)
		result = relay_pump(relay, &sink, &p);
	stop_listening(&p);
	frame_reader_release(&p.in);
	return result == RELAY_OTHER ? relay_convert(relay) : result;
}
