#ifndef RESPONSES_RULES_H
#define RESPONSES_RULES_H

#include "neutral/rules.h"

/* What a model's entry makes of a request for this API. Pure. */
struct rules	responses_rules_find(const struct policy *,
		    const struct said *);

#endif
