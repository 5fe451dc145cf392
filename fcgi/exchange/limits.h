#ifndef LIMITS_H
#define LIMITS_H

#include "exchange_state.h"

/*
 * What the caller's key may use. Over all processes, by the scoreboard; what it
 * used before the scoreboard was made is asked of the ledger once.
 */

/*
 * Before anything goes upstream: takes one of the key's places and says in the
 * answer's fields what is left. 0, or -1: PROBLEM_RATE that names the limit.
 */
int	limits_enter(struct exchange *);

/* The answer is known: what it cost counts from now on. */
void	limits_spend(struct exchange *);

/* What is over a limit for so long is not to be tried again by programs. */
void	limits_tell_wait(struct exchange *, int64_t wait_s);

/* The exchange is over. */
void	limits_leave(struct exchange *);

#endif
