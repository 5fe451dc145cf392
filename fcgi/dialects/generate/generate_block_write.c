#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

/* Thoughts are not among the candidates' tokens here. */
void
generate_put_usage(struct json_write *out, const struct usage *usage)
{
	int64_t	input = usage_all_input(usage);
	int64_t	output = usage_known(usage->output);
	int64_t	reasoning = usage_known(usage->reasoning);

	if (reasoning > output)
		reasoning = output;
	json_put(out, "'usageMetadata':{'promptTokenCount':%d", input);
	if (usage->cache_read > 0)
		json_put(out, "'cachedContentTokenCount':%d",
		    usage->cache_read);
	json_put(out, "'candidatesTokenCount':%d", output - reasoning);
	if (reasoning > 0)
		json_put(out, "'thoughtsTokenCount':%d", reasoning);
	json_put(out, "'totalTokenCount':%d}", input + output);
}

const char *
generate_stop_word(enum stop stop)
{
	static const char *const words[STOPS] = {
		[STOP_NONE] =		"STOP",
		[STOP_END] =		"STOP",
		[STOP_SEQUENCE] =	"STOP",
		[STOP_LENGTH] =		"MAX_TOKENS",
		[STOP_CALLS] =		"STOP",
		[STOP_REFUSAL] =	"SAFETY",
		[STOP_PAUSED] =		"STOP",
		[STOP_CONTEXT] =	"MAX_TOKENS",
		[STOP_BAD] =		"OTHER",
	};

	return words[stop];
}

void
generate_put_head(struct json_write *out)
{
	json_put(out, "{'candidates':[{'content':{'parts':[");
}

void
generate_put_content_end(struct json_write *out)
{
	json_put(out, "],'role':'model'}");
}

void
generate_put_tail(struct json_write *out, const struct reply *reply)
{
	json_put(out, "'modelVersion':%t,'responseId':%t}",
	    reply->client_model, reply->client_id);
}

void
generate_put_signature(struct json_write *out, const struct seal *seal)
{
	if (seal == NULL)
		return;
	json_put(out, "'thoughtSignature':");
	seal_put(out, seal, DIALECT_GENERATE);
}

static void
put_call(struct json_write *out, struct reply *reply,
    const struct reply_block *block)
{
	json_put(out, "{'functionCall':{'id':%t,'name':%t,'args':", block->id,
	    block->name);
	if (block->kind == BLOCK_CALL)
		json_put(out, "%r}", reply_arguments(reply, block));
	else
		json_put(out, "{'input':%e}}", block_text(block));
}

void
generate_put_part(struct json_write *out, struct reply *reply,
    const struct reply_block *block, const struct seal *seal)
{
	struct text	image = text_of("image/png");

	switch (block->kind) {
	case BLOCK_THINKING:
		json_put(out, "{'text':%e,'thought':true", block_text(block));
		break;
	case BLOCK_REDACTED:
		json_put(out, "{'text':''");
		break;
	case BLOCK_CALL:
	case BLOCK_CUSTOM_CALL:
		put_call(out, reply, block);
		break;
	case BLOCK_IMAGE:
		if (block->media_type.length > 0)
			image = block->media_type;
		json_put(out, "{'inlineData':{'mimeType':%t,'data':%e}",
		    image, block_text(block));
		break;
	case BLOCK_TEXT:
	case BLOCK_REFUSAL:
	case BLOCK_SERVER_CALL:
	case BLOCK_SUMMARY:
		return;
	}
	generate_put_signature(out, block->seal != NULL ? block->seal : seal);
	json_put_end(out);
}
