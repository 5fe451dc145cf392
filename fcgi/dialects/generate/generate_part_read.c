#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

int
generate_end_text(struct blocks *blocks, struct generate_reply *reply)
{
	if (!reply->sealed)
		return 0;
	reply->sealed = false;
	reply->block_start = reply->offsets.characters;
	return blocks_redacted(blocks, &reply->seal);
}

/* A part of another kind follows: text behind it is another block. */
static int
leave_text(struct blocks *blocks, struct generate_reply *reply)
{
	reply->block_start = reply->offsets.characters;
	return generate_end_text(blocks, reply);
}

static struct text
signature_of(struct blocks *blocks, struct json_value part)
{
	return blocks_decode(blocks,
	    json_get(part, "thoughtSignature"));
}

static int
read_thought(struct blocks *blocks, struct generate_reply *reply,
    struct json_value part)
{
	struct seal	seal = { .place = SEAL_THINKING };

	if (leave_text(blocks, reply) == -1 || blocks_thinking(blocks,
	    json_escaped(json_get(part, "text"))) == -1)
		return -1;
	seal.bytes = signature_of(blocks, part);
	return seal.bytes.length == 0 ? 0 : blocks_seal(blocks, &seal);
}

/* The call's last piece was there. */
int
generate_end_call(struct blocks *blocks, struct generate_reply *reply)
{
	struct text	text;
	int64_t		key = reply->calls - 1;

	if (!reply->unended)
		return 0;
	reply->unended = false;
	if (reply->partial.root != NULL) {
		text = generate_partial_text(&reply->partial,
		    blocks->kept_max, blocks->budget);
		if (text.length == 0)
			return blocks_no_memory(blocks);
		if (blocks_arguments(blocks, key, text_escape(blocks->arena,
		    text)) == -1)
			return -1;
	}
	return blocks_call_end(blocks, key);
}

/* A piece of a call; the last one does not say that there will be more. */
static int
read_piece(struct blocks *blocks, struct generate_reply *reply,
    struct json_value call)
{
	struct json_walk	walk = json_walk(json_get(call, "partialArgs"));

	reply->unended = true;
	while (json_next(&walk))
		if (generate_partial_add(&reply->partial, walk.value) == -1)
			return blocks_nonsense(blocks, "a piece of a call's "
			    "arguments has no place");
	if (json_true(json_get(call, "willContinue")))
		return 0;
	if (reply->partial.root == NULL && blocks_read_arguments(blocks,
	    reply->calls - 1, json_get(call, "args")) == -1)
		return -1;
	return generate_end_call(blocks, reply);
}

static int
read_call(struct blocks *blocks, struct generate_reply *reply,
    struct json_value part)
{
	struct json_value	call = json_get(part, "functionCall");
	struct json_value	args = json_get(call, "args");
	struct seal		seal = { .place = SEAL_CALL };
	int64_t			key;

	if (reply->unended && json_kind(json_get(call, "name")) <= JSON_NULL)
		return read_piece(blocks, reply, call);
	if (generate_end_call(blocks, reply) == -1 ||
	    leave_text(blocks, reply) == -1)
		return -1;
	key = reply->calls++;
	seal.bytes = signature_of(blocks, part);
	if (seal.bytes.length > 0 && blocks_redacted(blocks, &seal) == -1)
		return -1;
	if (blocks_call(blocks, key,
	    blocks_decode(blocks, json_get(call, "id")),
	    blocks_decode(blocks, json_get(call, "name"))) == -1)
		return -1;
	if (json_true(json_get(call, "willContinue")) ||
	    json_is(json_get(call, "partialArgs"), JSON_ARRAY)) {
		reply->partial = (struct generate_partial){
			.arena = blocks->arena };
		return read_piece(blocks, reply, call);
	}
	if (blocks_read_arguments(blocks, key, args) == -1)
		return -1;
	return blocks_call_end(blocks, key);
}

/*
 * Text of the answer. Its seal waits: citations come behind the parts, and a stream
 * may sign a piece in the midst of a text. What is counted is what the API counts,
 * the bytes of its own text.
 */
static int
read_text(struct blocks *blocks, struct generate_reply *reply,
    struct json_value part, struct text logprobs)
{
	struct escaped	text = json_escaped(json_get(part, "text"));
	struct text	signature = signature_of(blocks, part);

