#ifndef STREAM_H
#define STREAM_H

#include "arena.h"
#include "framing/frame_write.h"
#include "reply.h"
#include "watch.h"

/*
 * A reply stream being written in the client's dialect. The convert lane folds
 * each event into `reply`, has the dialect write it, and sends
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
 * How a dialect writes a stream: what of each block is said when it opens, grows
 * and closes, over and above what is in stream->reply. Whether everything fitted
 * is told by the buffer and the arena; start() and delta() may fail besides.
 */
struct stream_writer {
	int	(*start)(struct stream *);
	void	(*open)(struct stream *, const struct reply_block *);
	int	(*delta)(struct stream *, const struct event *);
	void	(*close)(struct stream *, const struct reply_block *);
	void	(*stop)(struct stream *);
};

/* An event that stream->reply holds already, never an EVENT_ERROR. 0 or -1. */
int	stream_write(struct stream *, const struct stream_writer *,
	    const struct event *);

#endif
