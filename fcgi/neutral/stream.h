#ifndef STREAM_H
#define STREAM_H

#include "arena.h"
#include "framing/frame_write.h"
#include "reply.h"
#include "watch.h"

/*
 * A reply stream being written in the client's dialect. The convert lane folds
 * each event into `reply`, calls the dialect's write_event(), and sends
 * what that left in the frames' `out`.
 */
struct stream {
	struct frames		 frames;	/* for the client */
	struct arena		*arena;		/* the reply's */
	struct reply		*reply;		/* folded up to this event, incl. */
	struct watch		*watch;		/* so that errors and keep-alives fit */
	bool			 usage_wanted;	/* chat: include_usage */
	void			*own;		/* the dialect's own, from the arena */
};

/*
 * An id in a dialect's form: prefix and 24 random letters and digits, unique
 * across processes. NULL text on a full arena.
 */
struct text	id_mint(struct arena *, const char *prefix);

#endif
