#ifndef CHAT_RULES_H
#define CHAT_RULES_H

#include "neutral/rules.h"

/* What a model's entry makes of a request for this API. */
struct chat_rules {
	struct rules	 common;
	const char	*limit;		/* what the limit's member is called */
	bool		 disabled;	/* `thinking` says that there is none */
};

/* Pure. */
struct chat_rules	chat_rules_find(const struct policy *,
			    const struct said *);

#endif
