#ifndef RECORD_H
#define RECORD_H

#include "exchange_state.h"

/*
 * What an exchange with a model leaves behind, beside its line in the log: while
 * it is under way an entry in the scoreboard, at its end what it used.
 */

/* From now on it is one: shows it, and sees to its end. */
void	record_begin(struct exchange *);

/* The exchange is over, however it ended. */
void	record_end(struct exchange *);

#endif
