#ifndef TARGET_H
#define TARGET_H

#include "exchange_state.h"

/*
 * Where a request goes: the endpoint's URL with the model and method filled in,
 * and the client's query, where both speak the same dialect. Google names model
 * and method in the path, Factory's generate route in the body: target_place()
 * moves them to where this endpoint looks for them.
 */

/* Whether the model's endpoint has a route that counts the client's tokens. */
bool	target_counts(const struct exchange *);

/* Sets exchange->url. 0, or -1 with the problem set. */
int	target_find_url(struct exchange *);

/*
 * Adds or deletes `model` and `stream` of a generate body, for the same-dialect
 * lanes, by edits not yet finished. 0, or -1 with the problem set.
 */
int	target_place(struct exchange *);

#endif
