#include "build.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "client_cgi.h"

/* What was not yet written, so that a head is one write. */
static struct {
	char	at[8192];
	size_t	length;
} pending;

static ssize_t
cgi_read(struct client *client, char *to, size_t max)
{
	struct pollfd	look = { .fd = STDIN_FILENO, .events = POLLIN };
	ssize_t		got;

	do {
		if (poll(&look, 1, client->patience_ms) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		got = read(STDIN_FILENO, to, max);
	} while (got == -1 && errno == EINTR);
	return got;
}

static int
write_out(const char *bytes, size_t length)
{
	ssize_t	done;

	while (length > 0) {
		done = write(STDOUT_FILENO, bytes, length);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		bytes += done;
		length -= (size_t)done;
	}
	return 0;
}

static int
cgi_flush(struct client *client)
{
	size_t	length = pending.length;

	(void)client;
	pending.length = 0;
	return write_out(pending.at, length);
}

static int
cgi_write(struct client *client, const char *bytes, size_t length)
{
	if (length > sizeof(pending.at) - pending.length &&
	    cgi_flush(client) == -1)
		return -1;
	if (length > sizeof(pending.at))
		return write_out(bytes, length);
	memcpy(pending.at + pending.length, bytes, length);
	pending.length += length;
	return 0;
}

static const struct client_transport	transport = {
	.read = cgi_read,
	.write = cgi_write,
	.flush = cgi_flush,
};

bool
client_cgi_wanted(void)
{
	return FCGX_IsCGI() && getenv("GATEWAY_INTERFACE") != NULL;
}

/* Standard output says when its reader is gone, unless it is a file. */
static int
watched(void)
{
	struct stat	status;

	if (fstat(STDOUT_FILENO, &status) == -1 ||
	    (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode)))
		return -1;
	return STDOUT_FILENO;
}

int
client_cgi_open(struct client *client)
{
	/* libfcgi has set handlers of its own, which would swallow them. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	if (client_init(client, &transport, NULL, environ, watched()) == -1)
		return -1;
	/* Apache's mod_cgid shuts its sending side of the very socket that is
	 * standard output, at the end of the body. */
	client->fd_events = 0;
	return 0;
}
