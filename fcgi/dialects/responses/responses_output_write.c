#include "build.h"

#include <stdio.h>
#include <string.h>

#include "json_text.h"
#include "responses_convert.h"

/*
 * What a block is.
 */

static bool
ends_with(struct escaped text, const char *end)
{
	size_t	length = strlen(end);

	return text.length >= length &&
	    memcmp(text.at + text.length - length, end, length) == 0;
}

/* An item of this API's own provider, or a search of another's. */
static bool
is_server_item(struct json_value item)
{
	struct json_value	type = json_get(item, "type");

	return ends_with(json_escaped(type), "_call") ||
	    json_equals(type, "mcp_list_tools") ||
	    json_equals(type, "mcp_approval_request") ||
	    json_is(responses_search_query(item), JSON_STRING);
}

/* Where an object is required, what is none, or was cut, makes no item. */
static enum responses_kind
kind_of_call(struct reply *reply, const struct reply_block *block)
{
	switch (block->tool) {
	case TOOL_SEARCH:
	case TOOL_SHELL:
	case TOOL_PATCH:
	case TOOL_COMPUTER:
		if (responses_known_name(block->name) == NULL)
			break;
		return reply_arguments(reply, block).length == 0 ? ITEM_NONE :
		    ITEM_KNOWN_CALL;
	case TOOL_FUNCTION:
	case TOOL_CUSTOM:
	case TOOL_CLIENT:
	case TOOL_SERVER:
		break;
	}
	return ITEM_CALL;
}

enum responses_kind
responses_kind(struct reply *reply, const struct reply_block *block)
{
	switch (block->kind) {
	case BLOCK_TEXT:
	case BLOCK_REFUSAL:
		return ITEM_MESSAGE;
	case BLOCK_THINKING:
		return ITEM_REASONING;
	case BLOCK_REDACTED:
		return block->seal == NULL ? ITEM_NONE : ITEM_REASONING;
	case BLOCK_CALL:
		return kind_of_call(reply, block);
	case BLOCK_CUSTOM_CALL:
		return ITEM_CUSTOM_CALL;
	case BLOCK_SERVER_CALL:
		return is_server_item(json_scan_into(reply->arena,
		    block->raw)) ? ITEM_SERVER : ITEM_NONE;
	case BLOCK_IMAGE:
		return ITEM_IMAGE;
	}
	return ITEM_NONE;
}

/*
 * Items.
 */

void
responses_put_id(const struct responses_at *at, const char *key,
    enum responses_kind kind)
{
	static const char *const	prefixes[] = { "", "msg_", "rs_",
	    "fc_", "ctc_", "tc_", "", "ig_" };
	struct text			id = at->reply->client_id;
	const char			*bar;
	char				number[16];

	bar = id.length == 0 ? NULL : memchr(id.at, '_', id.length);
	if (bar != NULL) {
		id.length -= (size_t)(bar + 1 - id.at);
		id.at = bar + 1;
	}
	snprintf(number, sizeof(number), "%02x", at->index);
	json_put_key(at->w, key);
	json_put_string_start(at->w);
	json_add_text(at->w, text_of(prefixes[kind]));
	json_add_text(at->w, id);
	json_add_text(at->w, text_of(number));
	json_put_string_end(at->w);
}

static void
open_item(const struct responses_at *at, enum responses_kind kind,
    const char *type)
{
	json_put_object(at->w);
	responses_put_id(at, "id", kind);
	json_member_string(at->w, "type", type);
}

static const char *
status_of(const struct responses_at *at)
{
	return at->done ? "completed" : "in_progress";
}

/* Blocks that make no item don't part a message either. */
static const struct reply_block *
put_message(const struct responses_at *at, const struct reply_block *block)
{
	enum responses_kind	kind;

	open_item(at, ITEM_MESSAGE, "message");
	json_member_string(at->w, "status", status_of(at));
	json_put_key(at->w, "content");
	json_put_array(at->w);
	for (; at->done && block != NULL; block = block->next) {
		kind = responses_kind(at->reply, block);
		if (kind != ITEM_MESSAGE && kind != ITEM_NONE)
			break;
		if (kind == ITEM_MESSAGE)
			responses_put_part(at->w, block, true);
	}
	json_put_end(at->w);
	json_member_string(at->w, "role", "assistant");
	json_put_end(at->w);
	return block;
}

static void
put_reasoning(const struct responses_at *at, const struct reply_block *block)
{
	open_item(at, ITEM_REASONING, "reasoning");
	json_put_key(at->w, "summary");
	json_put_array(at->w);
	if (at->done && block->text.length > 0)
		responses_put_summary_part(at->w, responses_text_of(block));
	json_put_end(at->w);
	if (at->done && block->seal != NULL)
		responses_put_seal(at->w, block->seal);
	json_put_end(at->w);
}

