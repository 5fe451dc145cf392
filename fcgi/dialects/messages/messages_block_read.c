#include "build.h"

#include "escape.h"
#include "json_text.h"
#include "json_write.h"
#include "messages_convert.h"

#define SERVER_ITEM_MAX	((size_t)16 * 1024 * 1024)

/* Pieces of an escaped span that came in several events. */
struct piece {
	struct piece	*next;
	struct escaped	 text;
};

struct pieces {
	struct piece	*first, *last;
};

/* The content block that is being read; they don't overlap in this API. */
struct messages_reading {
	bool			 open, server;
	int64_t			 index;
	struct text		 signature;	/* decoded */
	int64_t			 characters;	/* of a text block so far */
	struct citation		*citations, *last_citation;
	struct text		 start;		/* server: as it began */
	struct pieces		 input;		/* ... and its input */
};

static int
no_memory(struct blocks *blocks)
{
	struct problem	problem;

	problem_set(&problem, PROBLEM_OVERLOADED,
	    "the reply needs more memory than one may use");
	return blocks_fail(blocks, &problem);
}

int
messages_nonsense(struct blocks *blocks, const char *what)
{
	struct problem	problem;

	problem_set(&problem, PROBLEM_UPSTREAM,
	    "the upstream's reply makes no sense: %s", what);
	return blocks_fail(blocks, &problem);
}

struct messages_reading *
messages_reading(struct blocks *blocks)
{
	if (blocks->own == NULL)
		blocks->own = arena_calloc(blocks->arena, 1,
		    sizeof(struct messages_reading));
	if (blocks->own == NULL)
		no_memory(blocks);
	return blocks->own;
}

static struct text
decode(struct blocks *blocks, struct json_value value)
{
	return text_decode(blocks->arena, json_escaped(value), NULL);
}

static bool
pieces_add(struct blocks *blocks, struct pieces *pieces, struct escaped text)
{
	struct piece	*piece = arena_calloc(blocks->arena, 1, sizeof(*piece));

	if (piece == NULL)
		return false;
	piece->text.at = arena_memdup(blocks->arena, text.at, text.length);
	piece->text.length = text.length;
	if (pieces->first == NULL)
		pieces->first = piece;
	else
		pieces->last->next = piece;
	pieces->last = piece;
	return piece->text.at != NULL;
}

/* Signatures come whole; one in pieces is joined. */
static int
add_signature(struct blocks *blocks, struct messages_reading *reading,
    struct json_value value)
{
	struct text	 more = decode(blocks, value);
	struct buf	 whole;
	char		*copy;

	buf_init(&whole, SERVER_ITEM_MAX, blocks->budget);
	buf_add(&whole, reading->signature.at, reading->signature.length);
	buf_add(&whole, more.at, more.length);
	copy = whole.failed ? NULL :
	    arena_memdup(blocks->arena, whole.at, whole.length);
	reading->signature = (struct text){ copy, whole.length };
	buf_release(&whole);
	return copy == NULL ? no_memory(blocks) : 0;
}

static int
add_text(struct blocks *blocks, struct messages_reading *reading,
    struct escaped text)
{
	reading->characters += escape_characters(text);
	return blocks_text(blocks, text);
}

/* Citations may come before the text they are about: kept until its end. */
static int
add_citation(struct blocks *blocks, struct messages_reading *reading,
    struct json_value value)
{
	struct text	 raw = json_raw(value);
	struct citation	*citation;
	struct json_value copy;

	raw.at = arena_memdup(blocks->arena, raw.at, raw.length);
	citation = arena_calloc(blocks->arena, 1, sizeof(*citation));
	if (raw.at == NULL || citation == NULL)
		return no_memory(blocks);
	copy = json_scan_into(blocks->arena, raw);
	citation->raw = raw;
	citation->dialect = DIALECT_MESSAGES;
	citation->url = json_escaped(json_get(copy, "url"));
	citation->title = json_escaped(json_get(copy, "title"));
	if (citation->title.length == 0)
		citation->title = json_escaped(json_get(copy,
		    "document_title"));
	citation->cited = json_escaped(json_get(copy, "cited_text"));
	if (reading->citations == NULL)
		reading->citations = citation;
	else
		reading->last_citation->next = citation;
	reading->last_citation = citation;
	return 0;
}

static int
add_citations(struct blocks *blocks, struct messages_reading *reading,
    struct json_value list)
{
	struct json_walk	walk = json_walk(list);

	while (json_is(list, JSON_ARRAY) && json_next(&walk))
		if (add_citation(blocks, reading, walk.value) == -1)
			return -1;
	return 0;
}

static int
open_text(struct blocks *blocks, struct messages_reading *reading,
    struct json_value block)
{
	if (add_citations(blocks, reading,
	    json_get(block, "citations")) == -1)
		return -1;
	return add_text(blocks, reading, json_escaped(json_get(block, "text")));
}

static int
open_thinking(struct blocks *blocks, struct messages_reading *reading,
    struct json_value block)
{
	struct json_value	signature = json_get(block, "signature");

	if (json_escaped(signature).length > 0 &&
	    add_signature(blocks, reading, signature) == -1)
		return -1;
	return blocks_thinking(blocks,
	    json_escaped(json_get(block, "thinking")));
}

static int
open_redacted(struct blocks *blocks, struct messages_reading *reading,
    struct json_value block)
{
	struct seal	seal = { .place = SEAL_REDACTED };

	(void)reading;
	seal.bytes = decode(blocks, json_get(block, "data"));
	return seal.bytes.length == 0 ? 0 : blocks_redacted(blocks, &seal);
}

