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

/* Pure. */
struct generate_rules	generate_rules_find(const struct policy *,
			    const struct said *);

#endif
