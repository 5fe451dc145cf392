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

struct kind;

/*
 * The content block that is being read. They don't overlap in this API; with
 * servers that hand on parallel calls these do: calls wait for their own end.
 */
struct messages_reading {
	bool			 open, server, search;
	const struct kind	*kind;		/* NULL: another one */
	int64_t			 index;
	struct messages_call	 call;		/* the open one, if it is one */
	struct messages_call	*waiting;	/* others */
	struct pieces		 signature;	/* comes whole, mostly */
	int64_t			 characters;	/* of a text block so far */
	struct citation		*citations, *last_citation;
	struct text		 start;		/* server: as it began */
	struct pieces		 input;		/* ... and its input */
};

struct messages_reading *
messages_reading(struct blocks *blocks)
{
	return blocks_own(blocks, sizeof(struct messages_reading));
}

static int
pieces_add(struct blocks *blocks, struct pieces *pieces,
    struct json_value value)
{
	struct text	 raw = json_raw(value);
	struct piece	*piece = arena_calloc(blocks->arena, 1, sizeof(*piece));

	if (!json_is(value, JSON_STRING))
		return 0;
	raw.at = arena_memdup(blocks->arena, raw.at, raw.length);
	if (piece == NULL || raw.at == NULL)
		return blocks_no_memory(blocks);
	piece->text = (struct escaped){ raw.at + 1, raw.length - 2 };
	if (pieces->first == NULL)
		pieces->first = piece;
	else
		pieces->last->next = piece;
	pieces->last = piece;
	return 0;
}

/* All of them, decoded. An escape is never cut in two. */
static struct text
pieces_join(struct blocks *blocks, const struct pieces *pieces)
{
	const struct piece	*piece;
	struct text		 joined = { "", 0 };
	struct buf		 whole;

	buf_init(&whole, SERVER_ITEM_MAX, blocks->budget);
	for (piece = pieces->first; piece != NULL; piece = piece->next)
		text_decode_into(&whole, piece->text, NULL);
	if (!whole.failed && whole.length > 0) {
		joined.at = arena_memdup(blocks->arena, whole.at,
		    whole.length);
		joined.length = joined.at == NULL ? 0 : whole.length;
	}
	buf_release(&whole);
	return joined;
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
		return blocks_no_memory(blocks);
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

/* What other clients see of a history that was compacted: its summary. */
static int
open_compaction(struct blocks *blocks, struct messages_reading *reading,
    struct json_value block)
{
	return add_text(blocks, reading,
	    json_escaped(json_get(block, "content")));
}

static int
open_connector(struct blocks *blocks, struct messages_reading *reading,
    struct json_value block)
{
	return add_text(blocks, reading,
	    json_escaped(json_get(block, "connector_text")));
}

static int
open_thinking(struct blocks *blocks, struct messages_reading *reading,
    struct json_value block)
{
	if (pieces_add(blocks, &reading->signature,
	    json_get(block, "signature")) == -1)
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
	seal.bytes = blocks_decode(blocks, json_get(block, "data"));
	return seal.bytes.length == 0 ? 0 : blocks_redacted(blocks, &seal);
}

static int
open_call(struct blocks *blocks, struct messages_reading *reading,
    struct json_value block)
{
	return messages_begin_call(blocks, &reading->call, block);
}

static int
open_server(struct blocks *blocks, struct messages_reading *reading,
    struct json_value block)
{
	struct text	raw = json_raw(block);

	reading->server = true;
	reading->search = json_equals(json_get(block, "name"), "web_search") &&
	    json_equals(json_get(block, "type"), "server_tool_use");
	reading->start.at = arena_memdup(blocks->arena, raw.at, raw.length);
	reading->start.length = raw.length;
	return reading->start.at == NULL ? blocks_no_memory(blocks) : 0;
}

static const struct kind {
	const char	*type;
	int		(*open)(struct blocks *, struct messages_reading *,
			    struct json_value);
} kinds[] = {
	{ "text", open_text },
	{ "thinking", open_thinking },
	{ "redacted_thinking", open_redacted },
	{ "tool_use", open_call },
	{ "compaction", open_compaction },
	{ "connector_text", open_connector },
};
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static bool
is_call(const struct messages_reading *reading)
{
	return reading->kind != NULL && reading->kind->open == open_call;
}

static const struct kind *
kind_of(struct text type)
{
	size_t	i;

	for (i = 0; i < KINDS; i++)
		if (text_equals(type, kinds[i].type))
			return &kinds[i];
	return NULL;
}

/* Its block with the whole input, which came in pieces. */
static struct json_value
join_server(struct blocks *blocks, struct messages_reading *reading)
{
	struct json_value	 start, none = { NULL, 0 };
	struct text		 input = pieces_join(blocks, &reading->input);
	struct json_walk	 walk;
	struct json_write	 out;
	struct buf		 raw;

	start = json_scan_into(blocks->arena, reading->start);
	if (json_is(json_scan_into(blocks->arena, input), JSON_MISSING))
		return start;
	buf_init(&raw, SERVER_ITEM_MAX, blocks->budget);
	json_write_start(&out, &raw);
	json_put_object(&out);
	walk = json_walk(start);
	while (json_next(&walk)) {
		json_put_key_escaped(&out, json_escaped(walk.key));
		if (json_equals(walk.key, "input"))
			json_put_raw(&out, input);
		else
			json_put_value(&out, walk.value);
	}
	json_put_end(&out);
	input.at = json_write_finish(&out) == -1 ? NULL :
	    arena_memdup(blocks->arena, raw.at, raw.length);
	input.length = raw.length;
	buf_release(&raw);
	return input.at == NULL ? none : json_scan_into(blocks->arena, input);
}

/* Of a tool that the provider ran; a search is told to others, too. */
static int
end_server(struct blocks *blocks, struct messages_reading *reading)
{
	struct json_value	block, query;
	struct search		search = { .failed = false };

	if (!reading->search && reading->input.first == NULL)
		return blocks_server(blocks, reading->start);
	block = join_server(blocks, reading);
	if (json_is(block, JSON_MISSING))
		return blocks_no_memory(blocks);
	query = json_get(json_get(block, "input"), "query");
	if (!reading->search || !json_is(query, JSON_STRING))
		return blocks_server(blocks, json_raw(block));
	search.id = blocks_decode(blocks, json_get(block, "id"));
	search.query = json_escaped(query);
	return blocks_search(blocks, json_raw(block), &search);
}

static int
end_block(struct blocks *blocks, struct messages_reading *reading)
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
	seal.bytes = pieces_join(blocks, &reading->signature);
	if (seal.bytes.length > 0 && blocks_seal(blocks, &seal) == -1)
		return -1;
	if (reading->server && end_server(blocks, reading) == -1)
		return -1;
	if (is_call(reading) && messages_end_call(blocks, &reading->call) == -1)
		return -1;
	*reading = (struct messages_reading){ .waiting = reading->waiting };
	return blocks_break(blocks);
}

