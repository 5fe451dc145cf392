#ifndef MULTIPART_H
#define MULTIPART_H

#include <stdbool.h>

#include "json.h"
#include "problem.h"

/*
 * A body of multipart/form-data (RFC 7578), looked into for one field; it is
 * never copied and never written.
 *
 * It is read more strictly than RFC 2046 asks, so that no other reader can find
 * another value in the same bytes: nothing stands in front of the first boundary
 * or behind the last one, every boundary has its line for itself and stands
 * nowhere else, header fields are not folded, each part is named once, and no
 * two parts have the name that is looked for.
 */

/* Whether that Content-Type, which may be NULL, is multipart/form-data. */
bool	multipart_is(const char *content_type);

/*
 * The value of the field `name`, a span of the body; its `at` is NULL when there
 * is none. All of the body is read. 0, or -1: PROBLEM_INVALID.
 */
int	multipart_find(const char *content_type, struct text body,
	    const char *name, struct text *value, struct problem *);

#endif
