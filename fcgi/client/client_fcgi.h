#ifndef CLIENT_FCGI_H
#define CLIENT_FCGI_H

#include "client.h"

/*
 * The FastCGI side of a client: one accepted connection of the pool. libfcgi
 * speaks the protocol; this and pool.c are all that know it.
 */
struct client_fcgi;

/* To be called once, before threads: FCGX_Init and its signal surprises. */
int	client_fcgi_prepare(void);

/*
 * One per worker, reused from request to request. A web server that sends
 * nothing for `patience_s` seconds while a request is read counts as cut. NULL:
 * no memory.
 */
struct client_fcgi *client_fcgi_new(int patience_s);
void	client_fcgi_free(struct client_fcgi *);

/*
 * Reads the parameters from an accepted connection, which is now its own.
 * 0, or -1 when it was no FastCGI request (the descriptor is closed).
 */
int	client_fcgi_open(struct client_fcgi *, struct client *, int fd);

/*
 * Ends the request and closes. `whole` false: the answer could not be finished,
 * so the connection is dropped without the end record, for the web server to
 * see the cut.
 */
void	client_fcgi_close(struct client_fcgi *, bool whole);

#endif
