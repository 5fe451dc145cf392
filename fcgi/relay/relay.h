#ifndef RELAY_H
#define RELAY_H

#include "relay_pump.h"

/*
 * The reply's way from the upstream to the client, once its head is there.
 *
 * Same dialect: the upstream's bytes. A whole reply is collected and sent when
 * it is complete, unless it is a file or the like, which leaves as it comes; a
 * stream leaves event by event, each complete one with the read
 * that completed it. An event of ours (keep-alive, failure) stands only between
 * two of the upstream's, or where it ended.
 * Another dialect: the bytes go through convert_reply.
 *
 * 0: the answer is whole. CLIENT_GONE. -1 with the problem set: what of it the
 * client can still be told is answer_fail()'s to know.
 */
int	relay_reply(struct relay *);

#endif
