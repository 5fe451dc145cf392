#include "build.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "clock.h"
#include "listener.h"

#define BACKLOG		4096
#define SYSTEMD_FIRST	3

/* By processes that are about to end. */
#define TAKEN_MS	1000

static bool
is_listening(int fd)
{
	int listening = 0;
	socklen_t length = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening,
	    &length) == 0 && listening;
}

int
listener_given(void)
{
	const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");

	if (is_listening(STDIN_FILENO))
		return STDIN_FILENO;
	if (count != NULL && strtol(count, NULL, 10) > 0 && pid != NULL &&
	    strtol(pid, NULL, 10) == (long)getpid() && is_listening(SYSTEMD_FIRST)) {
		(void)fcntl(SYSTEMD_FIRST, F_SETFD, FD_CLOEXEC);
		return SYSTEMD_FIRST;
	}
	return -1;
}

/* Whether anybody answers on a socket file. */
static bool
is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool alive;

	if (fd == -1)
		return true;
	alive = connect(fd, (const struct sockaddr *)address,
	    sizeof(*address)) == 0 || errno != ECONNREFUSED;
	(void)close(fd);
	return alive;
}

static int
open_unix(const char *path, struct problem *problem)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat found;
	mode_t mask;
	int fd, result;

	if (strlen(path) >= sizeof(address.sun_path))
		return problem_set(problem, PROBLEM_INVALID,
		    "%s is longer than the %zu bytes a socket's path may have",
		    path, sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (lstat(path, &found) == 0) {
		if (!S_ISSOCK(found.st_mode) || is_alive(&address))
			return problem_set(problem, PROBLEM_SERVER,
			    "%s is in use", path);
		(void)unlink(path);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mask = umask(0117);
	result = fd == -1 ? -1 : bind(fd, (struct sockaddr *)&address,
	    sizeof(address));
	(void)umask(mask);
	if (result == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	problem_set(problem, PROBLEM_SERVER, "can't listen on %s: %s", path,
	    strerror(errno));
	if (fd != -1)
		(void)close(fd);
	return -1;
}

/* "HOST:PORT" or "[::1]:PORT" into its parts; 0 or -1. */
static int
split(const char *address, char host[256], char port[8])
{
	const char *colon = strrchr(address, ':');
	size_t length;

	if (colon == NULL || colon[1] == '\0' || strlen(colon + 1) > 5 ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return -1;
	length = (size_t)(colon - address);
	if (length >= 2 && address[0] == '[' && address[length - 1] == ']') {
		address++;
		length -= 2;
	}
	if (length == 0 || length > 255)
		return -1;
	memcpy(host, address, length);
	host[length] = '\0';
	memcpy(port, colon + 1, strlen(colon + 1) + 1);
	return 0;
}

int
listener_check(int fd, const struct config *config, struct problem *problem)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);
	char host[INET6_ADDRSTRLEN];

	if (getsockname(fd, (struct sockaddr *)&address, &length) == -1)
		return problem_set(problem, PROBLEM_SERVER,
		    "the listening socket can't be used: %s", strerror(errno));
	if (address.ss_family == AF_UNIX ||
	    (config->access == ACCESS_KEYS && config->fastcgi_peers_count > 0))
		return 0;
	if (getnameinfo((struct sockaddr *)&address, length, host,
	    sizeof(host), NULL, 0, NI_NUMERICHOST) == 0 &&
	    address_is_loopback(host))
		return 0;
	return problem_set(problem, PROBLEM_INVALID, "the FastCGI socket is "
	    "open beyond this machine: set access to \"keys\" and "
	    "fastcgi_peers to the web servers' addresses");
}

static int
open_tcp(const char *host, const char *port, struct problem *problem)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found;
	int fd, on = 1, error = getaddrinfo(host, port, &hints, &found);

	if (error != 0)
		return problem_set(problem, PROBLEM_INVALID, "%s: %s", host,
		    gai_strerror(error));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
		    sizeof(on));
	if (fd == -1 || bind(fd, found->ai_addr, found->ai_addrlen) == -1 ||
	    listen(fd, BACKLOG) == -1) {
		problem_set(problem, PROBLEM_SERVER,
		    "can't listen on %s port %s: %s", host, port,
		    strerror(errno));
		if (fd != -1)
			(void)close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

int
listener_open(const char *address, const struct config *config,
    struct problem *problem)
{
	char host[256], port[8];
	int fd;

	if (strchr(address, '/') != NULL)
		return open_unix(address, problem);
	if (split(address, host, port) == -1)
		return problem_set(problem, PROBLEM_INVALID,
		    "--socket %s is neither a path with a / nor HOST:PORT",
		    address);
	fd = open_tcp(host, port, problem);
	if (fd != -1 && listener_check(fd, config, problem) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* A Unix socket keeps for us who came before its end, a TCP socket resets them. */
void
listener_end(int fd, const char *address)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	int i;

	if (strchr(address, '/') != NULL)
		(void)unlink(address);
	else
		for (i = 0; i < TAKEN_MS && poll(&waiting, 1, 0) == 1; i++)
			clock_pause_ms(1);
	(void)shutdown(fd, SHUT_RD);
}
