#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "exchange_state.h"

/*
 * What an upstream's refusal means, where its own words don't tell: behind the
 * problem, if the answer is ours (`result` is -1), and in the log.
 */
void	explain_result(struct exchange *, int result);

#endif
