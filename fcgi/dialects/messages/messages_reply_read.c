#include "build.h"

#include "json_text.h"
#include "messages.h"
#include "messages_convert.h"

/* Of a message; some servers' message_start has it, too. */
static int
read_content(struct blocks *blocks, struct messages_reading *reading,
    struct json_value message)
{
	struct json_walk	walk = json_walk(json_get(message, "content"));
	int64_t			index;

	for (index = 0; json_next(&walk); index++)
		if (messages_open_block(blocks, reading, index,
		    walk.value) == -1 ||
		    messages_end_blocks(blocks, reading) == -1)
			return -1;
	return 0;
}

static int
read_start(struct blocks *blocks, struct messages_reading *reading,
    struct json_value event)
{
	struct json_value	message = json_get(event, "message");

	if (blocks_read_usage(blocks, json_get(message, "usage"),
	    messages_read_usage) == -1 || blocks_start(blocks,
	    blocks_decode(blocks, json_get(message, "id"))) == -1)
		return -1;
	return read_content(blocks, reading, message);
}

/* What the API did beside answering; `holder` is a message or a stream's end. */
static void
note_deeds(struct blocks *blocks, struct json_value holder)
{
	struct json_value	managed = json_get(holder, "context_management");

	if (json_count(json_get(managed, "applied_edits")) > 0)
		blocks_lost(blocks, LOST_CONTEXT_MANAGEMENT);
	if (json_is(json_get(holder, "container"), JSON_OBJECT) ||
	    json_is(json_get(json_get(holder, "delta"), "container"),
	    JSON_OBJECT))
		blocks_lost(blocks, LOST_CONTAINER);
}

/* `holder` is a message, or the delta at the end of a stream. */
static int
read_stop(struct blocks *blocks, struct json_value holder)
{
	struct json_value	details = json_get(holder, "stop_details");
	enum stop		stop;

	stop = messages_stop_of(json_get(holder, "stop_reason"));
	if (stop == STOP_REFUSAL && blocks_refusal(blocks,
	    json_escaped(json_get(details, "explanation"))) == -1)
		return -1;
	if (stop == STOP_NONE)
		return 0;
	if (stop == STOP_BAD)
		return blocks_fail_end(blocks, json_get(holder, "stop_reason"),
		    details);
	return blocks_stop(blocks, stop,
	    json_escaped(json_get(holder, "stop_sequence")));
}

static int
read_end(struct blocks *blocks, struct messages_reading *reading,
    struct json_value event)
{
	if (messages_end_blocks(blocks, reading) == -1 ||
	    blocks_read_usage(blocks, json_get(event, "usage"),
	    messages_read_usage) == -1)
		return -1;
	note_deeds(blocks, event);
	return read_stop(blocks, json_get(event, "delta"));
}

static int
read_block_start(struct blocks *blocks, struct messages_reading *reading,
    struct json_value event)
{
	int64_t	index = 0;

	json_int64(json_get(event, "index"), &index);
	return messages_open_block(blocks, reading, index,
	    json_get(event, "content_block"));
}

static int
read_block_stop(struct blocks *blocks, struct messages_reading *reading,
    struct json_value event)
{
	int64_t	index;

	return messages_end_block(blocks, reading, json_int64(json_get(event,
	    "index"), &index) == 0 ? &index : NULL);
}

static int
read_finish(struct blocks *blocks, struct messages_reading *reading,
    struct json_value event)
{
	(void)event;
	if (messages_end_blocks(blocks, reading) == -1)
		return -1;
	return blocks_finish(blocks);
}

/* The most frequent one first; what isn't here means nothing: ping. */
static const struct {
	const char	*type;
	int		(*read)(struct blocks *, struct messages_reading *,
			    struct json_value);
} events[] = {
	{ "content_block_delta", messages_read_delta },
	{ "content_block_start", read_block_start },
	{ "content_block_stop", read_block_stop },
	{ "message_start", read_start },
	{ "message_delta", read_end },
	{ "message_stop", read_finish },
};

/* The event's name repeats the type; some servers leave it out. */
int
messages_read_event(struct blocks *blocks, const struct frame *frame,
    struct json_value data)
{
	struct messages_reading	*reading = messages_reading(blocks);
	struct json_value	 type = json_get(data, "type");
	size_t			 i;

	(void)frame;
	if (reading == NULL)
		return -1;
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (json_equals(type, events[i].type))
			return events[i].read(blocks, reading, data);
	return 0;
}

int
messages_read_reply(struct blocks *blocks, struct json_value reply)
{
	struct json_value	 content = json_get(reply, "content");
	struct messages_reading	*reading = messages_reading(blocks);

	if (reading == NULL)
		return -1;
	if (!json_is(content, JSON_ARRAY))
		return blocks_nonsense(blocks, "a message without content");
	if (blocks_read_usage(blocks, json_get(reply, "usage"),
	    messages_read_usage) == -1 || blocks_start(blocks,
	    blocks_decode(blocks, json_get(reply, "id"))) == -1)
		return -1;
	note_deeds(blocks, reply);
	if (read_content(blocks, reading, reply) == -1 ||
	    read_stop(blocks, reply) == -1)
		return -1;
	return blocks_finish(blocks);
}
