#ifndef LOCAL_H
#define LOCAL_H

#include "dialects/operation.h"

/*
 * The rows of what the gateway answers itself, whatever API asks: models,
 * health, counters, and what there is. The last has no path.
 */
extern const struct operation	local_operations[];

/* OPTIONS, on any path: headers alone. */
extern const struct operation	local_preflight;

#endif
