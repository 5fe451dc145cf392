#ifndef FOLD_H
#define FOLD_H

#include <stdatomic.h>

#include "books.h"
#include "problem.h"

/*
 * Brings the journal's rows into usage.db. Whoever does holds the lock of the
 * ledger's folder for as long as it takes, so that nobody else does. Rows, sums
 * and the position in the segment move in one transaction: a row counts exactly
 * once, whatever is killed when. A segment is removed when all of it is folded
 * and no process holds it, but for a few that others may go on with.
 */
struct fold {
	const char	*folder;	/* borrowed */
	char		 path[704];	/* of usage.db */
	struct books	 books;		/* open or not */
	atomic_bool	*stop;		/* asks to stop early; may be NULL */
	int		 spares;	/* segments that were left */
	char		*bytes;		/* of a segment, as they are read */
	sqlite3_stmt	*add_row, *add_sum, *set_position;
};

void	fold_init(struct fold *, const char *folder, atomic_bool *stop);
void	fold_close(struct fold *);

/*
 * All there is; then drops rows older than `days`, 0: none. Waits for another
 * one that folds, up to `wait_ms`. 1: done, 0: another one is at it, or there is
 * no ledger yet, -1 with the reason.
 */
int	fold_all(struct fold *, int days, int wait_ms, struct problem *);

#endif
