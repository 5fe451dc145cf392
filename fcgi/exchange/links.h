#ifndef LINKS_H
#define LINKS_H

#include "exchange_state.h"

/*
 * Where an answer names a URL of the upstream's to go on with, the client gets
 * the gateway's own in its place, by the address under which the client reached
 * it: it may have no other way, and its key is the gateway's. The operation's row
 * says where such a URL stands. Where that address is not known the URL is left
 * out.
 */

/* In the header, once that is there. */
void	links_in_head(struct exchange *);

/* In a whole reply. 0, or -1: no memory. */
int	links_in_reply(struct exchange *, struct buf *body);

#endif
