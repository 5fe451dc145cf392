#ifndef USAGE_SHOW_H
#define USAGE_SHOW_H

#include "buf.h"
#include "usage.h"

/*
 * What the ledger knows as text for a person, or for a program. All of it is
 * appended to a buffer.
 */
enum usage_form {
	USAGE_TABLE,
	USAGE_JSON,		/* one object */
	USAGE_CSV,		/* RFC 4180, a line of names first */
};

/* Of a table that goes to no terminal. */
#define USAGE_COLUMNS	80

/*
 * 0 or -1 with the problem set. A table is that wide: what is left by its numbers
 * is for names, which are cut.
 */
int	usage_show_groups(struct buf *, struct usage_db *,
	    const struct usage_question *, enum usage_form, int columns,
	    struct problem *);
int	usage_show_last(struct buf *, struct usage_db *, int count,
	    enum usage_form, int columns, struct problem *);

/* "999", "1.2k", "12.3M". */
#define USAGE_SIZE_TEXT	24
char	*usage_size(char out[USAGE_SIZE_TEXT], int64_t);

#endif
