#include "build.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "fcgi_in.h"

void
fcgi_in_init(struct fcgi_in *in, int fd)
{
	memset(in, 0, sizeof(*in));
	in->fd = fd;
}

void
fcgi_in_release(struct fcgi_in *in)
{
	free(in->at);
	in->at = NULL;
	in->first = in->last = 0;
}

void
fcgi_in_limit(struct fcgi_in *in, int ms)
{
	in->until_ms = ms > 0 ? now_ms() + ms : 0;
}

/* Until there is something to read: 0, or -1 (EAGAIN): there is not. */
static int
await(const struct fcgi_in *in)
{
	struct pollfd	look = { .fd = in->fd, .events = POLLIN };
	int64_t		wait_ms = in->patience_ms, left;

	if (wait_ms > 0 && in->until_ms != 0) {
		left = in->until_ms - now_ms();
		wait_ms = left < 0 ? 0 : left < wait_ms ? left : wait_ms;
	}
	if (wait_ms > 0 && poll(&look, 1, (int)wait_ms) != 0)
		return 0;
	errno = EAGAIN;
	return -1;
}

/* Reads into `to` and, behind it, into the buffer: as read(). */
static ssize_t
receive(struct fcgi_in *in, char *to, size_t max)
{
	struct iovec	parts[2] = {
		{ to, max },
		{ in->at + in->last, FCGI_IN_SIZE - in->last },
	};
	struct msghdr	message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t		got;

	for (;;) {
		got = recvmsg(in->fd, &message, MSG_DONTWAIT);
		if (got != -1)
			return got;
		if (errno == EINTR)
			continue;
		if ((errno != EAGAIN && errno != EWOULDBLOCK) ||
		    await(in) == -1)
			return -1;
	}
}

/* More into the buffer, which is not full: 1, 0 or -1 as fcgi_in_next(). */
static int
fill(struct fcgi_in *in)
{
	ssize_t	got;

	if (in->at == NULL && (in->at = malloc(FCGI_IN_SIZE)) == NULL)
		return -1;
	if (in->first > 0) {
		memmove(in->at, in->at + in->first, in->last - in->first);
		in->last -= in->first;
		in->first = 0;
	}
	got = receive(in, NULL, 0);
	if (got > 0)
		in->last += (size_t)got;
	return got > 0 ? 1 : (int)got;
}

/* Drops `*left` bytes, as far as they have come. */
static int
drop(struct fcgi_in *in, size_t *left)
{
	size_t	part;
	int	result;

	while (*left > 0) {
		part = in->last - in->first;
		if (part == 0) {
			result = fill(in);
			if (result != 1)
				return result;
			continue;
		}
		if (part > *left)
			part = *left;
		in->first += part;
		*left -= part;
	}
	return 1;
}

static bool
speaks_for_itself(const struct fcgi_record *record)
{
	return record->type == FCGI_BEGIN_REQUEST ||
	    record->type == FCGI_GET_VALUES;
}

/* How many bytes must be there; more than FCGI_IN_SIZE: it is no FastCGI. */
static size_t
wanted(const struct fcgi_in *in, struct fcgi_record *record)
{
	if (in->last - in->first < FCGI_HEADER_LEN)
		return FCGI_HEADER_LEN;
	if (fcgi_record_read(record,
	    (const unsigned char *)in->at + in->first) == -1)
		return SIZE_MAX;
	return FCGI_HEADER_LEN +
	    (speaks_for_itself(record) ? record->length : 0);
}

int
fcgi_in_pass(struct fcgi_in *in)
{
	int	result = drop(in, &in->content);

	return result == 1 ? drop(in, &in->padding) : result;
}

int
fcgi_in_next(struct fcgi_in *in)
{
	struct fcgi_record	record = { .type = 0 };
	size_t			want;
	int			result = fcgi_in_pass(in);

	if (result != 1)
		return result;
	while ((want = wanted(in, &record)) > in->last - in->first) {
		if (want > FCGI_IN_SIZE) {
			errno = EPROTO;
			return -1;
		}
		result = fill(in);
		if (result != 1)
			return result;
	}
	in->record = record;
	in->first += FCGI_HEADER_LEN;
	in->content = record.length;
	in->padding = record.padding;
	return 1;
}

struct text
fcgi_in_content(const struct fcgi_in *in)
{
	return (struct text){ in->at + in->first, in->content };
}

void
fcgi_in_back(struct fcgi_in *in)
{
	in->first -= FCGI_HEADER_LEN;
	in->content = in->padding = 0;
}

ssize_t
fcgi_in_take(struct fcgi_in *in, char *to, size_t max)
{
	size_t	part = max < in->content ? max : in->content;
	size_t	held = in->last - in->first;
	ssize_t	got;

	if (held > 0) {
		if (part > held)
			part = held;
		memcpy(to, in->at + in->first, part);
		in->first += part;
		in->content -= part;
		return (ssize_t)part;
	}
	in->first = in->last = 0;
	got = receive(in, to, part);
	if (got == 0)
		errno = EPROTO;
	if (got <= 0)
		return -1;
	/* What goes beyond is the next record's, if this one ends there. */
	if ((size_t)got > part)
		in->last = (size_t)got - part;
	else
		part = (size_t)got;
	in->content -= part;
	return (ssize_t)part;
}

void
fcgi_in_drain(struct fcgi_in *in)
{
	do
		in->first = in->last = 0;
	while (fill(in) == 1);
}

bool
fcgi_in_between(const struct fcgi_in *in)
{
	return in->first == in->last && in->content == 0 && in->padding == 0;
}

void
fcgi_in_rest(struct fcgi_in *in)
{
	if (in->first == in->last)
		fcgi_in_release(in);
}
