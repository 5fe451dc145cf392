#ifndef REPEATS_H
#define REPEATS_H

#include "arena.h"
#include "spoken.h"

/*
 * Servers that send in each delta all that was said so far (MiniMax), told apart
 * from those that send pieces. Zeros at first; one for each text of a stream.
 *
 * Deltas are pieces from the first one on that does not begin with all of the one
 * before and go on. Until then, the first one being said, the others are held
 * back: they are whole texts once 16 bytes were said again in all ("ha" and
 * "haha" may well be "hahaha"), and what repeats itself within four bytes
 * ("----", "haha") does not count. At the end two deltas with four such bytes
 * are enough; less are pieces.
 *
 * Spans that are returned are the delta's own, or in the arena; they are empty
 * where nothing is to be said.
 */
struct repeats {
	enum {
		REPEATS_OPEN, REPEATS_PIECES, REPEATS_WHOLE,
	}		 kind;
	struct spoken	 said;		/* what was returned so far */
	struct spoken	 last;		/* the newest delta alone */
	struct escaped	 held, newest;	/* held back, in one; the newest of them */
	unsigned	 times;		/* that all was said again ... */
	size_t		 matched;	/* ... and how much in all */
};

/*
 * What of a delta is to be said now. `certain`: were it a piece, the text would
 * make no sense; saying all of it again is then enough.
 */
struct escaped	repeats_take(struct repeats *, struct arena *,
		    struct escaped delta, bool certain);

/*
 * The text ends: what was held back. `whole`: the newest delta can stand for the
 * text by itself, and what came before can't.
 */
struct escaped	repeats_settle(struct repeats *, struct arena *, bool whole);

/* Behind the deltas the whole text is said: what of it is missing. */
struct escaped	repeats_rest(struct repeats *, struct arena *,
		    struct escaped whole);

/* Whether the last delta behind pieces says all of them again. */
bool		repeats_again(const struct repeats *, struct escaped delta);

/* A piece that is said as it is. */
void		repeats_pass(struct repeats *, struct escaped piece);

#endif
