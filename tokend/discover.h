#ifndef DISCOVER_H
#define DISCOVER_H

#include <stdint.h>

#include "schedule.h"
#include "workos.h"

/*
 * Asks the endpoints with `discover` for their models, at start, hourly, and
 * when the configuration has others: one endpoint at a time, so that nobody who
 * needs a token waits for more than one of them. What one said last stays while
 * it fails (found.h).
 */
struct discover {
	int64_t		due_boot_ms;
	size_t		next;		/* endpoint; 0: a new round */
	uint64_t	asked;		/* which endpoints there were; 0: none */
};

/* Milliseconds until one is to be asked; SCHEDULE_NEVER when there is none. */
int64_t	discover_due_ms(const struct discover *, const struct config *,
	    struct moment);

/* Asks the next one, writes what it has to `path`, logs what failed. */
void	discover_step(struct discover *, const struct dialer *,
	    const char *path, struct moment);

#endif
