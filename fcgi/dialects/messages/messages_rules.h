#ifndef MESSAGES_RULES_H
#define MESSAGES_RULES_H

#include "neutral/rules.h"

/* How `thinking` is said. */
enum messages_thinking {
	THINKING_UNSAID,
	THINKING_ENABLED,	/* by `budget` */
	THINKING_IS_ADAPTIVE,
	THINKING_DISABLED,
	THINKING_BETWEEN_TOOLS,
};

/* What a model's entry makes of a request for this API. */
struct messages_rules {
	struct rules		 common;
	enum messages_thinking	 thinking;	/* unless it stays as said */
	int64_t			 budget;	/* less than max_tokens */
};

/* Pure. */
struct messages_rules	messages_rules_find(const struct policy *,
			    const struct said *);

/*
 * The API refuses a budget that isn't below max_tokens, or is under 1024.
 * Raises *max_tokens to budget + 4096 within the entry's `max_output_tokens`
 * (0: no ceiling), and lowers *budget where that isn't enough. A negative
 * *max_tokens was not said and stays. False: no room for thinking, both are
 * left alone.
 */
bool	messages_fit_budget(const struct model *, int64_t *budget,
	    int64_t *max_tokens);

#endif
