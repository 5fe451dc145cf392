#ifndef TARGET_H
#define TARGET_H

#include "exchange_state.h"

/*
 * Where a request goes: the endpoint's URL for the operation, and the client's
 * query, where both speak the same dialect.
 */

/* The row by which the model's endpoint is asked; NULL if it has none. */
const struct operation *target_row(const struct exchange *);

/* Whether that endpoint can be asked for what the client wants. */
bool	target_offers(const struct exchange *, const struct endpoint *);

/* Whether the model's endpoint gets the client's bytes for it. */
bool	target_passes(const struct exchange *);

/* Sets exchange->url. 0, or -1 with the problem set. */
int	target_find_url(struct exchange *);

#endif
