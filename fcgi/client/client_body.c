#include "build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "client.h"
#include "json.h"

/*
 * Reading a request's body, as it is or inflated.
 */
#define CHUNK		((size_t)16 * 1024)

/* What is looked for behind a body that is as long as was said. */
#define MORE		((size_t)256)

/* What is drained before an answer that needs no body. */
#define SKIP_MAX	((uint64_t)256 * 1024 * 1024)
#define SKIP_S		2
#define SKIP_PATIENCE_MS	1000

#define GZIP_WINDOW	(15 + 16)	/* 32 KiB, with gzip's head */
#define ZSTD_WINDOW	23		/* 8 MiB: RFC 8878 section 3.1.1.1.2 */

/* One content coding. `step` takes from *in, gives to *out. */
struct coding {
	const char	*name;
	void	*(*new)(void);
	void	 (*free)(void *);
	/* 1: a frame ended, 0: go on, -1: no such data. */
	int	 (*step)(void *, struct text *in, char **out, size_t *room);
};

static int
too_large(const struct buf *body, struct problem *p)
{
	if (body->max < 1024 * 1024)
		return problem_set(p, PROBLEM_TOO_LARGE,
		    "the request's body is larger than %zu bytes", body->max);
	return problem_set(p, PROBLEM_TOO_LARGE,
	    "the request's body is larger than %zu MB (body_max_mb)",
	    body->max / (1024 * 1024));
}

static int
no_memory(struct problem *p)
{
	problem_set(p, PROBLEM_OVERLOADED,
	    "there is no memory for the request's body now");
	p->retry_after_s = 5;
	return -1;
}

static ssize_t
read_some(struct client *client, char *to, size_t max, struct problem *p)
{
	ssize_t	got;

	errno = 0;
	got = client->transport->read(client, to, max);
	if (got == 0)
		client->body_read = true;
	if (got > 0)
		client->bytes_in += (uint64_t)got;
	if (got == -1 && errno == ETIMEDOUT)
		problem_set(p, PROBLEM_CLIENT_TIMEOUT,
		    "the request's body did not arrive in time");
	else if (got == -1)
		problem_set(p, PROBLEM_INVALID,
		    "the request's body was cut short");
	return got;
}

/* CONTENT_LENGTH, or 0 when it says nothing. */
static size_t
length_hint(const struct client *client)
{
	const char		*value = client_param(client, "CONTENT_LENGTH");
	unsigned long long	 length;
	char			*end;

	if (value[0] < '0' || value[0] > '9')
		return 0;
	errno = 0;
	length = strtoull(value, &end, 10);
	if (*end != '\0' || errno != 0)
		return 0;
	return length < SIZE_MAX ? (size_t)length : SIZE_MAX;
}

/* Whether there is room for more: how much, else -1 with the problem set. */
static ssize_t
body_room(struct buf *body, size_t wanted, struct problem *p)
{
	if (wanted > body->max - body->length)
		wanted = body->max - body->length;
	if (wanted > 0 && buf_room(body, wanted) == NULL)
		return no_memory(p);
	return (ssize_t)wanted;
}

static int
read_plain(struct client *client, struct buf *body, struct problem *p)
{
	size_t	hint = length_hint(client);
	ssize_t	room, got;
	char	beyond;

	if (hint > body->max)
		return too_large(body, p);
	do {
		room = body_room(body, hint > body->length ?
		    hint - body->length : hint == body->length && hint > 0 ?
		    MORE : CHUNK, p);
		if (room == -1)
			return -1;
		got = read_some(client, room > 0 ? body->at + body->length :
		    &beyond, room > 0 ? (size_t)room : 1, p);
		if (got == -1)
			return -1;
		if (room == 0 && got > 0)
			return too_large(body, p);
		buf_filled(body, (size_t)got);
	} while (got > 0);
	return 0;
}

