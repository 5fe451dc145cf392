#include "build.h"

#include "json_text.h"
#include "messages.h"

/* event, message, usage, output_tokens_details */
#define EVENT_DEPTH	4

static const struct stop_word	stops[] = {
	{ "end_turn", STOP_END },
	{ "stop_sequence", STOP_SEQUENCE },
	{ "max_tokens", STOP_LENGTH },
	{ "tool_use", STOP_CALLS },
	{ "refusal", STOP_REFUSAL },
	{ "pause_turn", STOP_PAUSED },
	{ "model_context_window_exceeded", STOP_CONTEXT },
	/* Of servers that imitate the API. */
	{ "length", STOP_LENGTH },
	{ "tool_calls", STOP_CALLS },
	{ "content_filter", STOP_REFUSAL },
	{ "error", STOP_BAD },
	{ "abort", STOP_BAD },
	{ "network_error", STOP_BAD },
	{ "insufficient_system_resource", STOP_BAD },
};

enum stop
messages_stop_of(struct json_value word)
{
	return stop_of_word(stops, sizeof(stops) / sizeof(stops[0]), word,
	    STOP_END);
}

void
messages_read_usage(struct usage *usage, struct json_value value)
{
	struct json_value	details;

	watch_count(&usage->input, json_get(value, "input_tokens"));
	watch_count(&usage->cache_read,
	    json_get(value, "cache_read_input_tokens"));
	watch_count(&usage->cache_write,
	    json_get(value, "cache_creation_input_tokens"));
	watch_count(&usage->output, json_get(value, "output_tokens"));
	details = json_get(value, "output_tokens_details");
	watch_count(&usage->reasoning, json_get(details, "thinking_tokens"));
	if (tier_of(json_get(value, "service_tier")) != NULL)
		usage->tier = tier_of(json_get(value, "service_tier"));
}

static void
take_stop(struct watch *watch, struct json_value reason)
{
	enum stop	stop = messages_stop_of(reason);

	if (stop != STOP_NONE)
		watch->stop = stop;
}

/* What the events mean that aren't part of a content block. */
static void
take_event(struct watch *watch, struct json_value event)
{
	struct json_value	type = json_get(event, "type"), message;

	if (json_equals(type, "message_start")) {
		watch->began = true;
		message = json_get(event, "message");
		watch_usage(watch, json_get(message, "usage"), messages_read_usage);
	} else if (json_equals(type, "message_delta")) {
		watch_usage(watch, json_get(event, "usage"), messages_read_usage);
		take_stop(watch, json_get(json_get(event, "delta"),
		    "stop_reason"));
	} else if (json_equals(type, "message_stop")) {
		watch->ended = true;
	} else if (json_equals(type, "error")) {
		watch->failed = true;
		watch->ended = true;
	}
}

/* Content deltas, nearly all of a stream, are told by the event's name. */
void
messages_watch_event(struct watch *watch, const struct frame *event)
{
	struct json_document	document;
	struct text		name = event->name;

	if (event->data.length == 0 || text_equals(name, "ping") ||
	    text_equals(name, "content_block_start") ||
	    text_equals(name, "content_block_delta") ||
	    text_equals(name, "content_block_stop"))
		return;
	json_init(&document, NULL);
	take_event(watch, watch_scan(&document, event->data, EVENT_DEPTH));
	json_release(&document);
}

void
messages_watch_reply(struct watch *watch, struct json_value reply)
{
	watch_usage(watch, json_get(reply, "usage"), messages_read_usage);
	take_stop(watch, json_get(reply, "stop_reason"));
	watch->began = true;
	watch->ended = true;
}
