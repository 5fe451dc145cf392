#ifndef FRAME_READ_H
#define FRAME_READ_H

#include "frame.h"
#include "sse.h"

/*
 * Frames out of bytes that arrive cut anywhere, whatever their framing is:
 *
 *	frame_feed(&reader, bytes, length);
 *	while (frame_next(&reader, &frame))
 *		use(frame.name, frame.data, frame.bytes);
 *	at the end of the transfer: while (frame_last(&reader, &frame))
 *
 * The ceiling is one unfinished frame; feeding more than that fails, and what
 * there is stays. Spans of a frame are borrowed until the next call. Frames do not
 * depend on where the bytes were cut, and their `bytes`, one after the other, are
 * the transfer. JSON is one frame at the end, array or not.
 */
struct frame_reader {
	enum framing	framing;
	struct sse	sse;		/* holds the bytes of JSON, too */
};

/*
 * What a transfer that begins so is. UNKNOWN: white space tells nothing. JSON is
 * all that can't be events, too: a page, or a sentence.
 */
enum framing	frame_look(struct text bytes);

/* FRAMING_UNKNOWN: it is told by the first byte that isn't white space. */
void	frame_reader_init(struct frame_reader *, enum framing, size_t frame_max,
	    struct budget *);
void	frame_reader_release(struct frame_reader *);
int	frame_feed(struct frame_reader *, const char *, size_t);

/* The next complete frame; false when there is none yet. */
bool	frame_next(struct frame_reader *, struct frame *);

/* What is left at the end of the transfer, until false. */
bool	frame_last(struct frame_reader *, struct frame *);

/* Bytes that are not yet a complete frame. */
struct text frame_tail(const struct frame_reader *);

#endif
