#include "build.h"

#include <ctype.h>
#include <string.h>

#include "json_text.h"
#include "responses.h"

/* event, response, output, item; usage, its details */
#define EVENT_DEPTH	4

void
responses_read_usage(struct usage *usage, struct json_value value)
{
	struct json_value	details;
	int64_t			input = -1;

	details = json_get(value, "input_tokens_details");
	watch_count(&usage->cache_read, json_get(details, "cached_tokens"));
	watch_count(&usage->cache_write,
	    json_get(details, "cache_write_tokens"));
	watch_count(&input, json_get(value, "input_tokens"));
	usage_split(usage, input);
	watch_count(&usage->output, json_get(value, "output_tokens"));
	details = json_get(value, "output_tokens_details");
	watch_count(&usage->reasoning, json_get(details, "reasoning_tokens"));
}

/* Items that the client has to answer. */
static bool
item_is_call(struct json_value item)
{
	static const char *const	types[] = {
		"function_call", "custom_tool_call", "tool_search_call",
		"local_shell_call", "shell_call", "apply_patch_call",
		"computer_call",
	};
	size_t				i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (json_equals(json_get(item, "type"), types[i]))
			return true;
	return false;
}

enum stop
responses_read_stop(struct json_value response)
{
	struct json_value	status = json_get(response, "status"), reason;
	struct json_walk	walk;

	if (json_equals(status, "incomplete")) {
		reason = json_get(json_get(response, "incomplete_details"),
		    "reason");
		return json_equals(reason, "content_filter") ? STOP_REFUSAL :
		    STOP_LENGTH;
	}
	if (!json_equals(status, "completed"))
		return STOP_NONE;
	walk = json_walk(json_get(response, "output"));
	while (json_next(&walk))
		if (item_is_call(walk.value))
			return STOP_CALLS;
	return STOP_END;
}

static void
take_response(struct watch *watch, struct json_value response)
{
	enum stop	stop = responses_read_stop(response);

	watch_copy(watch->id, sizeof(watch->id), json_get(response, "id"));
	watch_copy(watch->model, sizeof(watch->model),
	    json_get(response, "model"));
	watch_count(&watch->created_at, json_get(response, "created_at"));
	if (json_is(json_get(response, "usage"), JSON_OBJECT))
		watch_usage(watch, json_get(response,
		    "usage"), responses_read_usage);
	/* Some leave `output` of the last event empty. */
	if (stop != STOP_NONE && (stop != STOP_END ||
	    watch->stop != STOP_CALLS))
		watch->stop = stop;
}

static void
take_event(struct watch *watch, struct json_value event)
{
	struct json_value	type = json_get(event, "type");

	take_response(watch, json_get(event, "response"));
	if (item_is_call(json_get(event, "item")))
		watch->stop = STOP_CALLS;
	if (json_equals(type, "response.created"))
		watch->began = true;
	if (json_equals(type, "response.failed") || json_equals(type, "error"))
		watch->failed = true;
	if (watch->failed || json_equals(type, "response.completed") ||
	    json_equals(type, "response.incomplete") ||
	    json_equals(type, "response.done"))
		watch->ended = true;
}

/* The first sequence_number in the event; the events' own stands in front. */
static void
take_sequence(struct watch *watch, struct text data)
{
	static const char	 key[] = "\"sequence_number\"";
	const char		*at, *end = data.at + data.length;
	int64_t			 number = 0;

	at = memmem(data.at, data.length, key, sizeof(key) - 1);
	if (at == NULL)
		return;
	for (at += sizeof(key) - 1; at < end && strchr(" \t:", *at) != NULL;)
		at++;
	if (at == end || !isdigit((unsigned char)*at))
		return;
	for (; at < end && isdigit((unsigned char)*at); at++)
		if (number < INT64_MAX / 10 - 9)
			number = number * 10 + (*at - '0');
	watch->sequence = number;
}

/* Deltas, most of a stream, have nothing but their number. */
void
responses_watch_event(struct watch *watch, const struct frame *event)
{
	struct json_document	document;
	struct text		data = event->data;

	if (data.length == 0)
		return;
	take_sequence(watch, data);
	if (!watch_mentions(data, "response") &&
	    !watch_mentions(data, "item") &&
	    !text_equals(event->name, "error") &&
	    memmem(data.at, data.length, "\"error\"", 7) == NULL)
		return;
	json_init(&document, NULL);
	take_event(watch, watch_scan(&document, data, EVENT_DEPTH));
	json_release(&document);
}

void
responses_watch_reply(struct watch *watch, struct json_value reply)
{
	take_response(watch, reply);
	watch->failed = json_equals(json_get(reply, "status"), "failed");
	watch->began = true;
	watch->ended = true;
}
