#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

/* A whole reply being written. */
struct whole {
	struct json_write	*out;
	struct reply		*reply;
	const struct seal	*call;		/* waits for its call */
	struct buf		 logprobs;
	struct generate_citing	 citing;
	bool			 text;		/* a part of text is open */
	bool			 cited;		/* so that places are counted */
};

static bool
is_cited(const struct reply *reply)
{
	const struct reply_block	*block = reply->blocks;

	while (block != NULL && block->citations == NULL)
		block = block->next;
	return block != NULL;
}

static int
note_text(struct whole *whole, const struct reply_block *block)
{
	if (block->logprobs.length > 0) {
		if (whole->logprobs.length > 0)
			buf_putc(&whole->logprobs, ',');
		buf_add(&whole->logprobs, block->logprobs.at,
		    block->logprobs.length);
	}
	if (!whole->cited)
		return 0;
	if (generate_citing_text(&whole->citing, block_text(block)) == -1)
		return -1;
	return generate_citing_end(&whole->citing, block->citations);
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

/* Neighbouring blocks of text are one part, but for those that stand apart. */
static void
put_text(struct whole *whole, const struct reply_block *block)
{
	if (block->text.length == 0)
		return;
	if (block->apart)
		end_text(whole, NULL);
	if (!whole->text)
		json_put(whole->out, "{'text':'");
	whole->text = true;
	json_add_escaped(whole->out, block_text(block));
}

/* A seal may be of the text before it, or of the call behind it. */
static void
put_redacted(struct whole *whole, const struct reply_block *block)
{
	const struct seal	*seal = block->seal;

	if (whole->text && seal->place == SEAL_TEXT && seal->id.length > 0) {
		end_text(whole, seal);
		return;
	}
	end_text(whole, NULL);
	if (seal->place == SEAL_CALL)
		whole->call = seal;
	else
		generate_put_part(whole->out, whole->reply, block, NULL);
}

static void
put_block(struct whole *whole, const struct reply_block *block)
{
	switch (block->kind) {
	case BLOCK_TEXT:
	case BLOCK_REFUSAL:
		put_text(whole, block);
		break;
	case BLOCK_REDACTED:
		put_redacted(whole, block);
		break;
	case BLOCK_THINKING:
	case BLOCK_CALL:
	case BLOCK_CUSTOM_CALL:
	case BLOCK_IMAGE:
		end_text(whole, NULL);
		generate_put_part(whole->out, whole->reply, block,
		    block_is_call(block) ? whole->call : NULL);
		if (block_is_call(block))
			whole->call = NULL;
		break;
	case BLOCK_SERVER_CALL:
	case BLOCK_SUMMARY:	/* these clients can't ask for one */
		break;
	}
}

static int
put_candidate(struct whole *whole)
{
	struct json_write		*out = whole->out;
	const struct reply_block	*block;

	generate_put_head(out);
	for (block = whole->reply->blocks; block != NULL;
	    block = block->next) {
		put_block(whole, block);
		if ((block->kind == BLOCK_TEXT || block->kind ==
		    BLOCK_REFUSAL) && note_text(whole, block) == -1)
			return -1;
	}
	end_text(whole, NULL);
	generate_put_content_end(out);
	json_put(out, "'finishReason':%s,'index':0",
	    generate_stop_word(whole->reply->stop));
	generate_put_grounding(out, &whole->citing);
	generate_put_logprobs(out, (struct text){ whole->logprobs.at,
	    whole->logprobs.length });
	json_put(out, "}]");
	return 0;
}

int
generate_write_reply(struct json_write *out, struct reply *reply)
{
	struct whole	whole = { .out = out, .reply = reply,
			    .cited = is_cited(reply) };
	int		result;

	buf_init(&whole.logprobs, reply->text_max, reply->budget);
	generate_citing_init(&whole.citing, reply->arena);
	result = put_candidate(&whole);
	buf_release(&whole.logprobs);
	if (result == -1)
		return -1;
	generate_put_usage(out, &reply->usage);
	generate_put_tail(out, reply);
	return reply->arena->failed ? -1 : 0;
}
