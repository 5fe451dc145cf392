#ifndef LOGINS_H
#define LOGINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grant.h"
#include "problem.h"
#include "schedule.h"
#include "token.h"

/*
 * The logins tokend looks after. Each is one chain of refresh tokens, which
 * began with the token of a source (its origin) and is at its newest link here.
 */
enum source {
	SOURCE_SEED,	/* DROID_REFRESH_KEY */
	SOURCE_DEVICE,	/* tokend --login */
	SOURCE_FILE,	/* ~/.factory/auth.json */
	SOURCE_SEALED,	/* ~/.factory/auth.v2.file */
	SOURCES
};

/* Where a login stands in a run of --once. */
enum turn {
	TURN_TO_COME,
	TURN_NOW,	/* it is being tried */
	TURN_OVER
};

#define ORIGIN_SIZE	65	/* a SHA-256 in hex */

struct login {
	enum source	 source;
	/*
	 * Hash of the refresh token that the source held when we last took it
	 * from there: while it holds the same, our newer link is right; once it
	 * holds another, somebody logged in anew, and that one is right.
	 */
	char		 origin[ORIGIN_SIZE];
	char		*id;		/* in token.json; NULL: no access_token */
	char		*refresh_token;
	char		*access_token;	/* NULL: none yet */
	int64_t		 expires_at, granted_at;	/* wall, 0: unknown */
	int64_t		 in_flight_at;	/* an exchange was sent; 0: none */
	char		*user;		/* e-mail address; NULL: unknown */
	char		*organization_id; /* Factory's, for responders; the same */
	bool		 active;	/* its source is in use */
	bool		 shared;	/* another host got this very pair first */
	char		*dead;		/* why it ended; NULL: it lives */

	/* Not stored. */
	struct schedule	 schedule;
	bool		 asked;		/* the refresh due was asked for */
	bool		 write_back;	/* its file holds an older pair */
	enum turn	 turn;
	char		 last_error[256];
};

struct logins {
	struct login	at[TOKEN_ACCOUNTS_MAX];
	size_t		count;
	char		auth[ORIGIN_SIZE]; /* hash of what the newest dead one
					    * was refused with; "": none */
};

/* The tokens that DROID_REFRESH_KEY and the like hold. */
struct seeds {
	char	*at[TOKEN_ACCOUNTS_MAX];
	size_t	 count;
};

void	logins_release(struct logins *);	/* wipes */
void	seeds_release(struct seeds *);		/* wipes */

/* SHA-256 in hex. */
void	origin_of(char out[ORIGIN_SIZE], const char *refresh_token);

/* "DROID_REFRESH_KEY": for people. */
const char	*source_name(enum source);

/* For the store: "seed"; -1 for an unknown word. */
const char	*source_word(enum source);
int		 source_of(const char *word, enum source *);

/*
 * Adds a login that begins with this pair (access_token may be NULL); when the
 * table is full an inactive one makes room. NULL: no room, no memory.
 */
struct login	*logins_add(struct logins *, enum source,
		    const char *refresh_token, const char *access_token);

/* Forgets one; the pointers to those behind it move. */
void		 logins_remove(struct logins *, struct login *);

/*
 * Takes the seeds over: a known one is active with the newest link of its
 * chain, a new one begins a login, one that is no longer there rests. No seeds
 * at all leave all as it was but the dead, which rest while another login lives.
 * One that logins_rest_dead() laid to rest stays so while a login of `--login`
 * lives. The number of new logins, or -1; *changed: one that was known rests
 * now, or does no more.
 */
int	logins_take_seeds(struct logins *, const struct seeds *, bool *changed);

/*
 * Takes the pair that a file holds over. The login, with *fresh set when the
 * pair was new; NULL: no memory. A file has one login.
 */
struct login	*logins_take_pair(struct logins *, enum source,
		    const char *refresh_token, const char *access_token,
		    bool *fresh);

/*
 * The login that a grant of the device flow is for: one of its user from an
 * earlier flow, with its chain begun anew, or a new one. NULL: no room.
 */
struct login	*logins_take_user(struct logins *, const struct grant *);

/*
 * Somebody logged in anew: dead logins of this user, or of one that was never
 * known, rest. Those that live stay in use.
 */
void	logins_rest_dead(struct logins *, const char *user_id);

/* Whether this token began a chain of that source, or is its newest link. */
bool	logins_know(struct logins *, enum source, const char *refresh_token);

/* The login of a source; NULL if none. */
struct login	*logins_find(struct logins *, enum source);

/* A login that is active and not dead; whether there is one. */
bool	login_usable(const struct login *);
bool	logins_any_usable(const struct logins *);

/*
 * Takes a grant over: the strings move, `origin` stays, and no error is left.
 * Decides on the id if there is none yet, unlike all others: one that rests or
 * is dead gives its user's up. 0, or -1 (no memory; the tokens are unchanged).
 */
int	login_take_grant(struct logins *, struct login *, struct grant *,
	    int64_t now);

/* What responders get: active logins with an access token. NULL: no memory. */
struct tokens	*logins_publish(const struct logins *);

#endif
