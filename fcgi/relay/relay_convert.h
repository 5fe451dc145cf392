#ifndef RELAY_CONVERT_H
#define RELAY_CONVERT_H

#include "relay_pump.h"

/*
 * The convert lane's answer: the upstream's bytes through convert_reply, what it
 * leaves to the client. The head goes out with the first bytes, so that an
 * answer which fails before them still has its own status. 0, CLIENT_GONE or -1,
 * as relay_reply().
 */
int	relay_convert(struct relay *);

#endif
