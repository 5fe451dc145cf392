#ifndef USAGE_SHOW_H
#define USAGE_SHOW_H

#include "buf.h"
#include "usage.h"

/*
 * What the ledger knows as text for a person, within 80 columns, or for a
 * program. All of it is appended to a buffer.
 */
enum usage_form {
	USAGE_TABLE,
	USAGE_JSON,		/* one object */
	USAGE_CSV,		/* RFC 4180, a line of names first */
};

/* 0 or -1 with the problem set. */
int	usage_show_groups(struct buf *, struct usage_db *,
	    const struct usage_question *, enum usage_form, struct problem *);
int	usage_show_last(struct buf *, struct usage_db *, int count,
	    enum usage_form, struct problem *);

/* "999", "1.2k", "12.3M". */
#define USAGE_SIZE_TEXT	24
char	*usage_size(char out[USAGE_SIZE_TEXT], int64_t);

#endif
