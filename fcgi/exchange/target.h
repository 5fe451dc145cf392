#ifndef TARGET_H
#define TARGET_H

#include "exchange_state.h"

/*
 * Where a request goes: the endpoint's URL for the operation, and the client's
 * query, where both speak the same dialect.
 */

/* Whether that endpoint can be asked for what the client wants. */
bool	target_offers(const struct exchange *, const struct endpoint *);

/* Sets exchange->url. 0, or -1 with the problem set. */
int	target_find_url(struct exchange *);

#endif
