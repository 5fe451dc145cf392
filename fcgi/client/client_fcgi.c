#include "build.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "client_fcgi.h"

/* A web server that takes nothing for so long has lost its client. */
#define WRITE_PATIENCE_S	300

/* So much fits into an empty socket, and no write of it blocks. */
#define WRITE_FREE		4096

/* How long libfcgi waits for the web server to close its end, milliseconds. */
#define CLOSE_PATIENCE_MS	"500"

struct client_fcgi {
	FCGX_Request	request;
	int		patience_s;
	size_t		written;	/* bytes of the answer */
	bool		failed;		/* a write did: nothing more is sent */
};

/* libfcgi sets handlers of its own, which would swallow these signals. */
int
client_fcgi_prepare(void)
{
	if (setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", CLOSE_PATIENCE_MS,
	    0) == -1 || FCGX_Init() != 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	return 0;
}

struct client_fcgi *
client_fcgi_new(int patience_s)
{
	struct client_fcgi	*fcgi = calloc(1, sizeof(*fcgi));

	if (fcgi == NULL)
		return NULL;
	FCGX_InitRequest(&fcgi->request, -1, 0);
	fcgi->patience_s = patience_s;
	return fcgi;
}

void
client_fcgi_free(struct client_fcgi *fcgi)
{
	if (fcgi == NULL)
		return;
	client_fcgi_close(fcgi, false);
	free(fcgi);
}

/* At the end its buffer, 8 KiB, is given back: a stream may last for minutes. */
static ssize_t
fcgi_read(struct client *client, char *to, size_t max)
{
	struct client_fcgi	*fcgi = client->handle;
	FCGX_Stream		*in = fcgi->request.in;
	int			 got, error;

	if (in == NULL)
		return 0;
	got = FCGX_GetStr(to, max < INT_MAX ? (int)max : INT_MAX, in);
	if (got > 0)
		return got;
	error = FCGX_GetError(in);
	if (error == 0) {
		FCGX_FreeStream(&fcgi->request.in);
		return 0;
	}
	errno = error == EAGAIN || error == EWOULDBLOCK ? ETIMEDOUT : EPROTO;
	return -1;
}

static void
set_patience(int fd, int option, int patience_s)
{
	struct timeval	wait = { .tv_sec = patience_s };

	setsockopt(fd, SOL_SOCKET, option, &wait, sizeof(wait));
}

/* Most answers are so short that they need no limit. */
static void
count_written(struct client_fcgi *fcgi, size_t length)
{
	if (fcgi->written <= WRITE_FREE && fcgi->written + length > WRITE_FREE)
		set_patience(fcgi->request.ipcFd, SO_SNDTIMEO,
		    WRITE_PATIENCE_S);
	fcgi->written += length;
}

/*
 * Only the first failure counts: libfcgi forgets it and takes bytes again.
 */
static int
fcgi_write(struct client *client, const char *bytes, size_t length)
{
	struct client_fcgi	*fcgi = client->handle;
	FCGX_Stream		*out = fcgi->request.out;
	int			 piece;

	count_written(fcgi, length);
	while (length > 0 && !fcgi->failed) {
		piece = length < INT_MAX ? (int)length : INT_MAX;
		if (FCGX_PutStr(bytes, piece, out) != piece ||
		    FCGX_GetError(out) != 0)
			fcgi->failed = true;
		bytes += piece;
		length -= (size_t)piece;
	}
	return fcgi->failed ? -1 : 0;
}

static int
fcgi_flush(struct client *client)
{
	struct client_fcgi	*fcgi = client->handle;

	if (!fcgi->failed && (FCGX_FFlush(fcgi->request.out) == -1 ||
	    FCGX_GetError(fcgi->request.out) != 0))
		fcgi->failed = true;
	return fcgi->failed ? -1 : 0;
}

/*
 * libfcgi's end records go with the last bytes, before the exchange is logged:
 * the web server wakes up once.
 */
static int
fcgi_finish(struct client *client)
{
	struct client_fcgi	*fcgi = client->handle;

	if (!fcgi->failed && (FCGX_FClose(fcgi->request.out) == -1 ||
	    FCGX_GetError(fcgi->request.out) != 0))
		fcgi->failed = true;
	return fcgi->failed ? -1 : 0;
}

static const struct client_transport	transport = {
	.read = fcgi_read,
	.write = fcgi_write,
	.flush = fcgi_flush,
	.finish = fcgi_finish,
};

/*
 * FCGX_Accept_r takes a connection that is there already for one that is kept
 * from the last request; it must believe so to not close it first.
 */
int
client_fcgi_open(struct client_fcgi *fcgi, struct client *client, int fd)
{
	FCGX_Request	*request = &fcgi->request;

	set_patience(fd, SO_RCVTIMEO, fcgi->patience_s);
	FCGX_InitRequest(request, -1, 0);
	fcgi->failed = false;
	fcgi->written = 0;
	request->ipcFd = fd;
	request->keepConnection = 1;
	if (FCGX_Accept_r(request) != 0)
		return -1;
	/* Nothing is said there; the last stream that is left writes the end. */
	FCGX_FClose(request->err);
	FCGX_FreeStream(&request->err);
	if (client_init(client, &transport, fcgi, request->envp, fd) == -1) {
		client_fcgi_close(fcgi, false);
		return -1;
	}
	return 0;
}

/*
 * Bytes that are left unread would make a close a reset, which may overtake the
 * answer: libfcgi then shuts down and drains. Without any, closing is all.
 */
void
client_fcgi_close(struct client_fcgi *fcgi, bool whole)
{
	FCGX_Request	*request = &fcgi->request;
	int		 fd = request->ipcFd;
	bool		 linger;

	if (fd == -1)
		return;
	whole = whole && !fcgi->failed;
	linger = whole && request->in != NULL;
	/* FCGX_Finish_r would, but not without its input. */
	if (whole)
		FCGX_FClose(request->out);
	FCGX_Free(request, linger);
	if (!linger)
		close(fd);
	request->ipcFd = -1;
}
