#ifndef PROBLEM_WORDS_H
#define PROBLEM_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "problem.h"

/*
 * The vendors' vocabulary of failures, for problem_read.c alone: the others ask
 * problem_read.h.
 */
struct problem_word {
	const char		*word;
	enum problem_kind	 kind;
	bool			 sharp;		/* says more than the HTTP
						 * status and wins over it */
};

/* NULL when it is not known. */
const struct problem_word *problem_word_find(struct text);

/* MiniMax's base_resp.status_code; PROBLEM_NONE when it is not known. */
enum problem_kind	problem_of_base_code(int64_t code);

/* Google's "34.5s" in whole seconds, rounded up, at most a day. */
int	problem_duration(const char *);

#endif
