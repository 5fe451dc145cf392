#include "build.h"

#include <string.h>

#include "blocks_items.h"
#include "hosted.h"
#include "problem_read.h"
#include "json_text.h"
#include "readable.h"

/* What readers say; blocks_items.c keeps it in order. */

void
blocks_lost(struct blocks *blocks, enum lost lost)
{
	if (blocks->lost != NULL)
		losses_add(blocks->lost, lost);
}

void
blocks_lost_unknown(struct blocks *blocks, const char *inside,
    struct json_value name)
{
	if (blocks->lost != NULL)
		losses_add_unknown(blocks->lost, inside, json_escaped(name));
}

static int
say_readable(void *who, struct escaped text)
{
	struct blocks	*blocks = who;

	return blocks_break(blocks) == -1 || blocks_text(blocks, text) == -1 ?
	    -1 : blocks_break(blocks);
}

int
blocks_say_unknown(struct blocks *blocks, const char *inside,
    struct json_value name, struct json_value value)
{
	blocks_lost_unknown(blocks, inside, name);
	return readable_texts(value, say_readable, blocks);
}

int
blocks_say_item(struct blocks *blocks, struct json_value item)
{
	struct json_value	type = json_get(item, "type");
	int			said;

	if (hosted_ran(type))
		return 0;
	said = blocks_say_unknown(blocks, NULL, type, item);
	return said == 0 && json_is(json_get(item, "text"), JSON_STRING) ? 1 :
	    said;
}

static int
running_text(struct blocks *blocks, enum block_kind kind, struct escaped text,
    struct text logprobs)
{
	struct blocks_item	*item;

	if (blocks_go_on(blocks) == -1)
		return -1;
	if (text.length == 0)
		return 0;
	item = blocks->last;
	if (!item_is_running(item) || item->kind != kind) {
		item = blocks_item_add(blocks, kind);
		if (item == NULL || blocks_pump(blocks) == -1)
			return -1;
	}
	return blocks_item_text(blocks, item, text, logprobs);
}

int
blocks_text(struct blocks *blocks, struct escaped text)
{
	return running_text(blocks, BLOCK_TEXT, text, (struct text){ "", 0 });
}

int
blocks_text_logprobs(struct blocks *blocks, struct escaped text,
    struct text logprobs)
{
	return running_text(blocks, BLOCK_TEXT, text, logprobs);
}

int
blocks_thinking(struct blocks *blocks, struct escaped text)
{
	return running_text(blocks, BLOCK_THINKING, text,
	    (struct text){ "", 0 });
}

int
blocks_refusal(struct blocks *blocks, struct escaped text)
{
	if (text.length > 0)
		blocks->saw_refusal = true;
	return running_text(blocks, BLOCK_REFUSAL, text,
	    (struct text){ "", 0 });
}

int
blocks_part(struct blocks *blocks)
{
	blocks->apart = blocks->saw_text;
	return blocks_break(blocks);
}

bool
blocks_says_text(const struct blocks *blocks)
{
	return item_is_running(blocks->last) &&
	    blocks->last->kind == BLOCK_TEXT;
}

int
blocks_citation(struct blocks *blocks, const struct citation *citation)
{
	struct blocks_item	*item;
	struct citation		*copy;

	if (blocks_go_on(blocks) == -1)
		return -1;
	if (!blocks_says_text(blocks))
		return 0;
	item = blocks->last;
	copy = arena_alloc(blocks->arena, sizeof(*copy));
	if (copy == NULL)
		return blocks_no_memory(blocks);
	*copy = *citation;
	copy->next = NULL;
	copy->url = blocks_keep_escaped(blocks, citation->url);
	copy->title = blocks_keep_escaped(blocks, citation->title);
	copy->cited = blocks_keep_escaped(blocks, citation->cited);
	copy->raw = blocks_keep(blocks, citation->raw);
	if (item->citations == NULL)
		item->citations = copy;
	else
		item->last_citation->next = copy;
	item->last_citation = copy;
	return 0;
}

static const struct seal *
kept_seal(struct blocks *blocks, const struct seal *seal)
{
	struct seal	*copy = arena_alloc(blocks->arena, sizeof(*copy));

	if (copy == NULL)
		return NULL;
	*copy = *seal;
	copy->dialect = blocks->dialect;
	copy->model = blocks->model;
	copy->id = blocks_keep(blocks, seal->id);
	copy->bytes = blocks_keep(blocks, seal->bytes);
	return copy;
}