	if ((signature.length > 0 || reply->seal.id.length == 0) &&
	    generate_end_text(blocks, reply) == -1)
		return -1;
	if (generate_offsets_add(&reply->offsets, text) == -1)
		return blocks_no_memory(blocks);
	if (blocks_text_logprobs(blocks, text, logprobs) == -1)
		return -1;
	if (signature.length == 0)
		return 0;
	/* The chunk may be gone by then. */
	reply->sealed = true;
	reply->seal = (struct seal){ .place = SEAL_TEXT,
	    .bytes = blocks_keep(blocks, signature) };
	if (text.length > 0)
		reply->seal.id = text_of("text");
	return 0;
}

/* Code that the provider ran and what it said, as a block of fenced text. */
static int
say_fenced(struct blocks *blocks, struct generate_reply *reply,
    const char *language, struct escaped text)
{
	struct escaped	spans[4] = { escaped_of("\\n```"), escaped_of(language),
			    escaped_of("\\n"), text };
	bool		line = text.length >= 2 &&
			    text.at[text.length - 2] == '\\' &&
			    text.at[text.length - 1] == 'n';

	if (leave_text(blocks, reply) == -1 || blocks_break(blocks) == -1 ||
	    blocks_text(blocks, escaped_join(blocks->arena, spans, 4)) == -1 ||
	    blocks_text(blocks, escaped_of(line ? "```\\n" :
	    "\\n```\\n")) == -1)
		return -1;
	return blocks_break(blocks);
}

static int
read_code(struct blocks *blocks, struct generate_reply *reply,
    struct json_value part)
{
	struct json_value	code = json_get(part, "executableCode");
	struct json_value	result = json_get(part, "codeExecutionResult");

	if (json_is(code, JSON_OBJECT))
		return say_fenced(blocks, reply, json_equals(json_get(code,
		    "language"), "PYTHON") ? "python" : "",
		    json_escaped(json_get(code, "code")));
	return say_fenced(blocks, reply, "",
	    json_escaped(json_get(result, "output")));
}

static int
read_media(struct blocks *blocks, struct generate_reply *reply,
    struct json_value part)
{
	struct json_value	blob = json_get(part, "inlineData");
	struct text		type;

	type = blocks_decode(blocks, json_get(blob, "mimeType"));
	switch (generate_media_kind(type)) {
	case PART_IMAGE:
		break;
	case PART_AUDIO:
		blocks_lost(blocks, LOST_AUDIO);
		return 0;
	default:
		blocks_lost(blocks, LOST_UNKNOWN_FIELD);
		return 0;
	}
	if (leave_text(blocks, reply) == -1)
		return -1;
	return blocks_image(blocks, type, json_escaped(json_get(blob,
	    "data")));
}

static int
read_server(struct blocks *blocks, struct generate_reply *reply,
    struct json_value part)
{
	if (leave_text(blocks, reply) == -1)
		return -1;
	return blocks_server(blocks, json_raw(part));
}

static const struct {
	const char	*key;
	int		(*read)(struct blocks *, struct generate_reply *,
			    struct json_value);
} kinds[] = {
	{ "functionCall", read_call },
	{ "executableCode", read_code },
	{ "codeExecutionResult", read_code },
	{ "inlineData", read_media },
	{ "toolCall", read_server },
	{ "toolResponse", read_server },
};

/* A kind that nobody knows, or several. */
static int
read_unknown(struct blocks *blocks, struct generate_reply *reply,
    struct json_value part)
{
	struct json_walk	walk = json_walk(part);

	if (leave_text(blocks, reply) == -1)
		return -1;
	while (json_next(&walk))
		if (blocks_say_unknown(blocks, "parts", walk.key,
		    walk.value) == -1)
			return -1;
	return 0;
}

/* Nothing but text, as most parts are. */
static bool
is_plain(struct json_value part)
{
	struct json_walk	walk = json_walk(part);

	return json_next(&walk) && json_equals(walk.key, "text") &&
	    !json_next(&walk);
}

int
generate_read_part(struct blocks *blocks, struct generate_reply *reply,
    struct json_value part, struct text logprobs)
{
	struct json_walk	walk = json_walk(part);
	size_t			i;

	if (is_plain(part))
		return read_text(blocks, reply, part, logprobs);
	if (json_true(json_get(part, "thought")))
		return read_thought(blocks, reply, part);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (json_is(json_get(part, kinds[i].key), JSON_OBJECT))
			return kinds[i].read(blocks, reply, part);
	if (json_is(json_get(part, "text"), JSON_MISSING) &&
	    json_is(json_get(part, "thoughtSignature"), JSON_MISSING) &&
	    json_next(&walk))
		return read_unknown(blocks, reply, part);
	return read_text(blocks, reply, part, logprobs);
}
