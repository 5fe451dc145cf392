#include "build.h"

#include "chat.h"
#include "chat_reply.h"
#include "escape.h"
#include "json_text.h"

/* The texts of one kind of block as one string, null when there is none. */
static void
put_joined(struct json_write *w, const struct reply *reply,
    enum block_kind kind)
{
	const struct reply_block	*block;

	if (!reply_holds(reply, kind)) {
		json_put_null(w);
		return;
	}
	json_put_string_start(w);
	for (block = reply->blocks; block != NULL; block = block->next)
		if (block->kind == kind) {
			if (block->apart)
				json_add_escaped(w, escaped_of(CHAT_APART));
			json_add_escaped(w, block_text(block));
		}
	json_put_string_end(w);
}

/* A seal that stands on the call right behind it goes there. */
static bool
is_call_seal(const struct reply_block *block)
{
	return block->kind == BLOCK_REDACTED && block->seal != NULL &&
	    block->seal->place == SEAL_CALL && block->next != NULL &&
	    block_is_call(block->next);
}

static void
put_details(struct json_write *w, const struct reply *reply)
{
	const struct reply_block	*block;
	int64_t				 characters, bytes;
	unsigned			 count = 0;

	for (block = reply->blocks; block != NULL; block = block->next) {
		if (block->seal == NULL || is_call_seal(block))
			continue;
		if (count == 0)
			json_put(w, "'reasoning_details':[");
		bytes = characters = 0;
		if (block->kind == BLOCK_THINKING)
			escape_measure(block_text(block), &bytes, &characters);
		chat_put_detail(w, block->seal, bytes, count++);
	}
	if (count > 0)
		json_put_end(w);
}

static void
put_annotations(struct json_write *w, const struct reply *reply)
{
	const struct reply_block	*block;
	int64_t				 start = 0, bytes = 0;

	json_put(w, "'annotations':[");
	for (block = reply->blocks; block != NULL; block = block->next) {
		if (block->kind != BLOCK_TEXT)
			continue;
		start += block->apart ? CHAT_APART_CHARACTERS : 0;
		chat_put_citations(w, block->citations, start);
		escape_measure(block_text(block), &bytes, &start);
	}
	json_put_end(w);
}

static void
put_calls(struct json_write *w, const struct reply *reply)
{
	const struct reply_block	*block;
	const struct seal		*seal = NULL;

	if (!reply_holds(reply, BLOCK_CALL) &&
	    !reply_holds(reply, BLOCK_CUSTOM_CALL))
		return;
	json_put(w, "'tool_calls':[");
	for (block = reply->blocks; block != NULL; block = block->next) {
		if (block_is_call(block))
			chat_put_call(w, block, seal);
		seal = is_call_seal(block) ? block->seal : NULL;
	}
	json_put_end(w);
}

static void
put_images(struct json_write *w, const struct reply *reply)
{
	const struct reply_block	*block;

	if (!reply_holds(reply, BLOCK_IMAGE))
		return;
	json_put(w, "'images':[");
	for (block = reply->blocks; block != NULL; block = block->next)
		if (block->kind == BLOCK_IMAGE) {
			json_put_object(w);
			chat_put_image(w, block->media_type,
			    block_text(block));
		}
	json_put_end(w);
}

static void
put_logprobs(struct json_write *w, const struct reply *reply)
{
	const struct reply_block	*block;
	unsigned			 count = 0;

	for (block = reply->blocks; block != NULL; block = block->next) {
		if (block->logprobs.length == 0)
			continue;
		if (count++ == 0)
			json_put(w, "{'content':[");
		json_put_raw(w, block_logprobs(block));
	}
	if (count > 0)
		json_put(w, "]}");
	else
		json_put_null(w);
}

int
chat_write_reply(struct json_write *w, struct reply *reply)
{
	chat_put_head(w, reply, "chat.completion");
	json_put(w, "'choices':[{'index':0,'message':{'role':'assistant',"
	    "'content':");
	put_joined(w, reply, BLOCK_TEXT);
	json_put(w, "'refusal':");
	put_joined(w, reply, BLOCK_REFUSAL);
	if (reply_holds(reply, BLOCK_THINKING)) {
		json_put(w, "'reasoning_content':");
		put_joined(w, reply, BLOCK_THINKING);
	}
	put_details(w, reply);
	put_annotations(w, reply);
	put_calls(w, reply);
	put_images(w, reply);
	json_put(w, "},'logprobs':");
	put_logprobs(w, reply);
	json_put(w, "'finish_reason':%s}]", chat_finish_word(reply->stop));
	chat_put_usage(w, &reply->usage);
	json_put_end(w);
	return 0;
}
