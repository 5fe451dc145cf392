#ifndef LOCAL_H
#define LOCAL_H

struct exchange;

/* Answers that the gateway makes itself. 0, CLIENT_GONE, or -1. */

/* What a row says that is served locally (own_operations.h). */
int	local_answer(struct exchange *);

/* count_tokens by an estimate from the scanned document. */
int	local_estimate(struct exchange *);

#endif
