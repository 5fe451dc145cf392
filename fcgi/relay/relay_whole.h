#ifndef RELAY_WHOLE_H
#define RELAY_WHOLE_H

#include "relay_pump.h"

/*
 * A reply that is collected before any of it is sent, so that one which is cut
 * still gets a status of its own. 0, CLIENT_GONE or -1, as relay_reply().
 */
int	relay_whole(struct relay *);

/*
 * An upstream's error: its own bytes when they are JSON of the client's dialect,
 * else told anew. A held answer is left alone, and one that tells of a route that
 * is missing for counting, or of a seal where there is a way without any: -1 with
 * the problem set.
 */
int	relay_error(struct relay *);

#endif
