#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

#define SEAL_BYTES_MAX	((size_t)16 * 1024 * 1024)

static int64_t
known(int64_t count)
{
	return count < 0 ? 0 : count;
}

/* Thoughts are not among the candidates' tokens here. */
void
generate_put_usage(struct json_write *out, const struct usage *usage)
{
	int64_t	input, output, reasoning;

	input = known(usage->input) + known(usage->cache_read) +
	    known(usage->cache_write);
	output = known(usage->output);
	reasoning = known(usage->reasoning);
	if (reasoning > output)
		reasoning = output;
	json_put_key(out, "usageMetadata");
	json_put_object(out);
	json_member_int(out, "promptTokenCount", input);
	if (usage->cache_read > 0)
		json_member_int(out, "cachedContentTokenCount",
		    usage->cache_read);
	json_member_int(out, "candidatesTokenCount", output - reasoning);
	if (reasoning > 0)
		json_member_int(out, "thoughtsTokenCount", reasoning);
	json_member_int(out, "totalTokenCount", input + output);
	json_put_end(out);
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

/* Another's seal is packed, so that it comes back as what it was. */
void
generate_put_signature(struct json_write *out, const struct seal *seal)
{
	struct buf	packed;

	if (seal == NULL)
		return;
	if (seal->dialect == DIALECT_GENERATE) {
		json_member_text(out, "thoughtSignature", seal->bytes);
		return;
	}
	buf_init(&packed, SEAL_BYTES_MAX, NULL);
	if (seal_pack(&packed, seal) == -1)
		out->out->failed = 1;
	json_member_text(out, "thoughtSignature", (struct text){ packed.at,
	    packed.length });
	buf_release(&packed);
}

void
generate_put_thought(struct json_write *out, struct escaped text,
    const struct seal *seal)
{
	json_put_object(out);
	json_member_escaped(out, "text", text);
	json_member_bool(out, "thought", true);
	generate_put_signature(out, seal);
	json_put_end(out);
}

void
generate_put_seal(struct json_write *out, const struct seal *seal)
{
	json_put_object(out);
	json_member_string(out, "text", "");
	generate_put_signature(out, seal);
	json_put_end(out);
}

bool
generate_put_call(struct json_write *out, struct reply *reply,
    const struct reply_block *block, const struct seal *seal)
{
	struct text	args = { "", 0 };

	if (block->kind == BLOCK_CALL) {
		args = reply_arguments(reply, block);
		if (args.length == 0)
			return false;
	}
	json_put_object(out);
	json_put_key(out, "functionCall");
	json_put_object(out);
	json_member_text(out, "id", block->id);
	json_member_text(out, "name", block->name);
	if (block->kind == BLOCK_CALL) {
		json_member_raw(out, "args", args);
	} else {
		json_put_key(out, "args");
		json_put_object(out);
		json_member_escaped(out, "input", (struct escaped){
		    block->text.at, block->text.length });
		json_put_end(out);
	}
	json_put_end(out);
	generate_put_signature(out, seal);
	json_put_end(out);
	return true;
}

void
generate_put_image(struct json_write *out, const struct reply_block *block)
{
	json_put_object(out);
	json_put_key(out, "inlineData");
	json_put_object(out);
	json_member_text(out, "mimeType", block->media_type.length > 0 ?
	    block->media_type : text_of("image/png"));
	json_member_escaped(out, "data", (struct escaped){ block->text.at,
	    block->text.length });
	json_put_end(out);
	json_put_end(out);
}
