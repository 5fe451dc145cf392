#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "token.h"
#include "token_socket.h"

#define POLL_MS		20
#define ASK_AGAIN_MS	500
#define NOBODY_MS	2000	/* tokend may be being restarted */

/* The datagram, and with it a descriptor unless it is -1. */
static ssize_t
request_send(int fd, struct sockaddr_un *address, struct token_request *request,
    int answer_fd)
{
	union {
		struct cmsghdr	head;
		char		bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec		part = { request, sizeof(*request) };
	struct msghdr		message = {
		.msg_name = address, .msg_namelen = sizeof(*address),
		.msg_iov = &part, .msg_iovlen = 1,
	};

	if (answer_fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &answer_fd, sizeof(int));
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

int
token_ask(const char *socket_path, uint64_t hash, int answer_fd)
{
	struct token_request	request = { TOKEN_REQUEST_MAGIC, 1, hash };
	struct sockaddr_un	address;
	ssize_t			sent = -1;
	int			fd, folder;

	folder = token_socket_address(socket_path, &address);
	if (folder < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0) {
		sent = request_send(fd, &address, &request, answer_fd);
		/* A full queue means that others ask already. */
		if (sent < 0 && (errno == EAGAIN || errno == ETOOMANYREFS))
			sent = 0;
		close(fd);
	}
	close(folder);
	return sent < 0 ? -1 : 0;
}

int
token_socket_address(const char *path, struct sockaddr_un *address)
{
	const char	*slash = strrchr(path, '/');
	char		 folder_path[PATH_MAX];
	int		 folder, length;

	length = snprintf(folder_path, sizeof(folder_path), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	if (length < 0 || (size_t)length >= sizeof(folder_path))
		return -1;
	folder = open(folder_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -1;
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	length = snprintf(address->sun_path, sizeof(address->sun_path),
	    "/proc/self/fd/%d/%s", folder, slash == NULL ? path : slash + 1);
	if (length > 0 && (size_t)length < sizeof(address->sun_path))
		return folder;
	close(folder);
	return -1;
}

static const struct account *
find(const struct tokens *tokens, const struct token_name *name)
{
	size_t	i;

	if (name->is_key)
		return tokens_key(tokens, name->id);
	for (i = 0; tokens != NULL && i < tokens->count; i++)
		if (strcmp(tokens->accounts[i].id, name->id) == 0)
			return &tokens->accounts[i];
	return NULL;
}

/* Whether it has another token now. */
static bool
replaced(const struct tokens *tokens, const struct token_name *name,
    uint64_t hash)
{
	const struct account	*account = find(tokens, name);

	return account != NULL && account->hash != hash;
}

/* A short rest; true when tokend says that nothing will come. */
static bool
declined(int answer_fd)
{
	struct pollfd	answer = { .fd = answer_fd, .events = POLLIN };

	return poll(&answer, 1, POLL_MS) > 0 && answer.revents == POLLIN;
}

/* `answer` is a pair of sockets, or twice -1: then there is only the file. */
static struct tokens *
await(struct token_reader *reader, const char *socket_path,
    const struct token_name *name, uint64_t hash, int timeout_ms,
    const int answer[2])
{
	int64_t		 start = now_ms(), now = start, ask_at = start;
	int64_t		 heard = start;
	struct tokens	*tokens;
	bool		 over = false;

	for (;;) {
		tokens = token_current(reader);
		if (replaced(tokens, name, hash))
			return tokens;
		tokens_release(tokens);
		if (over || now - start >= timeout_ms ||
		    now - heard >= NOBODY_MS)
			return NULL;
		if (now >= ask_at) {
			if (token_ask(socket_path, hash, answer[1]) == 0)
				heard = now;
			ask_at = now + ASK_AGAIN_MS;
		}
		over = declined(answer[0]);
		now = now_ms();
	}
}

struct tokens *
token_await(struct token_reader *reader, const char *socket_path,
    const struct token_name *name, uint64_t hash, int timeout_ms)
{
	struct tokens	*tokens;
	int		 answer[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    answer) != 0)
		answer[0] = answer[1] = -1;
	tokens = await(reader, socket_path, name, hash, timeout_ms, answer);
	if (answer[0] >= 0) {
		close(answer[0]);
		close(answer[1]);
	}
	return tokens;
}

/* Whether the first token is about to come. */
static bool
is_coming(const struct tokens *tokens, const char *endpoint)
{
	int64_t	age_s;

	if (tokens == NULL || (endpoint == NULL ?
	    tokens->count > 0 || !tokens->pending :
	    tokens_key(tokens, endpoint) != NULL || !tokens->keys_pending))
		return false;
	age_s = time(NULL) - tokens->updated_at;
	return age_s >= -TOKEN_PENDING_S && age_s <= TOKEN_PENDING_S;
}

struct tokens *
token_await_first(struct token_reader *reader, const char *endpoint,
    int timeout_ms)
{
	int64_t			 start = now_ms();
	struct tokens		*tokens;

	for (;;) {
		tokens = token_current(reader);
		if (!is_coming(tokens, endpoint) || now_ms() - start >= timeout_ms)
			return tokens;
		tokens_release(tokens);
		clock_pause_ms(POLL_MS);
	}
}
