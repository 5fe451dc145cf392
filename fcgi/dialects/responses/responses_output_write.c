#include "build.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "json_text.h"
#include "neutral/hosted.h"
#include "neutral/media.h"
#include "responses_convert.h"

static enum responses_kind
kind_of_call(const struct reply_block *block)
{
	switch (block->tool) {
	case TOOL_SEARCH:
	case TOOL_SHELL:
	case TOOL_PATCH:
	case TOOL_COMPUTER:
		if (hosted_named(block->name) == NULL)
			break;
		return ITEM_KNOWN_CALL;
	case TOOL_FUNCTION:
	case TOOL_CUSTOM:
	case TOOL_CLIENT:
	case TOOL_SERVER:
		break;
	}
	return ITEM_CALL;
}

enum responses_kind
responses_kind(const struct reply_block *block)
{
	switch (block->kind) {
	case BLOCK_TEXT:
	case BLOCK_REFUSAL:
		return ITEM_MESSAGE;
	case BLOCK_THINKING:
	case BLOCK_REDACTED:
		return ITEM_REASONING;
	case BLOCK_CALL:
		return kind_of_call(block);
	case BLOCK_CUSTOM_CALL:
		return ITEM_CUSTOM_CALL;
	case BLOCK_SERVER_CALL:
		return block->dialect == DIALECT_RESPONSES ||
		    block->search != NULL ? ITEM_SERVER : ITEM_NONE;
	case BLOCK_IMAGE:
		return ITEM_IMAGE;
	case BLOCK_SUMMARY:
		return ITEM_SUMMARY;
	}
	return ITEM_NONE;
}

struct escaped
responses_text_of(const struct reply_block *block)
{
	if (block->kind == BLOCK_CALL && block->text.length == 0)
		return escaped_of("{}");
	return block_text(block);
}

/*
 * Parts of an item.
 */

/* One that says nothing of its place is of the whole text. */
void
responses_put_annotation(struct json_write *w,
    const struct citation *citation, int64_t characters)
{
	int64_t	end = citation->end < 0 ? characters : citation->end;

	if (citation->dialect == DIALECT_RESPONSES &&
	    citation->raw.length > 0) {
		json_put_raw(w, citation->raw);
		return;
	}
	json_put(w, "{'type':'url_citation','start_index':%d,'end_index':%d,"
	    "'url':%e,'title':%e}", usage_known(citation->start), end,
	    citation->url, citation->title);
}

void
responses_put_logprobs(struct json_write *w, struct text elements)
{
	json_put(w, "'logprobs':[");
	if (elements.length > 0)
		json_put_raw(w, elements);
	json_put_end(w);
}

void
responses_put_part(struct json_write *w, const struct reply_block *block,
    bool done)
{
	const struct citation	*citation = done ? block->citations : NULL;
	struct escaped		 text = { "", 0 };
	struct text		 logprobs = { "", 0 };
	int64_t			 characters;

	if (done)
		text = block_text(block);
	if (block->kind == BLOCK_REFUSAL) {
		json_put(w, "{'type':'refusal','refusal':%e}", text);
		return;
	}
	json_put(w, "{'type':'output_text','annotations':[");
	characters = citation == NULL ? 0 : escape_characters(text);
	for (; citation != NULL; citation = citation->next)
		responses_put_annotation(w, citation, characters);
	json_put_end(w);
	if (done)
		logprobs = block_logprobs(block);
	responses_put_logprobs(w, logprobs);
	json_put(w, "'text':%e}", text);
}

/*
 * Items.
 */

void
responses_put_id(const struct responses_at *at, const char *key,
    enum responses_kind kind)
{
	static const char *const	prefixes[] = { "", "msg_", "rs_",
	    "fc_", "ctc_", "tc_", "", "ig_", "cmp_" };
	struct text			id = at->reply->client_id;
	const char			*bar;
	char				number[16];

	bar = id.length == 0 ? NULL : memchr(id.at, '_', id.length);
	if (bar != NULL) {
		id.length -= (size_t)(bar + 1 - id.at);
		id.at = bar + 1;
	}
	snprintf(number, sizeof(number), "%02x", at->index);
	json_put(at->w, "'%s':'%s%t%s'", key, prefixes[kind], id, number);
}

static void
open_item(const struct responses_at *at, enum responses_kind kind,
    const char *type)
{
	json_put_object(at->w);
	responses_put_id(at, "id", kind);
	json_put(at->w, "'type':%s", type);
}

