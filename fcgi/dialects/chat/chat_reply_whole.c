#include "build.h"

#include "chat.h"
#include "chat_reply.h"
#include "json_text.h"
#include "neutral/reply.h"

static struct escaped
text_in(const struct reply_block *block)
{
	return (struct escaped){ block->text.at, block->text.length };
}

static bool
holds(const struct reply *reply, enum block_kind kind)
{
	const struct reply_block	*block;

	for (block = reply->blocks; block != NULL; block = block->next)
		if (block->kind == kind)
			return true;
	return false;
}

/* The texts of one kind of block as one string, null when there is none. */
static void
put_joined(struct json_write *w, const struct reply *reply,
    const char *key, enum block_kind kind)
{
	const struct reply_block	*block;

	json_put_key(w, key);
	if (!holds(reply, kind)) {
		json_put_null(w);
		return;
	}
	json_put_string_start(w);
	for (block = reply->blocks; block != NULL; block = block->next)
		if (block->kind == kind)
			json_add_escaped(w, text_in(block));
	json_put_string_end(w);
}

static bool
is_call(const struct reply_block *block)
{
	return block->kind == BLOCK_CALL || block->kind == BLOCK_CUSTOM_CALL;
}

/* A seal that stands on the call right behind it goes there. */
static bool
is_call_seal(const struct reply_block *block)
{
	return block->kind == BLOCK_REDACTED && block->seal != NULL &&
	    block->seal->place == SEAL_CALL && block->next != NULL &&
	    is_call(block->next);
}

static void
put_details(struct json_write *w, const struct reply *reply)
{
	const struct reply_block	*block;
	int64_t				 characters;
	size_t				 bytes;
	unsigned			 count = 0;

	for (block = reply->blocks; block != NULL; block = block->next) {
		if (block->seal == NULL || is_call_seal(block))
			continue;
		if (count == 0) {
			json_put_key(w, "reasoning_details");
			json_put_array(w);
		}
		bytes = 0;
		if (block->kind == BLOCK_THINKING)
			chat_measure(text_in(block), &bytes, &characters);
		chat_put_detail(w, block->seal, bytes, count++);
	}
	if (count > 0)
		json_put_end(w);
}

static void
put_call(struct json_write *w, const struct reply_block *block,
    const struct seal *seal)
{
	bool	custom = block->kind == BLOCK_CUSTOM_CALL;

	json_put_object(w);
	json_member_text(w, "id", block->id);
	json_member_string(w, "type", custom ? "custom" : "function");
	json_put_key(w, custom ? "custom" : "function");
	json_put_object(w);
	json_member_text(w, "name", block->name);
	if (custom)
		json_member_escaped(w, "input", text_in(block));
	else if (block->text.length == 0)
		json_member_string(w, "arguments", "{}");
	else
		json_member_escaped(w, "arguments", text_in(block));
	json_put_end(w);
	chat_put_call_seal(w, seal);
	json_put_end(w);
}

static void
put_calls(struct json_write *w, const struct reply *reply)
{
	const struct reply_block	*block;
	const struct seal		*seal = NULL;
	unsigned			 count = 0;

	for (block = reply->blocks; block != NULL; block = block->next) {
		if (is_call(block)) {
			if (count++ == 0) {
				json_put_key(w, "tool_calls");
				json_put_array(w);
			}
			put_call(w, block, seal);
		}
		seal = is_call_seal(block) ? block->seal : NULL;
	}
	if (count > 0)
		json_put_end(w);
}

static void
put_images(struct json_write *w, const struct reply *reply)
{
	const struct reply_block	*block;

	if (!holds(reply, BLOCK_IMAGE))
		return;
	json_put_key(w, "images");
	json_put_array(w);
	for (block = reply->blocks; block != NULL; block = block->next)
		if (block->kind == BLOCK_IMAGE)
			chat_put_image(w, block->media_type, text_in(block));
	json_put_end(w);
}

static void
put_annotations(struct json_write *w, const struct reply *reply)
{
	const struct reply_block	*block;
	int64_t				 start = 0;
	size_t				 bytes = 0;

	json_put_key(w, "annotations");
	json_put_array(w);
	for (block = reply->blocks; block != NULL; block = block->next) {
		if (block->kind != BLOCK_TEXT)
			continue;
		chat_put_citations(w, block->citations, start);
		chat_measure(text_in(block), &bytes, &start);
	}
	json_put_end(w);
}

static void
put_logprobs(struct json_write *w, const struct reply *reply)
{
	const struct reply_block	*block;
	unsigned			 count = 0;

	json_put_key(w, "logprobs");
	for (block = reply->blocks; block != NULL; block = block->next) {
		if (block->logprobs.length == 0)
			continue;
		if (count++ == 0) {
			json_put_object(w);
			json_put_key(w, "content");
			json_put_array(w);
		}
		json_put_raw(w, (struct text){ block->logprobs.at,
		    block->logprobs.length });
	}
	if (count == 0) {
		json_put_null(w);
		return;
	}
	json_put_end(w);
	json_put_end(w);
}

static void
put_message(struct json_write *w, const struct reply *reply)
{
	json_put_object(w);
	json_member_string(w, "role", "assistant");
	put_joined(w, reply, "content", BLOCK_TEXT);
	put_joined(w, reply, "refusal", BLOCK_REFUSAL);
	if (holds(reply, BLOCK_THINKING))
		put_joined(w, reply, "reasoning_content", BLOCK_THINKING);
	put_details(w, reply);
	put_annotations(w, reply);
	put_calls(w, reply);
	put_images(w, reply);
	json_put_end(w);
}

int
chat_write_reply(struct json_write *w, struct reply *reply)
{
	json_put_object(w);
	json_member_text(w, "id", reply->client_id);
	json_member_string(w, "object", "chat.completion");
	json_member_int(w, "created", reply->created_at);
	json_member_text(w, "model", reply->client_model);
	json_put_key(w, "choices");
	json_put_array(w);
	json_put_object(w);
	json_member_int(w, "index", 0);
	json_put_key(w, "message");
	put_message(w, reply);
	put_logprobs(w, reply);
	json_member_string(w, "finish_reason", chat_finish_word(reply->stop));
	json_put_end(w);
	json_put_end(w);
	chat_put_usage(w, &reply->usage);
	json_put_end(w);
	return 0;
}
