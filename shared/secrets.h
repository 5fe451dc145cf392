#ifndef SECRETS_H
#define SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "problem.h"
#include "token.h"

/*
 * What must not be seen in a log or in an error, wherever an upstream or a client
 * repeats it: the keys and the header values of the configuration, access tokens,
 * and a client's own credential. Header fields that are known to hold no secret
 * (user-agent and the like) do not count.
 */
struct secrets {
	const struct config	*config;
	const struct tokens	*tokens;	/* or NULL */
	const char		*credential;	/* the client's, or NULL */
};

/* Whether a header field of this name, in lower case, holds a secret. */
bool	secrets_named(const char *name);

/*
 * Puts "fk-a...(43)" in place of each, as it is or as JSON escapes it. The text
 * gets no longer; returns its new length.
 */
size_t	secrets_mask(const struct secrets *, char *text, size_t length);

/* The same of a problem's message. */
void	secrets_mask_problem(const struct secrets *, struct problem *);

#endif
