#ifndef TICKET_H
#define TICKET_H

#include "config.h"

/*
 * A ticket lets one who got a link from the gateway follow it without a key, as
 * clients do that send bytes to an upload's URL. It stands in the link's query,
 * is good for what the upstream calls that upload alone, and as long as the key
 * is that the link was given to.
 */
#define TICKET_PARAMETER	"droid2api_ticket"
#define TICKET_SIZE		65	/* hexadecimal digits and a NUL */

/* 0, or -1. */
int	ticket_write(char ticket[TICKET_SIZE], const struct client_key *,
	    const char *upload);

/* The key that was given it, or NULL. */
const struct client_key *ticket_key(const char *ticket, const char *upload,
	    const struct config *);

#endif
