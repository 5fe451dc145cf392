#ifndef UPSTREAM_H
#define UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "edits.h"
#include "headers.h"
#include "problem.h"

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

/*
 * Proxy and client must live until upstream_finish(), what the body's edits point
 * to until upstream_body_sent(), the rest only while upstream_send() runs.
 */
struct upstream_request {
	const char		*method;	/* "POST" */
	const char		*url;		/* checked, without credentials */
	const struct headers	*headers;
	struct edits_reader	*body;		/* the bytes to send; NULL: none */
	const struct proxy	*proxy;		/* NULL: direct */
	bool			 http2;
	bool			 stream;	/* a small buffer does for events */
	int			 connect_timeout_s;
	int			 first_byte_timeout_s;
	int			 idle_timeout_s;
	struct client		*client;	/* watched; may be NULL */
	const char		*ca_path;	/* directory, NULL: the system's */
	bool			 ca_is_file;	/* ca_path is a bundle */
};

enum upstream_result {
	UPSTREAM_BYTES,		/* *bytes holds some */
	UPSTREAM_QUIET,		/* nothing for quiet_ms: time for a keep-alive */
	UPSTREAM_END,		/* the transfer ended as the protocol says */
	UPSTREAM_FAILED,	/* it did not: problem set */
	UPSTREAM_GONE,		/* the client hung up; the transfer is ended */
	UPSTREAM_STOPPING,	/* the process must end now (drain is over) */
};

/* Once per process, before threads and after the last one. */
int	upstream_prepare(struct problem *);
void	upstream_cleanup(void);

struct upstream	*upstream_new(void);
void	upstream_free(struct upstream *);

/* Makes every wait of every upstream return UPSTREAM_STOPPING. Signal-safe. */
void	upstream_stop_all(void);

/* Starts the transfer. 0, or -1 with the problem set. */
int	upstream_send(struct upstream *, const struct upstream_request *,
	    struct problem *);

/*
 * Waits for status and headers. UPSTREAM_BYTES: *status is set and `headers`
 * filled (names in lower case, copied into its arena, at most 256 KiB in all).
 * Else QUIET (nothing for quiet_ms; 0: never), FAILED, GONE or STOPPING.
 * A redirect (3xx) is a failure: credentials must not follow it.
 */
enum upstream_result upstream_head(struct upstream *, int quiet_ms, int *status,
	    struct headers *, struct problem *);

/* More of the body, borrowed until the next call. */
enum upstream_result upstream_read(struct upstream *, int quiet_ms,
	    struct text *bytes, struct problem *);

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
 * UPSTREAM_QUIET when the time is over, else GONE or STOPPING.
 */
enum upstream_result upstream_rest(struct upstream *, struct client *, int ms);

/*
 * Ends the transfer, whole or not, and forgets it: ask the above before. Needed
 * after every send.
 */
void	upstream_finish(struct upstream *);

#endif
