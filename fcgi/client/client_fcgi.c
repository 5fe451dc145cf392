#include "build.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client_fcgi.h"
#include "fcgi_in.h"
#include "fcgi_out.h"
#include "log.h"

/* All that a request says in front of its body; web servers allow less. */
#define PARAMS_MAX	((size_t)1024 * 1024)

/* How long a web server may take to close its end, in all. */
#define CLOSE_PATIENCE_MS	500

struct client_fcgi {
	struct fcgi_in	  in;
	struct fcgi_out	  out;		/* with the request's id */
	struct buf	  content;	/* of the parameters */
	char		**params;	/* into it */
	int		  head_ms, patience_ms, requests_max;
	bool		  open;		/* there is a connection */
	bool		  active;	/* ... with a request */
	bool		  keep;		/* FCGI_KEEP_CONN */
	bool		  body_read, aborted;
};

/* Writes to a connection that is closed are to fail, not to kill. */
void
client_fcgi_prepare(void)
{
	signal(SIGPIPE, SIG_IGN);
}

struct client_fcgi *
client_fcgi_new(int patience_s, int requests_max)
{
	struct client_fcgi	*fcgi = calloc(1, sizeof(*fcgi));

	if (fcgi == NULL)
		return NULL;
	fcgi->patience_ms = patience_s * 1000;
	fcgi->head_ms = (patience_s < CLIENT_FCGI_HEAD_S ? patience_s :
	    CLIENT_FCGI_HEAD_S) * 1000;
	fcgi->requests_max = requests_max;
	buf_init(&fcgi->content, PARAMS_MAX, NULL);
	return fcgi;
}

void
client_fcgi_free(struct client_fcgi *fcgi)
{
	if (fcgi == NULL)
		return;
	client_fcgi_end(fcgi, false, false);
	free(fcgi);
}

/* What belongs to one request. */
static void
release_request(struct client_fcgi *fcgi)
{
	fcgi_out_release(&fcgi->out);
	free(fcgi->params);
	fcgi->params = NULL;
	buf_release(&fcgi->content);
	fcgi->active = false;
}

/* A request that is not served, told why. */
static int
refuse(struct client_fcgi *fcgi, int id, int status)
{
	unsigned char	record[FCGI_END_LENGTH];

	fcgi_end_write(record, id, status);
	return fcgi_out_record(&fcgi->out, record, sizeof(record));
}

static int
malformed(void)
{
	errno = EPROTO;
	return -1;
}

/*
 * FCGI_BEGIN_REQUEST: 1: of the active request's id, which is now or was before
 * that of a request; 0: refused; -1: no such record.
 */
static int
begin(struct client_fcgi *fcgi)
{
	struct text	content = fcgi_in_content(&fcgi->in);
	int		id = fcgi->in.record.id, role;

	if (content.length != sizeof(FCGI_BeginRequestBody) || id == 0)
		return malformed();
	if (fcgi->active)
		return id == fcgi->out.id ? 1 :
		    refuse(fcgi, id, FCGI_CANT_MPX_CONN);
	role = (unsigned char)content.at[0] << 8 | (unsigned char)content.at[1];
	if (role != FCGI_RESPONDER)
		return refuse(fcgi, id, FCGI_UNKNOWN_ROLE);
	fcgi_out_init(&fcgi->out, fcgi->in.fd, id);
	fcgi->keep = (content.at[2] & FCGI_KEEP_CONN) != 0;
	fcgi->body_read = fcgi->aborted = false;
	fcgi->active = true;
	return 1;
}

/* A record about the connection is answered: 0 or -1. */
static int
manage(struct client_fcgi *fcgi)
{
	unsigned char	values[FCGI_VALUES_LENGTH], unknown[FCGI_UNKNOWN_LENGTH];
	int		length;

	if (fcgi->in.record.type != FCGI_GET_VALUES) {
		fcgi_unknown_write(unknown, fcgi->in.record.type);
		return fcgi_out_record(&fcgi->out, unknown, sizeof(unknown));
	}
	length = fcgi_values_write(values, fcgi_in_content(&fcgi->in),
	    fcgi->requests_max);
	if (length == -1)
		return malformed();
	return fcgi_out_record(&fcgi->out, values, (size_t)length);
}

/*
 * Goes to the next record of the active request, or of one that becomes it: its
 * type. Others are answered or dropped. 0 and -1 as fcgi_in_next().
 */
