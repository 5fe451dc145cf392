#ifndef PASSED_H
#define PASSED_H

#include "arena.h"
#include "dialect.h"
#include "framing/frame_write.h"

/*
 * What of a reply stays as its upstream said it though its form must change, where
 * client and upstream speak one dialect: each event of a stream, where one is a
 * reply of its own (Google's are, in an array or not), and the reply that a stream's
 * last event repeats (Responses). All else goes by the neutral form, which knows
 * less of it.
 */
struct passed {
	const struct dialect	*dialect;	/* both speak it; NULL: nothing is */
	struct frames		*frames;	/* the events', or NULL: a reply's */
	struct arena		*arena;
	struct text		 whole;		/* the reply; empty: not (yet) */
	int64_t			 pieces;	/* of it, that were seen */
	bool			 ended;
};

/* All borrowed. `frames`: the client wants a stream. */
void	passed_init(struct passed *, const struct dialect *,
	    struct frames *frames, struct arena *);

/* Whether the events are what leaves. */
bool	passed_streams(const struct passed *);

/* An event, or a whole reply, before it is read: it may repeat the whole reply. */
void	passed_note(struct passed *, struct json_value event);

/*
 * One that was read, and made sense: where the events leave it is put into the
 * frames. 1: it is there, 0: it needn't be, -1: no memory, nothing of it is.
 */
int	passed_put(struct passed *, struct json_value event);

/* No more of them. Once more does nothing. */
void	passed_end(struct passed *);

#endif
