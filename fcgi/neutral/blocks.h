#ifndef BLOCKS_H
#define BLOCKS_H

#include "arena.h"
#include "event.h"
#include "lost.h"
#include "reply.h"
#include "tool_names.h"

/*
 * blocks keeps a reply's events in order. Dialect readers only say what they
 * saw, in any order in which upstreams say it; blocks opens, closes and numbers,
 * and calls the sink with events as event.h promises them.
 *
 * Interleaved parallel calls: the lowest open one streams, whatever comes after
 * it is kept (`kept_max` in all; more is an error) until it closes. A call closes
 * when its dialect says it is complete, or at the end.
 *
 * Arguments stream once they begin as an object does. What begins otherwise is
 * kept until the call closes: null is no arguments, a string that holds an object
 * is that object, all else comes out as the model said it. An id that the
 * conversation has already becomes another one, the same each time.
 *
 * A call of a tool that the client declared as custom, but that the upstream
 * knows as a function of one string `input`, is turned back here: it is kept
 * until it is complete and comes out as a BLOCK_CUSTOM_CALL.
 *
 * Every function returns 0, or -1 once the sink or a ceiling failed, or after
 * the end; a reader passes that on and stops.
 */
typedef int (*blocks_sink)(void *context, const struct event *);

#define BLOCKS_KEPT_MAX	(16 * 1024 * 1024)	/* unless said otherwise */

struct blocks_item;		/* a block that is open or kept */

struct blocks {
	struct arena		*arena;		/* the reply's */
	const struct tool_names	*names;
	struct budget		*budget;
	blocks_sink		 sink;
	void			*context;
	struct text		 model;		/* upstream's, for seals */
	enum dialect_kind	 dialect;	/* upstream's, for seals */
	size_t			 kept_max;	/* bytes of blocks not yet open */
	struct losses		*lost;		/* what readers leave out; or NULL */

	/* Private. */
	bool			 started, finished, broken;
	unsigned		 number;	/* of the next block */
	unsigned		 calls;		/* seen so far */
	struct text		 id;
	struct blocks_item	*items, *last;	/* the first one is open */
	struct blocks_item	*spare;		/* closed ones, used again */
	bool			 saw_call, saw_refusal, saw_text, apart;
	enum stop		 stop;
	struct escaped		 stop_sequence;
	struct usage		 usage;
	unsigned		 count;		/* of items */
	size_t			 kept;		/* bytes in the items */
	struct text_table	 ids;		/* of this reply's calls */
	struct escaped		 half;		/* of a character, not said yet */

	void			*own;		/* the reader's: blocks_own() */
	int			(*settle)(struct blocks *); /* the reader's: says
				 * what it held back, before the end; or NULL */
};

void	blocks_init(struct blocks *, struct arena *, const struct tool_names *,
	    struct budget *, blocks_sink, void *context);
void	blocks_release(struct blocks *);

/*
 * What a reader remembers of this reply, zeros at first; NULL, and the reply has
 * failed, when there is no memory.
 */
void	*blocks_own(struct blocks *, size_t size);

/* A string of the upstream's, decoded in the arena. */
struct text	blocks_decode(struct blocks *, struct json_value string);

/* A copy in the arena. */
struct text	blocks_keep(struct blocks *, struct text);

/* The reply holds what no event can say. */
void	blocks_lost(struct blocks *, enum lost);
void	blocks_lost_unknown(struct blocks *, const char *inside,
	    struct json_value name);
/*
 * The same of what has a name and perhaps texts: they are text of the answer. How
 * many there were, or -1.
 */
int	blocks_say_unknown(struct blocks *, const char *inside,
	    struct json_value name, struct json_value);
/*
 * So an item or block by its type; 0 where a tool that the provider ran has it. One
 * with a `text` says it, even if that is yet to come.
 */
int	blocks_say_item(struct blocks *, struct json_value item);

/* The reply begins; later calls are ignored. id may be empty. */
int	blocks_start(struct blocks *, struct text id);

/* Whether a block was said, open or not. */
bool	blocks_began(const struct blocks *);