/* A stream begins with an empty input; a whole reply has it here. */
static int
open_call(struct blocks *blocks, struct messages_reading *reading,
    struct json_value block)
{
	struct json_value	input = json_get(block, "input");
	struct escaped		arguments;

	if (blocks_call(blocks, reading->index,
	    decode(blocks, json_get(block, "id")),
	    decode(blocks, json_get(block, "name"))) == -1)
		return -1;
	if (json_count(input) == 0)
		return 0;
	arguments = text_escape(blocks->arena, json_raw(input));
	return blocks_arguments(blocks, reading->index, arguments);
}

static int
open_server(struct blocks *blocks, struct messages_reading *reading,
    struct json_value block)
{
	struct text	raw = json_raw(block);

	reading->server = true;
	reading->start.at = arena_memdup(blocks->arena, raw.at, raw.length);
	reading->start.length = raw.length;
	return reading->start.at == NULL ? no_memory(blocks) : 0;
}

static const struct {
	const char	*type;
	int		(*open)(struct blocks *, struct messages_reading *,
			    struct json_value);
} kinds[] = {
	{ "text", open_text },
	{ "thinking", open_thinking },
	{ "redacted_thinking", open_redacted },
	{ "tool_use", open_call },
};

static int
write_server(struct blocks *blocks, struct messages_reading *reading,
    struct json_write *out)
{
	struct json_value	 start;
	struct json_walk	 walk;
	const struct piece	*piece;
	struct buf		 input;

	start = json_scan_into(blocks->arena, reading->start);
	walk = json_walk(start);
	buf_init(&input, SERVER_ITEM_MAX, blocks->budget);
	for (piece = reading->input.first; piece != NULL; piece = piece->next)
		text_decode_into(&input, piece->text, NULL);
	json_put_object(out);
	while (json_next(&walk)) {
		json_put_key_escaped(out, json_escaped(walk.key));
		if (json_equals(walk.key, "input") && input.length > 0 &&
		    !json_is(json_scan_into(blocks->arena, (struct text){
		    input.at, input.length }), JSON_MISSING))
			json_put_raw(out, (struct text){ input.at,
			    input.length });
		else
			json_put_value(out, walk.value);
	}
	json_put_end(out);
	buf_release(&input);
	return 0;
}

/* Of a tool that the provider ran: the block with its whole input. */
static int
end_server(struct blocks *blocks, struct messages_reading *reading)
{
	struct json_write	out;
	struct buf		raw;
	int			result;

	if (reading->input.first == NULL)
		return blocks_server(blocks, reading->start);
	buf_init(&raw, SERVER_ITEM_MAX, blocks->budget);
	json_write_start(&out, &raw);
	write_server(blocks, reading, &out);
	if (json_write_finish(&out) == -1)
		result = no_memory(blocks);
	else
		result = blocks_server(blocks, (struct text){ raw.at,
		    raw.length });
	buf_release(&raw);
	return result;
}

/* The block is whole; a missing content_block_stop ends it too. */
int
messages_end_block(struct blocks *blocks, struct messages_reading *reading)
{
	struct citation	*citation;
	struct seal	 seal = { .place = SEAL_THINKING };

	if (!reading->open)
		return 0;
	for (citation = reading->citations; citation != NULL;
	    citation = citation->next) {
		citation->start = 0;
		citation->end = reading->characters;
		if (blocks_citation(blocks, citation) == -1)
			return -1;
	}
	seal.bytes = reading->signature;
	if (seal.bytes.length > 0 && blocks_seal(blocks, &seal) == -1)
		return -1;
	if (reading->server && end_server(blocks, reading) == -1)
		return -1;
	if (blocks_call_end(blocks, reading->index) == -1)
		return -1;
	*reading = (struct messages_reading){ 0 };
	return blocks_break(blocks);
}

int
messages_open_block(struct blocks *blocks, struct messages_reading *reading,
    int64_t index, struct json_value block)
{
	struct json_value	type = json_get(block, "type");
	size_t			i;

	if (messages_end_block(blocks, reading) == -1)
		return -1;
	if (!json_is(block, JSON_OBJECT))
		return messages_nonsense(blocks,
		    "a content block is no object");
	reading->open = true;
	reading->index = index;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (json_equals(type, kinds[i].type))
			return kinds[i].open(blocks, reading, block);
	return open_server(blocks, reading, block);
}

int
messages_read_delta(struct blocks *blocks, struct messages_reading *reading,
    struct json_value event)
{
	struct json_value	delta = json_get(event, "delta");
	struct json_value	type = json_get(delta, "type");
	struct escaped		input;

	if (!reading->open)
		return messages_nonsense(blocks,
		    "a delta outside of a content block");
	if (json_equals(type, "text_delta"))
		return add_text(blocks, reading,
		    json_escaped(json_get(delta, "text")));
	if (json_equals(type, "thinking_delta"))
		return blocks_thinking(blocks,
		    json_escaped(json_get(delta, "thinking")));
	if (json_equals(type, "signature_delta"))
		return add_signature(blocks, reading,
		    json_get(delta, "signature"));
	if (json_equals(type, "citations_delta"))
		return add_citation(blocks, reading,
		    json_get(delta, "citation"));
	if (!json_equals(type, "input_json_delta"))
		return 0;
	input = json_escaped(json_get(delta, "partial_json"));
	if (!reading->server)
		return blocks_arguments(blocks, reading->index, input);
	if (!pieces_add(blocks, &reading->input, input))
		return no_memory(blocks);
	return 0;
}

