#include "build.h"

#include "chat.h"
#include "json_text.h"
#include "neutral/problem_read.h"

/* chunk, choices, choice, delta, tool_calls */
#define CHUNK_DEPTH	5

static const struct stop_word	stops[] = {
	{ "stop", STOP_END },
	{ "length", STOP_LENGTH },
	{ "tool_calls", STOP_CALLS },
	{ "function_call", STOP_CALLS },
	{ "content_filter", STOP_REFUSAL },
};

enum stop
chat_stop_of(struct json_value word)
{
	return stop_of_word(stops, sizeof(stops) / sizeof(stops[0]), word,
	    STOP_END);
}

/* OpenAI's place, or that of others. */
struct json_value
chat_usage_of(struct json_value reply)
{
	struct json_value	choice = json_at(json_get(reply, "choices"), 0);
	struct json_value	usage = json_get(reply, "usage");

	if (!json_is(usage, JSON_OBJECT))		/* Groq */
		usage = json_get(json_get(reply, "x_groq"), "usage");
	if (!json_is(usage, JSON_OBJECT))		/* Moonshot */
		usage = json_get(choice, "usage");
	return json_is(usage, JSON_OBJECT) ? usage : JSON_NOTHING;
}

bool
chat_is_cut(struct json_value chunk)
{
	return problem_is_error(json_get(json_get(chunk, "x_groq"), "error"));
}

/* What of the input was read from a cache, or written: OpenAI's word is last. */
static const char *const	reads[] = {
	"cached_tokens",		/* Moonshot */
	"prompt_cache_hit_tokens",	/* DeepSeek */
	"cache_read_input_tokens",	/* LiteLLM */
}, *const			writes[] = {
	"cache_creation_input_tokens",
}, *const			inputs[] = {
	"input_tokens",			/* in the words of Responses */
	"prompt_tokens",
}, *const			outputs[] = {
	"output_tokens",
	"completion_tokens",
};

static void
read_counts(int64_t *count, struct json_value value,
    const char *const names[], size_t length)
{
	size_t	i;

	for (i = 0; i < length; i++)
		watch_count(count, json_get(value, names[i]));
}

/*
 * What the model thought is in the total alone where it is counted beside the rest
 * (xAI), or hidden (Gemini). Tokens of the cache may be beside the input, too.
 */
static void
take_total(struct usage *usage, int64_t input, int64_t total)
{
	int64_t	missing = total - input - usage->output;
	int64_t	reasoning = usage_known(usage->reasoning);
	int64_t	cached = usage_known(usage->cache_read) +
		    usage_known(usage->cache_write);

	if (missing == cached + reasoning)
		missing = reasoning;
	if (input >= 0 && usage->output >= 0 && missing > 0 &&
	    (missing != cached || missing == reasoning))
		usage->output += missing;
}

void
chat_read_usage(struct usage *usage, struct json_value value)
{
	struct json_value	details;
	int64_t			input = -1, total = -1;

	watch_count(&total, json_get(value, "total_tokens"));
	details = json_get(value, "prompt_tokens_details");
	if (json_kind(details) <= JSON_NULL)
		details = json_get(value, "input_tokens_details");
	read_counts(&usage->cache_read, value, reads,
	    sizeof(reads) / sizeof(reads[0]));
	read_counts(&usage->cache_write, value, writes,
	    sizeof(writes) / sizeof(writes[0]));
	watch_count(&usage->cache_read, json_get(details, "cached_tokens"));
	watch_count(&usage->cache_write,
	    json_get(details, "cache_write_tokens"));
	read_counts(&input, value, inputs, sizeof(inputs) / sizeof(inputs[0]));
	usage_split(usage, input);
	read_counts(&usage->output, value, outputs,
	    sizeof(outputs) / sizeof(outputs[0]));
	watch_count(&usage->reasoning, json_get(value, "reasoning_tokens"));
	details = json_get(value, "completion_tokens_details");
	if (json_kind(details) <= JSON_NULL)
		details = json_get(value, "output_tokens_details");
	watch_count(&usage->reasoning, json_get(details, "reasoning_tokens"));
	take_total(usage, input, total);
}

/* A word that says nothing doesn't hide that a call was seen. */
static void
take_stop(struct watch *watch, struct json_value reason)
{
	enum stop	stop = chat_stop_of(reason);

	if (stop == STOP_NONE || (stop == STOP_END &&
	    watch->stop == STOP_CALLS))
		return;
	watch->stop = stop;
}

static void
take_choice(struct watch *watch, struct json_value choice, const char *part)
{
	struct json_value	calls;

	calls = json_get(json_get(choice, part), "tool_calls");
	if (json_count(calls) > 0)
		watch->stop = STOP_CALLS;
	take_stop(watch, json_get(choice, "finish_reason"));
}

static void
take_chunk(struct watch *watch, struct json_value chunk)
{
	watch_usage(watch, chat_usage_of(chunk), chat_read_usage);
	take_choice(watch, json_at(json_get(chunk, "choices"), 0), "delta");
	if (problem_is_error(json_get(chunk, "error")) || chat_is_cut(chunk)) {
		watch->failed = true;
		watch->ended = true;
	}
}

void
chat_watch_event(struct watch *watch, const struct frame *event)
{
	struct json_document	document;

	if (event->data.length == 0)
		return;
	if (event->done) {
		watch->ended = true;
		return;
	}
	watch->began = true;
	if (!watch_mentions(event->data, "finish_reason") &&
	    !watch_mentions(event->data, "usage") &&
	    !watch_mentions(event->data, "error") &&
	    (watch->stop == STOP_CALLS ||
	    !watch_mentions(event->data, "tool_calls")))
		return;
	json_init(&document, NULL);
	take_chunk(watch, watch_scan(&document, event->data, CHUNK_DEPTH));
	json_release(&document);
}

void
chat_watch_reply(struct watch *watch, struct json_value reply)
{
	watch_usage(watch, chat_usage_of(reply), chat_read_usage);
	take_choice(watch, json_at(json_get(reply, "choices"), 0), "message");
	watch->began = true;
	watch->ended = true;
}

void
chat_emit_keep_alive(struct frames *frames, struct watch *watch)
{
	(void)watch;
	frame_comment(frames, "keep-alive");
}
