#ifndef POOL_ACCEPT_H
#define POOL_ACCEPT_H

#include <stdbool.h>

#include "exchange/gateway.h"

/*
 * A process's listener, as all its threads take connections from it. Never
 * closed or shut down here: other processes may share it (listener_end() does).
 */
struct pool_listener {
	int		 fd;
	bool		 is_inet;	/* peers are checked */
	struct gateway	*gateway;	/* with the list of allowed peers */
};

/*
 * For a listening socket, which never blocks from then on: another process may
 * be faster, and accept() would sleep. 0, or -1 with errno.
 */
int	pool_listener_init(struct pool_listener *, struct gateway *, int fd);

/*
 * The next connection from an allowed peer. -1 with errno: EAGAIN when there is
 * none or will be none, else descriptors or memory are short. Any thread may call it.
 */
int	pool_listener_accept(const struct pool_listener *);

/* Whether more connections wait. */
bool	pool_listener_more(const struct pool_listener *);

#endif
