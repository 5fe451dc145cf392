#ifndef CLIENT_FCGI_H
#define CLIENT_FCGI_H

#include "client.h"

/*
 * The FastCGI side of a client: one connection of the pool, on which requests
 * come one after the other if the web server keeps it (FCGI_KEEP_CONN).
 *
 * The records are read and written here and in fcgi_*.h. libfcgi, which would do
 * that too, ends the process on lengths that it can't allocate, sleeps in a read
 * while a kept connection is idle, answers no FCGI_GET_VALUES, and reads bodies
 * 8 KiB at a time; so of it serve the names of the protocol (fastcgi.h) and the
 * question how this program was started (client_cgi.c).
 *
 * A request that begins behind one that is not answered yet waits; one with
 * another id is refused with FCGI_CANT_MPX_CONN. FCGI_ABORT_REQUEST is a client
 * that hung up.
 */
struct client_fcgi;

enum client_fcgi_state {
	CLIENT_FCGI_CLOSED,	/* the descriptor is closed */
	CLIENT_FCGI_SILENT,	/* nothing to be read: the caller's again */
	CLIENT_FCGI_REQUEST,	/* a request is there, or has begun to be */
};

/* Web servers send a request's parameters at once. */
#define CLIENT_FCGI_HEAD_S	5

/* To be called once, before threads. */
void	client_fcgi_prepare(void);

/*
 * One per thread, reused from request to request. A web server that sends
 * nothing for `patience_s` seconds within a body counts as cut; a request must
 * have begun its body after CLIENT_FCGI_HEAD_S or, if that is less, so long. It is
 * told that we serve `requests_max` at a time. NULL: no memory.
 */
struct client_fcgi *client_fcgi_new(int patience_s, int requests_max);
void	client_fcgi_free(struct client_fcgi *);

/*
 * Reads a request's parameters from a connection. One that says nothing is
 * waited for only if `wait`.
 */
enum client_fcgi_state client_fcgi_open(struct client_fcgi *, struct client *,
	    int fd, bool wait);

/*
 * Ends the request, and the connection unless the web server and we (`keep`)
 * want to keep it; CLIENT_FCGI_REQUEST: the next one may be there, for
 * client_fcgi_open(). If only the web server wants to, it can send no more, and what
 * it has sent already is that. `whole` false: the answer could not be finished, so the
 * connection is dropped without the end record, for the web server to see the
 * cut.
 */
enum client_fcgi_state client_fcgi_end(struct client_fcgi *, bool whole,
	    bool keep);

#endif
