#ifndef PLACE_H
#define PLACE_H

#include "request.h"

/*
 * Where what a reader reads goes: to the content of a result, else to a turn,
 * else to the system text.
 */
struct place {
	struct request	*request;
	struct problem	*problem;
	struct turn	*turn;
	struct part	*result;
	/* For people: "messages[3].content[0]", or without the inner ones. */
	const char	*field, *inner_field;
	size_t		 index, inner;
};

/* A new part there, with the cache mark of what it is read from. */
struct part	*place_add(const struct place *, enum part_kind,
		    struct json_value from);
void		 place_add_text(const struct place *, struct escaped,
		    struct json_value from);

/*
 * What no reader knows: the text that it holds, and what it is called (a string)
 * is named as lost. 1: it holds none, which place_unknown() has a sentence for.
 * 0, or -1 in strict mode.
 */
int		 place_read_unknown(const struct place *,
		    struct json_value called, struct json_value);
const char	*place_unknown(const struct place *, struct json_value called);
/* "has the role 'oracle', which no API has": about what stands there. */
const char	*place_about(const struct place *, const char *before,
		    struct json_value name, const char *behind);

/* All that was said before, in short; how it begins, as in a JSON string. */
#define PLACE_SUMMARY	"Summary of the conversation so far:\\n\\n"
void		 place_add_summary(const struct place *, struct escaped);

/* The problem of what stands there: -1. */
int		 place_invalid(const struct place *, const char *why);

/* `cache_control` (messages and its kin), `prompt_cache_breakpoint` (OpenAI). */
enum cache_mark	 cache_mark_of(struct json_value);

#endif
