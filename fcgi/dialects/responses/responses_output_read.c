#include "build.h"

#include <string.h>

#include "escape.h"
#include "json_text.h"
#include "neutral/hosted.h"
#include "responses.h"
#include "responses_convert.h"

/* Items that are done leave. */
static void
drop_done(struct responses_reading *reading)
{
	struct responses_item	**at = &reading->items, *item;

	while ((item = *at) != NULL) {
		if (!item->done) {
			at = &item->next;
			continue;
		}
		*at = item->next;
		item->next = reading->spare;
		reading->spare = item;
		reading->open--;
	}
}

/* The newest open item of that index from there on. */
static struct responses_item *
open_at(struct responses_item *item, int64_t index)
{
	while (item != NULL && item->index != index)
		item = item->next;
	return item;
}

/* Remembers what the whole response need not say again. */
static struct responses_told *
tell(struct blocks *blocks, struct responses_reading *reading,
    struct responses_item *item)
{
	struct responses_told	*told;

	if (reading->count++ >= RESPONSES_TOLD_MAX)
		return NULL;
	told = arena_calloc(blocks->arena, 1, sizeof(*told));
	if (told == NULL)
		return NULL;
	told->item = item;
	if (reading->told == NULL)
		reading->told = told;
	else
		reading->last_told->next = told;
	reading->last_told = told;
	return told;
}

static struct responses_item *
new_item(struct blocks *blocks, struct responses_reading *reading,
    int64_t index, const char *type)
{
	struct responses_item	*item;

	if (reading->open == RESPONSES_OPEN_MAX) {
		blocks_refuse(blocks, PROBLEM_UPSTREAM,
		    "the upstream sent too many items at once");
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
	    .key = reading->keys++, .next = reading->items };
	reading->items = item;
	reading->open++;
	item->told = tell(blocks, reading, item);
	if (item->told != NULL)
		item->told->type = text_of(type);
	return item;
}

struct responses_item *
responses_item(struct blocks *blocks, int64_t index, const char *type)
{
	struct responses_reading	*reading = blocks_own(blocks,
					    sizeof(*reading));
	struct responses_item		*newest, *item;

	if (reading == NULL)
		return NULL;
	drop_done(reading);
	newest = item = open_at(reading->items, index);
	if (newest == NULL)
		return new_item(blocks, reading, index, type);
	if (open_at(newest->next, index) == NULL)
		return newest;
	while (item != NULL && item->told != NULL &&
	    !text_equals(item->told->type, type))
		item = open_at(item->next, index);
	return item != NULL ? item : newest;
}

/* What tells an item from others of its type, where the server says it. */
static struct text
id_of(struct blocks *blocks, struct json_value item)
{
	struct json_value	id = json_get(item, "call_id");

	if (!json_is(id, JSON_STRING))
		id = json_get(item, "id");
	return blocks_decode(blocks, id);
}

static bool
names_call(struct text type)
{
	return type.length > 5 &&
	    memcmp(type.at + type.length - 5, "_call", 5) == 0;
}

/* Whether an item may be of this type; which call it is may be known late. */
static bool
is_of_type(const struct responses_told *told, struct text type)
{
	return told->type.length == 0 || type.length == 0 ||
	    text_same(told->type, type) ||
	    (names_call(told->type) && names_call(type));
}

/* Some servers give all items one index, or an item another id at its end. */
struct responses_item *
responses_said_item(struct blocks *blocks, int64_t index,
    struct json_value said, bool done)
{
	struct responses_reading	*reading = blocks_own(blocks,
					    sizeof(*reading));
	struct text			 id = id_of(blocks, said);
	struct text			 type = blocks_decode(blocks,
					    json_get(said, "type"));
	struct responses_item		*item, *other = NULL;

	if (reading == NULL)
		return NULL;
	drop_done(reading);
	item = open_at(reading->items, index);
	for (; item != NULL; item = open_at(item->next, index)) {
		if (item->told == NULL)
			return item;
		if (!is_of_type(item->told, type))
			continue;
		if (item->told->id.length == 0 || id.length == 0 ||
		    text_same(item->told->id, id))
			return item;
		if (done && other == NULL)
			other = item;
	}
	return other != NULL ? other : new_item(blocks, reading, index, "");
}

static void
describe(struct blocks *blocks, struct responses_item *known,
    struct json_value item)
{
	if (known->told == NULL)
		return;
	known->told->type = blocks_keep(blocks, blocks_decode(blocks,
	    json_get(item, "type")));
	known->told->id = blocks_keep(blocks, id_of(blocks, item));
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
		return blocks_custom_call(blocks, known->key, id,
		    wire_name(blocks, item));
	return blocks_call(blocks, known->key, id, wire_name(blocks, item));
}

int
responses_open_item(struct blocks *blocks, struct responses_item *known,
    struct json_value item)
{
	describe(blocks, known, item);
	if (!is_call(item))
		return 0;
	return say_call(blocks, known, item);
}