int
blocks_seal(struct blocks *blocks, const struct seal *seal)
{
	struct blocks_item	*item;

	if (blocks_go_on(blocks) == -1)
		return -1;
	item = blocks->last;
	if (!item_is_running(item) || item->kind != BLOCK_THINKING)
		item = blocks_item_add(blocks, BLOCK_THINKING);
	if (item == NULL)
		return -1;
	item->seal = kept_seal(blocks, seal);
	item->complete = true;
	return blocks_pump(blocks);
}

int
blocks_redacted(struct blocks *blocks, const struct seal *seal)
{
	struct blocks_item	*item;
	struct seal		 copy = *seal;

	if (blocks_go_on(blocks) == -1 ||
	    (item = blocks_item_add(blocks, BLOCK_REDACTED)) == NULL)
		return -1;
	if (copy.place == SEAL_THINKING)
		copy.place = SEAL_REDACTED;
	item->seal = kept_seal(blocks, &copy);
	item->complete = true;
	return blocks_pump(blocks);
}

static struct blocks_item *
find_call(struct blocks *blocks, int64_t key)
{
	struct blocks_item	*item;

	for (item = blocks->items; item != NULL; item = item->next)
		if (item->call && !item->complete && item->key == key)
			return item;
	return NULL;
}

static int
call(struct blocks *blocks, enum block_kind kind, int64_t key, struct text id,
    struct text wire_name)
{
	struct blocks_item	*item;

	if (blocks_go_on(blocks) == -1)
		return -1;
	item = find_call(blocks, key);
	if (item == NULL) {
		item = blocks_item_add(blocks, kind);
		if (item == NULL)
			return -1;
		item->call = true;
		item->key = key;
		blocks->calls++;
		blocks->saw_call = true;
	}
	if (item->id.length == 0)
		item->id = blocks_keep(blocks, id);
	if (item->wire.length == 0)
		item->wire = blocks_keep(blocks, wire_name);
	return blocks_pump(blocks);
}

int
blocks_call(struct blocks *blocks, int64_t key, struct text id,
    struct text wire_name)
{
	return call(blocks, BLOCK_CALL, key, id, wire_name);
}

int
blocks_custom_call(struct blocks *blocks, int64_t key, struct text id,
    struct text wire_name)
{
	return call(blocks, BLOCK_CUSTOM_CALL, key, id, wire_name);
}

int
blocks_arguments(struct blocks *blocks, int64_t key, struct escaped text)
{
	struct blocks_item	*item;

	if (blocks_go_on(blocks) == -1)
		return -1;
	item = find_call(blocks, key);
	if (item == NULL)
		return text.length == 0 ? 0 : blocks_refuse(blocks, PROBLEM_UPSTREAM,
		    "the upstream sent arguments of a call that isn't open");
	return blocks_item_text(blocks, item, text, (struct text){ "", 0 });
}

struct escaped
blocks_said(struct blocks *blocks, struct json_value value)
{
	return json_is(value, JSON_STRING) || json_kind(value) <= JSON_NULL ?
	    json_escaped(value) : text_escape(blocks->arena, json_raw(value));
}

int
blocks_read_arguments(struct blocks *blocks, int64_t key,
    struct json_value value)
{
	return blocks_arguments(blocks, key, blocks_said(blocks, value));
}

int
blocks_call_end(struct blocks *blocks, int64_t key)
{
	struct blocks_item	*item;

	if (blocks_go_on(blocks) == -1)
		return -1;
	item = find_call(blocks, key);
	if (item != NULL)
		item->complete = true;
	return blocks_pump(blocks);
}

static const struct search *
kept_search(struct blocks *blocks, const struct search *search)
{
	struct search			*copy;
	const struct search_result	*result;

	copy = arena_calloc(blocks->arena, 1, sizeof(*copy));
	if (copy == NULL)
		return NULL;
	copy->id = blocks_keep(blocks, search->id);
	copy->query = blocks_keep_escaped(blocks, search->query);
	copy->failed = search->failed;
	for (result = search->results; result != NULL; result = result->next)
		search_add(copy, blocks->arena,
		    blocks_keep_escaped(blocks, result->url),
		    blocks_keep_escaped(blocks, result->title));
	return copy;
}

