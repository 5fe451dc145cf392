#ifndef LISTENER_H
#define LISTENER_H

#include "config.h"
#include "problem.h"

/*
 * The socket that a responder listens on: given by whoever starts it, or made
 * from --socket.
 */

/* Standard input or systemd's first descriptor, when it listens; else -1. */
int	listener_given(void);

/*
 * Listens on PATH (mode 0660; a stale one is removed only when nobody answers
 * on it) or HOST:PORT. TCP beyond this machine is refused without `access: keys`
 * and `fastcgi_peers`, since a peer says who its client is. Returns the
 * descriptor, or -1 with the problem set.
 */
int	listener_open(const char *address, const struct config *,
	    struct problem *);

/* The same refusal for a socket that was given: 0, or -1. */
int	listener_check(int fd, const struct config *, struct problem *);

/*
 * Ends one that was made here, for all processes that have it, and before they are
 * told to end: a PATH is removed, and who comes from now on is refused, so that a
 * balancer asks another host. Those that came before are theirs to take; with TCP
 * it waits a moment until they did.
 */
void	listener_end(int fd, const char *address);

#endif
