#include "build.h"

#include "generate.h"
#include "json_text.h"
#include "neutral/problem_read.h"

/* response, candidates, candidate, content, parts, part */
#define CHUNK_DEPTH	6

static const struct stop_word	stops[] = {
	{ "STOP", STOP_END },
	{ "FINISH_REASON_UNSPECIFIED", STOP_NONE },
	{ "MAX_TOKENS", STOP_LENGTH },
	{ "CONTINUATION", STOP_LENGTH },
	{ "SAFETY", STOP_REFUSAL },
	{ "RECITATION", STOP_REFUSAL },
	{ "PROHIBITED_CONTENT", STOP_REFUSAL },
	{ "SPII", STOP_REFUSAL },
	{ "BLOCKLIST", STOP_REFUSAL },
	{ "LANGUAGE", STOP_REFUSAL },
	{ "IMAGE_SAFETY", STOP_REFUSAL },
	{ "IMAGE_PROHIBITED_CONTENT", STOP_REFUSAL },
	{ "IMAGE_RECITATION", STOP_REFUSAL },
	{ "MODEL_ARMOR", STOP_REFUSAL },
	{ "ESCALATION", STOP_REFUSAL },
	{ "PUP_LIMITED_DISABLED", STOP_REFUSAL },
};

enum stop
generate_stop_of(struct json_value word)
{
	return stop_of_word(stops, sizeof(stops) / sizeof(stops[0]), word,
	    STOP_BAD);
}

void
generate_read_usage(struct usage *usage, struct json_value value)
{
	int64_t	prompt = -1, tools = 0, answer = -1, thoughts = 0;

	watch_count(&prompt, json_get(value, "promptTokenCount"));
	watch_count(&tools, json_get(value, "toolUsePromptTokenCount"));
	watch_count(&answer, json_get(value, "candidatesTokenCount"));
	watch_count(&thoughts, json_get(value, "thoughtsTokenCount"));
	watch_count(&usage->cache_read,
	    json_get(value, "cachedContentTokenCount"));
	if (prompt >= 0 && tools <= INT64_MAX - prompt)
		usage_split(usage, prompt + tools);
	if (answer >= 0 || thoughts > 0) {
		if (answer < 0)
			answer = 0;
		if (thoughts <= INT64_MAX - answer)
			usage->output = answer + thoughts;
		usage->reasoning = thoughts;
	}
}

/* A call is remembered: a STOP behind it says nothing. */
static void
take_candidate(struct watch *watch, struct json_value candidate)
{
	struct json_walk	walk;
	enum stop		stop;

	walk = json_walk(json_get(json_get(candidate, "content"), "parts"));
	while (json_next(&walk))
		if (json_is(json_get(walk.value, "functionCall"), JSON_OBJECT))
			watch->stop = STOP_CALLS;
	stop = generate_stop_of(json_get(candidate, "finishReason"));
	if (stop == STOP_NONE)
		return;
	watch->ended = true;
	if (stop != STOP_END || watch->stop != STOP_CALLS)
		watch->stop = stop;
}

static void
take_chunk(struct watch *watch, struct json_value chunk)
{
	struct json_value	usage = json_get(chunk, "usageMetadata");

	if (json_is(usage, JSON_OBJECT))
		watch_usage(watch, usage, generate_read_usage);
	take_candidate(watch, json_at(json_get(chunk, "candidates"), 0));
	if (json_is(json_get(json_get(chunk, "promptFeedback"), "blockReason"),
	    JSON_STRING)) {
		watch->stop = STOP_REFUSAL;
		watch->ended = true;
	}
	if (problem_is_error(json_get(chunk, "error"))) {
		watch->failed = true;
		watch->ended = true;
	}
}

void
generate_watch_event(struct watch *watch, const struct frame *event)
{
	struct json_document	document;

	if (event->data.length == 0)
		return;
	watch->began = true;
	if (!watch_mentions(event->data, "finishReason") &&
	    !watch_mentions(event->data, "usageMetadata") &&
	    !watch_mentions(event->data, "functionCall") &&
	    !watch_mentions(event->data, "promptFeedback") &&
	    !watch_mentions(event->data, "error"))
		return;
	json_init(&document, NULL);
	take_chunk(watch, watch_scan(&document, event->data, CHUNK_DEPTH));
	json_release(&document);
}

/* Without alt=sse a stream is an array of the chunks. */
void
generate_watch_reply(struct watch *watch, struct json_value reply)
{
	struct json_walk	walk;

	if (json_is(reply, JSON_ARRAY)) {
		walk = json_walk(reply);
		while (json_next(&walk))
			take_chunk(watch, walk.value);
	} else
		take_chunk(watch, reply);
	watch->began = true;
	watch->ended = true;
}
