#ifndef CLIENT_CGI_H
#define CLIENT_CGI_H

#include "client.h"

/* The same by plain CGI: standard input, standard output, the environment. */

/*
 * GATEWAY_INTERFACE is set, and libfcgi says that standard input is no listening
 * socket. To be asked once, before threads.
 */
bool	client_cgi_wanted(void);

/* The one request of this process. 0, or -1 when it is none. */
int	client_cgi_open(struct client *);

#endif
