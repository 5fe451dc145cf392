#ifndef GENERATE_CONVERT_H
#define GENERATE_CONVERT_H

#include "dialects/dialect.h"
#include "generate_rules.h"
#include "neutral/blocks.h"
#include "neutral/field.h"
#include "neutral/place.h"
#include "neutral/reply.h"
#include "neutral/stream.h"

/*
 * Google generateContent, the convert half: what its own files share. The hooks
 * are described in dialect.h, the wire format in Google's API reference
 * (models.generateContent, "Content", "Thought signatures").
 */
int	generate_read_request(struct request *, struct json_value body,
	    struct problem *);
int	generate_write_request(struct json_write *, struct request *,
	    struct problem *);
int	generate_read_event(struct blocks *, const struct frame *,
	    struct json_value data);
int	generate_read_reply(struct blocks *, struct json_value reply);
struct json_value generate_reply_of(struct json_value chunk);
extern const struct stream_writer generate_stream;
int	generate_write_reply(struct json_write *, struct reply *);

/*
 * Where a call has no signature of this model, the API takes these words
 * instead; reading forgets them.
 */
#define GENERATE_NO_SIGNATURE	"skip_thought_signature_validator"

/*
 * generate_names.c: the API takes each name in lowerCamelCase and in
 * snake_case. The member by its camel name in either spelling; whether a key
 * is that name; the key's camel name, in the arena.
 */
struct json_value generate_get(struct json_value object, const char *camel);
bool	generate_is(struct json_value key, const char *camel);
struct text	generate_camel(struct arena *, struct json_value key);

struct text	generate_decode(struct arena *, struct json_value string);
int		generate_no_memory(struct problem *);

enum part_kind	generate_media_kind(struct text media_type);

/* generate_request_read.c and the files it is made of. */
struct generate_reading {
	struct place		 at;
	/* Calls of the last turn that have no result yet, in order. */
	struct generate_call	*calls, *last_call;
};

int	generate_read_contents(const struct given *);
int	generate_read_system(const struct given *);
int	generate_read_config(const struct given *);
int	generate_read_tools(const struct given *);
int	generate_read_tool_config(const struct given *);

/* generate_notes_read.c: what stands beside a part's content, or instead of it. */

/* A part's notes are lost; -1, or whether it has nothing else. */
int	generate_read_notes(const struct place *, struct json_value part);
/*
 * A part of a kind that nobody knows: the text that it holds, its members lost by
 * their names. Without any text it is refused by the last one's.
 */
int	generate_read_unknown(const struct place *, struct json_value part);

/* generate_result_read.c: functionResponse, and which call it answers. */
void	generate_note_call(struct generate_reading *, const struct part *);
int	generate_read_result(struct generate_reading *, struct json_value);
/* An inlineData or fileData, as a part. */
int	generate_read_media(const struct place *, struct json_value);

/*
 * generate_schema.c: the API's subset of OpenAPI's Schema as JSON Schema, in
 * the arena. Missing on a full arena.
 */
struct json_value generate_read_schema(struct arena *, struct json_value);

/* A request being written. */
struct generate_writing {
	struct json_write	*out;
	struct request		*request;
	struct problem		*problem;
	bool			 old;		/* generate_is_old() */
	bool			 functions;	/* some are declared */
	bool			 only;		/* the tool that was chosen can't be
						 * forced, but is all there is */
	struct generate_rules	 rules;
};

/* generate_prepare.c: leaves out and reshapes what this API refuses. */
int	generate_prepare(struct request *, struct problem *);

/* generate_content_write.c */
void	generate_write_system(struct generate_writing *);
void	generate_write_contents(struct generate_writing *);

/* generate_result_write.c: a functionResponse, and what goes beside it. */
void	generate_write_result(struct generate_writing *, const struct part *);
void	generate_write_beside(struct generate_writing *, const struct part *);
void	generate_write_media(struct generate_writing *, const struct part *);
/* The member `id` of a call or a result, where the endpoint knows one. */
void	generate_put_id(struct generate_writing *, const struct part *);

/* generate_tools_write.c: names first, as calls in history need them. */
int	generate_declare_tools(struct generate_writing *);
int	generate_write_tools(struct generate_writing *);
struct text	generate_wire_name(struct generate_writing *,
		    struct text namespace_name, struct text name);

/* generate_config_write.c: generationConfig, tier, and what is lost. */
int	generate_write_config(struct generate_writing *);
int	generate_write_tier(struct generate_writing *);
int	generate_report_lost(struct generate_writing *);

