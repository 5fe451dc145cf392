#ifndef METRICS_H
#define METRICS_H

#include <stdbool.h>

#include "buf.h"
#include "config.h"
#include "gateway.h"
#include "token.h"

/*
 * What the scoreboard holds, for Prometheus: in its text format 0.0.4, or as
 * OpenMetrics 1.0. Labels hold names of the configuration, never what a client
 * sent, so that there are only so many of each.
 *
 * Counters go on from 0 when the machine starts again; what must last is in
 * the ledger.
 */
#define METRICS_TEXT	"text/plain; version=0.0.4; charset=utf-8"
#define METRICS_OPEN_TYPE	"application/openmetrics-text"
#define METRICS_OPEN	METRICS_OPEN_TYPE "; version=1.0.0; charset=utf-8"

void	metrics_write(struct buf *, bool open, struct gateway *,
	    const struct config *, const struct tokens *);

#endif
