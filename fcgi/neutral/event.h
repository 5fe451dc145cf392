#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "problem.h"
#include "seal.h"
#include "search.h"
#include "tool_names.h"

/*
 * A reply in neutral form is a sequence of events:
 *
 *	START (OPEN DELTA* CLOSE)* STOP		or ERROR at any point,
 *						and nothing after it
 *
 * Blocks do not overlap and are numbered 0, 1, 2. A whole (not streamed) reply
 * is the same sequence arriving at once, so nothing here knows which it was.
 * Only blocks makes events; dialect readers tell it what they saw, dialect
 * writers are given the events. Text and logprobs are borrowed until the sink
 * returns; all else lives in blocks' arena.
 */
enum event_kind {
	EVENT_START,		/* id, model, usage as far as known */
	EVENT_OPEN,		/* a block: kind, and for a call id and name */
	EVENT_DELTA,		/* more of the open block: text or arguments */
	EVENT_CLOSE,		/* block complete; seal and citations are known */
	EVENT_STOP,		/* stop reason and final usage */
	EVENT_ERROR,		/* problem */
};

enum block_kind {
	BLOCK_TEXT,
	BLOCK_THINKING,		/* text may be empty: only a seal */
	BLOCK_REDACTED,		/* thinking that is nothing but a seal */
	BLOCK_REFUSAL,		/* text of a refusal */
	BLOCK_CALL,		/* arguments: JSON text of an object */
	BLOCK_CUSTOM_CALL,	/* input: free text */
	BLOCK_SERVER_CALL,	/* a tool that the provider ran: raw JSON whole */
	BLOCK_IMAGE,		/* generated image: media type, base64 whole */
	BLOCK_SUMMARY,		/* of the conversation, when that was asked */
};

enum stop {
	STOP_NONE,		/* not known (yet) */
	STOP_END,
	STOP_SEQUENCE,
	STOP_LENGTH,
	STOP_CALLS,
	STOP_REFUSAL,		/* refusal and every kind of filter */
	STOP_PAUSED,
	STOP_CONTEXT,		/* context window exceeded */
	STOP_BAD,		/* the model's reply was malformed */
	STOPS
};

#define BLOCK_KINDS	(BLOCK_SUMMARY + 1)

/*
 * Normalised to additive numbers: all input = input + cache_read + cache_write;
 * reasoning is a part of output. -1: never said.
 */
struct usage {
	int64_t	input;		/* uncached, unwritten */
	int64_t	cache_read;
	int64_t	cache_write;
	int64_t	output;
	int64_t	reasoning;	/* a part of output */
	const char *tier;	/* what the upstream says it was: OpenAI's word,
				 * static; NULL: it says nothing */
};

/* A citation of a text block, offsets in Unicode characters, -1 unknown. */
struct citation {
	struct citation	*next;
	struct escaped	 url, title, cited;
	int64_t		 start, end;
	struct text	 raw;		/* as its own dialect said it */
	enum dialect_kind dialect;	/* that dialect */
};

struct event {
	enum event_kind	 kind;
	unsigned	 block;		/* 0, 1, 2 ...: OPEN, DELTA, CLOSE */
	enum block_kind	 block_kind;
	struct escaped	 text;		/* DELTA of text, thinking, refusal and of
					 * calls' arguments: escaped spans */
	struct text	 logprobs;	/* DELTA of text: elements of OpenAI's list
					 * {token, logprob, bytes, top_logprobs},
					 * raw, comma separated; or empty */
	struct text	 id;		/* START: of the reply; OPEN: of the call,
					 * as the client shall see it, decoded */
	struct text	 name;		/* OPEN of a call: the tool, as the client
					 * named it, decoded */
	struct text	 namespace_name; /* ... its namespace, or empty */
	enum tool_kind	 tool;		/* ... what kind of tool it is */
	bool		 apart;		/* OPEN of text: not of the message that
					 * the text before it is of */
	struct text	 model;		/* START */
	const struct seal *seal;	/* CLOSE (and OPEN of REDACTED), or NULL */
	const struct citation *citations; /* CLOSE of text */
	struct text	 raw;		/* SERVER_CALL: as its dialect said it */
	enum dialect_kind dialect;	/* ... that dialect */
	const struct search *search;	/* ... what of it others can tell, or NULL */
	struct text	 media_type;	/* IMAGE */
	enum stop	 stop;		/* STOP; CLOSE of the last: as far as known */
	struct escaped	 stop_sequence;	/* STOP_SEQUENCE, may be empty */
	struct usage	 usage;		/* START, STOP */
	const struct problem *problem;	/* ERROR */
};

void	usage_init(struct usage *);		/* nothing was said */
/*
 * The last value of each number wins; -1 leaves it, and so do zeros of all input,
 * or of the output, where more was said.
 */
void	usage_take(struct usage *, const struct usage *from);

/* A tier as `tier` has it; NULL: none that is known. */
const char *tier_of(struct json_value word);

/*
 * Whether it says something of an answer: heads and empty blocks are nothing yet, a
 * proper end is.
 */
bool	event_says(const struct event *);

/* "end", "tool_calls": for the log and the ledger. */
const char *stop_word(enum stop);

/* As APIs count that tell of all input; what was never said is 0. */
int64_t	usage_known(int64_t count);
int64_t	usage_all_input(const struct usage *);

#endif