const char *
responses_status(const struct reply *reply)
{
	switch (reply->stop) {
	case STOP_LENGTH:
	case STOP_CONTEXT:
		return "incomplete";
	case STOP_REFUSAL:
		/* One that says why is an answer. */
		return reply_holds(reply, BLOCK_REFUSAL) ? "completed" :
		    "incomplete";
	case STOP_BAD:
		return "failed";
	case STOP_NONE:
	case STOP_END:
	case STOP_SEQUENCE:
	case STOP_CALLS:
	case STOP_PAUSED:
	case STOPS:
		break;
	}
	return "completed";
}

static const char *
progress_of(const struct responses_at *at)
{
	return at->done ? "completed" : "in_progress";
}

/* What was being said when the reply was cut, as far as that is known yet. */
static const char *
status_of(const struct responses_at *at, const struct reply_block *block)
{
	return at->done && block == at->reply->last &&
	    strcmp(responses_status(at->reply), "completed") != 0 ?
	    "incomplete" : progress_of(at);
}

/* Blocks that make no item don't part a message either. */
static const struct reply_block *
put_message(const struct responses_at *at, const struct reply_block *block)
{
	const struct reply_block	*last = block, *end = block;
	enum responses_kind		 kind = ITEM_MESSAGE;

	for (; at->done && end != NULL; end = end->next) {
		kind = responses_kind(end);
		if (kind != ITEM_MESSAGE && kind != ITEM_NONE)
			break;
		last = end;
	}
	open_item(at, ITEM_MESSAGE, "message");
	json_put(at->w, "'status':%s,'content':[", status_of(at, last));
	for (; block != end; block = block->next)
		if (responses_kind(block) == ITEM_MESSAGE)
			responses_put_part(at->w, block, true);
	json_put(at->w, "],'role':'assistant'}");
	return end;
}

static void
put_reasoning(const struct responses_at *at, const struct reply_block *block)
{
	open_item(at, ITEM_REASONING, "reasoning");
	json_put(at->w, "'summary':[");
	if (at->done && block->text.length > 0)
		json_put(at->w, "{'type':'summary_text','text':%e}",
		    block_text(block));
	json_put_end(at->w);
	if (at->done && block->seal != NULL) {
		json_put(at->w, "'encrypted_content':");
		seal_put(at->w, block->seal, DIALECT_RESPONSES);
	}
	json_put_end(at->w);
}

/* Arguments that were cut are shown, but not as a call that can be run. */
static const char *
status_of_call(const struct responses_at *at, const struct reply_block *block)
{
	if (!at->done || block->kind == BLOCK_CUSTOM_CALL)
		return status_of(at, block);
	return reply_arguments_whole(at->reply, block) ? "completed" :
	    "incomplete";
}

static void
put_call(const struct responses_at *at, enum responses_kind kind,
    const struct reply_block *block)
{
	bool		 custom = kind == ITEM_CUSTOM_CALL;
	const char	*status = status_of_call(at, block);
	struct escaped	 text = { "", 0 };

	if (at->done)
		text = responses_text_of(block);
	open_item(at, kind, custom ? "custom_tool_call" : "function_call");
	json_put(at->w, "'status':%s,'%s':%e,'call_id':%t,'name':%t", status,
	    custom ? "input" : "arguments", text, block->id, block->name);
	if (block->namespace_name.length > 0)
		json_put(at->w, "'namespace':%t", block->namespace_name);
	/* Codex: what its agents tell each other here is readable text. */
	if (!custom && text_equals(block->namespace_name, "collaboration"))
		json_put(at->w, "'encrypted_function_args':[]");
	json_put_end(at->w);
}

/* The same member of another object, whose keys need no escapes. */
static struct json_value
same_member(struct json_value object, struct json_value key)
{
	struct escaped	name = json_escaped(key);

	return json_member(object, (struct text){ name.at, name.length });
}

/*
 * With what their type requires; a file that is deleted has no diff. `typed`: a type
 * that stands there is the only one.
 */
static void
put_required(struct json_write *w, struct json_value required,
    struct json_value arguments, bool typed)
{
	struct json_walk	walk = json_walk(required);
	bool			deletes = json_equals(json_get(arguments,
				    "type"), "delete_file");
	struct json_value	said;

