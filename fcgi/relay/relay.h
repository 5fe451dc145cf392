#ifndef RELAY_H
#define RELAY_H

#include "exchange/exchange.h"

/*
 * The answer's way from the upstream to the client, once its head is there.
 *
 * Same dialect: the upstream's bytes. A whole answer is collected and sent when
 * it is complete; a stream leaves event by event, each complete one with the read
 * that completed it. An event of ours (keep-alive, failure) stands only between
 * two of the upstream's, or where it ended.
 * Another dialect: the bytes go through convert_reply.
 *
 * 0: the answer is whole. CLIENT_GONE. -1 with the problem set: nothing was sent,
 * unless exchange->cut says that what was sent can't be completed.
 */
int	relay_reply(struct exchange *);

/*
 * Before the upstream answered, for hosts that cut silence: sends the head of an
 * event stream, if that was not done, and a keep-alive. 0 or CLIENT_GONE.
 */
int	relay_early(struct exchange *);

/* Ends an early stream with exchange->problem as an event. 0 or CLIENT_GONE. */
int	relay_failure(struct exchange *);

#endif
