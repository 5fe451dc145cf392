#include "build.h"

#include <string.h>

#include "json_text.h"
#include "neutral/hosted.h"
#include "responses.h"
#include "responses_convert.h"

/* The open item at that index; on the way the ones that are done leave. */
static struct responses_item *
find_open(struct responses_reading *reading, int64_t index)
{
	struct responses_item	**at = &reading->items, *item;

	while ((item = *at) != NULL) {
		if (item->done) {
			*at = item->next;
			item->next = reading->spare;
			reading->spare = item;
			reading->open--;
		} else if (item->index == index)
			return item;
		else
			at = &item->next;
	}
	return NULL;
}

struct responses_item *
responses_item(struct blocks *blocks, int64_t index)
{
	struct responses_reading	*reading = blocks_own(blocks,
					    sizeof(*reading));
	struct responses_item		*item;
	struct problem			 problem;

	if (reading == NULL)
		return NULL;
	reading->any = true;
	item = find_open(reading, index);
	if (item != NULL)
		return item;
	if (reading->open == RESPONSES_OPEN_MAX) {
		problem_set(&problem, PROBLEM_UPSTREAM,
		    "the upstream sent too many items at once");
		blocks_fail(blocks, &problem);
		return NULL;
	}
	item = reading->spare;
	if (item != NULL)
		reading->spare = item->next;
	else
		item = arena_alloc(blocks->arena, sizeof(*item));
	if (item == NULL)
		return NULL;
	*item = (struct responses_item){ .index = index,
	    .next = reading->items };
	reading->items = item;
	reading->open++;
	return item;
}

int
responses_cite(struct blocks *blocks, struct json_value annotation)
{
	struct citation	citation = { .start = -1, .end = -1,
			    .dialect = DIALECT_RESPONSES };

	if (!json_equals(json_get(annotation, "type"), "url_citation"))
		return 0;
	citation.url = json_escaped(json_get(annotation, "url"));
	citation.title = json_escaped(json_get(annotation, "title"));
	json_int64(json_get(annotation, "start_index"), &citation.start);
	json_int64(json_get(annotation, "end_index"), &citation.end);
	citation.raw = json_raw(annotation);
	return blocks_citation(blocks, &citation);
}

/*
 * A call by the type of its item.
 */

/* The upstream is told namespace and name as one; so the same of its own. */
static struct text
wire_name(struct blocks *blocks, struct json_value item)
{
	struct text	space = blocks_decode(blocks, json_get(item, "namespace"));
	struct text	name = blocks_decode(blocks, json_get(item, "name"));
	char		*both;

	if (space.length == 0 || space.length > 256 || name.length > 256)
		return name;
	both = arena_printf(blocks->arena, "%.*s__%.*s", (int)space.length,
	    space.at, (int)name.length, name.at);
	return both == NULL ? name : text_of(both);
}

static bool
is_custom(struct json_value item)
{
	return json_equals(json_get(item, "type"), "custom_tool_call");
}

static bool
is_call(struct json_value item)
{
	return is_custom(item) ||
	    json_equals(json_get(item, "type"), "function_call");
}

static int
say_call(struct blocks *blocks, const struct responses_item *known,
    struct json_value item)
{
	struct text	id = blocks_decode(blocks, json_get(item, "call_id"));

	if (is_custom(item))
		return blocks_custom_call(blocks, known->index, id,
		    wire_name(blocks, item));
	return blocks_call(blocks, known->index, id, wire_name(blocks, item));
}

int
responses_open_item(struct blocks *blocks, struct responses_item *known,
    struct json_value item)
{
	if (!is_call(item))
		return 0;
	return say_call(blocks, known, item);
}

static int
end_call(struct blocks *blocks, struct responses_item *known,
    struct json_value item)
{
	struct json_value	text;

	text = json_get(item, is_custom(item) ? "input" : "arguments");
	if (say_call(blocks, known, item) == -1)
		return -1;
	if (!known->said && blocks_arguments(blocks, known->index,
	    json_escaped(text)) == -1)
		return -1;
	return blocks_call_end(blocks, known->index);
}

/* One whose arguments are an object under a name of its own. */
static int
end_known_call(struct blocks *blocks, struct responses_item *known,
    struct json_value item, const struct hosted *tool)
{
	struct text	id = blocks_decode(blocks, json_get(item, "call_id"));

	if (blocks_call(blocks, known->index, id, text_of(tool->name)) == -1 ||
	    blocks_arguments(blocks, known->index, text_escape(blocks->arena,
	    json_raw(json_get(item, tool->member)))) == -1)
		return -1;
	return blocks_call_end(blocks, known->index);
}

/*
 * Messages and reasoning.
 */

static int
say_part(struct blocks *blocks, const struct responses_item *known,
    struct json_value part)
{
	struct json_walk	walk = json_walk(json_get(part, "annotations"));
	struct text		logprobs;

