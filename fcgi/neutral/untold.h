#ifndef UNTOLD_H
#define UNTOLD_H

#include "event.h"
#include "lost.h"

/* What a dialect may have no words for in a reply. */
enum untold {
	UNTOLD_IMAGES =		1 << 0,
	UNTOLD_SEARCHES =	1 << 1,
	UNTOLD_LOGPROBS =	1 << 2,
	UNTOLD_STOP_SEQUENCE =	1 << 3,
	UNTOLD_PAUSE =		1 << 4,
};

/* Notes what an event of another dialect's loses in one that lacks these words. */
void	untold_note(struct losses *, unsigned untold, const struct event *);

#endif
