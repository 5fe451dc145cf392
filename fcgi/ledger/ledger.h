#ifndef LEDGER_H
#define LEDGER_H

#include <stdint.h>

#include "config.h"
#include "problem.h"
#include "row.h"

/*
 * Who used what: a row in the journal for each exchange with a model, which a
 * thread of one of the processes folds into usage.db every few seconds. What can
 * be asked of it is in usage.h.
 *
 * What goes wrong here is said once a minute and stops nothing.
 */
struct ledger;

/*
 * The ledger in that folder, which is made when it is needed; `configs` is
 * borrowed and says for how many days rows are kept. With `folds` a thread of
 * this process folds; without, nobody does until ledger_fold(). NULL: no memory.
 */
struct ledger	*ledger_open(const char *folder, struct config_source *configs,
		    bool folds);
void		 ledger_close(struct ledger *);		/* NULL is fine */

/* Appends the row with a single write(2). Any thread. */
void	ledger_add(struct ledger *, struct row *);

/*
 * Folds what is there now, in this thread, unless another one is at it for longer
 * than `wait_ms`.
 */
void	ledger_fold(struct ledger *, int wait_ms);

/* For a process that lives for one exchange: folds now and then. */
void	ledger_fold_lone(struct ledger *);

/*
 * The tokens that the key of that name used since two times (Unix), as far as it
 * is known; folds first.
 */
void	ledger_key_tokens(struct ledger *, const char *key, int64_t since_a,
	    int64_t since_b, uint64_t tokens[2]);

#endif
