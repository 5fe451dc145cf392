#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "client/client.h"
#include "json.h"
#include "uuid.h"

/*
 * Which conversation a request belongs to, as far as the client hints at it. A
 * stable session keeps a conversation on its account and its prompt cache.
 */
struct session {
	char		id[UUID_SIZE];	/* x-session-id upstream */
	bool		hinted;		/* false: random, means nothing */
	uint64_t	hash;		/* of a hinted id, to choose an account by */
};

/*
 * First of the headers x-session-id and those that dialects have for it
 * (session_headers), else the hint found in the body (`name` says which). A UUID is
 * taken as it is; anything else becomes a v4-shaped UUID of SHA-256 over name,
 * value and the caller's own credential (which keeps two callers apart).
 */
void	session_find(struct session *, const struct client *,
	    const char *name, struct text hint, const char *caller);

#endif
