#ifndef GENERATE_RULES_H
#define GENERATE_RULES_H

#include "neutral/rules.h"

/* What a model's entry makes of a request for this API. */
struct generate_rules {
	struct rules	 common;
	/* thinkingConfig, unless it stays as said. */
	const char	*level;		/* NULL: none */
	int64_t		 budget;	/* -1: none */
	int		 show;		/* includeThoughts; -1: not said */
};

/*
 * generate_names.c: "gemini-1.5-...", "gemini-2.5-...", what came before signed calls.
 */
bool	generate_is_old(struct text model);
bool	generate_is_gemini(struct text model);

/* Pure. */
struct generate_rules	generate_rules_find(const struct policy *,
			    const struct said *);

#endif