/* One that nobody knows is text where it has some, at its start or later. */
static int
open_unknown(struct blocks *blocks, struct messages_reading *reading,
    struct json_value block)
{
	int	said = blocks_say_item(blocks, block);

	return said == 0 ? open_server(blocks, reading, block) :
	    said == -1 ? -1 : 0;
}

int
messages_end_block(struct blocks *blocks, struct messages_reading *reading,
    const int64_t *index)
{
	if (index == NULL || (reading->open && reading->index == *index))
		return end_block(blocks, reading);
	return messages_end_waiting(blocks, &reading->waiting, index);
}

int
messages_end_blocks(struct blocks *blocks, struct messages_reading *reading)
{
	if (end_block(blocks, reading) == -1)
		return -1;
	return messages_end_waiting(blocks, &reading->waiting, NULL);
}

/* Makes room for a block at that index; a call at another one may go on. */
static int
leave_block(struct blocks *blocks, struct messages_reading *reading,
    int64_t index)
{
	if (is_call(reading) && reading->index != index) {
		if (messages_wait_call(blocks, &reading->waiting,
		    &reading->call) == -1)
			return -1;
		*reading = (struct messages_reading){
		    .waiting = reading->waiting };
	}
	if (end_block(blocks, reading) == -1)
		return -1;
	return messages_end_waiting(blocks, &reading->waiting, &index);
}

static void
begin_block(struct messages_reading *reading, const struct kind *kind,
    int64_t index)
{
	reading->open = true;
	reading->kind = kind;
	reading->index = reading->call.index = index;
}

