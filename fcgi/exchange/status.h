#ifndef STATUS_H
#define STATUS_H

#include "config.h"
#include "gateway.h"
#include "json_write.h"
#include "token.h"

/* What the gateway says of itself. No secret is in any of it. */

void	status_write_about(struct json_write *);	/* GET / */
/* GET /health; `lost` is why there is no login any more, or NULL. */
void	status_write_health(struct json_write *, const char *lost);

/* GET /status, for overseers: counters, latencies, credentials. */
void	status_write_counters(struct json_write *, struct gateway *,
	    const struct config *, const struct tokens *);

#endif
