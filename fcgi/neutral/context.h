#ifndef CONTEXT_H
#define CONTEXT_H

#include <stdint.h>

#include "json.h"

/*
 * Where the context of a request goes, of any dialect: how many bytes of the body
 * are system text, tools, history, and media in any of them. Read off the scanned
 * document without decoding anything; values shorter than a kilobyte are not
 * looked into.
 */
#define CONTEXT_TOOLS	5	/* the largest ones, largest first */

struct context_tool {
	struct escaped	name;		/* borrowed from the body */
	uint32_t	bytes;
};

struct context {
	uint32_t		system, tools, history, media;
	uint32_t		tools_count;
	struct context_tool	largest[CONTEXT_TOOLS];	/* bytes 0: none */
};

void	context_read(struct context *, struct json_value body);

/* The most tokens that the answer may have, as the request says; 0: not said. */
int64_t	context_output_max(struct json_value body);

#endif
