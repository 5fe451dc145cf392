#ifndef CORS_H
#define CORS_H

#include <stdbool.h>

#include "client/client.h"
#include "client/headers.h"
#include "config.h"

/*
 * Which web pages may read answers (Fetch standard, CORS protocol): those of this
 * machine, and those of config `cors_origins` ("*" for all).
 */
bool	cors_allowed(const struct client *, const struct config *);

/* What every answer to an allowed origin carries; nothing for others. */
void	cors_add(struct headers *, const struct client *, const struct config *);

/* What the answer to a preflight (OPTIONS) carries besides. */
void	cors_add_preflight(struct headers *, const struct client *,
	    const struct config *);

#endif
