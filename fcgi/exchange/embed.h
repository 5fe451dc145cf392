#ifndef EMBED_H
#define EMBED_H

#include "exchange_state.h"

/*
 * Embeddings at an endpoint of another API. Each 0, or -1 with the problem set.
 */

/* exchange->converted is the question in the endpoint's words. */
int	embed_ask(struct exchange *);

/* A whole reply becomes the answer in the client's. */
int	embed_answer(struct exchange *, struct buf *reply);

#endif
