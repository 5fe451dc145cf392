#include "build.h"

#include "chat.h"
#include "chat_reply_read.h"
#include "json_text.h"
#include "neutral/media.h"

/* What was held back of a text. */
static int
settle(struct blocks *blocks, struct repeats *said,
    int (*what)(struct blocks *, struct escaped))
{
	struct escaped	held;

	if (said->held.length == 0)
		return 0;
	held = repeats_settle(said, blocks->arena, false);
	return blocks->arena->failed ? blocks_no_memory(blocks) :
	    what(blocks, held);
}

int
chat_settle_content(struct blocks *blocks)
{
	struct chat_reader	*reader = blocks->own;

	if (settle(blocks, &reader->thinking, blocks_thinking) == -1)
		return -1;
	return settle(blocks, &reader->text, blocks_text);
}

/*
 * What is new of a delta, behind what was held back of the other text. Where one
 * text grows, so does the other.
 */
static int
say_new(struct blocks *blocks, struct repeats *said, struct escaped delta,
    int (*what)(struct blocks *, struct escaped))
{
	struct chat_reader	*reader = blocks->own;
	bool			 thinks = said == &reader->thinking;
	struct repeats		*other = thinks ? &reader->text :
				    &reader->thinking;

	if (reader->whole)
		return what(blocks, delta);
	delta = repeats_take(said, blocks->arena, delta,
	    other->kind == REPEATS_WHOLE);
	if (blocks->arena->failed)
		return blocks_no_memory(blocks);
	if (delta.length > 0 && settle(blocks, other, thinks ? blocks_text :
	    blocks_thinking) == -1)
		return -1;
	return what(blocks, delta);
}

static int
say_text(struct blocks *blocks, struct escaped delta)
{
	struct chat_reader	*reader = blocks->own;

	return say_new(blocks, &reader->text, delta, blocks_text);
}

static int
say_thinking(struct blocks *blocks, struct escaped delta)
{
	struct chat_reader	*reader = blocks->own;

	return say_new(blocks, &reader->thinking, delta, blocks_thinking);
}

/* Logprobs are of tokens, so these are pieces. */
static int
say_tokens(struct blocks *blocks, struct escaped delta, struct text logprobs)
{
	struct chat_reader	*reader = blocks->own;

	if (chat_settle_content(blocks) == -1)
		return -1;
	repeats_pass(&reader->text, delta);
	return blocks_text_logprobs(blocks, delta, logprobs);
}

/* A string, or a list of objects with a `text`. */
static int
say(struct blocks *blocks, struct json_value value,
    int (*what)(struct blocks *, struct escaped))
{
	struct json_walk	walk = json_walk(value);

	if (json_is(value, JSON_STRING))
		return what(blocks, json_escaped(value));
	while (json_is(value, JSON_ARRAY) && json_next(&walk))
		if (what(blocks, json_escaped(json_get(walk.value,
		    "text"))) == -1)
			return -1;
	return 0;
}

/*
 * An image comes as data; one that is somewhere else is told of by where it is.
 */
static int
read_image(struct blocks *blocks, struct json_value image)
{
	struct json_value	url = json_get(image, "image_url");
	struct escaped		link[3] = { escaped_of("![image]("), { "", 0 },
				    escaped_of(")") };
	struct media		media = { .url = { "", 0 } };
	struct problem		problem = { .kind = PROBLEM_NONE };

	if (json_is(url, JSON_OBJECT))
		url = json_get(url, "url");
	if (media_read_url(&media, blocks->arena, url, "image_url",
	    &problem) == -1)
		return 0;
	if (media.data.length > 0)
		return blocks_image(blocks, media.media_type, media.data);
	link[1] = media.url;
	return blocks_text(blocks, escaped_join(blocks->arena, link, 3));
}

int
chat_read_images(struct blocks *blocks, struct json_value message)
{
	struct json_walk	walk = json_walk(json_get(message, "images"));

	while (json_next(&walk))
		if (read_image(blocks, walk.value) == -1)
			return -1;
	return 0;
}

