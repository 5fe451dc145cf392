#ifndef GRANT_H
#define GRANT_H

#include <stddef.h>
#include <stdint.h>

#include "problem.h"

/*
 * What the token endpoint granted: its answer to a refresh, or to the device
 * flow. All strings are the grant's own, wiped by grant_release().
 *
 * Times are unix seconds. How long a token lives is told in up to four ways:
 * the JWT's exp and iat, expires_at, expires_in; the JWT wins.
 */
struct grant {
	char	*access_token;
	char	*refresh_token;		/* NULL: the old one stays */
	int64_t	 expires_at;		/* by the server's clock */
	int64_t	 lifetime_s;
	char	*user_id, *email, *name; /* NULL: not told */
	char	*organization_id;	/* WorkOS's; the same */
	char	*factory_organization_id; /* claim external_org_id; the same */
};

#define GRANT_MAX		(64 * 1024)	/* bytes of an answer */
#define GRANT_LIFETIME_S	(8 * 3600)	/* when nothing is told */

/* Reads an answer of 200. 0, or -1 with the reason (without secrets). */
int	grant_read(struct grant *, const char *text, size_t length,
	    int64_t now, struct problem *);
void	grant_release(struct grant *);

/*
 * What an access token tells of itself, if it is a JWT (RFC 7519): fills
 * expires_at and lifetime_s (0: not told), user_id, email and organizations.
 * Its signature is the upstream's business.
 */
void	grant_read_jwt(struct grant *, const char *token);

/*
 * The `error` of an OAuth error answer (RFC 6749 section 5.2), or WorkOS's
 * `code`, with its description: for people and for comparing. Only [a-z_] of
 * the word is kept. 0, or -1 when the text is no such JSON object.
 */
struct grant_error {
	char	word[64];
	char	description[200];
};
int	grant_error_read(struct grant_error *, const char *text, size_t length);

#endif
