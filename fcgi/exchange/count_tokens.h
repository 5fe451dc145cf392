#ifndef COUNT_TOKENS_H
#define COUNT_TOKENS_H

#include "json.h"

/*
 * count_tokens where no upstream counts: an estimate, made from the request's
 * text alone. The answer with one carries COUNT_TOKENS_HEADER: 1.
 */
#define COUNT_TOKENS_HEADER	"x-droid2api-estimate"

/*
 * About how many tokens a request of any dialect is: a token for four bytes of
 * ASCII, one for each other character, a fixed sum for an image, more for a
 * document by its size; what is opaque costs nothing. The system prompt
 * that policy puts before it is counted in. At least 1.
 */
int64_t	count_tokens_estimate(const struct json_document *,
	    const char *system_prompt);

#endif