static int
next_record(struct client_fcgi *fcgi)
{
	const struct fcgi_record	*record = &fcgi->in.record;
	int				 result;

	for (;;) {
		result = fcgi_in_next(&fcgi->in);
		if (result != 1)
			return result;
		if (record->type == FCGI_BEGIN_REQUEST)
			result = begin(fcgi);
		else if (record->id == FCGI_NULL_REQUEST_ID)
			result = manage(fcgi);
		else if (!fcgi->active || record->id != fcgi->out.id)
			result = 0;
		if (result != 0)
			return result == -1 ? -1 : record->type;
	}
}

/* The body's end; a stream may last for minutes without the buffer. */
static ssize_t
end_body(struct client_fcgi *fcgi)
{
	if (fcgi_in_pass(&fcgi->in) != 1)
		return -1;
	fcgi->body_read = true;
	fcgi_in_rest(&fcgi->in);
	return 0;
}

static ssize_t
read_body(struct client *client, char *to, size_t max)
{
	struct client_fcgi	*fcgi = client->handle;
	struct fcgi_in		*in = &fcgi->in;
	int			 type;

	if (fcgi->body_read)
		return fcgi->aborted ? malformed() : 0;
	in->patience_ms = client->patience_ms;
	while (in->record.type != FCGI_STDIN || in->content == 0) {
		type = next_record(fcgi);
		if (type == FCGI_STDIN && in->content == 0)
			return end_body(fcgi);
		if (type == FCGI_STDIN || type == FCGI_DATA)
			continue;
		if (type == FCGI_ABORT_REQUEST) {
			fcgi->aborted = true;
			end_body(fcgi);
		}
		return type == -1 ? -1 : malformed();
	}
	return fcgi_in_take(in, to, max);
}

/* Wherever in a record patience ended. */
static ssize_t
fcgi_read(struct client *client, char *to, size_t max)
{
	ssize_t	got = read_body(client, to, max);

	if (got == -1 && errno == EAGAIN)
		errno = ETIMEDOUT;
	return got;
}

static int
fcgi_write(struct client *client, const char *bytes, size_t length)
{
	struct client_fcgi	*fcgi = client->handle;

	return fcgi_out_write(&fcgi->out, bytes, length);
}

static int
fcgi_flush(struct client *client)
{
	struct client_fcgi	*fcgi = client->handle;

	return fcgi_out_flush(&fcgi->out);
}

/* The end goes with the last bytes, before the exchange is logged. */
static int
fcgi_finish(struct client *client)
{
	struct client_fcgi	*fcgi = client->handle;

	fcgi->active = false;
	return fcgi_out_end(&fcgi->out);
}

/*
 * What comes while the request is answered. The next request stays where it is,
 * and with it whatever comes behind.
 */
static int
fcgi_look(struct client *client)
{
	struct client_fcgi	*fcgi = client->handle;
	int			 type;

	fcgi->in.patience_ms = 0;
	do
		type = next_record(fcgi);
	while (type == FCGI_STDIN || type == FCGI_DATA);
	if (type == FCGI_BEGIN_REQUEST) {
		fcgi_in_back(&fcgi->in);
		client->fd = -1;
		return 0;
	}
	fcgi_in_rest(&fcgi->in);
	if (type == FCGI_ABORT_REQUEST)
		fcgi->aborted = true;
	return type == -1 && errno == EAGAIN ? 0 : -1;
}

static const struct client_transport	transport = {
	.read = fcgi_read,
	.write = fcgi_write,
	.flush = fcgi_flush,
	.finish = fcgi_finish,
	.look = fcgi_look,
};

/* Until a request begins. */
static enum client_fcgi_state
await_request(struct client_fcgi *fcgi, bool wait)
{
	int	result;

	fcgi->in.patience_ms = wait ? fcgi->head_ms : 0;
	while ((result = next_record(fcgi)) == -1 && errno == EAGAIN &&
	    fcgi->in.patience_ms == 0) {
		if (fcgi_in_between(&fcgi->in))
			return CLIENT_FCGI_SILENT;
		/* It has begun to speak. */
		fcgi->in.patience_ms = fcgi->head_ms;
	}
	if (result == 0)
		errno = 0;
	return result > 0 ? CLIENT_FCGI_REQUEST : CLIENT_FCGI_CLOSED;
}

