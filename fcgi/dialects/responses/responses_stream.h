#ifndef RESPONSES_STREAM_H
#define RESPONSES_STREAM_H

#include "neutral/stream.h"
#include "responses_convert.h"

/*
 * The client's stream, in stream->own: what its two files share. One says what
 * begins and what is added to it (responses_stream_write.c), the other what
 * ends, where all of it is said again (responses_stream_close.c).
 */
struct responses_writing {
	struct json_write		 out;
	struct responses_at		 at;	/* the open item, or the next */
	const struct reply_block	*message; /* open: its first part */
	unsigned			 part;	/* of it, or the next */
	bool				 said;	/* something of the block */
	struct text			 place;	/* of the block's deltas */
};

/* "event: NAME, data: {type: NAME, ..." up to the members; and the end. */
struct json_write	*responses_event(struct stream *, const char *name);
void			 responses_event_end(struct stream *);

/* An event of the open item; of a part of the open message; of a summary. */
struct json_write	*responses_item_event(struct stream *,
			    const char *name, enum responses_kind);
struct json_write	*responses_part_event(struct stream *,
			    const char *name);
struct json_write	*responses_summary_event(struct stream *,
			    const char *name);

void	responses_item_added(struct stream *, enum responses_kind,
	    const struct reply_block *);
void	responses_item_done(struct stream *, enum responses_kind,
	    const struct reply_block *);

/* A message is whole when something else begins. */
void	responses_end_message(struct stream *);

/* A piece of a call's arguments. */
void	responses_write_arguments(struct stream *, struct escaped);

/* What ends with a block. */
void	responses_write_close(struct stream *, const struct reply_block *);

#endif
