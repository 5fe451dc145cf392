#ifndef PRINTED_H
#define PRINTED_H

#include <stddef.h>
#include <stdint.h>

#include "problem.h"

/*
 * The key that a command printed: its first line, or of a JSON object `token`,
 * `access_token` or `accessToken`. When it expires is told by the object's
 * `expires_in` (seconds), `expires_at` or `expires_on` (unix time), else by the
 * key itself if that is a JWT.
 */
struct printed {
	char	*key;			/* wiped by printed_release() */
	int64_t	 expires_at;		/* unix seconds; 0: not told */
	int64_t	 lifetime_s;		/* the same */
};

#define PRINTED_KEY_MAX	(16 * 1024)	/* bytes */

/* 0, or -1 with the reason, which repeats nothing of the text. */
int	printed_read(struct printed *, const char *text, size_t length,
	    int64_t now, struct problem *);
void	printed_release(struct printed *);

#endif
