#ifndef STRINGS_CLIENT_H
#define STRINGS_CLIENT_H

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "client/client.h"

/* A transport of strings: what comes in, what went out, and when it breaks. */
struct strings_end {
	const char	*in;
	size_t		 in_length, piece;	/* piece: most bytes a read */
	int		 read_errno;		/* at the end; 0: a clean one */
	struct buf	 out;
	size_t		 breaks_at;		/* bytes of out */
	int		 writes_after, flushes;
};

static inline ssize_t
strings_read(struct client *client, char *to, size_t max)
{
	struct strings_end	*end = client->handle;

	if (end->in_length == 0 && end->read_errno != 0) {
		errno = end->read_errno;
		return -1;
	}
	if (max > end->in_length)
		max = end->in_length;
	if (max > end->piece)
		max = end->piece;
	memcpy(to, end->in, max);
	end->in += max;
	end->in_length -= max;
	return (ssize_t)max;
}

static inline int
strings_write(struct client *client, const char *bytes, size_t length)
{
	struct strings_end	*end = client->handle;

	if (end->out.length + length > end->breaks_at) {
		end->writes_after++;
		return -1;
	}
	return buf_add(&end->out, bytes, length);
}

static inline int
strings_flush(struct client *client)
{
	struct strings_end	*end = client->handle;

	end->flushes++;
	return end->out.length >= end->breaks_at ? -1 : 0;
}

static const struct client_transport	strings = {
	.read = strings_read,
	.write = strings_write,
	.flush = strings_flush,
};

static char	method_post[] = "REQUEST_METHOD=POST";
static char	target[] = "REQUEST_URI=/v1/messages?beta=true";

static inline void
end_init(struct strings_end *end, const char *in, size_t length)
{
	memset(end, 0, sizeof(*end));
	end->in = in;
	end->in_length = length;
	end->piece = 1000;
	end->breaks_at = SIZE_MAX;
	buf_init(&end->out, 1 << 20, NULL);
}

#endif