/*
 * generate_offsets.c: a text's places in bytes of UTF-8, as this API counts
 * them, and in characters. Memory: a bit for each byte.
 */
struct generate_offsets {
	struct arena			*arena;
	struct generate_offsets_run	*first, *last;
	int64_t				 bytes, characters;	/* so far */
};

void	generate_offsets_init(struct generate_offsets *, struct arena *);
/* 0, or -1 on a full arena. */
int	generate_offsets_add(struct generate_offsets *, struct escaped);
/* -1 for what is outside of the text. */
int64_t	generate_offsets_characters(const struct generate_offsets *,
	    int64_t bytes);
int64_t	generate_offsets_bytes(const struct generate_offsets *,
	    int64_t characters);

/* generate_part_read.c: one reply being read, from the reply's arena. */
/*
 * generate_partial.c: a call's arguments that come in pieces, each with the path
 * where it belongs. All is in the arena.
 */
struct generate_partial {
	struct arena		*arena;
	struct generate_node	*root;		/* NULL: no piece yet */
	size_t			 nodes;
};
/* One of `partialArgs`. 0, or -1: its path makes no sense, or the arena is full. */
int	generate_partial_add(struct generate_partial *, struct json_value piece);
/* All of it, as the JSON text of an object; empty: it is too large. */
struct text	generate_partial_text(const struct generate_partial *,
	    size_t max, struct budget *);

struct generate_reply {
	int64_t			 calls;		/* seen so far */
	bool			 unended;	/* the last of them */
	struct generate_partial	 partial;	/* its arguments */
	struct generate_offsets	 offsets;	/* of all text said so far */
	int64_t			 block_start;	/* characters before the block */
	int64_t			 part_starts[64];	/* bytes; of a chunk */
	size_t			 parts;
	bool			 sealed;	/* `seal` waits for its place */
	struct seal		 seal;
	const struct search	*search;	/* to be told in the end */
	uint64_t		*cited;		/* hashes of what was */
	size_t			 cited_count;
};

int	generate_read_part(struct blocks *, struct generate_reply *,
	    struct json_value part, struct text logprobs);
/* Ends a call of which the last piece never came. */
int	generate_end_call(struct blocks *, struct generate_reply *);
/* Says the seal of a text part, once all else of that text was said. */
int	generate_end_text(struct blocks *, struct generate_reply *);

/* generate_grounding.c: citations, both ways. */
int	generate_read_grounding(struct blocks *, struct generate_reply *,
	    struct json_value candidate);

/*
 * A search of the web, which the metadata of any chunk may tell of, and the last
 * knows best: it is told behind the text.
 */
int	generate_note_search(struct blocks *, struct generate_reply *,
	    struct json_value candidate);
int	generate_tell_search(struct blocks *, struct generate_reply *);

/*
 * Citations of a reply that is being written: said in the end, in bytes of all
 * text. Told all of each block's text, and then, when it ends, its citations,
 * which must live on. Each 0 or -1 (full arena).
 */
struct generate_citing {
	struct generate_offsets		 offsets;	/* of the block */
	int64_t				 start;		/* bytes before it */
	struct generate_citation	*first, *last;
};
void	generate_citing_init(struct generate_citing *, struct arena *);
int	generate_citing_text(struct generate_citing *, struct escaped);
int	generate_citing_end(struct generate_citing *,
	    const struct citation *);
void	generate_put_grounding(struct json_write *,
	    const struct generate_citing *);

/* generate_logprobs.c: logprobsResult and OpenAI's list, both ways. */
struct text	generate_read_logprobs(struct arena *, struct json_value);
void	generate_put_logprobs(struct json_write *, struct text list);

/*
 * generate_block_write.c: what streams and whole replies have in common. A reply
 * begins with its candidate's parts; `content` ends behind them, and the reply
 * with the tail.
 */
void	generate_put_head(struct json_write *);
void	generate_put_content_end(struct json_write *);
void	generate_put_tail(struct json_write *, const struct reply *);
void	generate_put_usage(struct json_write *, const struct usage *);
const char *generate_stop_word(enum stop);
/* The member of a part; none, where there is no seal. */
void	generate_put_signature(struct json_write *, const struct seal *);
/* A closed block, other than text; with the seal that stood before a call. */
void	generate_put_part(struct json_write *, struct reply *,
	    const struct reply_block *, const struct seal *);

#endif
