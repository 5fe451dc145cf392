#include "build.h"

#include <string.h>

#include "generate_convert.h"
#include "json_text.h"

/* A whole reply being written. */
struct whole {
	struct json_write		*out;
	struct reply			*reply;
	const struct seal		*call;	/* waits for its call */
	struct buf			 logprobs;
	struct generate_citations	*citations, *last;
	int64_t				 bytes;	/* of text so far */
	bool				 text;	/* a part of text is open */
};

static struct escaped
text_of_block(const struct reply_block *block)
{
	return (struct escaped){ block->text.at, block->text.length };
}

static bool
is_cited(const struct reply *reply)
{
	const struct reply_block	*block;

	for (block = reply->blocks; block != NULL; block = block->next)
		if (block->citations != NULL)
			return true;
	return false;
}

/* In bytes of all text; the characters are the block's. */
static int
note_citations(struct whole *whole, const struct reply_block *block)
{
	struct arena			*arena = whole->reply->arena;
	const struct citation		*citation = block->citations;
	struct generate_offsets		*offsets;
	struct generate_citations	*entry;

	offsets = arena_alloc(arena, sizeof(*offsets));
	if (offsets == NULL)
		return -1;
	generate_offsets_init(offsets, arena);
	if (generate_offsets_add(offsets, text_of_block(block)) == -1)
		return -1;
	for (; citation != NULL; citation = citation->next) {
		entry = arena_calloc(arena, 1, sizeof(*entry));
		if (entry == NULL)
			return -1;
		entry->citation = citation;
		entry->offsets = offsets;
		entry->start = whole->bytes;
		if (whole->citations == NULL)
			whole->citations = entry;
		else
			whole->last->next = entry;
		whole->last = entry;
	}
	whole->bytes += offsets->bytes;
	return 0;
}

static void
note_logprobs(struct whole *whole, const struct reply_block *block)
{
	if (block->logprobs.length == 0)
		return;
	if (whole->logprobs.length > 0)
		buf_putc(&whole->logprobs, ',');
	buf_add(&whole->logprobs, block->logprobs.at, block->logprobs.length);
}

/* Neighbouring blocks of text are one part. */
static void
put_text(struct whole *whole, const struct reply_block *block)
{
	if (block->text.length == 0)
		return;
	if (!whole->text) {
		json_put_object(whole->out);
		json_put_key(whole->out, "text");
		json_put_string_start(whole->out);
		whole->text = true;
	}
	json_add_escaped(whole->out, text_of_block(block));
}

static void
end_text(struct whole *whole, const struct seal *seal)
{
	if (!whole->text)
		return;
	json_put_string_end(whole->out);
	generate_put_signature(whole->out, seal);
	json_put_end(whole->out);
	whole->text = false;
}

static void
put_redacted(struct whole *whole, const struct reply_block *block)
{
	const struct seal	*seal = block->seal;

	if (seal == NULL)
		return;
	if (whole->text && seal->place == SEAL_TEXT && seal->id.length > 0) {
		end_text(whole, seal);
		return;
	}
	end_text(whole, NULL);
	if (seal->place == SEAL_CALL)
		whole->call = seal;
	else
		generate_put_seal(whole->out, seal);
}

static void
put_block(struct whole *whole, const struct reply_block *block)
{
	if (block->kind == BLOCK_THINKING || block->kind == BLOCK_CALL ||
	    block->kind == BLOCK_CUSTOM_CALL || block->kind == BLOCK_IMAGE)
		end_text(whole, NULL);
	switch (block->kind) {
	case BLOCK_TEXT:
	case BLOCK_REFUSAL:
		put_text(whole, block);
		break;
	case BLOCK_THINKING:
		generate_put_thought(whole->out, text_of_block(block),
		    block->seal);
		break;
	case BLOCK_REDACTED:
		put_redacted(whole, block);
		break;
	case BLOCK_CALL:
	case BLOCK_CUSTOM_CALL:
		generate_put_call(whole->out, whole->reply, block,
		    whole->call);
		whole->call = NULL;
		break;
	case BLOCK_IMAGE:
		generate_put_image(whole->out, block);
		break;
	case BLOCK_SERVER_CALL:
		break;
	}
}

static int
put_candidate(struct whole *whole)
{
	struct json_write		*out = whole->out;
	struct reply			*reply = whole->reply;
	const struct reply_block	*block;
	bool				 cited = is_cited(reply);

	json_put_object(out);
	json_put_key(out, "content");
	json_put_object(out);
	json_put_key(out, "parts");
	json_put_array(out);
	for (block = reply->blocks; block != NULL; block = block->next) {
		put_block(whole, block);
		if (block->kind != BLOCK_TEXT)
			continue;
		note_logprobs(whole, block);
		if (cited && note_citations(whole, block) == -1)
			return -1;
	}
	end_text(whole, NULL);
	json_put_end(out);
	json_member_string(out, "role", "model");
	json_put_end(out);
	json_member_string(out, "finishReason",
	    generate_stop_word(reply->stop));
	json_member_int(out, "index", 0);
	generate_put_grounding(out, whole->citations);
	generate_put_logprobs(out, (struct text){
	    whole->logprobs.at, whole->logprobs.length });
	json_put_end(out);
	return 0;
}

int
generate_write_reply(struct json_write *out, struct reply *reply)
{
	struct whole	whole = { .out = out, .reply = reply };
	int		result;

	buf_init(&whole.logprobs, reply->text_max, reply->budget);
	json_put_object(out);
	json_put_key(out, "candidates");
	json_put_array(out);
	result = put_candidate(&whole);
	buf_release(&whole.logprobs);
	if (result == -1)
		return -1;
	json_put_end(out);
	generate_put_usage(out, &reply->usage);
	json_member_text(out, "modelVersion", reply->client_model);
	json_member_text(out, "responseId", reply->client_id);
	json_put_end(out);
	return reply->arena->failed ? -1 : 0;
}
