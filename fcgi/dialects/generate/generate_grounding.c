#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

/* What the citations are of. */
struct place {
	struct blocks		*blocks;
	struct generate_reply	*reply;
	struct json_value	 chunks;	/* groundingChunks */
};

/* A web page, a document of one's own, a place on the map. */
static struct json_value
source_of(struct json_value chunk)
{
	static const char *const	kinds[] = { "web", "retrievedContext",
					    "maps", "image" };
	struct json_value		source = chunk;
	size_t				i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		source = json_get(chunk, kinds[i]);
		if (json_is(source, JSON_OBJECT))
			break;
	}
	return source;
}

/*
 * Bytes of the API's text as characters of the block that is open; unknown
 * when they are of an earlier one.
 */
static int64_t
place_of(const struct generate_reply *reply, struct json_value segment,
    const char *key)
{
	int64_t	at = 0, part = 0;

	json_int64(json_get(segment, key), &at);
	json_int64(json_get(segment, "partIndex"), &part);
	if (part > 0 && (uint64_t)part < reply->parts)
		at += reply->part_starts[part];
	at = generate_offsets_characters(&reply->offsets, at);
	return at < reply->block_start ? -1 : at - reply->block_start;
}

static int
cite(const struct place *place, struct json_value segment,
    struct json_value source)
{
	struct citation	citation = { .dialect = DIALECT_GENERATE };

	citation.url = json_escaped(json_get(source, "uri"));
	citation.title = json_escaped(json_get(source, "title"));
	citation.cited = json_escaped(json_get(segment, "text"));
	citation.start = place_of(place->reply, segment, "startIndex");
	citation.end = place_of(place->reply, segment, "endIndex");
	if (citation.start < 0 || citation.end < citation.start)
		citation.start = citation.end = -1;
	return blocks_citation(place->blocks, &citation);
}

static int
cite_support(const struct place *place, struct json_value support)
{
	struct json_walk	walk;
	struct json_value	chunk;
	int64_t			index;

	walk = json_walk(json_get(support, "groundingChunkIndices"));
	while (json_next(&walk)) {
		if (json_int64(walk.value, &index) == -1 || index < 0)
			continue;
		chunk = json_at(place->chunks, (size_t)index);
		if (cite(place, json_get(support, "segment"),
		    source_of(chunk)) == -1)
			return -1;
	}
	return 0;
}

int
generate_read_grounding(struct blocks *blocks, struct generate_reply *reply,
    struct json_value candidate)
{
	struct json_value	grounding = json_get(candidate,
				    "groundingMetadata");
	struct place		place = { blocks, reply, { NULL, 0 } };
	struct json_walk	walk;

	place.chunks = json_get(grounding, "groundingChunks");
	walk = json_walk(json_get(grounding, "groundingSupports"));
	while (json_next(&walk))
		if (cite_support(&place, walk.value) == -1)
			return -1;
	walk = json_walk(json_get(json_get(candidate, "citationMetadata"),
	    "citationSources"));
	while (json_next(&walk))
		if (cite(&place, walk.value, walk.value) == -1)
			return -1;
	return 0;
}

static void
put_chunk(struct json_write *w, const struct citation *citation)
{
	json_put_object(w);
	json_put_key(w, "web");
	json_put_object(w);
	json_member_escaped(w, "uri", citation->url);
	if (citation->title.length > 0)
		json_member_escaped(w, "title", citation->title);
	json_put_end(w);
	json_put_end(w);
}

static void
put_support(struct json_write *w, const struct generate_citations *entry,
    int64_t index)
{
	const struct citation	*citation = entry->citation;
	int64_t			 start, end;

	start = generate_offsets_bytes(entry->offsets, citation->start);
	end = generate_offsets_bytes(entry->offsets, citation->end);
	json_put_object(w);
	json_put_key(w, "segment");
	json_put_object(w);
	if (start >= 0 && end >= start) {
		json_member_int(w, "startIndex", entry->start + start);
		json_member_int(w, "endIndex", entry->start + end);
	}
	if (citation->cited.length > 0)
		json_member_escaped(w, "text", citation->cited);
	json_put_end(w);
	json_put_key(w, "groundingChunkIndices");
	json_put_array(w);
	json_put_int(w, index);
	json_put_end(w);
	json_put_end(w);
}

void
generate_put_grounding(struct json_write *w,
    const struct generate_citations *list)
{
	const struct generate_citations	*entry;
	int64_t				 index = 0;

	if (list == NULL)
		return;
	json_put_key(w, "groundingMetadata");
	json_put_object(w);
	json_put_key(w, "groundingChunks");
	json_put_array(w);
	for (entry = list; entry != NULL; entry = entry->next)
		put_chunk(w, entry->citation);
	json_put_end(w);
	json_put_key(w, "groundingSupports");
	json_put_array(w);
	for (entry = list; entry != NULL; entry = entry->next)
		put_support(w, entry, index++);
	json_put_end(w);
	json_put_end(w);
}