static int
end_call(struct blocks *blocks, struct responses_item *known,
    struct json_value item)
{
	struct json_value	whole;

	whole = json_get(item, is_custom(item) ? "input" : "arguments");
	if (say_call(blocks, known, item) == -1 ||
	    responses_say_arguments(blocks, known, whole) == -1)
		return -1;
	return blocks_call_end(blocks, known->key);
}

/* One whose arguments are an object under a name of its own. */
static int
end_known_call(struct blocks *blocks, struct responses_item *known,
    struct json_value item, const struct hosted *tool)
{
	struct text	id = blocks_decode(blocks, json_get(item, "call_id"));

	if (blocks_call(blocks, known->key, id, text_of(tool->name)) == -1 ||
	    blocks_arguments(blocks, known->key, text_escape(blocks->arena,
	    hosted_arguments(blocks->arena, tool, item))) == -1)
		return -1;
	return blocks_call_end(blocks, known->key);
}

/*
 * Messages and reasoning.
 */

static int
end_message(struct blocks *blocks, struct responses_item *known,
    struct json_value item)
{
	struct json_value	content = json_get(item, "content");
	struct json_walk	walk = json_walk(content);
	bool			told = known->any;
	int64_t			index = 0;

	if (json_is(content, JSON_STRING) && responses_say_whole(blocks, known,
	    0, json_escaped(content), blocks_text) == -1)
		return -1;
	for (; json_next(&walk); index++) {
		if (responses_end_part(blocks, known, index, walk.value) == -1)
			return -1;
		if (!told)	/* two that are equal are two */
			known->before = (struct spoken){ 0, 0 };
	}
	return blocks_part(blocks);
}

static int
say_thoughts(struct blocks *blocks, struct responses_item *known,
    struct json_value list)
{
	struct json_walk	walk = json_walk(list);
	int64_t			index = 0;

	for (; json_next(&walk); index++)
		if (responses_say_whole(blocks, known, index,
		    json_escaped(json_get(walk.value, "text")),
		    blocks_thinking) == -1)
			return -1;
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
	if (say_thoughts(blocks, known, summary) == -1)
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
	int					 said;

	describe(blocks, known, item);
	if (known->told != NULL)
		known->told->item = NULL;
	known->done = true;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (json_equals(type, types[i].type))
			return types[i].end(blocks, known, item);
	tool = hosted_of_call(item);
	if (tool != NULL && json_is(json_get(item, "call_id"), JSON_STRING))
		return end_known_call(blocks, known, item, tool);
	if (!json_is(type, JSON_STRING))
		return 0;
	/* Its parts may have been said already. */
	if (known->any && json_kind(json_get(item, "content")) > JSON_NULL) {
		blocks_lost_unknown(blocks, NULL, type);
		return end_message(blocks, known, item);
	}
	said = blocks_say_item(blocks, item);
	if (said == 0)
		return end_server(blocks, item);
	return said == -1 ? -1 : 0;
}

/*
 * The whole response.
 */

static struct responses_told *
told_by_id(struct blocks *blocks, const struct responses_reading *reading,
    struct json_value item)
{
	struct text		 id = id_of(blocks, item);
	struct responses_told	*told = id.length == 0 ? NULL : reading->told;

	while (told != NULL && !text_same(told->id, id))
		told = told->next;
	return told;
}

/* Some servers make new ids for the last event: there the order counts. */
static struct responses_told *
told_by_order(const struct responses_reading *reading, struct json_value item)
{
	struct escaped		 type = json_escaped(json_get(item, "type"));
	struct responses_told	*told = reading->told;

	while (told != NULL && (told->found ||
	    !escape_equals(type, told->type)))
		told = told->next;
	return told;
}

static int
end_one(struct blocks *blocks, const struct responses_reading *reading,
    int64_t index, struct json_value item)
{
	struct responses_told	*told = told_by_id(blocks, reading, item);
	struct responses_item	 fresh = { .key = -1 - index };

	if (told == NULL)
		told = told_by_order(reading, item);
	if (told == NULL)
		return responses_end_item(blocks, &fresh, item);
	told->found = true;
	return told->item == NULL ? 0 :
	    responses_end_item(blocks, told->item, item);
}

int
responses_end_output(struct blocks *blocks, struct json_value output)
{
	struct responses_reading	*reading = blocks_own(blocks,
					    sizeof(*reading));
	struct json_walk		 walk = json_walk(output);
	struct responses_told		*told;
	int64_t				 index = 0;

	if (reading == NULL)
		return -1;
	if (reading->count > RESPONSES_TOLD_MAX || (reading->count > 0 &&
	    json_count(output) > RESPONSES_TOLD_MAX))
		return 0;
	while (reading->told != NULL && json_next(&walk)) {
		told = told_by_id(blocks, reading, walk.value);
		if (told != NULL)
			told->found = true;
	}
	walk = json_walk(output);
	for (; json_next(&walk); index++)
		if (end_one(blocks, reading, index, walk.value) == -1)
			return -1;
	return 0;
}
