#ifndef DISCOVER_H
#define DISCOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "schedule.h"
#include "token.h"
#include "workos.h"

/*
 * Asks the endpoints with `discover` for their models, at start, hourly, and
 * when the configuration has others: one endpoint at a time, so that nobody who
 * needs a token waits for more than one of them. What one said last stays while
 * it fails (found.h); after a round with a failure there is another one a minute
 * later, three times, then hourly: the key that a command prints may come late.
 */
struct discover {
	int64_t		due_boot_ms;
	size_t		next;		/* endpoint; 0: a new round */
	uint64_t	asked;		/* which endpoints there were; 0: none */
	bool		failed;		/* one of this round */
	int		failures;	/* rounds in a row with one */
};

/* Milliseconds until one is to be asked; SCHEDULE_NEVER when there is none. */
int64_t	discover_due_ms(const struct discover *, const struct config *,
	    struct moment);

/*
 * Asks the next one, with its own key or that of `tokens`, writes what it has to
 * `path`, logs what failed, once an hour.
 */
void	discover_step(struct discover *, const struct dialer *,
	    const struct tokens *, const char *path, struct moment);

#endif
