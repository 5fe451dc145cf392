#ifndef RELAY_EVENTS_H
#define RELAY_EVENTS_H

#include "relay_pump.h"

/*
 * A same-dialect event stream from upstream to client, the upstream's bytes
 * unchanged. Complete events leave with the read that completed them. An
 * unfinished one is held back up to 64 KiB, so that a failure can be told behind
 * the last whole event; a longer one is passed on and nothing of ours may follow
 * it is complete. What turns out to be JSON becomes events.
 *
 * 0, CLIENT_GONE or -1, as relay_reply().
 */
int	relay_events(struct relay *);

#endif
