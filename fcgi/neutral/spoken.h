#ifndef SPOKEN_H
#define SPOKEN_H

#include "json.h"

/*
 * How much of a text came in pieces, for APIs that say it whole behind them: only
 * what is missing is to be said then. Zeros at first.
 */
struct spoken {
	uint64_t	bytes;		/* decoded */
	uint64_t	hash;		/* of them */
};

/* A piece was said. */
void		spoken_add(struct spoken *, struct escaped piece);

/*
 * The end of the whole text that is missing: all of it when nothing was said;
 * nothing when what was said is not how it begins.
 */
struct escaped	spoken_rest(const struct spoken *, struct escaped whole);

/* Whether something was said, and it is the whole. */
bool		spoken_all(const struct spoken *, struct escaped whole);

#endif
