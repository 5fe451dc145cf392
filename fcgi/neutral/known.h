#ifndef KNOWN_H
#define KNOWN_H

#include "request.h"

/*
 * What a message, an item, a part, a block, a call or a tool may say beside its
 * content. Fields of the body, of which tables of rows know more, are field.h's.
 *
 * A member that no reader of any dialect knows is lost by its name, behind that of
 * where it stands: "unknown:messages.mood". null says nothing. 0, or -1 in strict
 * mode.
 */
int	known_check(struct request *, const char *inside, struct json_value object,
	    struct problem *);

#endif
