#include "build.h"

#include <string.h>

#include "blocks_items.h"
#include "escape.h"
#include "json_text.h"
#include "problem_read.h"
#include "request.h"

void
blocks_init(struct blocks *blocks, struct arena *arena,
    const struct tool_names *names, struct budget *budget, blocks_sink sink,
    void *context)
{
	memset(blocks, 0, sizeof(*blocks));
	blocks->arena = arena;
	blocks->names = names;
	blocks->budget = budget;
	blocks->sink = sink;
	blocks->context = context;
	blocks->kept_max = BLOCKS_KEPT_MAX;
	text_table_init(&blocks->ids, arena);
	usage_init(&blocks->usage);
}

static void
item_forget_text(struct blocks *blocks, struct blocks_item *item)
{
	blocks->kept -= item->text.length + item->logprobs.length;
	buf_release(&item->text);
	buf_release(&item->logprobs);
}

void
blocks_release(struct blocks *blocks)
{
	struct blocks_item	*item;

	for (item = blocks->items; item != NULL; item = item->next)
		item_forget_text(blocks, item);
	blocks->items = blocks->last = NULL;
}

int
blocks_emit(struct blocks *blocks, struct event *event)
{
	if (blocks->sink(blocks->context, event) == -1) {
		blocks->broken = true;
		return -1;
	}
	return 0;
}

int
blocks_fail(struct blocks *blocks, const struct problem *problem)
{
	struct event	event = { .kind = EVENT_ERROR, .problem = problem };

	if (blocks->finished || blocks->broken)
		return -1;
	blocks->broken = true;
	event.usage = blocks->usage;
	blocks->sink(blocks->context, &event);
	return -1;
}

int
blocks_fail_with(struct blocks *blocks, struct json_value error)
{
	struct problem	problem;

	problem_clear(&problem);
	problem_read(&problem, 200, blocks->arena, error);
	return blocks_fail(blocks, &problem);
}

int
blocks_refuse(struct blocks *blocks, enum problem_kind kind, const char *why)
{
	struct problem	problem;

	problem_set(&problem, kind, "%s", why);
	return blocks_fail(blocks, &problem);
}

int
blocks_no_memory(struct blocks *blocks)
{
	return blocks_refuse(blocks, PROBLEM_OVERLOADED, "out of memory");
}

int
blocks_nonsense(struct blocks *blocks, const char *what)
{
	struct problem	problem;

	problem_set(&problem, PROBLEM_UPSTREAM,
	    "the upstream's reply makes no sense: %s", what);
	return blocks_fail(blocks, &problem);
}

void *
blocks_own(struct blocks *blocks, size_t size)
{
	if (blocks->own == NULL)
		blocks->own = arena_calloc(blocks->arena, 1, size);
	if (blocks->own == NULL)
		blocks_no_memory(blocks);
	return blocks->own;
}

struct text
blocks_decode(struct blocks *blocks, struct json_value string)
{
	return text_decode(blocks->arena, json_escaped(string), NULL);
}

struct text
blocks_keep(struct blocks *blocks, struct text text)
{
	char	*copy;

	if (text.length == 0)
		return (struct text){ "", 0 };
	copy = arena_memdup(blocks->arena, text.at, text.length);
	return (struct text){ copy == NULL ? "" : copy,
	    copy == NULL ? 0 : text.length };
}

struct escaped
blocks_keep_escaped(struct blocks *blocks, struct escaped span)
{
	struct text	copy;

	copy = blocks_keep(blocks, (struct text){ span.at, span.length });
	return (struct escaped){ copy.at, copy.length };
}

int
blocks_start(struct blocks *blocks, struct text id)
{
	struct event	event = { .kind = EVENT_START };

	if (blocks->finished || blocks->broken)
		return -1;
	if (blocks->started)
		return 0;
	blocks->started = true;
	blocks->id = blocks_keep(blocks, id);
	event.id = blocks->id;
	event.model = blocks->model;
	event.usage = blocks->usage;
	return blocks_emit(blocks, &event);
}

bool
blocks_began(const struct blocks *blocks)
{
	return blocks->number > 0 || blocks->items != NULL;
}

/* What every function but blocks_start() begins with. */
int
blocks_go_on(struct blocks *blocks)
{
	return blocks_start(blocks, (struct text){ "", 0 });
}

/*
 * The items. The first one is open, all others wait behind it; only a call can
 * be incomplete and not the last.
 */

static void
describe_call(struct blocks *blocks, struct blocks_item *item,
    struct event *event)
{
	const struct tool_name	*declared;