/* Parts of a content, and where theirs stands. */
static const struct {
	const char	*type, *member;
	int		(*what)(struct blocks *, struct escaped);
} parts[] = {
	{ "text",	 "text",	say_text },
	{ "output_text", "text",	say_text },
	{ "refusal",	 "refusal",	blocks_refusal },
	{ "thinking",	 "thinking",	say_thinking },		/* Mistral */
	{ "reasoning",	 "summary",	say_thinking },		/* Databricks */
};

static int
read_part(struct blocks *blocks, struct json_value part)
{
	struct json_value	type = json_get(part, "type");
	size_t			i;

	if (json_is(part, JSON_STRING))
		return say_text(blocks, json_escaped(part));
	if (json_equals(type, "image_url"))
		return read_image(blocks, part);
	if (json_is(type, JSON_MISSING))
		return say(blocks, json_get(part, "text"), say_text);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (json_equals(type, parts[i].type))
			return say(blocks, json_get(part, parts[i].member),
			    parts[i].what);
	return chat_settle_content(blocks) == -1 || blocks_say_unknown(blocks,
	    "content", type, part) == -1 ? -1 : 0;
}

int
chat_read_content(struct blocks *blocks, struct json_value content,
    struct text logprobs)
{
	struct json_walk	walk = json_walk(content);

	if (logprobs.length > 0 && json_is(content, JSON_STRING))
		return say_tokens(blocks, json_escaped(content), logprobs);
	if (json_is(content, JSON_STRING))
		return say_text(blocks, json_escaped(content));
	if (json_is(content, JSON_OBJECT))		/* one part */
		return read_part(blocks, content);
	while (json_is(content, JSON_ARRAY) && json_next(&walk))
		if (read_part(blocks, walk.value) == -1)
			return -1;
	return 0;
}

struct json_value
chat_thinking_of(struct json_value message)
{
	static const struct text	names[] = {
		{ "reasoning_content", 17 }, { "reasoning", 9 },
		{ "reasoning_text", 14 }, { "thinking", 8 },
	};
	struct json_value		said[4];
	size_t				i;

	json_members(message, names, 4, said);
	if (json_is(said[1], JSON_OBJECT))
		said[1] = json_get(said[1], "content");
	for (i = 0; i < 4; i++)
		if (json_escaped(said[i]).length > 0)
			return said[i];
	return JSON_NOTHING;
}

/*
 * One of the details of OpenRouter and its kin: what is encrypted wants to come
 * back as it was; a text is said unless the message itself says it.
 */
static int
read_detail(struct blocks *blocks, struct json_value detail, bool said)
{
	struct json_value	signature = json_get(detail, "signature");
	struct seal		seal = { .place = SEAL_THINKING };

	if (json_equals(json_get(detail, "type"), "reasoning.encrypted")) {
		seal.bytes = json_raw(detail);
		return blocks_redacted(blocks, &seal);
	}
	if (!said && (say(blocks, json_get(detail, "text"),
	    say_thinking) == -1 || say(blocks, json_get(detail, "summary"),
	    say_thinking) == -1))
		return -1;
	if (json_escaped(signature).length == 0)
		return 0;
	if (chat_settle_content(blocks) == -1)
		return -1;
	seal.bytes = blocks_decode(blocks, signature);
	return blocks_seal(blocks, &seal);
}

int
chat_read_thoughts(struct blocks *blocks, struct json_value message)
{
	struct json_value	text = chat_thinking_of(message);
	bool			said = json_escaped(text).length > 0;
	struct json_walk	walk;

	if (say_thinking(blocks, json_escaped(text)) == -1)
		return -1;
	walk = json_walk(json_get(message, "reasoning_details"));
	while (json_next(&walk))
		if (read_detail(blocks, walk.value, said) == -1)
			return -1;
	walk = json_walk(json_get(message, "thinking_blocks"));	/* LiteLLM */
	while (json_next(&walk)) {
		if (json_escaped(json_get(walk.value, "signature")).length > 0 ||
		    json_escaped(json_get(walk.value, "data")).length > 0)
			blocks_lost(blocks, LOST_SEAL);
		if (!said && say(blocks, json_get(walk.value, "thinking"),
		    say_thinking) == -1)
			return -1;
	}
	return 0;
}

