#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdbool.h>

#include "client/client.h"
#include "gateway.h"
#include "upstream/upstream.h"

/*
 * One request from its first byte to its last. exchange_run() is the table of
 * contents of the gateway; the steps it names are in the files of their names.
 *
 * A worker has one `struct exchange_tools` for its life: what is kept warm from
 * one exchange to the next. All else is made and released by exchange_run().
 */
struct exchange_tools {
	struct gateway	*gateway;	/* borrowed */
	struct upstream	*upstream;	/* owned: the warm connection */
};

/* Serves the client to the end. True when its answer is whole. */
bool	exchange_run(struct exchange_tools *, struct client *);

/*
 * The answer of a process that is short of something: 503 with Retry-After in
 * the dialect that the path tells, and `reason`. Reads no body. For the pool.
 */
void	exchange_shed(struct gateway *, struct client *, const char *reason);

#endif
