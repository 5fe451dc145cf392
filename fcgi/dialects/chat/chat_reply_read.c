#include "build.h"

#include "chat.h"
#include "chat_reply_read.h"
#include "json_text.h"
#include "neutral/blocks.h"
#include "neutral/problem_read.h"

static struct chat_reader *
reader_of(struct blocks *blocks)
{
	struct chat_reader	*reader = blocks_own(blocks, sizeof(*reader));

	if (reader != NULL)
		blocks->settle = chat_settle;
	return reader;
}

/* Nothing but content, as most deltas are. */
static bool
is_plain(struct json_value message)
{
	struct json_walk	walk = json_walk(message);

	return json_next(&walk) && json_equals(walk.key, "content") &&
	    !json_next(&walk);
}

/* A choice's message or delta: both hold the same things. */
static int
read_message(struct blocks *blocks, struct json_value choice,
    struct json_value message)
{
	const struct chat_reader	*reader = blocks->own;
	struct json_value		 content = json_get(message, "content");
	struct json_value		 logprobs;

	logprobs = json_get(json_get(choice, "logprobs"), "content");
	if (repeats_again(&reader->text, json_escaped(content)) &&
	    json_is(json_get(choice, "finish_reason"), JSON_STRING))
		content = JSON_NOTHING;
	if (is_plain(message))
		return chat_read_content(blocks, content,
		    json_inside(logprobs));
	if (chat_read_thoughts(blocks, message) == -1 ||
	    chat_read_content(blocks, content, json_inside(logprobs)) == -1 ||
	    chat_read_annotations(blocks, message) == -1 ||
	    chat_read_images(blocks, message) == -1 ||
	    blocks_refusal(blocks, json_escaped(json_get(message,
	    "refusal"))) == -1)
		return -1;
	return 0;
}

/* It waits for what no client can do. */
static int
fail_unread(struct blocks *blocks, struct text type)
{
	struct problem	problem;

	problem_set(&problem, PROBLEM_UPSTREAM, "the upstream's tool call is of "
	    "the unknown type %.*s", (int)(type.length >
	    sizeof(problem.message) ? sizeof(problem.message) : type.length),
	    type.at);
	return blocks_fail(blocks, &problem);
}

static int
read_stop(struct blocks *blocks, struct json_value choice)
{
	const struct chat_reader *reader = blocks->own;
	struct json_value	 reason = json_get(choice, "finish_reason");
	enum stop		 stop;

	if (problem_is_error(json_get(choice, "error")))
		return blocks_fail_with(blocks, choice);
	if (!json_is(reason, JSON_STRING))
		return 0;
	stop = chat_stop_of(reason);
	if (stop == STOP_NONE)
		return 0;
	if (stop == STOP_BAD)
		return blocks_fail_end(blocks, reason, JSON_NOTHING);
	if (stop == STOP_CALLS && reader->calls == NULL &&
	    reader->unread.length > 0)
		return fail_unread(blocks, reader->unread);
	return blocks_stop(blocks, stop, (struct escaped){ "", 0 });
}

/* Whose text counts: that of the first choice that says some. */
static bool
speaks(struct chat_reader *reader, struct json_value message, int64_t choice)
{
	struct json_value	content = json_get(message, "content");

	if (!reader->spoken && (json_count(content) > 0 ||
	    json_escaped(content).length > 0)) {
		reader->spoken = true;
		reader->speaker = choice;
	}
	return reader->speaker == choice;
}

static int
read_choice(struct blocks *blocks, struct json_value choice,
    struct json_value message, enum saying how)
{
	struct chat_reader	*reader = blocks->own;
	int64_t			 index = 0;
	int			 result = 0;

	json_int64(json_get(choice, "index"), &index);
	if (json_is(json_get(message, "audio"), JSON_OBJECT))
		blocks_lost(blocks, LOST_AUDIO);
	if (how != SAID_AGAIN && !is_plain(message))
		chat_note_unknown(blocks, message);
	if (!speaks(reader, message, index) && json_escaped(json_get(message,
	    "content")).length > 0)
		blocks_lost(blocks, LOST_CHOICES);
	else if (speaks(reader, message, index))
		result = how == SAID_AGAIN ? chat_read_rest(blocks, message) :
		    read_message(blocks, choice, message);
	if (result == 0 && json_is(json_get(choice, "text"), JSON_STRING))
		result = chat_read_content(blocks, json_get(choice, "text"),
		    (struct text){ "", 0 });	/* of the older API */
	if (result == -1 || chat_read_calls(blocks, message, index, how) == -1)
		return -1;
	return read_stop(blocks, choice);
}

/*
 * A stream may say nothing but a whole message in its last event; behind deltas it
 * repeats them.
 */
static int
read_chunk(struct blocks *blocks, struct json_value choice)
{
	struct json_value	delta = json_get(choice, "delta");
	struct json_value	message = json_get(choice, "message");

	if (!json_is(message, JSON_OBJECT))
		return read_choice(blocks, choice, delta, SAID_IN_PIECES);
	if (json_count(delta) == 0 && !blocks_began(blocks))
		return read_choice(blocks, choice, message, SAID_WHOLE);
	if (read_choice(blocks, choice, delta, SAID_IN_PIECES) == -1)
		return -1;
	return read_choice(blocks, choice, message, SAID_AGAIN);
}

/*
 * One answer was asked for: a second choice can only be a part of it, as with
 * servers that put text in one and the calls in another.
 */
static int
read_choices(struct blocks *blocks, struct json_value reply, bool whole)
{
	struct json_walk	 walk = json_walk(json_get(reply, "choices"));
	struct chat_reader	*reader = reader_of(blocks);

	if (reader == NULL)
		return -1;
	reader->whole = whole;
	while (json_next(&walk))
		if ((whole ? read_choice(blocks, walk.value, json_get(
		    walk.value, "message"), SAID_WHOLE) :
		    read_chunk(blocks, walk.value)) == -1)
			return -1;
	return reader->sources || blocks->stop == STOP_NONE ? 0 :
	    chat_read_sources(blocks, reply);
}

int
chat_read_event(struct blocks *blocks, const struct frame *frame,
    struct json_value data)
{
	if (json_is(data, JSON_MISSING))
		return frame->done ?
		    blocks_finish(blocks) : 0;
	if (!json_is(data, JSON_OBJECT))
		return -1;
	if (!blocks->started && json_count(json_get(data, "choices")) > 0 &&
	    blocks_start(blocks, blocks_decode(blocks, json_get(data,
	    "id"))) == -1)
		return -1;
	if (read_choices(blocks, data, false) == -1)
		return -1;
	if (chat_is_cut(data))
		return blocks_fail_with(blocks, json_get(data, "x_groq"));
	blocks_tier(blocks, tier_of(json_get(data, "service_tier")));
	return blocks_read_usage(blocks, chat_usage_of(data), chat_read_usage);
}

int
chat_read_reply(struct blocks *blocks, struct json_value reply)
{
	if (json_count(json_get(reply, "choices")) == 0)
		return -1;
	blocks_tier(blocks, tier_of(json_get(reply, "service_tier")));
	if (blocks_read_usage(blocks, chat_usage_of(reply),
	    chat_read_usage) == -1 ||
	    blocks_start(blocks, blocks_decode(blocks, json_get(reply, "id"))) == -1)
		return -1;
	if (read_choices(blocks, reply, true) == -1)
		return -1;
	return blocks_finish(blocks);
}
