#ifndef FORWARD_H
#define FORWARD_H

#include "exchange_state.h"

/*
 * A request's way to an upstream and back, and to the next one where the first
 * fails before the client saw anything of it. For each it is prepared anew from
 * what the client sent: they may speak different dialects. One that refuses a
 * seal is asked once more, without any.
 *
 * 0: the answer is whole. CLIENT_GONE. -1 with the problem set, which is the
 * last upstream's.
 */
int	forward_request(struct exchange *);

/* Releases what only a request needs that may be sent again. */
void	forward_release(struct exchange *);

#endif
