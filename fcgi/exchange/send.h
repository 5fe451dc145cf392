#ifndef SEND_H
#define SEND_H

#include "exchange_state.h"

/*
 * Sends the request upstream and waits for the answer's head, again where that
 * is safe: when nothing of it was sent (a proxy or connection that failed), and
 * when the upstream refuses a credential and there is another or a fresh one.
 * Each credential is tried once; nothing has gone to the client until then.
 * After a 429 or 5xx the same is sent again as often as `retries` of the
 * configuration says, when Retry-After (at most 60 s) is over.
 *
 * On 0 the answer's upstream_status and upstream_headers are set and the body can
 * be read. CLIENT_GONE when the client hung up; -1 with the problem set.
 */
int	send_request(struct exchange *);

/*
 * Whether as many requests were sent as all upstreams together may get, but for
 * one to the next.
 */
bool	send_was_last(const struct exchange *);

#endif
