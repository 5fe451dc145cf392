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

static bool
has_failed(struct json_value response)
{
	struct json_value	status = json_get(response, "status");

	return json_equals(status, "failed") ||
	    json_equals(status, "cancelled") ||
	    problem_is_error(json_get(response, "error"));
}

/* One that was asked for in the background. */
static bool
is_to_come(struct json_value response)
{
	struct json_value	status = json_get(response, "status");

	return json_equals(status, "queued") ||
	    json_equals(status, "in_progress");
}

/* The end of a reply: of a stream, the event's response. */
static int
read_end(struct blocks *blocks, struct json_value response)
{
	enum stop	stop = responses_read_stop(response);

	blocks_tier(blocks, tier_of(json_get(response, "service_tier")));
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

/* Which part of the item, of its content or its summary; unsaid: this one. */
static int64_t
part_of(const struct responses_item *item, struct json_value event)
{
	int64_t	index = item->part;

	if (json_int64(json_get(event, "content_index"), &index) == -1)
		json_int64(json_get(event, "summary_index"), &index);
	return index < 0 ? 0 : index;
}

static int
on_text(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	struct escaped	delta = json_escaped(json_get(event, "delta"));
	struct text	logprobs = json_inside(json_get(event, "logprobs"));

	return responses_say_text(blocks, item, part_of(item, event), delta,
	    logprobs);
}

static int
on_arguments(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	return responses_say_argument(blocks, item, json_get(event, "delta"));
}

static int
on_arguments_done(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	return responses_say_arguments(blocks, item,
	    json_get(event, "arguments"));
}

static int
on_input_done(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	return responses_say_arguments(blocks, item, json_get(event, "input"));
}

/* Parts of a summary are paragraphs of one thought. */
static int
on_summary_part(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	return responses_paragraph(blocks, item, part_of(item, event));
}

static int
on_summary_part_done(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	return responses_say_whole(blocks, item, part_of(item, event),
	    json_escaped(json_get(json_get(event, "part"), "text")),
	    blocks_thinking);
}

static int
on_annotation(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	item->cited = true;
	return responses_cite(blocks, json_get(event, "annotation"));
}

static int
on_part_done(struct blocks *blocks, struct responses_item *item,
    struct json_value event)
{
	return responses_end_part(blocks, item, part_of(item, event),
	    json_get(event, "part"));
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

/*
 * The most frequent ones first, each with the type of item that it is of. Some
 * have no more than a piece of a part under a name, or all of it.
 */
static const struct item_event {
	const char	*type, *of;
	int		(*on)(struct blocks *, struct responses_item *,
			    struct json_value);
	const char	*piece, *whole;
	responses_say	 say;
} item_events[] = {
	{ "response.output_text.delta", "message",
	    .on = on_text },
	{ "response.function_call_arguments.delta", "function_call",
	    .on = on_arguments },
	{ "response.reasoning_summary_text.delta", "reasoning",
	    .piece = "delta", .say = blocks_thinking },
	{ "response.reasoning_text.delta", "reasoning",
	    .piece = "delta", .say = blocks_thinking },
	{ "response.custom_tool_call_input.delta", "custom_tool_call",
	    .on = on_arguments },
	{ "response.refusal.delta", "message",
	    .piece = "delta", .say = blocks_refusal },
	{ "response.output_text.annotation.added", "message",
	    .on = on_annotation },
	{ "response.reasoning_summary_part.added", "reasoning",
	    .on = on_summary_part },
	{ "response.output_text.done", "message",
	    .whole = "text", .say = blocks_text },
	{ "response.refusal.done", "message",
	    .whole = "refusal", .say = blocks_refusal },
	{ "response.content_part.done", "message",
	    .on = on_part_done },
	{ "response.function_call_arguments.done", "function_call",
	    .on = on_arguments_done },
	{ "response.custom_tool_call_input.done", "custom_tool_call",
	    .on = on_input_done },
	{ "response.reasoning_text.done", "reasoning",
	    .whole = "text", .say = blocks_thinking },
	{ "response.reasoning_summary_text.done", "reasoning",
	    .whole = "text", .say = blocks_thinking },
	{ "response.reasoning_summary_part.done", "reasoning",
	    .on = on_summary_part_done },
	{ "response.output_item.added", "",
	    .on = on_added },
	{ "response.output_item.done", "",
	    .on = on_done },
};

static struct responses_item *
item_of(const struct item_event *row, struct blocks *blocks,
    struct json_value event)
{
	int64_t	index = 0;

	json_int64(json_get(event, "output_index"), &index);
	if (row->on == on_added || row->on == on_done)
		return responses_said_item(blocks, index,
		    json_get(event, "item"), row->on == on_done);
	return responses_item(blocks, index, row->of);
}

static int
read_item_event(const struct item_event *row, struct blocks *blocks,
    struct responses_item *item, struct json_value event)
{
	if (row->on != NULL)
		return row->on(blocks, item, event);
	if (row->piece != NULL)
		return responses_say_piece(blocks, item, part_of(item, event),
		    json_escaped(json_get(event, row->piece)), row->say);
	return responses_say_whole(blocks, item, part_of(item, event),
	    json_escaped(json_get(event, row->whole)), row->say);
}

static int
on_end(struct blocks *blocks, struct json_value event)
{
	struct json_value	response = json_get(event, "response");

	if (read_response(blocks, response) == -1 ||
	    responses_end_output(blocks, json_get(response, "output")) == -1)
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
	size_t			 i;

	(void)frame;
	for (i = 0; i < sizeof(item_events) / sizeof(item_events[0]); i++) {
		if (!json_equals(type, item_events[i].type))
			continue;
		item = item_of(&item_events[i], blocks, data);
		return item == NULL ? -1 :
		    read_item_event(&item_events[i], blocks, item, data);
	}
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (json_equals(type, events[i].type))
			return events[i].on(blocks, data);
	return 0;
}

/* Some leave the last event's items empty, or without what was streamed of them. */
static bool
is_full(struct json_value item)
{
	struct json_value	type = json_get(item, "type");
	struct json_value	part = json_at(json_get(item, "content"), 0);

	if (json_equals(type, "message"))
		return json_escaped(json_get(part, "text")).length > 0 ||
		    json_escaped(json_get(part, "refusal")).length > 0;
	if (json_equals(type, "function_call"))
		return json_escaped(json_get(item, "arguments")).length > 0;
	return !json_equals(type, "custom_tool_call") ||
	    json_escaped(json_get(item, "input")).length > 0;
}

static bool
is_whole(struct json_value response, int64_t items)
{
	struct json_walk	walk;
	struct json_value	status = json_get(response, "status");
	int64_t			count = 0;
	bool			full = true;

	walk = json_walk(json_get(response, "output"));
	for (; json_next(&walk); count++)
		full = full && is_full(walk.value);
	return full && count > 0 && count >= items &&
	    json_is(json_get(response, "id"), JSON_STRING) &&
	    json_is(json_get(response, "object"), JSON_STRING) &&
	    (json_equals(status, "completed") ||
	    json_equals(status, "incomplete")) && !has_failed(response);
}

struct json_value
responses_whole_of(struct json_value event, int64_t *items)
{
	struct json_value	type = json_get(event, "type");
	struct json_value	response = json_get(event, "response");
	int64_t			index;

	if (json_int64(json_get(event, "output_index"), &index) == -1)
		*items += json_equals(type, "response.output_item.done");
	else if (index >= *items && index < INT64_MAX)
		*items = index + 1;
	return (json_equals(type, "response.completed") ||
	    json_equals(type, "response.incomplete")) &&
	    is_whole(response, *items) ? response : JSON_NOTHING;
}

int
responses_read_reply(struct blocks *blocks, struct json_value reply)
{
	if (has_failed(reply))
		return blocks_fail_with(blocks, reply);
	if (is_to_come(reply))
		return blocks_refuse(blocks, PROBLEM_UPSTREAM,
		    "the upstream has not finished its reply");
	if (!json_is(json_get(reply, "output"), JSON_ARRAY))
		return -1;
	if (blocks_read_usage(blocks, json_get(reply, "usage"),
	    responses_read_usage) == -1 ||
	    read_response(blocks, reply) == -1 ||
	    responses_end_output(blocks, json_get(reply, "output")) == -1)
		return -1;
	return read_end(blocks, reply);
}
