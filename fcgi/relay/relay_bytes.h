#ifndef RELAY_BYTES_H
#define RELAY_BYTES_H

#include "relay_pump.h"

/*
 * A reply that is neither JSON nor events, a file or sound: its bytes leave as
 * they come, however many they are. One that is cut is cut for the client, too.
 *
 * 0, CLIENT_GONE or -1, as relay_reply().
 */
int	relay_bytes(struct relay *);

/* Whether the reply is such a one, and nothing of the answer was sent. */
bool	relay_is_bytes(const struct relay *);

#endif
