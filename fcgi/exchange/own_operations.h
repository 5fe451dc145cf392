#ifndef OWN_OPERATIONS_H
#define OWN_OPERATIONS_H

#include "dialects/operation.h"

/*
 * The rows that belong to no API: models, health, counters, and what there is.
 * The last has no path.
 */
extern const struct operation	own_operations[];

/* OPTIONS, on any path. */
extern const struct operation	own_preflight;

#endif
