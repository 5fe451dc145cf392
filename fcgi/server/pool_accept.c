#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "log.h"
#include "pool_accept.h"

int
pool_listener_init(struct pool_listener *listener, struct gateway *gateway,
    int fd)
{
	int		flags = fcntl(fd, F_GETFL), family = AF_UNSPEC;
	socklen_t	length = sizeof(family);

	listener->fd = fd;
	listener->gateway = gateway;
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) == -1)
		return -1;
	listener->is_inet = family != AF_UNIX;
	return 0;
}

static bool
peer_allowed(const struct pool_listener *listener, const struct sockaddr *peer,
    socklen_t length)
{
	struct config	*config;
	char		 address[INET6_ADDRSTRLEN];
	bool		 allowed;

	if (getnameinfo(peer, length, address, sizeof(address), NULL, 0,
	    NI_NUMERICHOST) != 0)
		return false;
	config = config_current(listener->gateway->configs);
	if (config == NULL)
		return false;
	allowed = config->fastcgi_peers_count > 0 ?
	    address_in(address, config->fastcgi_peers,
	    config->fastcgi_peers_count) : address_is_loopback(address);
	config_release(config);
	if (!allowed)
		log_warning(NULL, "a FastCGI connection from %s was refused: "
		    "it is not in fastcgi_peers", address);
	return allowed;
}

int
pool_listener_accept(const struct pool_listener *listener)
{
	struct sockaddr_storage	peer;
	socklen_t		length;
	int			fd, on = 1;

	for (;;) {
		length = sizeof(peer);
		fd = accept4(listener->fd, (struct sockaddr *)&peer, &length,
		    SOCK_CLOEXEC);
		if (fd == -1 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd == -1 && errno == EINVAL)	/* it was ended */
			errno = EAGAIN;
		if (fd == -1 || !listener->is_inet)
			return fd;
		if (peer_allowed(listener, (struct sockaddr *)&peer, length))
			break;
		close(fd);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

bool
pool_listener_more(const struct pool_listener *listener)
{
	struct pollfd	look = { .fd = listener->fd, .events = POLLIN };

	return poll(&look, 1, 0) == 1;
}