int
blocks_server(struct blocks *blocks, struct text raw)
{
	return blocks_search(blocks, raw, NULL);
}

int
blocks_search(struct blocks *blocks, struct text raw,
    const struct search *search)
{
	struct blocks_item	*item;

	if (blocks_go_on(blocks) == -1 ||
	    (item = blocks_item_add(blocks, BLOCK_SERVER_CALL)) == NULL)
		return -1;
	item->raw = blocks_keep(blocks, raw);
	if (search != NULL)
		item->search = kept_search(blocks, search);
	item->complete = true;
	return blocks_pump(blocks);
}

int
blocks_image(struct blocks *blocks, struct text media_type,
    struct escaped base64)
{
	struct blocks_item	*item;

	if (blocks_go_on(blocks) == -1 ||
	    (item = blocks_item_add(blocks, BLOCK_IMAGE)) == NULL)
		return -1;
	item->media_type = blocks_keep(blocks, media_type);
	if (blocks_pump(blocks) == -1 ||
	    blocks_item_text(blocks, item, base64, (struct text){ "", 0 }) == -1)
		return -1;
	item->complete = true;
	return blocks_pump(blocks);
}

int
blocks_usage(struct blocks *blocks, const struct usage *usage)
{
	if (blocks->finished || blocks->broken)
		return -1;
	usage_take(&blocks->usage, usage);
	blocks_tier(blocks, usage->tier);
	return 0;
}

void
blocks_tier(struct blocks *blocks, const char *tier)
{
	if (tier != NULL)
		blocks->usage.tier = tier;
}

int
blocks_read_usage(struct blocks *blocks, struct json_value value,
    void (*read)(struct usage *, struct json_value))
{
	struct usage	usage;

	if (!json_is(value, JSON_OBJECT))
		return 0;
	usage_init(&usage);
	read(&usage, value);
	return blocks_usage(blocks, &usage);
}

int
blocks_stop(struct blocks *blocks, enum stop stop, struct escaped sequence)
{
	if (blocks_go_on(blocks) == -1)
		return -1;
	blocks->stop = stop;
	if (sequence.length > 0)
		blocks->stop_sequence = blocks_keep_escaped(blocks, sequence);
	return 0;
}

int
blocks_fail_end(struct blocks *blocks, struct json_value word,
    struct json_value sentence)
{
	struct problem	problem;

	problem_of_end(&problem, blocks->arena, word, sentence);
	return blocks_fail(blocks, &problem);
}

static enum stop
final_stop(const struct blocks *blocks)
{
	if (blocks->stop != STOP_NONE && blocks->stop != STOP_END &&
	    blocks->stop != STOP_CALLS)
		return blocks->stop;
	if (blocks->saw_refusal)
		return STOP_REFUSAL;
	return blocks->saw_call ? STOP_CALLS : STOP_END;
}

int
blocks_finish(struct blocks *blocks)
{
	struct event		 event = { .kind = EVENT_STOP };
	struct blocks_item	*item;

	if (!blocks->started)
		return blocks_refuse(blocks, PROBLEM_UPSTREAM,
		    "the upstream ended its reply without an answer");
	if (blocks_go_on(blocks) == -1 ||
	    (blocks->settle != NULL && blocks->settle(blocks) == -1))
		return -1;
	for (item = blocks->items; item != NULL; item = item->next)
		item->complete = true;
	if (blocks_pump(blocks) == -1)
		return -1;
	event.stop = final_stop(blocks);
	event.stop_sequence = blocks->stop_sequence;
	event.usage = blocks->usage;
	if (blocks_emit(blocks, &event) == -1)
		return -1;
	blocks->finished = true;
	return 0;
}

int
blocks_end(struct blocks *blocks)
{
	if (blocks->finished)
		return 0;
	if (blocks->broken)
		return -1;
	if (blocks->stop != STOP_NONE)
		return blocks_finish(blocks);
	return blocks_refuse(blocks, PROBLEM_UPSTREAM,
	    "the upstream's reply ended before it was complete");
}
