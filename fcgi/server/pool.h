#ifndef POOL_H
#define POOL_H

#include "exchange/gateway.h"
#include "pool_options.h"
#include "problem.h"

/*
 * One process of the pool: workers that take connections by themselves and grow
 * on demand up to a ceiling, a short queue, and a thread that sheds what is too
 * much.
 *
 * A worker serves one exchange at a time with plain blocking code. Of idle
 * workers the one that was idle last takes the next connection, so that the
 * warmest connection upstream is used; one that was idle for 60 seconds leaves.
 * When every worker is busy this thread fills the queue, and when that is full
 * the shed thread answers 503 with Retry-After. Connections that say nothing, new
 * ones or those that the web server keeps, hold no worker.
 *
 * SIGTERM: the listener is left (never shut down: siblings may share it), the
 * backlog is emptied, silent connections are closed, exchanges may finish for
 * `drain_s`, then end with an error event of their dialect. SIGHUP reopens the
 * log. SIGUSR1 drains.
 */
/*
 * Runs until it is told to end, and blocks the signals above in this thread. 0
 * after a clean drain. -1 with the problem: it could not start, or threads that
 * it could not wait for still use the gateway and the process must end by
 * _exit().
 */
int	pool_run(struct gateway *, const struct pool_options *, struct problem *);

#endif
