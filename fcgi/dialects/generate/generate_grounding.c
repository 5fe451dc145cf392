#include "build.h"

#include "generate_convert.h"
#include "json_text.h"
#include "neutral/name_hash.h"

#define CITED_MAX	256	/* that are known again */

/* What the citations are of. */
struct citing {
	struct blocks		*blocks;
	struct generate_reply	*reply;
	struct json_value	*sources;	/* of groundingChunks, */
	size_t			 count;		/* by index */
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

static int
list_sources(struct citing *place, struct json_value chunks)
{
	struct json_walk	walk = json_walk(chunks);

	if (json_count(chunks) == 0)
		return 0;
	place->sources = arena_calloc(place->blocks->arena,
	    json_count(chunks), sizeof(*place->sources));
	if (place->sources == NULL)
		return blocks_no_memory(place->blocks);
	while (json_next(&walk))
		place->sources[place->count++] = source_of(walk.value);
	return 0;
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

/* A chunk may say again what those before it said. */
static bool
is_cited(const struct generate_reply *reply, uint64_t hash)
{
	size_t	i;

	for (i = 0; i < reply->cited_count; i++)
		if (reply->cited[i] == hash)
			return true;
	return false;
}

static void
note_cited(const struct citing *place, uint64_t hash)
{
	struct generate_reply	*reply = place->reply;

	if (reply->cited == NULL)
		reply->cited = arena_calloc(place->blocks->arena, CITED_MAX,
		    sizeof(*reply->cited));
	if (reply->cited != NULL && reply->cited_count < CITED_MAX)
		reply->cited[reply->cited_count++] = hash;
}

/* Before its text is there the next chunk may know its place. */
static bool
is_early(const struct citation *citation, struct json_value segment)
{
	return citation->start < 0 &&
	    json_is(json_get(segment, "endIndex"), JSON_NUMBER);
}

static int
cite(const struct citing *place, struct json_value segment,
    struct json_value source)
{
	struct citation	citation = { .dialect = DIALECT_GENERATE };
	uint64_t	hash;

	hash = name_hash(name_hash(0, json_raw(segment)), json_raw(source));
	if (!blocks_says_text(place->blocks) || is_cited(place->reply, hash))
		return 0;
	citation.url = json_escaped(json_get(source, "uri"));
	citation.title = json_escaped(json_get(source, "title"));
	citation.cited = json_escaped(json_get(segment, "text"));
	citation.start = place_of(place->reply, segment, "startIndex");
	citation.end = place_of(place->reply, segment, "endIndex");
	if (citation.start < 0 || citation.end < citation.start)
		citation.start = citation.end = -1;
	if (!is_early(&citation, segment))
		note_cited(place, hash);
	return blocks_citation(place->blocks, &citation);
}

static int
cite_support(const struct citing *place, struct json_value support)
{
	struct json_walk	walk;
	int64_t			index;

	walk = json_walk(json_get(support, "groundingChunkIndices"));
	while (json_next(&walk)) {
		if (json_int64(walk.value, &index) == -1 || index < 0 ||
		    (uint64_t)index >= place->count)
			continue;
		if (cite(place, json_get(support, "segment"),
		    place->sources[index]) == -1)
			return -1;
	}
	return 0;
}

/* Vertex AI has its own word for them. */
static struct json_value
citations_of(struct json_value metadata)
{
	struct json_value	sources = json_get(metadata, "citationSources");

	return json_is(sources, JSON_MISSING) ?
	    json_get(metadata, "citations") : sources;
}

int
generate_read_grounding(struct blocks *blocks, struct generate_reply *reply,
    struct json_value candidate)
{
	struct json_value	grounding = json_get(candidate,
				    "groundingMetadata");
	struct citing		place = { blocks, reply, NULL, 0 };
	struct json_walk	walk;

	if (list_sources(&place, json_get(grounding, "groundingChunks")) == -1)
		return -1;
	walk = json_walk(json_get(grounding, "groundingSupports"));
	while (json_next(&walk))
		if (cite_support(&place, walk.value) == -1)
			return -1;
	walk = json_walk(citations_of(json_get(candidate, "citationMetadata")));
	while (json_next(&walk))
		if (cite(&place, walk.value, walk.value) == -1)
			return -1;
	return 0;
}

/* What was searched for, all of it in one. */
static struct escaped
queries_of(struct arena *arena, struct json_value grounding)
{
	struct json_value	 list = json_get(grounding, "webSearchQueries");
	struct json_walk	 walk = json_walk(list);
	struct escaped		*spans;
	size_t			 count = 0;

	spans = arena_calloc(arena, json_count(list) * 2 + 1, sizeof(*spans));
	while (spans != NULL && json_is(list, JSON_ARRAY) && json_next(&walk)) {
		if (count > 0)
			spans[count++] = escaped_of("; ");
		spans[count++] = json_escaped(walk.value);
	}
	return escaped_join(arena, spans, count);
}

int
generate_note_search(struct blocks *blocks, struct generate_reply *reply,
    struct json_value candidate)
{
	struct json_value	 grounding = json_get(candidate,
				     "groundingMetadata");
	struct json_walk	 walk = json_walk(json_get(grounding,
				     "groundingChunks"));
	struct search		*search;
	struct escaped		 url, title;

	if (json_count(json_get(grounding, "webSearchQueries")) == 0)
		return 0;
	search = arena_calloc(blocks->arena, 1, sizeof(*search));
	if (search == NULL)
		return blocks_no_memory(blocks);
	search->id = blocks->id.length > 0 ? blocks->id : text_of("search");
	search->query = queries_of(blocks->arena, grounding);
	while (json_next(&walk)) {
		url = json_escaped(json_get(source_of(walk.value), "uri"));
		title = json_escaped(json_get(source_of(walk.value), "title"));
		if (search_add(search, blocks->arena,
		    escaped_join(blocks->arena, &url, 1),
		    escaped_join(blocks->arena, &title, 1)) == -1)
			return blocks_no_memory(blocks);
	}
	reply->search = search;
	return 0;
}

int
generate_tell_search(struct blocks *blocks, struct generate_reply *reply)
{
	const struct search	*search = reply->search;

	if (search == NULL)
		return 0;
	reply->search = NULL;
	reply->block_start = reply->offsets.characters;
	return blocks_search(blocks, text_of("{}"), search);
}

struct generate_citation {
	const struct citation		*citation;
	struct generate_offsets		 offsets;	/* of its block's text */
	int64_t				 start;		/* bytes before it */
	struct generate_citation	*next;
};

void
generate_citing_init(struct generate_citing *citing, struct arena *arena)
{
	*citing = (struct generate_citing){ .start = 0 };
	generate_offsets_init(&citing->offsets, arena);
}

int
generate_citing_text(struct generate_citing *citing, struct escaped text)
{
	return generate_offsets_add(&citing->offsets, text);
}

int
generate_citing_end(struct generate_citing *citing,
    const struct citation *citation)
{
	struct arena			*arena = citing->offsets.arena;
	struct generate_citation	*entry;

	for (; citation != NULL; citation = citation->next) {
		entry = arena_calloc(arena, 1, sizeof(*entry));
		if (entry == NULL)
			return -1;
		entry->citation = citation;
		entry->offsets = citing->offsets;
		entry->start = citing->start;
		if (citing->first == NULL)
			citing->first = entry;
		else
			citing->last->next = entry;
		citing->last = entry;
	}
	citing->start += citing->offsets.bytes;
	generate_offsets_init(&citing->offsets, arena);
	return 0;
}

static void
put_chunk(struct json_write *w, const struct citation *citation)
{
	json_put(w, "{'web':{'uri':%e", citation->url);
	if (citation->title.length > 0)
		json_put(w, "'title':%e", citation->title);
	json_put(w, "}}");
}

static void
put_support(struct json_write *w, const struct generate_citation *entry,
    unsigned index)
{
	const struct citation	*citation = entry->citation;
	int64_t			 start, end;

	start = generate_offsets_bytes(&entry->offsets, citation->start);
	end = generate_offsets_bytes(&entry->offsets, citation->end);
	json_put(w, "{'segment':{");
	if (start >= 0 && end >= start)
		json_put(w, "'startIndex':%d,'endIndex':%d",
		    entry->start + start, entry->start + end);
	if (citation->cited.length > 0)
		json_put(w, "'text':%e", citation->cited);
	json_put(w, "},'groundingChunkIndices':[%u]}", index);
}

void
generate_put_grounding(struct json_write *w,
    const struct generate_citing *citing)
{
	const struct generate_citation	*entry;
	unsigned			 index = 0;

	if (citing->first == NULL)
		return;
	json_put(w, "'groundingMetadata':{'groundingChunks':[");
	for (entry = citing->first; entry != NULL; entry = entry->next)
		put_chunk(w, entry->citation);
	json_put(w, "],'groundingSupports':[");
	for (entry = citing->first; entry != NULL; entry = entry->next)
		put_support(w, entry, index++);
	json_put(w, "]}");
}
