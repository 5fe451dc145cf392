#ifndef BLOCKS_H
#define BLOCKS_H

#include "arena.h"
#include "event.h"
#include "reply.h"
#include "tool_names.h"

/*
 * blocks keeps a reply's events in order. Dialect readers only say what they
 * saw, in any order in which upstreams say it; blocks opens, closes and numbers,
 * and calls the sink with events as event.h promises them.
 *
 * Interleaved parallel calls: the lowest open one streams, later ones are kept
 * (1 MiB each, 16 MiB in all; more is an error) until it closes. Text that
 * arrives while calls are open closes them first only if the upstream's dialect
 * says a call is complete; else it is kept behind them.
 *
 * Every function returns 0, or -1 once the sink or a ceiling failed, or after
 * the end; a reader passes that on and stops.
 */
typedef int (*blocks_sink)(void *context, const struct event *);

struct blocks_call;		/* a call that is open or kept */

struct blocks {
	struct arena		*arena;		/* the reply's */
	struct tool_names	*names;
	struct budget		*budget;
	blocks_sink		 sink;
	void			*context;
	struct text		 model;		/* upstream's, for seals */
	enum dialect_kind	 dialect;	/* upstream's, for seals */

	/* Private. */
	bool			 started, open, finished, broken;
	unsigned		 number;	/* of the open or next block */
	enum block_kind		 kind;		/* of the open block */
	struct blocks_call	*calls;		/* in order of arrival */
	struct seal		*seal;
	struct citation		*citations;
	bool			 saw_call, saw_refusal;
	enum stop		 stop;
	struct text		 stop_sequence;
	struct usage		 usage;
	void			*own;		/* the reader's own, from the arena */
	size_t			 kept;		/* bytes of kept arguments */
};

void	blocks_init(struct blocks *, struct arena *, struct tool_names *,
	    struct budget *, blocks_sink, void *context);
void	blocks_release(struct blocks *);

/* The reply begins; later calls are ignored. id may be empty. */
int	blocks_start(struct blocks *, struct text id);

/* Text of the answer, of its thinking, of a refusal: escaped spans. */
int	blocks_text(struct blocks *, struct escaped);
int	blocks_thinking(struct blocks *, struct escaped);
int	blocks_refusal(struct blocks *, struct escaped);

/* What follows, if of the same kind, is a block of its own. */
int	blocks_break(struct blocks *);

/* A citation of the open text block (copied). */
int	blocks_citation(struct blocks *, const struct citation *);

/*
 * Seals the open thinking block and closes it; without one, an empty block. The
 * last seal for one block wins as long as it is open. `place` in the seal says
 * what it belongs to.
 */
int	blocks_seal(struct blocks *, const struct seal *);
int	blocks_redacted(struct blocks *, const struct seal *);

/*
 * A call. `key` is what the upstream calls it by (an index); `id` may be empty
 * (one is minted from the reply's id and the call's number), as may a name that
 * comes later. Saying the same key again adds nothing but what was missing.
 */
int	blocks_call(struct blocks *, int64_t key, struct text id,
	    struct text wire_name);
/* More of its arguments (or a custom call's input): escaped JSON text. */
int	blocks_arguments(struct blocks *, int64_t key, struct escaped);
/* The call is complete. */
int	blocks_call_end(struct blocks *, int64_t key);

/* An item of a tool that the provider ran, whole and raw. */
int	blocks_server(struct blocks *, struct text raw);
int	blocks_image(struct blocks *, struct text media_type,
	    struct escaped base64);

/* The last value of each number wins; -1 leaves it. */
int	blocks_usage(struct blocks *, const struct usage *);

/* The upstream's word, once known. Calls seen turn END into CALLS. */
int	blocks_stop(struct blocks *, enum stop, struct escaped sequence);

/* The terminal event was seen: closes what is open, emits STOP. */
int	blocks_finish(struct blocks *);

/* The upstream said an error, or made no sense: emits ERROR. */
int	blocks_fail(struct blocks *, const struct problem *);

/* The bytes ended: an ERROR (cut) unless it was finished. */
int	blocks_end(struct blocks *);

#endif
