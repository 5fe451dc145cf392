#include "build.h"

#include "chat.h"
#include "chat_reply_read.h"
#include "json_text.h"
#include "neutral/blocks.h"

/* A call as the upstream numbers it, and the key it has in blocks. */
struct known_call {
	struct known_call	*next;		/* older */
	int64_t			 index;
	struct text		 id;
	int64_t			 key;
};

struct chat_reader {
	struct known_call	*calls;		/* newest first */
	int64_t			 keys;		/* given so far */
};

static struct known_call *
new_call(struct blocks *blocks, struct chat_reader *reader, int64_t index,
    struct text id)
{
	struct known_call	*call;
	char			*copy;

	call = arena_calloc(blocks->arena, 1, sizeof(*call));
	copy = arena_memdup(blocks->arena, id.length == 0 ? "" : id.at,
	    id.length);
	if (call == NULL || copy == NULL)
		return NULL;
	call->index = index;
	call->id = (struct text){ copy, id.length };
	call->key = reader->keys++;
	call->next = reader->calls;
	reader->calls = call;
	return call;
}

/*
 * The call that a piece belongs to. The same index is the same call, but for
 * servers that number all of them 0: there another id is another call.
 */
static struct known_call *
find_call(struct blocks *blocks, struct chat_reader *reader, int64_t index,
    struct text id, bool *fresh)
{
	struct known_call	*call = reader->calls;

	while (call != NULL && call->index != index)
		call = call->next;
	*fresh = call == NULL || (id.length > 0 && call->id.length > 0 &&
	    !text_same(call->id, id));
	return *fresh ? new_call(blocks, reader, index, id) : call;
}

/* The seal of servers that pass Gemini's through. */
static int
read_call_seal(struct blocks *blocks, struct json_value json)
{
	struct seal		seal = { .place = SEAL_CALL };
	struct json_value	signature;

	signature = json_get(json_get(json_get(json, "extra_content"),
	    "google"), "thought_signature");
	if (!json_is(signature, JSON_STRING))
		return 0;
	seal.bytes = blocks_decode(blocks, signature);
	return blocks_redacted(blocks, &seal);
}

/* Arguments come as a string; some servers send the object itself. */
static int
read_arguments(struct blocks *blocks, int64_t key, struct json_value value)
{
	if (json_is(value, JSON_OBJECT))
		return blocks_arguments(blocks, key,
		    text_escape(blocks->arena, json_raw(value)));
	return blocks_arguments(blocks, key, json_escaped(value));
}

static int
read_call(struct blocks *blocks, struct json_value json, int64_t index)
{
	struct chat_reader	*reader = blocks_own(blocks, sizeof(*reader));
	struct json_value	 function = json_get(json, "function");
	struct json_value	 custom = json_get(json, "custom");
	struct text		 id = blocks_decode(blocks, json_get(json, "id"));
	struct known_call	*call;
	bool			 fresh;

	json_int64(json_get(json, "index"), &index);
	if (reader == NULL ||
	    (call = find_call(blocks, reader, index, id, &fresh)) == NULL)
		return -1;
	if (fresh && read_call_seal(blocks, json) == -1)
		return -1;
	if (json_is(custom, JSON_OBJECT)) {
		if (blocks_custom_call(blocks, call->key, id,
		    blocks_decode(blocks, json_get(custom, "name"))) == -1)
			return -1;
		return blocks_arguments(blocks, call->key,
		    json_escaped(json_get(custom, "input")));
	}
	if (blocks_call(blocks, call->key, id,
	    blocks_decode(blocks, json_get(function, "name"))) == -1)
		return -1;
	return read_arguments(blocks, call->key,
	    json_get(function, "arguments"));
}

static int
read_calls(struct blocks *blocks, struct json_value message)
{
	struct json_walk	walk = json_walk(json_get(message,
				    "tool_calls"));
	struct json_value	function = json_get(message, "function_call");
	int64_t			index = 0;

	while (json_next(&walk))
		if (read_call(blocks, walk.value, index++) == -1)
			return -1;
	if (!json_is(function, JSON_OBJECT))
		return 0;
	if (blocks_call(blocks, -1, (struct text){ "", 0 },
	    blocks_decode(blocks, json_get(function, "name"))) == -1)
		return -1;
	return read_arguments(blocks, -1, json_get(function, "arguments"));
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
	struct json_value	logprobs;

	logprobs = json_get(json_get(choice, "logprobs"), "content");
	if (is_plain(message))
		return chat_read_content(blocks, json_get(message, "content"),
		    json_inside(logprobs));
	if (chat_read_thoughts(blocks, message) == -1 ||
	    chat_read_content(blocks, json_get(message, "content"),
	    json_inside(logprobs)) == -1 ||
	    chat_read_annotations(blocks, message) == -1 ||
	    chat_read_images(blocks, message) == -1 ||
	    blocks_refusal(blocks, json_escaped(json_get(message,
	    "refusal"))) == -1)
		return -1;
	return read_calls(blocks, message);
}

static int
read_stop(struct blocks *blocks, struct json_value choice)
{
	struct json_value	reason = json_get(choice, "finish_reason");
	enum stop		stop;

	if (!json_is(reason, JSON_STRING))
		return 0;
	stop = chat_stop_of(reason);
	if (stop == STOP_NONE)
		return 0;
	if (blocks_calls_end(blocks) == -1)
		return -1;
	return blocks_stop(blocks, stop, (struct escaped){ "", 0 });
}

static int
read_choices(struct blocks *blocks, struct json_value choices,
    const char *part)
{
	struct json_walk	walk = json_walk(choices);
	int64_t			index;

	while (json_next(&walk)) {
		index = 0;
		json_int64(json_get(walk.value, "index"), &index);
		if (index != 0)
			continue;
		if (read_message(blocks, walk.value,
		    json_get(walk.value, part)) == -1 ||
		    read_stop(blocks, walk.value) == -1)
			return -1;
	}
	return 0;
}

static bool
is_error(struct json_value value)
{
	return json_is(value, JSON_OBJECT) || json_is(value, JSON_STRING);
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
	if (is_error(json_get(data, "error")))
		return blocks_fail_with(blocks, data);
	if (!blocks->started && blocks_start(blocks,
	    blocks_decode(blocks, json_get(data, "id"))) == -1)
		return -1;
	if (read_choices(blocks, json_get(data, "choices"), "delta") == -1)
		return -1;
	return blocks_read_usage(blocks, chat_usage_of(data), chat_read_usage);
}

int
chat_read_reply(struct blocks *blocks, struct json_value reply)
{
	struct json_value	choices = json_get(reply, "choices");

	if (is_error(json_get(reply, "error")))
		return blocks_fail_with(blocks, reply);
	if (json_count(choices) == 0)
		return -1;
	if (blocks_read_usage(blocks, chat_usage_of(reply),
	    chat_read_usage) == -1 ||
	    blocks_start(blocks, blocks_decode(blocks, json_get(reply, "id"))) == -1)
		return -1;
	if (read_choices(blocks, choices, "message") == -1)
		return -1;
	return blocks_finish(blocks);
}
