#ifndef ANSWER_H
#define ANSWER_H

#include "exchange.h"

/*
 * Answers that the gateway makes itself: whole JSON bodies with their length,
 * and problems in the client's dialect.
 */

/* The fields of every answer: our request id, CORS, never cached. */
void	answer_headers(struct exchange *, struct headers *);

/* A whole body. 0, CLIENT_GONE, or -1 (no memory: nothing was sent). */
int	answer_body(struct exchange *, int status, const struct headers *,
	    const char *body, size_t length);

/* What a route that needs no upstream says. 0, CLIENT_GONE, or -1. */
int	answer_local(struct exchange *);

/* count_tokens by an estimate from the scanned document. 0, GONE, or -1. */
int	answer_estimate(struct exchange *);

/* exchange->problem in the client's dialect, with its status and fields. */
int	answer_problem(struct exchange *);

#endif
