#ifndef FRAME_WRITE_H
#define FRAME_WRITE_H

#include "arena.h"
#include "frame.h"
#include "json_write.h"

/*
 * A stream of frames for a client, appended to `out`:
 *
 *	w = frame_begin(&frames, "message_stop");
 *	json_put(w, "{'type':'message_stop'}");
 *	frame_end(&frames);
 *
 * The data of each is one JSON text on one line: what is copied into it from
 * elsewhere loses its line breaks. Whether everything fitted is out->failed.
 */
struct frames {
	struct buf		*out;		/* borrowed; never UNKNOWN: */
	enum framing		 framing;
	bool			 begun;		/* a frame was written */
	struct json_write	 json;		/* of the open one */
	size_t			 open, data;	/* where it begins in `out` */
};

void	frames_init(struct frames *, struct buf *out, enum framing);

/* The name goes where the framing has a place for it; NULL: none. */
struct json_write *frame_begin(struct frames *, const char *name);
void	frame_end(struct frames *);

/* Says nothing, where the framing can do that. */
void	frame_comment(struct frames *, const char *);

/* No more frames; with the word that ends events in some APIs (frame.h). */
void	frames_finish(struct frames *, bool done);

/*
 * Frames that are alike but for one or two spans of JSON, as pieces of text are.
 * frame_cut() makes the stamp from a frame that was just written with gaps in
 * their place, and takes that one back; frame_stamp() then costs a copy. The spans
 * must not hold line breaks. 0 or -1 (memory).
 */
#define FRAME_GAP	"\x01"

struct frame_stamp {
	struct text	part[3];	/* before, between, behind; .at NULL: none */
};

int	frame_cut(struct frames *, struct arena *, struct frame_stamp *);
void	frame_stamp(struct frames *, const struct frame_stamp *,
	    struct escaped first, struct escaped second);

#endif
