#ifndef LOCAL_H
#define LOCAL_H

#include "dialects/operation.h"

struct exchange;

/* Answers that the gateway makes itself. 0, CLIENT_GONE, or -1. */

/* What a row says that is served locally. */
int	local_answer(struct exchange *);

/* count_tokens by an estimate from the scanned document. */
int	local_estimate(struct exchange *);

/*
 * The rows that belong to no API: models, health, counters, and what there is.
 * The last has no path.
 */
extern const struct operation	local_operations[];

/* OPTIONS, on any path: headers alone. */
extern const struct operation	local_preflight;

#endif