	json_put_object(w);
	while (json_next(&walk)) {
		said = same_member(arguments, walk.key);
		if (json_kind(said) <= JSON_NULL && deletes &&
		    json_equals(walk.key, "diff"))
			continue;
		json_put_key_escaped(w, json_escaped(walk.key));
		json_put_value(w, json_kind(said) <= JSON_NULL ||
		    (typed && json_equals(walk.key, "type")) ? walk.value :
		    said);
	}
	walk = json_walk(arguments);
	while (json_next(&walk)) {
		if (!json_is(same_member(required, walk.key), JSON_MISSING))
			continue;
		json_put_key_escaped(w, json_escaped(walk.key));
		json_put_value(w, walk.value);
	}
	json_put_end(w);
}

/* A model that names one action alone means a list of it. */
static void
put_list(struct json_write *w, const char *member, struct json_value arguments)
{
	struct json_value	list = json_get(arguments, member);

	if (json_is(list, JSON_ARRAY)) {
		json_put_value(w, list);
		return;
	}
	json_put(w, "[");
	if (json_is(list, JSON_OBJECT))
		json_put_value(w, list);
	else if (!json_is(json_get(arguments, "type"), JSON_MISSING))
		json_put_value(w, arguments);
	json_put_end(w);
}

static void
put_known_call(const struct responses_at *at, const struct reply_block *block)
{
	const struct hosted	*known = hosted_named(block->name);
	struct arena		*arena = at->reply->arena;
	const char		*status = status_of_call(at, block);
	struct text		 arguments;

	/* Patches know no other word for what is cut. */
	if (known->kind == TOOL_PATCH &&
	    !reply_arguments_whole(at->reply, block))
		status = "in_progress";
	arguments = reply_arguments(at->reply, block);	/* until the next one */
	open_item(at, ITEM_KNOWN_CALL, known->call);
	json_put(at->w, "'status':%s,'call_id':%t", status, block->id);
	if (known->kind == TOOL_SEARCH)
		json_put(at->w, "'execution':'client'");
	if (known->kind == TOOL_COMPUTER)
		json_put(at->w, "'pending_safety_checks':[]");
	json_put_key(at->w, known->member);
	if (known->required != NULL)
		put_required(at->w, hosted_required(arena, known),
		    json_scan_into(arena, arguments),
		    known->kind == TOOL_SHELL);
	else if (known->is_list)
		put_list(at->w, known->member, json_scan_into(arena,
		    arguments));
	else
		json_put_raw(at->w, arguments);
	json_put_end(at->w);
}

static void
put_server(const struct responses_at *at, const struct reply_block *block)
{
	const struct search_result	*one;
	struct json_write		*w = at->w;

	if (block->dialect == DIALECT_RESPONSES) {
		json_put_raw(w, block->raw);
		return;
	}
	json_put(w, "{'id':%t,'type':'web_search_call','status':%s,'action':{"
	    "'type':'search','query':%e",
	    search_id(at->reply->arena, "ws_", block->search->id),
	    progress_of(at), block->search->query);
	one = block->search->results;
	if (one != NULL)
		json_put(w, "'sources':[");
	for (; one != NULL; one = one->next)
		json_put(w, "{'type':'url','url':%e}", one->url);
	json_put(w, block->search->results != NULL ? "]}}" : "}}");
}

static void
put_image(const struct responses_at *at, const struct reply_block *block)
{
	struct text	type = block->media_type;
	struct escaped	result = { "", 0 };

	if (at->done)
		result = block_text(block);
	open_item(at, ITEM_IMAGE, "image_generation_call");
	json_put(at->w, "'status':%s,'result':%n", progress_of(at), result);
	if (media_type_is(type, "image/"))
		json_put(at->w, "'output_format':%t", (struct text){
		    type.at + 6, type.length - 6 });
	json_put_end(at->w);
}

const struct reply_block *
responses_put_item(const struct responses_at *at, enum responses_kind kind,
    const struct reply_block *block)
{
	switch (kind) {
	case ITEM_MESSAGE:
		return put_message(at, block);
	case ITEM_REASONING:
		put_reasoning(at, block);
		break;
	case ITEM_CALL:
	case ITEM_CUSTOM_CALL:
		put_call(at, kind, block);
		break;
	case ITEM_KNOWN_CALL:
		put_known_call(at, block);
		break;
	case ITEM_SERVER:
		put_server(at, block);
		break;
	case ITEM_IMAGE:
		put_image(at, block);
		break;
	case ITEM_SUMMARY:
		open_item(at, kind, "compaction");
		json_put(at->w, "'encrypted_content':'" RESPONSES_SUMMARY
		    "%e'}", block_text(block));
		break;
	case ITEM_NONE:
		break;
	}
	return block->next;
}
