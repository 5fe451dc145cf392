#ifndef SSE_H
#define SSE_H

#include "buf.h"
#include "frame.h"

/*
 * Server-sent events (WHATWG HTML, section 9.2) out of bytes that arrive cut
 * anywhere: LF, CRLF and CR, no space behind the colon, comments, several data
 * lines, no event line, a last event without its blank line.
 *
 *	sse_feed(&sse, bytes, length);
 *	while (sse_next(&sse, &frame))
 *		use(frame.name, frame.data, frame.bytes);
 *	at the end of the transfer: sse_end(&sse, &frame)
 *
 * The buffer's ceiling is one unfinished event; feeding more than that fails,
 * and sse->bytes then still holds what there is. Spans of an event are
 * borrowed until the next call. Events do not depend on where the bytes were
 * cut, and their `bytes`, one after the other, are the transfer.
 *
 * An event's data lines are joined in a second buffer; when there is no memory
 * for that, joined.failed is set and the event's data is incomplete.
 */
struct sse {
	struct buf	bytes;		/* from the oldest byte not handed out */
	struct buf	joined;		/* several data lines as one */
	size_t		handed;		/* of bytes, already given out */
	size_t		scanned;	/* where looking for an end goes on */
	bool		began;		/* a byte order mark was looked for */
	bool		returns;	/* a CR came; in most streams none does */
};

void	sse_init(struct sse *, size_t event_max, struct budget *);
void	sse_release(struct sse *);
int	sse_feed(struct sse *, const char *, size_t);

/* The next complete event; false when there is none yet. */
bool	sse_next(struct sse *, struct frame *);

/*
 * What is left at the end of the transfer, as an event; false if nothing. Call
 * it until it says so.
 */
bool	sse_end(struct sse *, struct frame *);

/* Bytes that are not yet a complete event. */
struct text sse_tail(const struct sse *);

#endif
