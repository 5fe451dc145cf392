#ifndef LOCAL_H
#define LOCAL_H

#include "exchange_state.h"

/* Answers that the gateway makes itself. 0, CLIENT_GONE, or -1. */

/* What a route that needs no upstream says. */
int	local_answer(struct exchange *);

/* count_tokens by an estimate from the scanned document. */
int	local_estimate(struct exchange *);

#endif
