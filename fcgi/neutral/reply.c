#include "build.h"

#include <string.h>

#include "clock.h"
#include "escape.h"
#include "json_text.h"
#include "reply.h"

void
usage_init(struct usage *usage)
{
	usage->input = usage->cache_read = usage->cache_write = -1;
	usage->output = usage->reasoning = -1;
	usage->tier = NULL;
}

static void
take(int64_t *to, int64_t from)
{
	if (from >= 0)
		*to = from;
}

void
usage_take(struct usage *to, const struct usage *from)
{
	if (usage_all_input(from) > 0 || usage_all_input(to) == 0) {
		take(&to->input, from->input);
		take(&to->cache_read, from->cache_read);
		take(&to->cache_write, from->cache_write);
	}
	if (from->output != 0 || to->output <= 0) {
		take(&to->output, from->output);
		take(&to->reasoning, from->reasoning);
	}
}

int64_t
usage_known(int64_t count)
{
	return count < 0 ? 0 : count;
}

int64_t
usage_all_input(const struct usage *usage)
{
	return usage_known(usage->input) + usage_known(usage->cache_read) +
	    usage_known(usage->cache_write);
}

struct escaped
block_text(const struct reply_block *block)
{
	return (struct escaped){ block->text.at, block->text.length };
}

struct text
block_logprobs(const struct reply_block *block)
{
	return (struct text){ block->logprobs.at, block->logprobs.length };
}

bool
block_is_call(const struct reply_block *block)
{
	return block->kind == BLOCK_CALL || block->kind == BLOCK_CUSTOM_CALL;
}

bool
reply_holds(const struct reply *reply, enum block_kind kind)
{
	const struct reply_block	*block = reply->blocks;

	while (block != NULL && block->kind != kind)
		block = block->next;
	return block != NULL;
}

void
reply_init(struct reply *reply, struct arena *arena, size_t text_max,
    struct budget *budget, enum reply_keep keep)
{
	memset(reply, 0, sizeof(*reply));
	reply->arena = arena;
	reply->text_max = text_max;
	reply->budget = budget;
	reply->keep = keep;
	usage_init(&reply->usage);
	buf_init(&reply->decoded, text_max, budget);
}

static void
block_release(struct reply_block *block)
{
	buf_release(&block->text);
	buf_release(&block->logprobs);
}

void
reply_release(struct reply *reply)
{
	struct reply_block	*block;

	for (block = reply->blocks; block != NULL; block = block->next)
		block_release(block);
	reply->blocks = reply->last = NULL;
	buf_release(&reply->decoded);
}

/* The block's memory: with KEEP_CALLS always the same one. */
static struct reply_block *
next_block(struct reply *reply)
{
	struct reply_block	*block = reply->last;

	if (block != NULL && reply->keep == KEEP_CALLS) {
		block_release(block);
		reply->text_used = 0;
		memset(block, 0, sizeof(*block));
		return block;
	}
	block = arena_calloc(reply->arena, 1, sizeof(*block));
	if (block == NULL)
		return NULL;
	if (reply->last == NULL)
		reply->blocks = block;
	else
		reply->last->next = block;
	reply->last = block;
	return block;
}

static int
fold_open(struct reply *reply, const struct event *event)
{
	struct reply_block	*block = next_block(reply);

	if (block == NULL)
		return -1;
	buf_init(&block->text, reply->text_max, reply->budget);
	buf_init(&block->logprobs, reply->text_max, reply->budget);
	block->kind = event->block_kind;
	block->id = event->id;
	block->name = event->name;
	block->namespace_name = event->namespace_name;
	block->tool = event->tool;
	block->apart = event->apart;
	block->raw = event->raw;
	block->dialect = event->dialect;
	block->search = event->search;
	block->media_type = event->media_type;
	block->seal = event->seal;
	return 0;
}

