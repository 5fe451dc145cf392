#ifndef SCOREBOARD_SERIES_H
#define SCOREBOARD_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "scoreboard.h"

/*
 * Exchanges with a model, counted by what they were about, since the scoreboard's
 * file was made. There is room for so many kinds ("series"); what comes later
 * is counted in one more, whose texts are all "other", so that no client can
 * make more of them.
 */
struct series {
	struct series_labels	labels;
	uint64_t		requests[SERIES_STATUSES];
	uint64_t		tokens[SERIES_TOKENS];
};

/* One exchange. What is behind the texts' ends must be 0. */
void	scoreboard_series_add(struct scoreboard *,
	    const struct series_labels *, enum series_status,
	    const uint64_t tokens[SERIES_TOKENS]);

/* The one at that index; -1: none, and none behind it. */
int	scoreboard_series_read(const struct scoreboard *, size_t index,
	    struct series *);

#endif
