#include "build.h"

#include "generate.h"
#include "generate_convert.h"
#include "json_text.h"

/* What waits for more text. */
static int
settle(struct blocks *blocks)
{
	return generate_end_text(blocks, blocks->own);
}

static struct generate_reply *
reply_of(struct blocks *blocks)
{
	struct generate_reply	*reply = blocks_own(blocks, sizeof(*reply));

	if (reply != NULL && reply->offsets.arena == NULL) {
		generate_offsets_init(&reply->offsets, blocks->arena);
		blocks->settle = settle;
	}
	return reply;
}

/* A prompt that was blocked has no candidates. */
static int
read_feedback(struct blocks *blocks, struct json_value feedback)
{
	if (!json_is(json_get(feedback, "blockReason"), JSON_STRING))
		return 0;
	if (blocks_refusal(blocks, json_escaped(json_get(feedback,
	    "blockReasonMessage"))) == -1)
		return -1;
	return blocks_stop(blocks, STOP_REFUSAL, (struct escaped){ 0 });
}

static int
read_parts(struct blocks *blocks, struct generate_reply *reply,
    struct json_value candidate)
{
	struct json_walk	walk;
	struct text		logprobs, none = { "", 0 };
	bool			text;

	logprobs = generate_read_logprobs(blocks->arena,
	    json_get(candidate, "logprobsResult"));
	walk = json_walk(json_get(json_get(candidate, "content"), "parts"));
	for (reply->parts = 0; json_next(&walk); reply->parts++) {
		if (reply->parts < sizeof(reply->part_starts) /
		    sizeof(reply->part_starts[0]))
			reply->part_starts[reply->parts] =
			    reply->offsets.bytes;
		text = json_escaped(json_get(walk.value, "text")).length > 0 &&
		    !json_true(json_get(walk.value, "thought"));
		if (generate_read_part(blocks, reply, walk.value,
		    text ? logprobs : none) == -1)
			return -1;
		if (text)
			logprobs = none;
	}
	if (reply->parts > sizeof(reply->part_starts) /
	    sizeof(reply->part_starts[0]))
		reply->parts = sizeof(reply->part_starts) /
		    sizeof(reply->part_starts[0]);
	return 0;
}

/* What was said of a stop; later chunks may still have parts. */
static int
read_finish(struct blocks *blocks, struct generate_reply *reply,
    struct json_value candidate)
{
	enum stop	stop;

	stop = generate_stop_of(json_get(candidate, "finishReason"));
	if (stop == STOP_NONE)
		return 0;
	if (stop == STOP_BAD)
		return blocks_fail_end(blocks, json_get(candidate,
		    "finishReason"), json_get(candidate, "finishMessage"));
	if (generate_end_call(blocks, reply) == -1 ||
	    generate_end_text(blocks, reply) == -1 ||
	    generate_tell_search(blocks, reply) == -1)
		return -1;
	if (stop == STOP_REFUSAL && blocks_refusal(blocks,
	    json_escaped(json_get(candidate, "finishMessage"))) == -1)
		return -1;
	return blocks_stop(blocks, stop, (struct escaped){ 0 });
}

/* Google's Code Assist has each in a `response`. */
struct json_value
generate_reply_of(struct json_value chunk)
{
	struct json_value	response = json_get(chunk, "response");

	return json_is(json_get(chunk, "candidates"), JSON_MISSING) &&
	    json_is(response, JSON_OBJECT) ? response : chunk;
}

static int
read_chunk(struct blocks *blocks, struct json_value chunk)
{
	struct generate_reply	*reply = reply_of(blocks);
	struct json_value	 candidates, candidate;

	chunk = generate_reply_of(chunk);
	candidates = json_get(chunk, "candidates");
	if (reply == NULL)
		return -1;
	if (blocks_read_usage(blocks, json_get(chunk, "usageMetadata"),
	    generate_read_usage) == -1)
		return -1;
	if (!blocks->started && blocks_start(blocks, blocks_decode(
	    blocks, json_get(chunk, "responseId"))) == -1)
		return -1;
	candidate = json_at(candidates, 0);
	if (json_count(candidates) > 1)
		blocks_lost(blocks, LOST_CHOICES);
	if (!json_is(candidate, JSON_OBJECT))
		return read_feedback(blocks, json_get(chunk,
		    "promptFeedback"));
	if (read_parts(blocks, reply, candidate) == -1 ||
	    generate_read_grounding(blocks, reply, candidate) == -1 ||
	    (reply->seal.id.length == 0 &&
	    generate_end_text(blocks, reply) == -1) ||
	    generate_note_search(blocks, reply, candidate) == -1)
		return -1;
	return read_finish(blocks, reply, candidate);
}

/*
 * The end is the end of the bytes: a finishReason may have more behind it, and
 * no chunk says that it's the last.
 */
int
generate_read_event(struct blocks *blocks, const struct frame *frame,
    struct json_value data)
{
	(void)frame;
	if (json_is(data, JSON_MISSING))
		return 0;
	if (!json_is(data, JSON_OBJECT))
		return blocks_nonsense(blocks, "an event is no object");
	return read_chunk(blocks, data);
}

int
generate_read_reply(struct blocks *blocks, struct json_value reply)
{
	bool	known;

	reply = generate_reply_of(reply);
	known = json_is(json_get(reply, "candidates"), JSON_ARRAY) ||
	    json_is(json_get(reply, "promptFeedback"), JSON_OBJECT);
	if (!known)
		return blocks_nonsense(blocks, "a reply without candidates");
	if (read_chunk(blocks, reply) == -1)
		return -1;
	return blocks_finish(blocks);
}
