#ifndef REPLY_HEADERS_H
#define REPLY_HEADERS_H

#include <stdbool.h>

#include "client/headers.h"

/*
 * Which of an upstream's reply header fields reach the client: content type,
 * request ids, retry advice, and the API's own; rate limits only of the client's
 * own credential. Never a cookie, a connection matter, or anything unknown.
 */
void	reply_headers_pass(struct headers *to, const struct headers *from,
	    bool own_credential);

/*
 * Where the fields that pass don't say that the body is JSON, events or bytes: a
 * browser is to run and guess nothing in it, as a page of an upstream's would run
 * where the gateway's own page keeps a key.
 */
void	reply_headers_disarm(struct headers *);

/* Retry-After of a reply in seconds, rounded up, at most a day; 0: none. */
int	reply_headers_retry_after(const struct headers *);

/* Whether the content type is that of an event stream. */
bool	reply_headers_are_events(const struct headers *);

#endif
