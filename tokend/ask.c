#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"
#include "token.h"
#include "token_socket.h"

int
ask_open(const char *path, struct problem *problem)
{
	struct sockaddr_un	address;
	mode_t			mask;
	int			folder, fd, bound = -1;

	folder = token_socket_address(path, &address);
	if (folder < 0)
		return problem_set(problem, PROBLEM_SERVER,
		    "cannot open the folder of %s: %s", path, strerror(errno));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0) {
		unlink(path);
		mask = umask(0117);
		bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
		umask(mask);
	}
	if (bound != 0)
		problem_set(problem, PROBLEM_SERVER, "cannot bind %s: %s",
		    path, strerror(errno));
	close(folder);
	if (bound == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

bool
ask_next(int fd, uint64_t *hash)
{
	struct token_request	request;
	ssize_t			length;

	for (;;) {
		length = recv(fd, &request, sizeof(request), MSG_TRUNC);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return false;
		if (length == (ssize_t)sizeof(request) &&
		    request.magic == TOKEN_REQUEST_MAGIC &&
		    request.version == 1) {
			*hash = request.hash;
			return true;
		}
	}
}
