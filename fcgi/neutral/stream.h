#ifndef STREAM_H
#define STREAM_H

#include "arena.h"
#include "buf.h"
#include "event.h"
#include "reply.h"
#include "watch.h"

/*
 * A reply stream being written in the client's dialect. The convert lane folds
 * each event into `reply`, calls the dialect's write_event(), and sends
 * what that left in `out`.
 */
struct stream {
	struct buf		*out;		/* bytes for the client */
	struct arena		*arena;		/* the reply's */
	struct reply		*reply;		/* folded up to this event, incl. */
	struct watch		*watch;		/* so that errors and keep-alives fit */
	struct text		 id;		/* minted in the client's form */
	struct text		 model;		/* as the client asked, decoded */
	int64_t			 created_at;	/* unix seconds */
	bool			 usage_wanted;	/* chat: include_usage */
	bool			 array;		/* generate without alt=sse */
	void			*own;		/* the dialect's own, from the arena */
};

/*
 * An id in a dialect's form: prefix and 24 random letters and digits, unique
 * across processes. NULL text on a full arena.
 */
struct text	id_mint(struct arena *, const char *prefix);

#endif
