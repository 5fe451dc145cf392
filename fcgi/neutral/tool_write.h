#ifndef TOOL_WRITE_H
#define TOOL_WRITE_H

#include "json_write.h"
#include "request.h"

/*
 * What several dialects say alike of tools and calls: those that take a call's
 * input as an object, and those that know no grammar.
 */

/*
 * The member `key`: the input of a PART_CALL or PART_CUSTOM_CALL as an object.
 * What isn't one goes as text in one, so that the model sees it.
 */
void	tool_put_input(struct json_write *, const char *key,
	    const struct part *);

/* Into an open string: the description, and the grammar of the input. */
void	tool_add_description(struct json_write *, const struct tool *);

#endif
