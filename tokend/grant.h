#ifndef GRANT_H
#define GRANT_H

#include <stdbool.h>
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
	int64_t	 issued_at;		/* the JWT's iat; 0: not told */
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
 * `code`, with its description: for people and for comparing. 0, or -1 when the
 * text is no JSON object with such a word of [a-z_].
 */
struct grant_error {
	char	word[64];
	char	description[200];
};
int	grant_error_read(struct grant_error *, const char *text, size_t length);

/*
 * Whether the login service itself refuses a refresh token with this word. A
 * proxy or firewall on the way may speak JSON too, but not these words.
 */
bool	grant_error_refuses(const struct grant_error *);

/* The same for the device flow, with the words of RFC 8628 section 3.5. */
bool	grant_error_answers_poll(const struct grant_error *);

/* Whether it is our client_id that is refused: the token is not spent. */
bool	grant_error_of_client(const struct grant_error *);

/* Whether the token was taken once before, and that too long ago. */
bool	grant_error_spent(const struct grant_error *);

#endif
