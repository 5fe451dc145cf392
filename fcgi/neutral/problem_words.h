#ifndef PROBLEM_WORDS_H
#define PROBLEM_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "problem.h"

/*
 * The vendors' vocabulary of failures: what their words, codes and sentences mean.
 * What a whole body means is problem_read.h's.
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

/*
 * Seconds out of "try again in 1.5s", "retry in 6m0s", "in 20ms"; rounded up,
 * at least 1. 0 if there are none.
 */
int	problem_retry_after(const char *message);

/*
 * Whether it is the upstream's trouble, so that another one may do better: not
 * the client's own fault, and no word on what was asked. A credential that was
 * refused is the upstream's unless it was the client's own.
 */
bool	problem_is_upstreams(const struct problem *, bool own_credential);

/* Whether it says that there is no such path, in the words of servers. */
bool	problem_is_no_route(const struct problem *);

/* Whether it refuses thinking, or a call, for the seal on it (seal.h). */
bool	problem_is_seal(const struct problem *);

/* Whether a message says that the model's context is too small. */
bool	problem_is_context(const char *message);

#endif