static void *
gzip_new(void)
{
	z_stream	*z = calloc(1, sizeof(*z));

	if (z != NULL && inflateInit2(z, GZIP_WINDOW) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static void
gzip_free(void *context)
{
	inflateEnd(context);
	free(context);
}

static int
gzip_step(void *context, struct text *in, char **out, size_t *room)
{
	z_stream	*z = context;
	int		 result;

	z->next_in = (Bytef *)(uintptr_t)in->at;
	z->avail_in = (uInt)in->length;
	z->next_out = (Bytef *)*out;
	z->avail_out = (uInt)*room;
	result = inflate(z, Z_NO_FLUSH);
	in->at = (const char *)z->next_in;
	in->length = z->avail_in;
	*out = (char *)z->next_out;
	*room = z->avail_out;
	if (result == Z_STREAM_END)
		return inflateReset(z) == Z_OK ? 1 : -1;
	return result == Z_OK || result == Z_BUF_ERROR ? 0 : -1;
}

#ifdef HAVE_ZSTD
static void *
zstd_new(void)
{
	ZSTD_DCtx	*context = ZSTD_createDCtx();

	if (context != NULL && ZSTD_isError(ZSTD_DCtx_setParameter(context,
	    ZSTD_d_windowLogMax, ZSTD_WINDOW))) {
		ZSTD_freeDCtx(context);
		return NULL;
	}
	return context;
}

static void
zstd_free(void *context)
{
	ZSTD_freeDCtx(context);
}

static int
zstd_step(void *context, struct text *in, char **out, size_t *room)
{
	ZSTD_inBuffer	from = { in->at, in->length, 0 };
	ZSTD_outBuffer	to = { *out, *room, 0 };
	size_t		result;

	result = ZSTD_decompressStream(context, &to, &from);
	in->at += from.pos;
	in->length -= from.pos;
	*out += to.pos;
	*room -= to.pos;
	if (ZSTD_isError(result))
		return -1;
	return result == 0;
}
#endif

static const struct coding	codings[] = {
	{ "gzip", gzip_new, gzip_free, gzip_step },
	{ "x-gzip", gzip_new, gzip_free, gzip_step },
#ifdef HAVE_ZSTD
	{ "zstd", zstd_new, zstd_free, zstd_step },
#endif
};

/*
 * Inflates one piece of input, as far as it goes. *between says, before and
 * after, whether no frame is begun.
 */
static int
inflate_piece(const struct coding *coding, void *context, struct text in,
    struct buf *body, bool *between, struct problem *p)
{
	char	beyond, *out;
	size_t	room, before;
	ssize_t	fits;
	int	result;

	do {
		fits = body_room(body, CHUNK, p);
		if (fits == -1)
			return -1;
		out = fits > 0 ? body->at + body->length : &beyond;
		room = before = fits > 0 ? (size_t)fits : 1;
		if (in.length > 0)
			*between = false;
		result = coding->step(context, &in, &out, &room);
		if (result == -1)
			return problem_set(p, PROBLEM_INVALID,
			    "the request's body is not valid %s data",
			    coding->name);
		if (fits == 0 && room < before)
			return too_large(body, p);
		if (fits > 0)
			buf_filled(body, before - room);
		if (result == 1)
			*between = true;
	} while (in.length > 0 || room == 0);
	return 0;
}

static int
inflate_all(struct client *client, const struct coding *coding, void *context,
    char *chunk, struct buf *body, struct problem *p)
{
	bool	between = true;
	ssize_t	got;

	while ((got = read_some(client, chunk, CHUNK, p)) > 0)
		if (inflate_piece(coding, context,
		    (struct text){ chunk, (size_t)got }, body, &between,
		    p) == -1)
			return -1;
	if (got == 0 && !between)
		return problem_set(p, PROBLEM_INVALID,
		    "the request's body ends in the middle of its %s data",
		    coding->name);
	return (int)got;
}

static int
read_inflated(struct client *client, const struct coding *coding,
    struct buf *body, struct problem *p)
{
	char	*chunk = malloc(CHUNK);
	void	*context = coding->new();
	int	 result;

	if (chunk != NULL && context != NULL)
		result = inflate_all(client, coding, context, chunk, body, p);
	else
		result = no_memory(p);
	if (context != NULL)
		coding->free(context);
	free(chunk);
	return result;
}

static const struct coding *
coding_find(const char *name)
{
	size_t	i;

	for (i = 0; i < sizeof(codings) / sizeof(codings[0]); i++)
		if (strcasecmp(name, codings[i].name) == 0)
			return &codings[i];
	return NULL;
}

int
client_read_body(struct client *client, struct buf *body, struct problem *p)
{
	const char		*name = client_header(client, "content-encoding");
	const struct coding	*coding;
	int			 result;

	if (name == NULL || name[0] == '\0' ||
	    strcasecmp(name, "identity") == 0)
		result = read_plain(client, body, p);
	else if ((coding = coding_find(name)) != NULL)
		result = read_inflated(client, coding, body, p);
	else
		result = problem_set(p, PROBLEM_MEDIA_TYPE,
		    "content-encoding \"%.32s\" is not supported: "
		    "send the body as it is or by gzip", name);
	if (result == -1)
		client_skip_body(client);
	return result;
}

void
client_skip_body(struct client *client)
{
	struct timespec	 now, start;
	uint64_t	 skipped = 0;
	ssize_t		 got;
	char		*chunk;

	if (client->body_read || (chunk = malloc(CHUNK)) == NULL)
		return;
	client->patience_ms = SKIP_PATIENCE_MS;
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		got = client->transport->read(client, chunk, CHUNK);
		if (got == 0)
			client->body_read = true;
		if (got > 0)
			skipped += (uint64_t)got;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (got > 0 && skipped < SKIP_MAX &&
	    now.tv_sec - start.tv_sec <= SKIP_S);
	free(chunk);
}
