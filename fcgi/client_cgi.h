#ifndef CLIENT_CGI_H
#define CLIENT_CGI_H

#include "client.h"

/* The same by plain CGI: standard input, standard output, the environment. */
bool	client_cgi_wanted(void);	/* decided as webservers do it */
int	client_cgi_open(struct client *);

#endif
