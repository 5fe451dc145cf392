#include "build.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <termios.h>

#include "clock.h"
#include "fcgi_out.h"
#include "fcgi_record.h"

/* A web server that takes nothing for so long has lost its client. */
#define PATIENCE_MS	(300 * 1000)

/* For what was sent to be taken, and to be passed on, before a cut. */
#define TAKEN_MS	500
#define PASSED_MS	50

/* How many records go with one system call. */
#define RECORDS_MAX	16

#define GATHER_MAX	(FCGI_OUT_SIZE - FCGI_HEADER_LEN)

/* What one system call writes: records' heads and contents, and a tail. */
struct parts {
	struct iovec	at[2 * RECORDS_MAX + 1];
	size_t		count;
	unsigned char	heads[RECORDS_MAX][FCGI_HEADER_LEN];
};

void
fcgi_out_init(struct fcgi_out *out, int fd, int id)
{
	memset(out, 0, sizeof(*out));
	out->fd = fd;
	out->id = id;
}

void
fcgi_out_release(struct fcgi_out *out)
{
	free(out->at);
	out->at = NULL;
	out->used = 0;
}

/* Drops from the front what was written. */
static void
parts_drop(struct msghdr *message, size_t written)
{
	struct iovec	*part;

	while (message->msg_iovlen > 0) {
		part = message->msg_iov;
		if (written < part->iov_len) {
			part->iov_base = (char *)part->iov_base + written;
			part->iov_len -= written;
			return;
		}
		written -= part->iov_len;
		message->msg_iov++;
		message->msg_iovlen--;
	}
}

static int
parts_send(struct fcgi_out *out, struct parts *parts)
{
	struct msghdr	message = {
		.msg_iov = parts->at, .msg_iovlen = parts->count,
	};
	struct pollfd	look = { .fd = out->fd, .events = POLLOUT };
	ssize_t		written;

	parts->count = 0;
	while (message.msg_iovlen > 0) {
		written = sendmsg(out->fd, &message,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (written >= 0) {
			parts_drop(&message, (size_t)written);
			continue;
		}
		if (errno == EINTR ||
		    ((errno == EAGAIN || errno == EWOULDBLOCK) &&
		    poll(&look, 1, PATIENCE_MS) != 0))
			continue;
		out->failed = true;
		return -1;
	}
	return 0;
}

static void
parts_add(struct parts *parts, const void *at, size_t length)
{
	if (length > 0)
		parts->at[parts->count++] = (struct iovec){
			(void *)(uintptr_t)at, length };
}

/* What was gathered, more of the answer, and whole records behind it. */
static int
send_all(struct fcgi_out *out, const char *more, size_t length,
    const void *tail, size_t tail_length)
{
	struct parts	 parts;
	unsigned char	*head;
	size_t		 part, records;

	parts.count = 0;
	for (records = 0; out->used + length > 0; records++) {
		if (records == RECORDS_MAX) {
			if (parts_send(out, &parts) == -1)
				return -1;
			records = 0;
		}
		part = FCGI_CONTENT_MAX - out->used;
		if (part > length)
			part = length;
		head = out->used > 0 ? (unsigned char *)out->at :
		    parts.heads[records];
		fcgi_record_write(head, FCGI_STDOUT, out->id, out->used + part);
		parts_add(&parts, head, FCGI_HEADER_LEN + out->used);
		parts_add(&parts, more, part);
		more += part;
		length -= part;
		out->used = 0;
	}
	parts_add(&parts, tail, tail_length);
	return parts_send(out, &parts);
}

int
fcgi_out_write(struct fcgi_out *out, const char *bytes, size_t length)
{
	if (out->failed)
		return -1;
	if (length > GATHER_MAX - out->used)
		return send_all(out, bytes, length, NULL, 0);
	if (out->at == NULL && (out->at = malloc(FCGI_OUT_SIZE)) == NULL)
		return send_all(out, bytes, length, NULL, 0);
	memcpy(out->at + FCGI_HEADER_LEN + out->used, bytes, length);
	out->used += length;
	return 0;
}

int
fcgi_out_flush(struct fcgi_out *out)
{
	return fcgi_out_record(out, NULL, 0);
}

int
fcgi_out_end(struct fcgi_out *out)
{
	unsigned char	tail[FCGI_HEADER_LEN + FCGI_END_LENGTH];

	fcgi_record_write(tail, FCGI_STDOUT, out->id, 0);
	fcgi_end_write(tail + FCGI_HEADER_LEN, out->id, FCGI_REQUEST_COMPLETE);
	return fcgi_out_record(out, tail, sizeof(tail));
}

int
fcgi_out_record(struct fcgi_out *out, const void *record, size_t length)
{
	return out->failed ? -1 : send_all(out, "", 0, record, length);
}

void
fcgi_out_cut(struct fcgi_out *out)
{
	int	left = 0, i;

	if (out->failed || out->at == NULL || fcgi_out_flush(out) == -1)
		return;
	for (i = 0; i < TAKEN_MS && ioctl(out->fd, TIOCOUTQ, &left) == 0 &&
	    left > 0; i++)
		clock_pause_ms(1);
	clock_pause_ms(PASSED_MS);
}
