#ifndef SEARCH_H
#define SEARCH_H

#include <stdbool.h>

#include "arena.h"
#include "json.h"

/*
 * A search of the web that a provider ran for the model, whichever API told of
 * it: as items (responses: web_search_call), as a block for the call and one for
 * what was found (messages: server_tool_use, web_search_tool_result). The reader
 * that knows its dialect makes one; a writer of another dialect says it in its
 * own form. Spans are borrowed from where it was read.
 */
struct search_result {
	struct search_result	*next;
	struct escaped		 url, title;
};

struct search {
	struct text		 id;	/* the call's, decoded; may be empty */
	struct escaped		 query;
	bool			 failed;
	struct search_result	*results, *last; /* in order; NULL: not told */
};

/* A result at the end of the list. 0 or -1 (full arena). */
int	search_add(struct search *, struct arena *, struct escaped url,
	    struct escaped title);

/*
 * Another's id in the form that an API wants: the prefix, and of the id what is
 * [A-Za-z0-9_], all else as '_', at most 64 bytes of it. Empty on a full arena.
 */
struct text search_id(struct arena *, const char *prefix, struct text id);

#endif
