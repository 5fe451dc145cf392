#ifndef ORIGIN_H
#define ORIGIN_H

#include <stdbool.h>

#include "config.h"

/* Where a request says that it belongs: its Host and its Origin. */

/* Whether a host, with or without a port, is this machine. */
bool	host_is_loopback(const char *host);

/* Whether an Origin is on this machine: http(s)://localhost, 127/8, [::1]. */
bool	origin_is_loopback(const char *origin);

/* Whether cors_origins names this very origin; "*" names none. */
bool	origin_is_listed(const char *origin, const struct config *);

#endif
