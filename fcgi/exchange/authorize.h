#ifndef AUTHORIZE_H
#define AUTHORIZE_H

#include <stdbool.h>

#include "client/client.h"
#include "config.h"
#include "problem.h"
#include "route.h"

/*
 * The gate: whether this caller may use what the gateway itself holds, its own
 * credentials and endpoints without one. A request that brings its own
 * credential for an endpoint that takes it is not gated.
 */
struct caller {
	const char	*credential;	/* the client's own, NUL-terminated, or "":
					 * Bearer, x-api-key, x-goog-api-key, ?key= */
	const struct client_key *key;	/* ... of client_keys: then it never goes
					 * anywhere; or NULL */
	bool		 admitted;
	struct problem	 refusal;	/* why not, when not admitted */
};

void	authorize_caller(struct caller *, const struct client *,
	    const struct route *, const struct config *, struct arena *);

/*
 * What the gateway says of all its callers is for its owner: a key of client_keys
 * that is an admin's; without a key whom `access` admits, and where it is open,
 * this machine. 0, or -1 and why not.
 */
int	authorize_overseer(const struct caller *, const struct client *,
	    const struct config *, struct arena *, struct problem *);

#endif