int
messages_open_block(struct blocks *blocks, struct messages_reading *reading,
    int64_t index, struct json_value block)
{
	if (leave_block(blocks, reading, index) == -1)
		return -1;
	if (!json_is(block, JSON_OBJECT))
		return blocks_nonsense(blocks,
		    "a content block is no object");
	begin_block(reading, kind_of(blocks_decode(blocks,
	    json_get(block, "type"))), index);
	return reading->kind == NULL ? open_unknown(blocks, reading, block) :
	    reading->kind->open(blocks, reading, block);
}

static int
delta_text(struct blocks *blocks, struct messages_reading *reading,
    struct json_value delta)
{
	return add_text(blocks, reading, json_escaped(json_get(delta,
	    "text")));
}

static int
delta_thinking(struct blocks *blocks, struct messages_reading *reading,
    struct json_value delta)
{
	(void)reading;
	return blocks_thinking(blocks,
	    json_escaped(json_get(delta, "thinking")));
}

static int
delta_signature(struct blocks *blocks, struct messages_reading *reading,
    struct json_value delta)
{
	return pieces_add(blocks, &reading->signature,
	    json_get(delta, "signature"));
}

static int
delta_citation(struct blocks *blocks, struct messages_reading *reading,
    struct json_value delta)
{
	return add_citation(blocks, reading, json_get(delta, "citation"));
}

static int
delta_input(struct blocks *blocks, struct messages_reading *reading,
    struct json_value delta)
{
	struct json_value	input = json_get(delta, "partial_json");

	if (reading->server)
		return pieces_add(blocks, &reading->input, input);
	return messages_add_input(blocks, &reading->call, input);
}

static int
delta_compaction(struct blocks *blocks, struct messages_reading *reading,
    struct json_value delta)
{
	return add_text(blocks, reading,
	    json_escaped(json_get(delta, "content")));
}

/* The most frequent ones first, each with the kind of block that it is of. */
static const struct {
	const char	*type, *of;
	int		(*read)(struct blocks *, struct messages_reading *,
			    struct json_value);
} deltas[] = {
	{ "text_delta", "text", delta_text },
	{ "input_json_delta", "tool_use", delta_input },
	{ "thinking_delta", "thinking", delta_thinking },
	{ "signature_delta", "thinking", delta_signature },
	{ "citations_delta", "text", delta_citation },
	{ "compaction_delta", "compaction", delta_compaction },
};

/* Some servers leave the start of a block out; its deltas say what it is. */
static int
open_unsaid(struct blocks *blocks, struct messages_reading *reading,
    struct json_value event, const char *of)
{
	const struct kind	*kind = kind_of(text_of(of));
	int64_t			 index = 0;

	if (reading->open && (reading->kind == kind || (reading->server &&
	    kind->open == open_call)))
		return 0;
	json_int64(json_get(event, "index"), &index);
	if (leave_block(blocks, reading, index) == -1)
		return -1;
	begin_block(reading, kind, index);
	return kind->open(blocks, reading, JSON_NOTHING);
}

/* The call that a piece is of, when it is not that of the open block. */
static struct messages_call *
call_of(struct messages_reading *reading, struct json_value event)
{
	int64_t	index = reading->index;

	json_int64(json_get(event, "index"), &index);
	return *messages_waiting_call(&reading->waiting, &index);
}

int
messages_read_delta(struct blocks *blocks, struct messages_reading *reading,
    struct json_value event)
{
	struct json_value	delta = json_get(event, "delta");
	struct json_value	type = json_get(delta, "type");
	struct messages_call	*call;
	size_t			i;

	for (i = 0; i < sizeof(deltas) / sizeof(deltas[0]); i++) {
		if (!json_equals(type, deltas[i].type))
			continue;
		if (reading->waiting != NULL && deltas[i].read == delta_input &&
		    (call = call_of(reading, event)) != NULL)
			return messages_add_input(blocks, call,
			    json_get(delta, "partial_json"));
		if (open_unsaid(blocks, reading, event, deltas[i].of) == -1)
			return -1;
		return deltas[i].read(blocks, reading, delta);
	}
	blocks_lost_unknown(blocks, NULL, type);
	return !reading->open || reading->server ? 0 : blocks_text(blocks,
	    json_escaped(json_get(delta, "text")));
}
