#include "build.h"

#include "json_text.h"
#include "responses_convert.h"

/* What was said is noted of the part that it is of. */
static void
note(struct responses_item *item, int64_t part, struct escaped text)
{
	if (part != item->part) {
		item->part = part;
		item->said = (struct spoken){ 0, 0 };
	}
	spoken_add(&item->said, text);
	item->any = item->any || text.length > 0;
}

/*
 * The end of a part that is missing. Parts come in order; some servers number
 * them otherwise than they say, so what was just said is not said again.
 */
static struct escaped
missing(const struct responses_item *item, int64_t part, struct escaped whole)
{
	const struct escaped	none = { "", 0 };

	if (part < item->part)
		return none;
	if (part == item->part && item->said.bytes > 0)
		return spoken_rest(&item->said, whole);
	return spoken_all(&item->said, whole) || spoken_all(&item->before, whole) ?
	    none : whole;
}

int
responses_paragraph(struct blocks *blocks, struct responses_item *item,
    int64_t part)
{
	note(item, part, escaped_of(""));
	if (part <= item->paragraph || !item->any)
		return 0;
	item->paragraph = part;
	return blocks_thinking(blocks, escaped_of("\\n\\n"));
}

int
responses_say_piece(struct blocks *blocks, struct responses_item *item,
    int64_t part, struct escaped text, responses_say say)
{
	if (text.length == 0)
		return 0;
	if (say == blocks_thinking &&
	    responses_paragraph(blocks, item, part) == -1)
		return -1;
	note(item, part, text);
	return say(blocks, text);
}

int
responses_say_whole(struct blocks *blocks, struct responses_item *item,
    int64_t part, struct escaped whole, responses_say say)
{
	return responses_say_piece(blocks, item, part,
	    missing(item, part, whole), say);
}

int
responses_cite(struct blocks *blocks, struct json_value annotation)
{
	struct citation	citation = { .start = -1, .end = -1,
			    .dialect = DIALECT_RESPONSES };

	if (!json_equals(json_get(annotation, "type"), "url_citation")) {
		blocks_lost(blocks, LOST_CITATIONS);
		return 0;
	}
	citation.url = json_escaped(json_get(annotation, "url"));
	citation.title = json_escaped(json_get(annotation, "title"));
	json_int64(json_get(annotation, "start_index"), &citation.start);
	json_int64(json_get(annotation, "end_index"), &citation.end);
	citation.raw = json_raw(annotation);
	return blocks_citation(blocks, &citation);
}

int
responses_say_text(struct blocks *blocks, struct responses_item *item,
    int64_t part, struct escaped text, struct text logprobs)
{
	note(item, part, text);
	return blocks_text_logprobs(blocks, text, logprobs);
}

/* Some servers tell of citations, or logprobs, only with the whole part. */
static int
say_text(struct blocks *blocks, struct responses_item *item, int64_t index,
    struct json_value part)
{
	struct json_walk	walk = json_walk(json_get(part, "annotations"));
	struct escaped		whole = json_escaped(json_get(part, "text"));
	struct escaped		rest = missing(item, index, whole);
	struct text		logprobs = { "", 0 };

	if (rest.length == whole.length)
		logprobs = json_inside(json_get(part, "logprobs"));
	if (responses_say_text(blocks, item, index, rest, logprobs) == -1)
		return -1;
	while (!item->cited && json_next(&walk))
		if (responses_cite(blocks, walk.value) == -1)
			return -1;
	return 0;
}

int
responses_end_part(struct blocks *blocks, struct responses_item *item,
    int64_t index, struct json_value part)
{
	struct json_value	type = json_get(part, "type");
	int			result;

	if (index < item->part)
		return 0;
	if (json_equals(type, "reasoning_text"))
		return responses_say_whole(blocks, item, index,
		    json_escaped(json_get(part, "text")), blocks_thinking);
	if (!json_equals(type, "refusal") && !json_is(json_get(part, "text"),
	    JSON_STRING))
		blocks_lost_unknown(blocks, "content", type);
	result = json_equals(type, "refusal") ?
	    responses_say_whole(blocks, item, index,
	    json_escaped(json_get(part, "refusal")), blocks_refusal) :
	    say_text(blocks, item, index, part);
	if (item->said.bytes > 0)
		item->before = item->said;
	item->part = index + 1;
	item->said = (struct spoken){ 0, 0 };
	item->cited = false;
	return result == -1 ? -1 : blocks_break(blocks);
}

static int
say_arguments(struct blocks *blocks, struct responses_item *item,
    struct escaped text)
{
	const struct text	later = { "", 0 };
	bool			custom = item->told != NULL && text_equals(
				    item->told->type, "custom_tool_call");

	if (!item->any && (custom ? blocks_custom_call : blocks_call)(blocks,
	    item->key, later, later) == -1)
		return -1;
	note(item, 0, text);
	return blocks_arguments(blocks, item->key, text);
}

int
responses_say_argument(struct blocks *blocks, struct responses_item *item,
    struct json_value piece)
{
	return say_arguments(blocks, item, blocks_said(blocks, piece));
}

int
responses_say_arguments(struct blocks *blocks, struct responses_item *item,
    struct json_value whole)
{
	return say_arguments(blocks, item,
	    missing(item, 0, blocks_said(blocks, whole)));
}
