#ifndef FORESEE_H
#define FORESEE_H

#include "config.h"
#include "json.h"
#include "route.h"

/*
 * Whether a request will be converted, guessed from what is known before its
 * body is scanned: then one scan can record all that the conversion reads, and
 * else no more than an edit needs. A guess only: the answer may be wrong either
 * way, at the cost of time.
 *
 * Looked at is the model in the path, else `model` where it is the body's first
 * member, as agents write it; else whether any model speaks the dialect at all.
 */
bool	foresee_conversion(const struct config *, const struct route *,
	    struct text body);

#endif
