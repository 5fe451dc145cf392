#ifndef SPLICE_H
#define SPLICE_H

#include "text.h"

/* Between edits.c, which makes them, and edits_read.c, which reads past them. */

enum edit_kind {
	EDIT_DELETE,		/* a member or element */
	EDIT_INSERT,		/* into a container; text ends in a comma */
	EDIT_APPEND,		/* into a container; text begins with one */
	EDIT_REPLACE,		/* a value */
	EDIT_INSERT_TEXT,	/* into a string */
	EDIT_BEFORE,		/* an element; text ends in a comma */
};

/* What is done, by bytes of the body. */
struct splice {
	size_t		offset;
	size_t		length;	/* removed there; 0: only put in */
	struct text	with;
	enum edit_kind	kind;
	size_t		order;
};

#endif