	logprobs = json_inside(json_get(part, "logprobs"));
	if (!known->said && (blocks_refusal(blocks,
	    json_escaped(json_get(part, "refusal"))) == -1 ||
	    blocks_text_logprobs(blocks, json_escaped(json_get(part, "text")),
	    logprobs) == -1))
		return -1;
	while (!known->cited && json_next(&walk))
		if (responses_cite(blocks, walk.value) == -1)
			return -1;
	return known->said ? 0 : blocks_break(blocks);
}

static int
end_message(struct blocks *blocks, struct responses_item *known,
    struct json_value item)
{
	struct json_walk	walk = json_walk(json_get(item, "content"));

	if (known->said)
		return blocks_break(blocks);
	while (json_next(&walk))
		if (say_part(blocks, known, walk.value) == -1)
			return -1;
	return blocks_break(blocks);
}

static int
say_thoughts(struct blocks *blocks, struct json_value list)
{
	struct json_walk	walk = json_walk(list);
	bool			first = true;

	while (json_next(&walk)) {
		if (!first && blocks_thinking(blocks,
		    escaped_of("\\n\\n")) == -1)
			return -1;
		first = false;
		if (blocks_thinking(blocks, json_escaped(json_get(walk.value,
		    "text"))) == -1)
			return -1;
	}
	return 0;
}

/* The content that counts is the one of the item when it is done. */
static int
end_reasoning(struct blocks *blocks, struct responses_item *known,
    struct json_value item)
{
	struct json_value	sealed = json_get(item, "encrypted_content");
	struct json_value	summary = json_get(item, "summary");
	struct seal		seal = { .place = SEAL_THINKING };

	if (json_count(summary) == 0)
		summary = json_get(item, "content");
	if (!known->said && say_thoughts(blocks, summary) == -1)
		return -1;
	if (json_escaped(sealed).length > 0) {
		seal.bytes = blocks_decode(blocks, sealed);
		return blocks_seal(blocks, &seal);
	}
	return blocks_break(blocks);
}

/*
 * What the provider's tools did.
 */

static int
end_image(struct blocks *blocks, struct responses_item *known,
    struct json_value item)
{
	struct json_value	format = json_get(item, "output_format");
	const char		*type = "image/png";

	(void)known;
	if (json_equals(format, "jpeg"))
		type = "image/jpeg";
	else if (json_equals(format, "webp"))
		type = "image/webp";
	if (json_escaped(json_get(item, "result")).length == 0)
		return 0;
	return blocks_image(blocks, text_of(type),
	    json_escaped(json_get(item, "result")));
}

static int
end_code(struct blocks *blocks, struct responses_item *known,
    struct json_value item)
{
	struct escaped	code = json_escaped(json_get(item, "code"));

	(void)known;
	if (code.length == 0)
		return 0;
	if (blocks_break(blocks) == -1 ||
	    blocks_text(blocks, escaped_of("```python\\n")) == -1 ||
	    blocks_text(blocks, code) == -1 ||
	    blocks_text(blocks, escaped_of("\\n```\\n")) == -1)
		return -1;
	return blocks_break(blocks);
}

/* A search is told to others, too; what was found only where it was asked for. */
static int
end_server(struct blocks *blocks, struct json_value item)
{
	struct json_value	action = json_get(item, "action");
	struct json_walk	walk = json_walk(json_get(action, "sources"));
	struct search		search = { .failed = false };

	if (!json_equals(json_get(item, "type"), "web_search_call"))
		return blocks_server(blocks, json_raw(item));
	search.id = blocks_decode(blocks, json_get(item, "id"));
	if (search.id.length > 3 && memcmp(search.id.at, "ws_", 3) == 0)
		search.id = (struct text){ search.id.at + 3,
		    search.id.length - 3 };
	search.query = json_escaped(json_get(action, "query"));
	search.failed = json_equals(json_get(item, "status"), "failed");
	while (json_next(&walk))
		if (search_add(&search, blocks->arena, json_escaped(json_get(
		    walk.value, "url")), json_escaped(json_get(walk.value,
		    "title"))) == -1)
			return blocks_no_memory(blocks);
	return blocks_search(blocks, json_raw(item), &search);
}

static const struct {
	const char	*type;
	int		(*end)(struct blocks *, struct responses_item *,
			    struct json_value);
} types[] = {
	{ "message", end_message },
	{ "reasoning", end_reasoning },
	{ "function_call", end_call },
	{ "custom_tool_call", end_call },
	{ "image_generation_call", end_image },
	{ "code_interpreter_call", end_code },
};

int
responses_end_item(struct blocks *blocks, struct responses_item *known,
    struct json_value item)
{
	const struct hosted	*tool;
	struct json_value			 type = json_get(item, "type");
	size_t					 i;

	known->done = true;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (json_equals(type, types[i].type))
			return types[i].end(blocks, known, item);
	tool = hosted_of_call(type);
	if (tool != NULL && json_is(json_get(item, "call_id"), JSON_STRING))
		return end_known_call(blocks, known, item, tool);
	return json_is(type, JSON_STRING) ? end_server(blocks, item) : 0;
}
