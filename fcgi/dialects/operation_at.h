#ifndef OPERATION_AT_H
#define OPERATION_AT_H

#include "operation.h"

/*
 * Where an endpoint has an operation: by which row of its own dialect it is asked,
 * and at which URL.
 */

/* Whether any endpoint can be asked for that, translated where it must be. */
bool	operation_is_anyones(enum operation_kind);

/*
 * The row of the endpoint's dialect by which the endpoint is asked for the same
 * as by that one; NULL when it doesn't have it.
 */
const struct operation *operation_at(const struct endpoint *,
	    const struct operation *, bool stream);

/*
 * The URL of such a row there: what `paths` names, else derived from base_url.
 * {model} is filled in, percent-encoded, or the {id}s. NULL: out of memory.
 */
const char *operation_url(const struct operation *, const struct endpoint *,
	    const char *model, struct arena *);
const char *operation_stored_url(const struct operation *,
	    const struct endpoint *, const struct text names[OPERATION_NAMES],
	    struct arena *);

#endif
