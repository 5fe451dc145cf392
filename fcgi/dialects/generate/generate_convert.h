#ifndef GENERATE_CONVERT_H
#define GENERATE_CONVERT_H

#include "dialects/dialect.h"
#include "generate_rules.h"
#include "neutral/blocks.h"
#include "neutral/reply.h"
#include "neutral/request.h"
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
int	generate_read_event(struct blocks *, const struct sse_event *,
	    struct json_value data);
int	generate_read_reply(struct blocks *, struct json_value reply);
int	generate_write_event(struct stream *, const struct event *);
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

/* "gemini-1.5-...", "gemini-2.5-...": what came before signed calls. */
bool	generate_is_old(struct text model);
bool	generate_is_gemini(struct text model);

enum part_kind	generate_media_kind(struct text media_type);

/* generate_request_read.c and the files it is made of. */
struct generate_reading {
	struct request	*request;
	struct problem	*problem;
	size_t		 content, part;		/* where, for people */
	struct turn	*turn;			/* NULL: system text */
	/* Calls of the last turn that have no result yet, in order. */
	struct generate_call	*calls, *last_call;
};

int	generate_read_contents(struct request *, struct json_value,
	    struct problem *);
int	generate_read_system(struct request *, struct json_value,
	    struct problem *);
/* Members of an object that are unknown, and not null, are lost. */
int	generate_note_unknown(struct request *, struct json_value object,
	    bool (*known)(struct json_value key), struct problem *);
int	generate_read_config(struct request *, struct json_value,
	    struct problem *);
int	generate_read_tools(struct request *, struct json_value,
	    struct problem *);
int	generate_read_tool_config(struct request *, struct json_value,
	    struct problem *);

/* generate_result_read.c: functionResponse, and which call it answers. */
int	generate_note_call(struct generate_reading *, const struct part *);
int	generate_read_result(struct generate_reading *, struct json_value);
int	generate_read_media(struct generate_reading *, struct part *,
	    struct json_value blob);

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
struct text	generate_fitting_id(struct generate_writing *,
		    const struct part *);

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
struct generate_reply {
	int64_t			 calls;		/* seen so far */
	struct generate_offsets	 offsets;	/* of all text said so far */
	int64_t			 block_start;	/* characters before the block */
	int64_t			 part_starts[64];	/* bytes; of a chunk */
	size_t			 parts;
	bool			 sealed;	/* `seal` waits for its place */
	struct seal		 seal;
};

int	generate_read_part(struct blocks *, struct generate_reply *,
	    struct json_value part, struct text logprobs);
/* Says the seal of a text part, once all else of that text was said. */
int	generate_end_text(struct blocks *, struct generate_reply *);
int	generate_reply_no_memory(struct blocks *);

/* generate_grounding.c: citations, both ways. */
int	generate_read_grounding(struct blocks *, struct generate_reply *,
	    struct json_value candidate);

struct generate_citations {
	const struct citation		*citation;
	const struct generate_offsets	*offsets;	/* of its block's text */
	int64_t				 start;		/* bytes before it */
	struct generate_citations	*next;
};
void	generate_put_grounding(struct json_write *,
	    const struct generate_citations *);

/* generate_logprobs.c: logprobsResult and OpenAI's list, both ways. */
struct text	generate_read_logprobs(struct arena *, struct json_value);
void	generate_put_logprobs(struct json_write *, struct text list);

/* generate_reply_pieces.c: what streams and whole replies have in common. */
void	generate_put_usage(struct json_write *, const struct usage *);
const char *generate_stop_word(enum stop);
/* The member of a part; none, where there is no seal. */
void	generate_put_signature(struct json_write *, const struct seal *);
/* A part that is nothing but a seal. */
void	generate_put_seal(struct json_write *, const struct seal *);
void	generate_put_thought(struct json_write *, struct escaped,
	    const struct seal *);
/* False, and nothing is written, when its arguments are no object. */
bool	generate_put_call(struct json_write *, struct reply *,
	    const struct reply_block *, const struct seal *);
void	generate_put_image(struct json_write *, const struct reply_block *);

#endif
