#ifndef COUNT_TOKENS_H
#define COUNT_TOKENS_H

#include "config.h"
#include "json.h"
#include "json_write.h"

/*
 * count_tokens where no upstream counts: an estimate, made from the request's
 * text alone, and the answers of the two dialects that have such a route. The
 * answer with an estimate carries COUNT_TOKENS_HEADER: 1.
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

/* The answer's body: messages {"input_tokens":N}, generate {"totalTokens":N}. */
void	count_tokens_write(struct json_write *, enum dialect_kind, int64_t);

/* The number in such an answer, of either dialect: 0 or -1. */
int	count_tokens_read(struct json_value, int64_t *tokens);

#endif
