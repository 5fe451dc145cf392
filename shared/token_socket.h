#ifndef TOKEN_SOCKET_H
#define TOKEN_SOCKET_H

#include <sys/un.h>

/*
 * The address of tokend's socket, for its two ends. A path may be longer than
 * the 107 bytes of a sockaddr_un, so that the address goes through an open
 * folder: keep the returned descriptor until bind() or sendto() is done, then
 * close it. -1 when there is no such folder.
 */
int	token_socket_address(const char *path, struct sockaddr_un *);

#endif
