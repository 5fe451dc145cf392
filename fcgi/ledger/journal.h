#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>

#include "problem.h"
#include "row.h"

/*
 * The journal: rows, one behind the other, in files ("segments") of one folder.
 * A process appends to a segment that is its own alone, by flock(2), which ends
 * with it; what a dead process left behind another one goes on with. The name of
 * one that was removed is never used again. Room is set aside on the disk ahead
 * of the rows, so that some hundred more fit when it is full.
 *
 * Who adds a row makes one write(2), without a lock and without a sync: what is
 * killed does not matter, only a power cut may lose the last seconds.
 */
#define SEGMENT_SUFFIX	".rows"
#define SEGMENT_MAX	(8 * 1024 * 1024)	/* then the next one */
#define SEGMENT_RESERVE	(1024 * 1024)
#define SEGMENT_SPARES	4	/* that are left for others, all in all */

struct journal;

/* Touches nothing before the first row. NULL: no memory. */
struct journal	*journal_new(const char *folder);
void		 journal_free(struct journal *);

/* Seals the row and appends it. 0, or -1 with the reason. Any thread. */
int	journal_add(struct journal *, struct row *, struct problem *);

/* Whether rows were added since this was last asked. */
bool	journal_news(struct journal *);

/* For segment names in a folder: "*.rows". */
bool	segment_is_name(const char *name);

/* Whether a segment of that size that nobody holds is worth going on with. */
bool	segment_goes_on(long long size);

#endif
