#ifndef EFFORTS_H
#define EFFORTS_H

#include "config.h"

/*
 * How much a model is to think: the levels, their budgets in tokens, and which
 * of them a model's entry allows.
 */

/* Tokens of thinking for a level: 4096, 12288, 24576, 40960, 40960; else 0. */
int64_t		efforts_budget(enum effort);

/*
 * The level whose budget is nearest below: the reverse, by thresholds. Less
 * than the lowest is low, 0 is off, negative is auto.
 */
enum effort	efforts_of_budget(int64_t budget);

/*
 * The nearest effort that the entry's `efforts` allow, the lower one of two.
 * Auto stays auto; a level becomes off only when nothing else is allowed.
 */
enum effort	efforts_clamp(const struct model *, enum effort);

/* Whether the entry's `efforts` name off and nothing else. */
bool		efforts_never(const struct model *);

/* Whether the entry's `efforts` name it. */
bool		efforts_name(const struct model *, enum effort);

/* An effort as the wire says it: off is "none". */
const char	*efforts_word(enum effort);

#endif
