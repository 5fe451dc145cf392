#ifndef REPLY_H
#define REPLY_H

#include "arena.h"
#include "buf.h"
#include "event.h"

/*
 * The neutral reply, whole: what the events so far add up to. Folded before a
 * stream writer sees each event, so that writers which must repeat whole texts
 * (`response.completed`, a call's object) keep no copy of their own.
 *
 * With KEEP_CALLS (streams of dialects that repeat nothing) only the newest
 * block is there, and only the text of a call or a refusal is kept, until the
 * next block opens: the reply of a long stream stays small.
 */
enum reply_keep {
	KEEP_ALL,
	KEEP_CALLS,
};

struct reply_block {
	struct reply_block	*next;
	enum block_kind		 kind;
	struct buf		 text;		/* escaped; of calls: arguments */
	struct text		 id, name, namespace_name;
	enum tool_kind		 tool;		/* of a call */
	bool			 apart;		/* as in event.h */
	const struct seal	*seal;		/* NULL: none */
	const struct citation	*citations;
	struct text		 raw, media_type;
	enum dialect_kind	 dialect;	/* of `raw` */
	const struct search	*search;
	struct buf		 logprobs;	/* as in event.h */
};

struct reply {
	struct arena		*arena;		/* the exchange's reply arena */
	size_t			 text_max;	/* bytes of all texts together */
	size_t			 text_used;
	struct budget		*budget;
	enum reply_keep		 keep;
	struct text		 id, model;	/* of the upstream */
	struct reply_block	*blocks, *last;
	struct escaped		 refusal;	/* text of the last one closed */
	enum stop		 stop;
	struct escaped		 stop_sequence;
	struct usage		 usage;
	bool			 started, stopped, failed;
	struct buf		 decoded;	/* of reply_arguments() */
	struct problem		 problem;	/* of ERROR */

	/*
	 * As the client shall see them. Set by the convert lane before.
	 */
	struct text		 client_id;	/* minted in the client's form */
	struct text		 client_model;	/* as the client asked, decoded */
	int64_t			 created_at;	/* unix seconds */
	int64_t			 completed_at;	/* 0: it stops when it stops */
	struct text		 temperature, top_p; /* numbers, or empty */
	bool			 compact;	/* a summary, and no answer */
};

void	reply_init(struct reply *, struct arena *, size_t text_max,
	    struct budget *, enum reply_keep);
void	reply_release(struct reply *);

/* Adds an event. 0, or -1 when text_max or memory is reached. */
int	reply_fold(struct reply *, const struct event *);

/* What stands in a block, of an answer's text its logprobs. */
struct escaped	block_text(const struct reply_block *);
struct text	block_logprobs(const struct reply_block *);

bool	block_is_call(const struct reply_block *);

/* Whether some block is of that kind. */
bool	reply_holds(const struct reply *, enum block_kind);

/*
 * A call's arguments as a decoded JSON object, "{}" when empty; what is no valid
 * object is wrapped in one, as text, so that the client sees the call and what was
 * said. Borrowed from the reply until the next call of this function.
 */
struct text	reply_arguments(struct reply *, const struct reply_block *);
/* Whether text begins as an object does; blank text doesn't. */
bool		reply_arguments_begin(struct escaped);
/* Whether they are one as they stand. */
bool		reply_arguments_whole(struct reply *,
		    const struct reply_block *);

#endif
