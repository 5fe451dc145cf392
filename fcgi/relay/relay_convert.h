#ifndef RELAY_CONVERT_H
#define RELAY_CONVERT_H

#include "exchange/exchange.h"

/*
 * The convert lane's answer: the upstream's bytes through convert_reply, what it
 * leaves to the client. The head goes out with the first bytes, so that an
 * answer which fails before them still has its own status.
 */
int	relay_convert(struct exchange *);

/* x-droid2api-lossy, when the request's conversion lost something. */
void	relay_add_losses(struct exchange *, struct headers *);

#endif
