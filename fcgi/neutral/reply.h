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
 * block is there, and only a call's text is kept, until the next block opens:
 * the reply of a long stream stays small.
 */
enum reply_keep {
	KEEP_ALL,
	KEEP_CALLS,
};

struct reply_block {
	struct reply_block	*next;
	unsigned		 number;
	enum block_kind		 kind;
	struct buf		 text;		/* escaped; of calls: arguments */
	struct text		 id, name, namespace_name;
	enum tool_kind		 tool;		/* of a call */
	struct seal		*seal;		/* NULL: none */
	struct citation		*citations;
	struct text		 raw, media_type;
	struct buf		 logprobs;	/* as in event.h */
	bool			 closed;
};

struct reply {
	struct arena		*arena;		/* the exchange's reply arena */
	size_t			 text_max;	/* bytes of all texts together */
	size_t			 text_used;
	struct budget		*budget;
	enum reply_keep		 keep;
	struct text		 id, model;	/* of the upstream */
	struct reply_block	*blocks, *last;
	enum stop		 stop;
	struct escaped		 stop_sequence;
	struct usage		 usage;
	bool			 started, stopped, failed;
	struct buf		 decoded;	/* of reply_arguments() */
	struct problem		 problem;	/* of ERROR */

	/*
	 * For write_reply(): as the client shall see them (struct stream has
	 * the same for write_event()). Set by the convert lane before.
	 */
	struct text		 client_id;	/* minted in the client's form */
	struct text		 client_model;	/* as the client asked, decoded */
	int64_t			 created_at;	/* unix seconds */
};

void	reply_init(struct reply *, struct arena *, size_t text_max,
	    struct budget *, enum reply_keep);
void	reply_release(struct reply *);

/* Adds an event. 0, or -1 when text_max or memory is reached. */
int	reply_fold(struct reply *, const struct event *);

/*
 * A call's arguments as a decoded JSON object, "{}" when empty; an empty
 * text when they are not a valid object. Borrowed from the reply until the
 * next call of this function.
 */
struct text	reply_arguments(struct reply *, const struct reply_block *);

#endif