	event->id = item->id = blocks_call_id(blocks, item->id);
	event->name = item->wire;
	event->tool = item->kind == BLOCK_CUSTOM_CALL ? TOOL_CUSTOM :
	    TOOL_FUNCTION;
	declared = tool_names_find(blocks->names, item->wire);
	if (declared == NULL)
		return;
	event->name = declared->name;
	event->namespace_name = declared->namespace_name;
	event->tool = declared->kind;
	if (declared->kind == TOOL_CUSTOM && item->kind == BLOCK_CALL) {
		item->kind = BLOCK_CUSTOM_CALL;
		item->unwrap = true;
		item->flows = false;
	}
}

/* Some servers cut text inside a character: its other half comes next. */
static struct escaped
whole_characters(struct blocks *blocks, struct escaped text)
{
	struct escaped	both[2] = { blocks->half, text };

	if (blocks->half.length > 0) {
		if (!escape_begins_low(text))
			both[0] = escaped_of(ESCAPE_UNKNOWN);
		text = escaped_join(blocks->arena, both, 2);
		blocks->half.length = 0;
	}
	if (escape_ends_high(text)) {
		text.length -= ESCAPE_UNIT;
		blocks->half = blocks_keep_escaped(blocks, (struct escaped){
		    text.at + text.length, ESCAPE_UNIT });
	}
	return text;
}

static int
emit_delta(struct blocks *blocks, const struct blocks_item *item,
    struct escaped text, struct text logprobs)
{
	struct event	event = { .kind = EVENT_DELTA };

	if (blocks->half.length > 0 || escape_ends_high(text)) {
		text = whole_characters(blocks, text);
		if (text.length == 0 && logprobs.length == 0)
			return 0;
	}
	event.block = blocks->number;
	event.block_kind = item->kind;
	event.text = text;
	event.logprobs = logprobs;
	return blocks_emit(blocks, &event);
}

static int
item_emit_kept(struct blocks *blocks, struct blocks_item *item)
{
	struct escaped	text = { item->text.at, item->text.length };
	struct text	logprobs = { item->logprobs.at, item->logprobs.length };
	int		result;

	if (text.length == 0)
		return 0;
	result = emit_delta(blocks, item, text, logprobs);
	item_forget_text(blocks, item);
	return result;
}

static int
item_open(struct blocks *blocks, struct blocks_item *item)
{
	struct event	event = { .kind = EVENT_OPEN };

	if (item->call)
		describe_call(blocks, item, &event);
	if (blocks->arena->failed)
		return blocks_no_memory(blocks);
	event.block = blocks->number;
	event.block_kind = item->kind;
	event.raw = item->raw;
	event.search = item->search;
	event.dialect = blocks->dialect;
	event.media_type = item->media_type;
	event.apart = item->apart;
	if (item->kind == BLOCK_REDACTED)
		event.seal = item->seal;
	item->opened = true;
	if (blocks_emit(blocks, &event) == -1)
		return -1;
	return item->flows ? item_emit_kept(blocks, item) : 0;
}

static bool
holds_object(struct blocks *blocks, struct json_value string)
{
	return json_is(string, JSON_STRING) && json_is(json_scan_into(
	    blocks->arena, blocks_decode(blocks, string)), JSON_OBJECT);
}

/*
 * What is left of text that waited for its end: of a function that stands for a
 * custom tool its `input`, of arguments what they mean.
 */
static struct escaped
settled(struct blocks *blocks, const struct blocks_item *item,
    struct json_value root)
{
	struct json_value	input = json_get(root, "input");

	if (item->unwrap && json_is(input, JSON_STRING))
		return json_escaped(input);
	if (!item->unwrap && json_is(root, JSON_NULL))
		return (struct escaped){ "", 0 };
	if (!item->unwrap && holds_object(blocks, root))
		return json_escaped(root);
	return (struct escaped){ item->text.at, item->text.length };
}

static int
emit_settled(struct blocks *blocks, struct blocks_item *item)
{
	struct json_document	document;
	struct escaped		whole = { item->text.at, item->text.length };
	struct buf		decoded;
	int			result = 0;

	buf_init(&decoded, blocks->kept_max, blocks->budget);
	json_init(&document, blocks->budget);
	if (text_decode_into(&decoded, whole, NULL) == 0)
		json_scan(&document, decoded.at, decoded.length, NULL);
	whole = settled(blocks, item, json_root(&document));
	if (decoded.failed)
		result = blocks_no_memory(blocks);
	else if (whole.length > 0 && (item->unwrap ||
	    !escaped_is_blank(whole)))
		result = emit_delta(blocks, item, whole,
		    (struct text){ "", 0 });
	json_release(&document);
	buf_release(&decoded);
	item_forget_text(blocks, item);
	return result;
}

