#ifndef OPENAI_RULES_H
#define OPENAI_RULES_H

#include "neutral/rules.h"

/*
 * The effort that OpenAI's two APIs are told by a word: off ("none") where the
 * entry knows that, or says how thinking ends. Notes whether the client's own
 * word stays.
 */
void	openai_find_effort(struct rules *, const struct model *,
	    const struct said *);

#endif
