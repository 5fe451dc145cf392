#ifndef FAKE_CLIENT_H
#define FAKE_CLIENT_H

#include <string.h>

#include "client/client.h"

/*
 * A client for unit tests: parameters from a list, no body, and an answer that
 * is kept. Lists end with NULL.
 */
struct fake_client {
	struct client	client;
	struct buf	answer;
};

static inline ssize_t
fake_read(struct client *client, char *to, size_t max)
{
	(void)client;
	(void)to;
	(void)max;
	return 0;
}

static inline int
fake_write(struct client *client, const char *at, size_t length)
{
	struct fake_client *fake = client->handle;

	return buf_add(&fake->answer, at, length);
}

static inline int
fake_flush(struct client *client)
{
	(void)client;
	return 0;
}

static inline void
fake_client_open(struct fake_client *fake, const char **params)
{
	static const struct client_transport transport = {
		.read = fake_read,
		.write = fake_write,
		.flush = fake_flush,
	};

	buf_init(&fake->answer, 1024 * 1024, NULL);
	(void)client_init(&fake->client, &transport, fake,
	    (char **)(uintptr_t)params, -1);
}

static inline void
fake_client_close(struct fake_client *fake)
{
	buf_release(&fake->answer);
}

/* A fake client with these parameters behind a method and a target. */
#define FAKE_PARAMS(method, target, ...) (const char *[]){		\
	"REQUEST_METHOD=" method, "REQUEST_URI=" target, __VA_ARGS__ NULL }

#endif