static int
item_close(struct blocks *blocks, struct blocks_item *item)
{
	struct event	event = { .kind = EVENT_CLOSE };

	if (!item->flows && emit_settled(blocks, item) == -1)
		return -1;
	if (blocks->half.length > 0 && emit_delta(blocks, item,
	    (struct escaped){ "", 0 }, (struct text){ "", 0 }) == -1)
		return -1;
	event.block = blocks->number;
	event.block_kind = item->kind;
	event.seal = item->seal;
	event.citations = item->citations;
	event.stop = item == blocks->last ? blocks->stop : STOP_NONE;
	if (blocks_emit(blocks, &event) == -1)
		return -1;
	blocks->number++;
	blocks->count--;
	blocks->items = item->next;
	if (blocks->items == NULL)
		blocks->last = NULL;
	item->next = blocks->spare;
	blocks->spare = item;
	return 0;
}

/* Emits all that can be. */
int
blocks_pump(struct blocks *blocks)
{
	struct blocks_item	*item;

	while ((item = blocks->items) != NULL) {
		if (!item->opened) {
			if (item->call && item->wire.length == 0) {
				if (!item->complete)
					return 0;
				return blocks_refuse(blocks, PROBLEM_UPSTREAM,
				    "the upstream's tool call has no name");
			}
			if (item_open(blocks, item) == -1)
				return -1;
		}
		if (!item->complete)
			return 0;
		if (item_close(blocks, item) == -1)
			return -1;
	}
	return 0;
}

struct blocks_item *
blocks_item_add(struct blocks *blocks, enum block_kind kind)
{
	struct blocks_item	*item;

	if (blocks_break(blocks) == -1)
		return NULL;
	if (blocks->count >= BLOCKS_ITEMS_MAX) {
		blocks_refuse(blocks, PROBLEM_UPSTREAM,
		    "the upstream sent too many calls at once");
		return NULL;
	}
	item = blocks->spare;
	if (item != NULL)
		blocks->spare = item->next;
	else
		item = arena_alloc(blocks->arena, sizeof(*item));
	if (item == NULL) {
		blocks_no_memory(blocks);
		return NULL;
	}
	memset(item, 0, sizeof(*item));
	item->kind = kind;
	item->flows = kind != BLOCK_CALL;
	if (kind == BLOCK_TEXT) {
		item->apart = blocks->apart;
		blocks->apart = false;
		blocks->saw_text = true;
	}
	buf_init(&item->text, blocks->kept_max, blocks->budget);
	buf_init(&item->logprobs, blocks->kept_max, blocks->budget);
	if (blocks->items == NULL)
		blocks->items = item;
	else
		blocks->last->next = item;
	blocks->last = item;
	blocks->count++;
	return item;
}

static int
item_keep_text(struct blocks *blocks, struct blocks_item *item,
    struct escaped text, struct text logprobs)
{
	size_t	size = text.length + logprobs.length + 1;

	if (size > blocks->kept_max - blocks->kept)
		return blocks_refuse(blocks, PROBLEM_UPSTREAM,
		    "the upstream's interleaved calls are too large");
	blocks->kept -= item->text.length + item->logprobs.length;
	buf_add(&item->text, text.at, text.length);
	if (logprobs.length > 0 && item->logprobs.length > 0)
		buf_putc(&item->logprobs, ',');
	buf_add(&item->logprobs, logprobs.at, logprobs.length);
	blocks->kept += item->text.length + item->logprobs.length;
	return item->text.failed || item->logprobs.failed ?
	    blocks_no_memory(blocks) : 0;
}

/* "{}", with which some servers begin arguments that come in pieces. */
static bool
is_empty_object(struct escaped text)
{
	return text.length == 2 && memcmp(text.at, "{}", 2) == 0;
}

/* Whether a call's text says what it is, so that it need not wait. */
static bool
begins_to_flow(struct blocks *blocks, struct blocks_item *item,
    struct escaped text)
{
	struct escaped	kept = { item->text.at, item->text.length };

	if (is_empty_object(kept) && reply_arguments_begin(text)) {
		item_forget_text(blocks, item);
		item->told = false;
	} else if (item->told)
		return false;
	item->told = !escaped_is_blank(text);
	return reply_arguments_begin(text) && !is_empty_object(text);
}

/* More text of an item: at once when it is the open one, else kept. */
int
blocks_item_text(struct blocks *blocks, struct blocks_item *item,
    struct escaped text, struct text logprobs)
{
	if (text.length == 0)
		return 0;
	if (item->flows && item == blocks->items && item->opened)
		return emit_delta(blocks, item, text, logprobs);
	if (item->kind == BLOCK_CALL && !item->flows)
		item->flows = begins_to_flow(blocks, item, text);
	if (item_keep_text(blocks, item, text, logprobs) == -1)
		return -1;
	if (!item->flows || item != blocks->items || !item->opened)
		return 0;
	return item_emit_kept(blocks, item);
}

bool
item_is_running(const struct blocks_item *item)
{
	return item != NULL && !item->complete && !item->call;
}

int
blocks_break(struct blocks *blocks)
{
	if (blocks_go_on(blocks) == -1)
		return -1;
	if (!item_is_running(blocks->last))
		return 0;
	blocks->last->complete = true;
	return blocks_pump(blocks);
}
