#ifndef READABLE_H
#define READABLE_H

#include "json.h"

/*
 * What is there to read in something that no reader knows, beside a member of its
 * type: its texts in their order, none of them blank. `say` gets each. How many
 * there were; -1: `say` said so.
 */
int	readable_texts(struct json_value,
	    int (*say)(void *who, struct escaped text), void *who);

#endif
