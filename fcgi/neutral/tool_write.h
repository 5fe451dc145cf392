#ifndef TOOL_WRITE_H
#define TOOL_WRITE_H

#include "json_write.h"
#include "request.h"

/*
 * What several dialects say alike of tools and calls: those that take a call's
 * input as an object, and those that know no grammar.
 */

/*
 * The input of a PART_CALL or PART_CUSTOM_CALL as JSON, an object: its own, or in the
 * arena. What isn't one goes as text in one, so that the model sees it.
 */
struct text	tool_arguments(struct arena *, const struct part *);

/*
 * The member `description`, unless it would be empty: with the grammar of the
 * input, which these APIs know of in words alone, and where the schema is written
 * as less than it is, with all of it.
 */
void	tool_put_description(struct json_write *, const struct tool *,
	    bool with_schema);

/* The schema of a function that stands for a custom tool. */
#define TOOL_FREE_TEXT	"{'type':'object','properties':{'input':"	\
	"{'type':'string'}},'required':['input']}"

/*
 * Names all tools that the client runs; names have `max` bytes at most. Of those
 * said twice, which some APIs refuse, the first one stays.
 */
void	tools_declare(struct request *, size_t max);

/*
 * The tools without a namespace that the choice allows and that are written, in its
 * order. `found` is in the arena. 0, or -1: no memory.
 */
struct allowed {
	const struct tool	**found;
	size_t			  count;
};
int	tools_find_allowed(const struct request *,
	    bool (*is_written)(const struct request *, const struct tool *),
	    struct allowed *);

/*
 * What is lost of a tool where functions have a schema and no more: grammar and
 * strictness. 0 or -1.
 */
int	tool_report(struct request *, const struct tool *, struct problem *);

/*
 * What is lost of the options of a search that the provider runs: each by its
 * name, but for those in `told`, which NULL ends. 0 or -1.
 */
int	tool_report_search(struct request *, const struct tool *,
	    const char *const told[], struct problem *);

#endif
