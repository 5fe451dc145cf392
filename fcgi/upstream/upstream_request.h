#ifndef UPSTREAM_REQUEST_H
#define UPSTREAM_REQUEST_H

#include <stdbool.h>

#include "client/client.h"
#include "client/headers.h"
#include "config.h"
#include "edit/edits.h"

/*
 * A request to an upstream. Proxy and client must live until upstream_finish(),
 * what the body's edits point to until upstream_body_sent(), the rest only while
 * upstream_send() runs.
 */
struct upstream_request {
	const char		*method;	/* "POST" */
	const char		*url;		/* checked, without credentials */
	const struct headers	*headers;
	struct edits_reader	*body;		/* the bytes to send; NULL: none */
	const struct proxy	*proxy;		/* NULL: direct */
	bool			 http2;
	bool			 decode;	/* a reply that is compressed */
	bool			 stream;	/* a small buffer does for events */
	int			 connect_timeout_s;
	int			 first_byte_timeout_s;
	int			 idle_timeout_s;
	int			 content_timeout_ms;	/* from the start until
						 * upstream_heard(); 0: none */
	struct client		*client;	/* watched; may be NULL */
};

#endif
