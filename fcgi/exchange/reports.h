#ifndef REPORTS_H
#define REPORTS_H

#include "exchange_state.h"

/* What the ledger knows, by HTTP. Each writes JSON into the buf; 0 or -1. */

/*
 * GET /usage: the sums by a word of usage.h (by=model) of today and some days
 * before it (days=30, in UTC), of all keys or one (key_name=NAME).
 */
int	reports_usage(struct exchange *, struct buf *);

/* GET /usage/last: the last exchanges (count=20). */
int	reports_last(struct exchange *, struct buf *);

#endif
