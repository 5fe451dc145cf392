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

/* The descriptor that came with a datagram; the kernel closes any other. */
static int
descriptor_of(struct msghdr *message)
{
	struct cmsghdr	*head = CMSG_FIRSTHDR(message);
	int		 fd = -1;

	if (head != NULL && head->cmsg_level == SOL_SOCKET &&
	    head->cmsg_type == SCM_RIGHTS &&
	    head->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

bool
ask_next(int fd, struct question *question)
{
	struct token_request	request;
	union {
		struct cmsghdr	head;
		char		bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec		part = { &request, sizeof(request) };
	struct msghdr		message;
	ssize_t			length;

	for (;;) {
		/* Not all of its bytes: there could be room for a second. */
		message = (struct msghdr){ .msg_iov = &part, .msg_iovlen = 1,
		    .msg_control = control.bytes,
		    .msg_controllen = CMSG_LEN(sizeof(int)) };
		length = recvmsg(fd, &message, MSG_TRUNC | MSG_CMSG_CLOEXEC);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return false;
		question->answer_fd = descriptor_of(&message);
		question->hash = request.hash;
		if (length == (ssize_t)sizeof(request) &&
		    request.magic == TOKEN_REQUEST_MAGIC &&
		    request.version == 1)
			return true;
		ask_end(question, false);
	}
}

void
ask_end(struct question *question, bool declined)
{
	/* What is no socket gets nothing, and one that is full neither. */
	if (question->answer_fd >= 0 && declined)
		(void)!send(question->answer_fd, "", 1,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (question->answer_fd >= 0)
		close(question->answer_fd);
	question->answer_fd = -1;
}
