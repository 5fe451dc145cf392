#ifndef STORED_H
#define STORED_H

#include "exchange_state.h"

/*
 * What an endpoint keeps for those who call it: files, batches, stored replies.
 * Its operations carry no model, so that an endpoint serves them that says
 * `default`: of the row's dialect, or family, the first that has it. All callers
 * share what is there: who may use some models, or tokens, alone, is not let in
 * unless the key says so.
 */

/* Warns of defaults that can't be asked. */
void	stored_check(const struct config *, config_warn warn);

/* The one candidate. 0, or -1 with the problem set. */
int	stored_find(struct exchange *);

#endif
