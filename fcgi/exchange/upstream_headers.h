#ifndef UPSTREAM_HEADERS_H
#define UPSTREAM_HEADERS_H

#include "client/client.h"
#include "client/headers.h"
#include "config.h"
#include "credentials.h"
#include "neutral/policy.h"
#include "session.h"

/*
 * The header fields of a request to an upstream. On Factory's profile those
 * that its own command-line client sends, by the kind of upstream; on a plain
 * endpoint the few that the API knows. Nothing of the client's is passed on but
 * what is named here; its credential is re-dressed in the endpoint's style.
 */
struct upstream_headers {
	const struct client	*client;
	const struct endpoint	*endpoint;
	const struct policy	*policy;
	const struct session	*session;
	const struct credential	*credential;
	const char		*content_type;	/* NULL: none */
	const char		*user_agent_version;
	bool			 same_dialect;	/* as the client's */
	bool			 stream;
	bool			 passed;	/* a reply of any type will do */
};

/* 0, or -1: out of memory, or a value that can't be a header. */
int	upstream_headers_build(struct headers *, const struct upstream_headers *);

#endif
