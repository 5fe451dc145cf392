#ifndef PATIENCE_H
#define PATIENCE_H

#include <stdint.h>

#include "config.h"
#include "problem.h"

/*
 * How long an answer that is collected whole may come without content. The
 * upstream's bytes alone don't show it: blank lines, comments and empty events
 * keep a transfer from being idle, but no client sees them. As the upstream may
 * send such things instead of a silence before its answer, they may last as long
 * as the longer of first_byte_timeout_s and idle_timeout_s.
 */
struct patience {
	int	limit_s;
	int64_t	since_ms;	/* monotonic */
};

void	patience_start(struct patience *, const struct config *);

/* Content came. */
void	patience_renew(struct patience *);

/* 0, or -1 with the problem set: it has lasted for too long. */
int	patience_check(const struct patience *, struct problem *);

#endif