/*
 * Text of the answer, of its thinking, of a refusal: escaped spans. Empty text
 * opens nothing. Logprobs as in event.h.
 */
int	blocks_text(struct blocks *, struct escaped);
int	blocks_text_logprobs(struct blocks *, struct escaped,
	    struct text logprobs);
int	blocks_thinking(struct blocks *, struct escaped);
int	blocks_refusal(struct blocks *, struct escaped);

/* What follows, if of the same kind, is a block of its own. */
int	blocks_break(struct blocks *);
/* Nor is it of the same message: text stands apart from the text before. */
int	blocks_part(struct blocks *);

/* Whether a text block is open. */
bool	blocks_says_text(const struct blocks *);

/* A citation of the open text block (copied); without one, nothing. */
int	blocks_citation(struct blocks *, const struct citation *);

/*
 * Seals the open thinking block and closes it; without one, an empty block. The
 * last seal for one block wins as long as it is open. `place` in the seal says
 * what it belongs to.
 */
int	blocks_seal(struct blocks *, const struct seal *);
/* A block that is nothing but a seal; place THINKING means REDACTED here. */
int	blocks_redacted(struct blocks *, const struct seal *);

/*
 * A call. `key` is what the upstream calls it by (an index); `id` may be empty
 * (one is minted from the reply's id and the call's number), as may a name that
 * comes later. Saying the same key again adds nothing but what was missing.
 */
int	blocks_call(struct blocks *, int64_t key, struct text id,
	    struct text wire_name);
/* The same of a call whose arguments are free text. */
int	blocks_custom_call(struct blocks *, int64_t key, struct text id,
	    struct text wire_name);
/*
 * More of its arguments (or a custom call's input): escaped JSON text. The second
 * takes what stands where they are whole: text or, of some servers, the value.
 */
int	blocks_arguments(struct blocks *, int64_t key, struct escaped);
int	blocks_read_arguments(struct blocks *, int64_t key, struct json_value);
/* What stands there, as the second takes it. */
struct escaped	blocks_said(struct blocks *, struct json_value);
/* The call is complete. */
int	blocks_call_end(struct blocks *, int64_t key);

/* An item of a tool that the provider ran, whole and raw. */
int	blocks_server(struct blocks *, struct text raw);
/* The same of a search (copied), so that other dialects can tell of it. */
int	blocks_search(struct blocks *, struct text raw, const struct search *);
int	blocks_image(struct blocks *, struct text media_type,
	    struct escaped base64);

/*
 * usage_take(). The second has a dialect read it out of an object, if it is one.
 */
int	blocks_usage(struct blocks *, const struct usage *);
/* What was said to have served it, unless it is NULL. */
void	blocks_tier(struct blocks *, const char *tier);
int	blocks_read_usage(struct blocks *, struct json_value,
	    void (*read)(struct usage *, struct json_value));

/* The upstream's word, once known. Calls seen turn END into CALLS. */
int	blocks_stop(struct blocks *, enum stop, struct escaped sequence);

/*
 * The terminal event was seen: closes what is open, emits STOP. One behind
 * nothing ends no answer: that is an error.
 */
int	blocks_finish(struct blocks *);

/*
 * The upstream said an error (the second reads it out of JSON), or made no sense,
 * or there is no memory: emits ERROR. Always -1.
 */
int	blocks_fail(struct blocks *, const struct problem *);
int	blocks_fail_with(struct blocks *, struct json_value error);
int	blocks_refuse(struct blocks *, enum problem_kind, const char *why);
/* The reply's word for its end is one for a failure (problem_of_end()). */
int	blocks_fail_end(struct blocks *, struct json_value word,
	    struct json_value sentence);
int	blocks_no_memory(struct blocks *);
int	blocks_nonsense(struct blocks *, const char *what);

/*
 * The bytes ended: finishes when a stop was said though no terminal event came
 * (chat without [DONE], generate, messages without message_stop), else an
 * ERROR (cut).
 */
int	blocks_end(struct blocks *);

#endif
