#include "build.h"

#include "json_text.h"
#include "neutral/problem_read.h"
#include "responses.h"
#include "responses_convert.h"

static int
read_response(struct blocks *blocks, struct json_value response)
{
	return blocks_start(blocks,
	    blocks_decode(blocks, json_get(response, "id")));
}

/* All items of a response that nothing of was said yet. */
static int
read_output(struct blocks *blocks, struct json_value response)
{
	struct json_walk	walk = json_walk(json_get(response, "output"));
	struct responses_item	item;
	int64_t			index = 0;

	while (json_next(&walk)) {
		item = (struct responses_item){ .index = index };
		index++;
		if (responses_end_item(blocks, &item, walk.value) == -1)
			return -1;
	}
	return 0;
}

static bool
has_failed(struct json_value response)
{
	struct json_value	status = json_get(response, "status");

	return json_equals(status, "failed") ||
	    json_equals(status, "cancelled") ||
	    problem_is_error(json_get(response, "error"));
}

/* The end of a reply: of a stream, the event's response. */
static int
read_end(struct blocks *blocks, struct json_value response)
{
	enum stop	stop = responses_read_stop(response);

	if (blocks_read_usage(blocks, json_get(response, "usage"),
	    responses_read_usage) == -1)
		return -1;
	if (has_failed(response))
		return blocks_fail_with(blocks, response);
	if (stop == STOP_NONE)
		stop = STOP_END;
	if (blocks_stop(blocks, stop, (struct escaped){ "", 0 }) == -1)
		return -1;
	return blocks_finish(blocks);
}

/*
 * Events. `item` is the one at the event's output_index.
 */

static int
on_text(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	item->said = true;
	return blocks_text_logprobs(blocks,
	    json_escaped(json_get(event, "delta")),
	    json_inside(json_get(event, "logprobs")));
}

static int
on_arguments(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	item->said = true;
	return blocks_arguments(blocks, item->index,
	    json_escaped(json_get(event, "delta")));
}

static int
on_thinking(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	item->said = true;
	return blocks_thinking(blocks, json_escaped(json_get(event, "delta")));
}

/* Parts of a summary are paragraphs of one thought. */
static int
on_summary_part(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	int64_t	index = 0;

	json_int64(json_get(event, "summary_index"), &index);
	if (index == 0 || !item->said)
		return 0;
	return blocks_thinking(blocks, escaped_of("\\n\\n"));
}

static int
on_refusal(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	item->said = true;
	return blocks_refusal(blocks, json_escaped(json_get(event, "delta")));
}

static int
on_annotation(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	item->cited = true;
	return responses_cite(blocks, json_get(event, "annotation"));
}

/* Here too, for servers that tell of citations only with the whole part. */
static int
on_part_done(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	struct json_value	part = json_get(event, "part");
	struct json_walk	walk = json_walk(json_get(part, "annotations"));

	if (!item->said)
		return 0;
	while (!item->cited && json_next(&walk))
		if (responses_cite(blocks, walk.value) == -1)
			return -1;
	item->cited = false;
	return blocks_break(blocks);
}

static int
on_added(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	return responses_open_item(blocks, item, json_get(event, "item"));
}

static int
on_done(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	return responses_end_item(blocks, item, json_get(event, "item"));
}

/* The most frequent ones first; what isn't here repeats what was said. */
static const struct {
	const char	*type;
	int		(*on)(struct blocks *, struct responses_item *,
			    struct json_value);
} item_events[] = {
	{ "response.output_text.delta", on_text },
	{ "response.function_call_arguments.delta", on_arguments },
	{ "response.reasoning_summary_text.delta", on_thinking },
	{ "response.reasoning_text.delta", on_thinking },
	{ "response.custom_tool_call_input.delta", on_arguments },
	{ "response.refusal.delta", on_refusal },
	{ "response.output_text.annotation.added", on_annotation },
	{ "response.reasoning_summary_part.added", on_summary_part },
	{ "response.content_part.done", on_part_done },
	{ "response.output_item.added", on_added },
	{ "response.output_item.done", on_done },
};

/* Some servers say everything in the last event only. */
static int
on_end(struct blocks *blocks, struct json_value event)
{
	struct responses_reading	*reading = blocks_own(blocks,
					    sizeof(*reading));
	struct json_value		 response = json_get(event, "response");

	if (reading == NULL || read_response(blocks, response) == -1 ||
	    (!reading->any && read_output(blocks, response) == -1))
		return -1;
	return read_end(blocks, response);
}

static int
on_start(struct blocks *blocks, struct json_value event)
{
	return read_response(blocks, json_get(event, "response"));
}

static int
on_failed(struct blocks *blocks, struct json_value event)
{
	struct json_value	response = json_get(event, "response");

	if (blocks_read_usage(blocks, json_get(response, "usage"),
	    responses_read_usage) == -1)
		return -1;
	return blocks_fail_with(blocks, json_is(response, JSON_OBJECT) ? response :
	    event);
}

static const struct {
	const char	*type;
	int		(*on)(struct blocks *, struct json_value);
} events[] = {
	{ "response.created", on_start },
	{ "response.in_progress", on_start },
	{ "response.completed", on_end },
	{ "response.incomplete", on_end },
	{ "response.done", on_end },
	{ "response.failed", on_failed },
	{ "response.cancelled", on_failed },
};

int
responses_read_event(struct blocks *blocks, const struct frame *frame,
    struct json_value data)
{
	struct json_value	 type = json_get(data, "type");
	struct responses_item	*item;
	int64_t			 index = 0;
	size_t			 i;

	(void)frame;
	for (i = 0; i < sizeof(item_events) / sizeof(item_events[0]); i++) {
		if (!json_equals(type, item_events[i].type))
			continue;
		json_int64(json_get(data, "output_index"), &index);
		item = responses_item(blocks, index);
		return item == NULL ? -1 :
		    item_events[i].on(blocks, item, data);
	}
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (json_equals(type, events[i].type))
			return events[i].on(blocks, data);
	return 0;
}

int
responses_read_reply(struct blocks *blocks, struct json_value reply)
{
	if (has_failed(reply))
		return blocks_fail_with(blocks, reply);
	if (!json_is(json_get(reply, "output"), JSON_ARRAY))
		return -1;
	if (blocks_read_usage(blocks, json_get(reply, "usage"),
	    responses_read_usage) == -1 ||
	    read_response(blocks, reply) == -1 ||
	    read_output(blocks, reply) == -1)
		return -1;
	return read_end(blocks, reply);
}