static void
put_names(struct json_write *w, const struct reply_block *block)
{
	json_member_text(w, "call_id", block->id);
	json_member_text(w, "name", block->name);
	if (block->namespace_name.length > 0)
		json_member_text(w, "namespace", block->namespace_name);
}

/* Arguments that were cut are shown, but not as a call that can be run. */
static void
put_call(const struct responses_at *at, const struct reply_block *block)
{
	const char	*status = status_of(at);

	if (at->done && reply_arguments(at->reply, block).length == 0)
		status = "incomplete";
	open_item(at, ITEM_CALL, "function_call");
	json_member_string(at->w, "status", status);
	json_member_escaped(at->w, "arguments", at->done ?
	    responses_text_of(block) : escaped_of(""));
	put_names(at->w, block);
	json_put_end(at->w);
}

static void
put_custom_call(const struct responses_at *at,
    const struct reply_block *block)
{
	open_item(at, ITEM_CUSTOM_CALL, "custom_tool_call");
	json_member_string(at->w, "status", status_of(at));
	json_member_escaped(at->w, "input", at->done ?
	    responses_text_of(block) : escaped_of(""));
	put_names(at->w, block);
	json_put_end(at->w);
}

static void
put_default(struct json_write *w, struct json_value object, const char *key,
    const char *json)
{
	if (json_is(json_get(object, key), JSON_MISSING))
		json_member_raw(w, key, text_of(json));
}

/* The action of a local shell, with what its type requires. */
static void
put_exec(struct json_write *w, struct json_value arguments)
{
	struct json_walk	walk = json_walk(arguments);

	json_put_object(w);
	json_member_string(w, "type", "exec");
	while (json_next(&walk)) {
		if (json_equals(walk.key, "type"))
			continue;
		json_put_key_escaped(w, json_escaped(walk.key));
		json_put_value(w, walk.value);
	}
	put_default(w, arguments, "env", "{}");
	json_put_end(w);
}

static void
put_known_call(const struct responses_at *at, const struct reply_block *block)
{
	const struct responses_known_tool	*known;
	struct text				 arguments;

	known = responses_known_name(block->name);
	arguments = reply_arguments(at->reply, block);
	open_item(at, ITEM_KNOWN_CALL, known->call);
	json_member_string(at->w, "status", status_of(at));
	json_member_text(at->w, "call_id", block->id);
	if (known->kind == TOOL_SEARCH)
		json_member_string(at->w, "execution", "client");
	if (known->kind == TOOL_COMPUTER)
		json_member_raw(at->w, "pending_safety_checks",
		    text_of("[]"));
	json_put_key(at->w, known->member);
	if (text_equals(block->name, "local_shell"))
		put_exec(at->w, json_scan_into(at->reply->arena, arguments));
	else
		json_put_raw(at->w, arguments);
	json_put_end(at->w);
}

static void
put_server(const struct responses_at *at, const struct reply_block *block)
{
	struct json_value	item, query;

	item = json_scan_into(at->reply->arena, block->raw);
	query = responses_search_query(item);
	if (!json_is(query, JSON_STRING)) {
		json_put_value(at->w, item);
		return;
	}
	json_put_object(at->w);
	json_put_key(at->w, "id");
	json_put_string_start(at->w);
	json_add_text(at->w, text_of("ws_"));
	json_add_escaped(at->w, json_escaped(json_get(item, "id")));
	json_put_string_end(at->w);
	json_member_string(at->w, "type", "web_search_call");
	json_member_string(at->w, "status", status_of(at));
	json_put_key(at->w, "action");
	json_put_object(at->w);
	json_member_string(at->w, "type", "search");
	json_member_value(at->w, "query", query);
	json_put_end(at->w);
	json_put_end(at->w);
}

static void
put_image(const struct responses_at *at, const struct reply_block *block)
{
	open_item(at, ITEM_IMAGE, "image_generation_call");
	json_member_string(at->w, "status", status_of(at));
	json_put_key(at->w, "result");
	if (at->done)
		json_put_escaped(at->w, responses_text_of(block));
	else
		json_put_null(at->w);
	if (block->media_type.length > 6 &&
	    memcmp(block->media_type.at, "image/", 6) == 0)
		json_member_text(at->w, "output_format", (struct text){
		    block->media_type.at + 6, block->media_type.length - 6 });
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
		put_call(at, block);
		break;
	case ITEM_CUSTOM_CALL:
		put_custom_call(at, block);
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
	case ITEM_NONE:
		break;
	}
	return block->next;
}
