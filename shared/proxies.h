#ifndef PROXIES_H
#define PROXIES_H

#include "config.h"
#include "problem.h"
#include "scoreboard.h"

/*
 * Outbound proxies: one after the other, over all processes; one that refused a
 * connection is skipped for a while. An entry that isn't a http, https,
 * socks4, socks4a, socks5 or socks5h URL with a host was named once when the
 * configuration was read, and is never taken.
 */

/* How long a proxy that failed is left alone. */
#define PROXY_COOL_S	30

/*
 * The proxy for the next request. 0 with *proxy set, or NULL for a direct
 * connection: no valid one without proxy_required. -1 with the problem set when
 * all valid ones are down, or there is none and proxy_required.
 */
int	proxies_next(const struct config *, struct scoreboard *,
	    const struct proxy **proxy, struct problem *);

/* It refused, or could not be reached. */
void	proxy_failed(struct scoreboard *, const struct proxy *);

/* Why a URL can't be used (a static sentence without the URL), or NULL. */
const char *proxy_refusal(const char *url);

#endif
