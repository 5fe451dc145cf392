#ifndef UPSTREAM_H
#define UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/headers.h"
#include "problem.h"
#include "upstream_request.h"

/*
 * The upstream's end of an exchange, by libcurl, in pulls: send, wait for the
 * head, read until the end. Each worker owns one upstream, which keeps its
 * connection warm for the next exchange.
 *
 * While it waits it also watches the client's descriptor, so that a client that
 * hung up ends the transfer at once: tokens cost money.
 *
 *	upstream_send(u, &request, p);
 *	upstream_head(u, &status, &headers, p);
 *	while (upstream_read(u, quiet_ms, &bytes, p) == UPSTREAM_BYTES)
 *		...
 *	upstream_finish(u);
 */
struct upstream;
struct upstream_share;

enum upstream_result {
	UPSTREAM_BYTES,		/* *bytes holds some */
	UPSTREAM_QUIET,		/* nothing for quiet_ms: time for a keep-alive */
	UPSTREAM_END,		/* the transfer ended as the protocol says */
	UPSTREAM_FAILED,	/* it did not, or the process must end now
				 * (the drain is over): problem set */
	UPSTREAM_GONE,		/* the client hung up; the transfer is ended */
};

/* Whether upstream_stop_all() was called. */
bool	upstream_stopping(const struct upstream *);

/* NULL: no memory. The share must outlive it. */
struct upstream	*upstream_new(struct upstream_share *);
void	upstream_free(struct upstream *);

/* Starts the transfer. 0, or -1 with the problem set. */
int	upstream_send(struct upstream *, const struct upstream_request *,
	    struct problem *);

/*
 * Waits for status and headers. UPSTREAM_BYTES: *status is set and `headers`
 * filled (names in lower case, copied into its arena, at most 256 KiB in all),
 * but for a content encoding that was decoded.
 * Else QUIET (nothing for quiet_ms; 0: never), FAILED or GONE.
 * A redirect (3xx) is a failure: credentials must not follow it.
 */
enum upstream_result upstream_head(struct upstream *, int quiet_ms, int *status,
	    struct headers *, struct problem *);

/* More of the body, borrowed until the next call. */
enum upstream_result upstream_read(struct upstream *, int quiet_ms,
	    struct text *bytes, struct problem *);

/* Its content began: the request's content_timeout_ms is met. */
void	upstream_heard(struct upstream *);

/*
 * Whether the request's body is no longer needed. An upstream may answer before
 * it took all of it.
 */
bool	upstream_body_sent(const struct upstream *);

/*
 * After a failure: whether the upstream can't have acted on the request, as no
 * byte of it was sent, so that it may be sent again elsewhere.
 */
bool	upstream_unsent(const struct upstream *);

/* After a failure: whether the outbound proxy was the cause. */
bool	upstream_proxy_refused(const struct upstream *);

/* Whether the last transfer opened a new connection. */
bool	upstream_connected_anew(const struct upstream *);

/* Microseconds from send to the first byte of the head; 0: none came. */
uint64_t upstream_first_byte_us(const struct upstream *);

/*
 * Ends the transfer and waits before the next one, at least a millisecond.
 * UPSTREAM_QUIET when the time is over, else GONE or FAILED.
 */
enum upstream_result upstream_rest(struct upstream *, struct client *, int ms,
	    struct problem *);

/*
 * Ends the transfer, whole or not, and forgets it: ask the above before. Needed
 * after every send.
 */
void	upstream_finish(struct upstream *);

#endif