/* Perplexity, xAI: pages that the answer rests on, beside it. */
int
chat_read_sources(struct blocks *blocks, struct json_value reply)
{
	struct json_value	found = json_get(reply, "search_results");
	struct json_walk	walk = json_walk(json_count(found) > 0 ? found :
				    json_get(reply, "citations"));
	struct chat_reader	*reader = blocks->own;
	struct citation		citation;

	while (json_next(&walk)) {
		reader->sources = true;
		citation = (struct citation){ .start = -1, .end = -1,
		    .dialect = DIALECT_CHAT };
		citation.url = json_escaped(json_is(walk.value, JSON_STRING) ?
		    walk.value : json_get(walk.value, "url"));
		citation.title = json_escaped(json_get(walk.value, "title"));
		if (chat_settle_content(blocks) == -1 ||
		    (citation.url.length > 0 &&
		    blocks_citation(blocks, &citation) == -1))
			return -1;
	}
	return 0;
}

/* Not false, null or empty, as servers write members that aren't used. */
static bool
says_something(struct json_value value)
{
	return json_is(value, JSON_TRUE) || json_is(value, JSON_NUMBER) ||
	    json_count(value) > 0 || json_escaped(value).length > 0;
}

void
chat_note_unknown(struct blocks *blocks, struct json_value message)
{
	static const char *const	known[] = { "role", "content", "refusal",
	    "tool_calls", "function_call", "annotations", "audio", "images",
	    "reasoning_content", "reasoning", "reasoning_text", "thinking",
	    "reasoning_details", "thinking_blocks", "name" };
	struct json_walk		walk = json_walk(message);
	size_t				i;

	while (json_next(&walk)) {
		for (i = 0; i < sizeof(known) / sizeof(known[0]) &&
		    !json_equals(walk.key, known[i]); i++)
			;
		if (i == sizeof(known) / sizeof(known[0]) &&
		    says_something(walk.value))
			blocks_lost_unknown(blocks, "message", walk.key);
	}
}

static int
say_rest(struct blocks *blocks, struct repeats *said, struct json_value whole,
    int (*what)(struct blocks *, struct escaped))
{
	struct escaped	rest;

	if (json_escaped(whole).length == 0)
		return 0;
	rest = repeats_rest(said, blocks->arena, json_escaped(whole));
	return blocks->arena->failed ? blocks_no_memory(blocks) :
	    what(blocks, rest);
}

int
chat_read_rest(struct blocks *blocks, struct json_value message)
{
	struct chat_reader	*reader = blocks->own;

	if (say_rest(blocks, &reader->thinking, chat_thinking_of(message),
	    blocks_thinking) == -1)
		return -1;
	return say_rest(blocks, &reader->text, json_get(message, "content"),
	    blocks_text);
}

int
chat_read_annotations(struct blocks *blocks, struct json_value message)
{
	struct json_walk	walk = json_walk(json_get(message,
				    "annotations"));
	struct json_value	json;
	struct citation		citation;

	while (json_next(&walk)) {
		json = json_get(walk.value, "url_citation");
		if (!json_is(json, JSON_OBJECT))
			continue;
		citation = (struct citation){ .start = -1, .end = -1,
		    .dialect = DIALECT_CHAT };
		citation.url = json_escaped(json_get(json, "url"));
		citation.title = json_escaped(json_get(json, "title"));
		json_int64(json_get(json, "start_index"), &citation.start);
		json_int64(json_get(json, "end_index"), &citation.end);
		if (blocks_citation(blocks, &citation) == -1)
			return -1;
	}
	return 0;
}

int
chat_seal_call(struct blocks *blocks, struct json_value json)
{
	struct seal		seal = { .place = SEAL_CALL };
	struct json_value	signature;

	signature = json_get(json_get(json_get(json, "extra_content"),
	    "google"), "thought_signature");
	if (json_escaped(signature).length == 0)
		return 0;
	seal.bytes = blocks_decode(blocks, signature);
	return blocks_redacted(blocks, &seal);
}