static bool
keeps_text(const struct reply *reply, const struct reply_block *block)
{
	return reply->keep == KEEP_ALL || block_is_call(block) ||
	    block->kind == BLOCK_IMAGE || block->kind == BLOCK_SUMMARY ||
	    block->kind == BLOCK_REFUSAL;
}

static int
fold_delta(struct reply *reply, const struct event *event)
{
	struct reply_block	*block = reply->last;
	size_t			 size;

	if (!keeps_text(reply, block))
		return 0;
	size = event->text.length + event->logprobs.length + 1;
	if (size > reply->text_max - reply->text_used)
		return -1;
	reply->text_used += size;
	if (event->logprobs.length > 0) {
		if (block->logprobs.length > 0)
			buf_putc(&block->logprobs, ',');
		buf_add(&block->logprobs, event->logprobs.at,
		    event->logprobs.length);
	}
	buf_add(&block->text, event->text.at, event->text.length);
	return block->text.failed || block->logprobs.failed ? -1 : 0;
}

static int
fold_close(struct reply *reply, const struct event *event)
{
	struct reply_block	*block = reply->last;

	if (event->seal != NULL)
		block->seal = event->seal;
	block->citations = event->citations;
	if (block->kind != BLOCK_REFUSAL)
		return 0;
	reply->refusal.at = arena_memdup(reply->arena, block->text.at,
	    block->text.length);
	reply->refusal.length = block->text.length;
	return reply->refusal.at == NULL ? -1 : 0;
}

int
reply_fold(struct reply *reply, const struct event *event)
{
	switch (event->kind) {
	case EVENT_START:
		reply->started = true;
		reply->id = event->id;
		reply->model = event->model;
		reply->usage = event->usage;
		return 0;
	case EVENT_OPEN:
		return fold_open(reply, event);
	case EVENT_DELTA:
		return fold_delta(reply, event);
	case EVENT_CLOSE:
		reply->stop = event->stop;
		return fold_close(reply, event);
	case EVENT_STOP:
		reply->stopped = true;
		if (reply->completed_at == 0)
			reply->completed_at = (int64_t)wall_s();
		reply->stop = event->stop;
		reply->stop_sequence = event->stop_sequence;
		reply->usage = event->usage;
		return 0;
	case EVENT_ERROR:
		reply->failed = true;
		reply->problem = *event->problem;
		return 0;
	}
	return -1;
}

bool
reply_arguments_begin(struct escaped text)
{
	struct escape_walk	walk = escape_walk(text);
	struct text		piece;
	size_t			i;

	while (escape_next(&walk, &piece))
		for (i = 0; i < piece.length; i++)
			if (!text_is_blank((struct text){ piece.at + i, 1 }))
				return piece.at[i] == '{';
	return false;
}

static bool
is_object(struct reply *reply, const struct buf *json)
{
	struct json_document	document;
	bool			object;

	json_init(&document, reply->budget);
	object = json_scan(&document, json->at, json->length, NULL) == 0 &&
	    json_is(json_root(&document), JSON_OBJECT);
	json_release(&document);
	return object;
}

bool
reply_arguments_whole(struct reply *reply, const struct reply_block *block)
{
	buf_clear(&reply->decoded);
	return escaped_is_blank(block_text(block)) || (text_decode_into(
	    &reply->decoded, block_text(block), NULL) == 0 &&
	    is_object(reply, &reply->decoded));
}

struct text
reply_arguments(struct reply *reply, const struct reply_block *block)
{
	struct buf	*decoded = &reply->decoded;

	if (escaped_is_blank(block_text(block)))
		return text_of("{}");
	if (!reply_arguments_whole(reply, block)) {
		buf_clear(decoded);
		buf_puts(decoded, "{\"" ARGUMENTS_RAW "\":\"");
		buf_add(decoded, block->text.at, block->text.length);
		buf_puts(decoded, "\"}");
	}
	return decoded->failed ? text_of("{}") :
	    (struct text){ decoded->at, decoded->length };
}
