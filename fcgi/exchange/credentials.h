#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "authorize.h"
#include "config.h"
#include "gateway.h"
#include "problem.h"
#include "session.h"

/*
 * Which credential goes upstream, and which one next when the upstream refuses
 * it. On an endpoint of Factory's profile: FACTORY_API_KEY, else tokend's
 * accounts, else the client's own. On a plain one: its own keys, else the
 * client's; one whose key a command prints takes no other. A credential never
 * goes to an endpoint it isn't meant for.
 *
 * Of several, a conversation keeps to the same one; others take the one with the
 * most left, where tokend found that out, else turns over all processes. One that
 * was refused (401, until it is refreshed), is used up (402) or limited (429) is
 * set aside in the scoreboard for all processes, and one of which tokend knows that
 * it is used up until that ends. A lone one is never set aside, and when all are,
 * the one that waits least is used: the upstream's own answer is better than ours.
 */
enum credential_source {
	CREDENTIAL_NONE,	/* the endpoint wants none */
	CREDENTIAL_FACTORY_KEY,
	CREDENTIAL_ACCOUNT,
	CREDENTIAL_ENDPOINT_KEY,
	CREDENTIAL_CLIENT,
};

#define CREDENTIALS_MAX	64

struct credential {
	enum credential_source	 source;
	const char		*secret;	/* NUL-terminated, "" for none */
	uint64_t		 hash;
	const char		*account;	/* its id at tokend, or NULL */
	const char		*organization;	/* of the account, or NULL */
	bool			 tried;
	int			 left;		/* percent; -1: not known */
	int64_t			 back_at;	/* ... of 0, Unix time; or 0 */
};

struct credentials {
	struct gateway		*gateway;	/* borrowed */
	struct arena		*arena;		/* of the list, borrowed */
	struct credential	*list;
	size_t			 count;		/* up to CREDENTIALS_MAX */
	size_t			 current;
	bool			 refreshed;	/* the one 401 retry was used */
};

/*
 * The tokens that there are; NULL where no endpoint uses any: then there need be
 * no file of them, and nobody misses it.
 */
struct tokens *credentials_known_tokens(const struct gateway *,
	    const struct config *);

/*
 * The tokens for a caller's request to that endpoint: NULL where none of tokend's
 * is used. One that may use them waits a moment for the first token where that is on
 * its way, in lieu of going out with the client's placeholder.
 */
struct tokens *credentials_find_tokens(const struct gateway *,
	    const struct config *, const struct endpoint *,
	    const struct caller *);

/* None yet. What is chosen lives as long as the arena. */
void	credentials_init(struct credentials *, struct gateway *,
	    struct arena *);

/*
 * Finds the candidates and chooses the first. The token snapshot must outlive
 * it, and may be NULL where no account is used. 0, or -1: PROBLEM_UNAUTHORIZED
 * that says what to configure, what the gate refused the caller for, or no
 * memory; then there is none.
 */
int	credentials_choose(struct credentials *, const struct config *,
	    const struct endpoint *, const struct tokens *,
	    const struct caller *, const struct session *, struct problem *);

/*
 * Whether there is an endpoint that the gateway has no credential for, so that a
 * client's own may be of use. Leaves none chosen.
 */
bool	credentials_wanted(struct credentials *, const struct config *,
	    const struct tokens *);

/* Where there is one. */
const struct credential *credentials_current(const struct credentials *);

/* Whether what is sent is not the client's own. */
bool	credentials_server_side(const struct credentials *);

/*
 * The upstream answered `status` to the current one: notes it in the scoreboard
 * (Retry-After in seconds or 0) and moves to the next. True when there is one
 * that is worth a try. Only 401, 402 and 429 say anything of a credential.
 */
bool	credentials_next(struct credentials *, int status, int retry_after_s);

/*
 * What the upstream's 402 or 429 to the current one is about: a window of Factory's
 * that is used up as far as tokend knows. False where it doesn't.
 */
bool	credentials_used_up(const struct credentials *, const struct endpoint *,
	    int status, struct allowance_window *);

/* "FACTORY_API_KEY", "token", "client": for the log. */
const char *credential_source_name(enum credential_source);

#endif