/* 1: they are whole, 0: the request was taken back, -1 with errno. */
static int
read_params(struct client_fcgi *fcgi)
{
	struct fcgi_in	*in = &fcgi->in;
	ssize_t		 got;
	char		*to;
	int		 type;

	in->patience_ms = fcgi->head_ms;
	while ((type = next_record(fcgi)) == FCGI_PARAMS && in->content > 0) {
		to = buf_room(&fcgi->content, in->content);
		if (to == NULL) {
			errno = EMSGSIZE;
			return -1;
		}
		while (in->content > 0) {
			got = fcgi_in_take(in, to, in->content);
			if (got == -1)
				return -1;
			buf_filled(&fcgi->content, (size_t)got);
			to += got;
		}
	}
	if (type == FCGI_ABORT_REQUEST)
		return 0;
	if (type != FCGI_PARAMS)
		return type == -1 ? -1 : malformed();
	fcgi->params = fcgi_params_read(&fcgi->content);
	return fcgi->params == NULL ? -1 : 1;
}

/* The next request that is not taken back again. */
static enum client_fcgi_state
next_request(struct client_fcgi *fcgi, bool wait)
{
	enum client_fcgi_state	state;
	int			result;

	for (;;) {
		state = await_request(fcgi, wait);
		if (state != CLIENT_FCGI_REQUEST)
			return state;
		result = read_params(fcgi);
		if (result != 0)
			return result == 1 ? state : CLIENT_FCGI_CLOSED;
		if (refuse(fcgi, fcgi->out.id, FCGI_REQUEST_COMPLETE) == -1 ||
		    !fcgi->keep)
			return CLIENT_FCGI_CLOSED;
		release_request(fcgi);
	}
}

static enum client_fcgi_state
drop(struct client_fcgi *fcgi)
{
	release_request(fcgi);
	fcgi_in_release(&fcgi->in);
	close(fcgi->in.fd);
	fcgi->open = false;
	return CLIENT_FCGI_CLOSED;
}

/* One that only looked whether we are there has closed without a word. */
static void
complain(int error)
{
	if (error != 0 && error != ECONNRESET)
		log_warning(NULL, "a FastCGI connection was closed: %s",
		    error == EPROTO ? "what it sent is no request" :
		    error == EAGAIN ? "its request did not come in time" :
		    strerror(error));
}

enum client_fcgi_state
client_fcgi_open(struct client_fcgi *fcgi, struct client *client, int fd,
    bool wait)
{
	enum client_fcgi_state	state;

	if (!fcgi->open)
		fcgi_in_init(&fcgi->in, fd);
	fcgi->open = true;
	fcgi_out_init(&fcgi->out, fd, 0);
	fcgi_in_limit(&fcgi->in, fcgi->head_ms);
	errno = 0;
	state = next_request(fcgi, wait);
	fcgi_in_limit(&fcgi->in, 0);
	if (state == CLIENT_FCGI_REQUEST) {
		if (client_init(client, &transport, fcgi, fcgi->params,
		    fd) == 0) {
			client->patience_ms = fcgi->patience_ms;
			return state;
		}
		errno = EPROTO;
		state = CLIENT_FCGI_CLOSED;
	}
	if (state == CLIENT_FCGI_CLOSED) {
		complain(errno);
		return drop(fcgi);
	}
	release_request(fcgi);
	fcgi_in_release(&fcgi->in);
	fcgi->open = false;
	return state;
}

/*
 * Bytes that are left unread would make a close a reset, which may overtake the
 * answer: they are read, until the web server closes.
 */
static void
linger(struct fcgi_in *in)
{
	shutdown(in->fd, SHUT_WR);
	in->patience_ms = CLOSE_PATIENCE_MS;
	fcgi_in_limit(in, CLOSE_PATIENCE_MS);
	fcgi_in_drain(in);
}

enum client_fcgi_state
client_fcgi_end(struct client_fcgi *fcgi, bool whole, bool keep)
{
	if (!fcgi->open)
		return CLIENT_FCGI_CLOSED;
	/* Nobody reads the answer of a request that was taken back. */
	whole = whole || fcgi->aborted;
	if (fcgi->active && whole)
		fcgi_out_end(&fcgi->out);
	else if (fcgi->active)
		fcgi_out_cut(&fcgi->out);
	whole = whole && !fcgi->out.failed;
	if (whole && !fcgi->body_read)
		linger(&fcgi->in);
	if (!whole || !fcgi->body_read || !fcgi->keep)
		return drop(fcgi);
	release_request(fcgi);
	/* The web server may have sent its next one before it can know. */
	if (!keep)
		(void)shutdown(fcgi->in.fd, SHUT_RD);
	if (!keep || !fcgi_in_between(&fcgi->in))
		return CLIENT_FCGI_REQUEST;
	fcgi_in_release(&fcgi->in);
	fcgi->open = false;
	return CLIENT_FCGI_SILENT;
}
