#ifndef KEYS_H
#define KEYS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "config.h"
#include "schedule.h"
#include "token.h"

/*
 * The keys of endpoints that have an api_key_command. Each is run when tokend
 * starts, again before the key expires, after api_key_refresh_s at the latest, and
 * when the upstream refuses the key. A few run at a time, and nobody waits for
 * them. While a command fails the old key stays in use as long as it is good.
 *
 * Keys are not stored: what is in token.json is all that a restart needs.
 */
struct key {
	char		*endpoint;
	char		*program;	/* the command's first word, for people */
	uint64_t	 words_hash;	/* of all of them */
	char		*secret;	/* NULL: none yet */
	int64_t		 expires_at;	/* wall; 0: not told */
	int64_t		 granted_at;	/* the same */
	struct schedule	 schedule;
	struct command	 command;
	bool		 asked;		/* what runs was asked for */
	char		 last_error[160];
};

struct keys {
	struct key	at[TOKEN_KEYS_MAX];
	size_t		count;
};

void	keys_release(struct keys *);	/* ends what runs, wipes */

/*
 * The endpoints of the configuration that have a command, and no others; true
 * when they changed. A new one begins with the key that was published before, if
 * there is one: `published` may be NULL.
 */
bool	keys_follow(struct keys *, const struct config *,
	    const struct tokens *published, struct moment);

/* Milliseconds until something is to be done; SCHEDULE_NEVER: nothing. */
int64_t	keys_due_ms(const struct keys *, struct moment);

/*
 * Starts the commands that are due, takes what others have printed, forgets what
 * has expired. True when what is to be published, or the state, changed.
 */
bool	keys_step(struct keys *, const struct config *, struct moment);

/* Fills `fds` with what to wait for: how many. At most TOKEN_KEYS_MAX. */
size_t	keys_poll(const struct keys *, struct pollfd *fds);

/* All of them are due now; or those that fail. */
void	keys_wake(struct keys *, bool all);

/*
 * An upstream refused the key with this hash. *known: there is one. Whether there
 * is reason to wait for another one.
 */
bool	keys_asked(struct keys *, uint64_t hash, bool *known, struct moment);

/* Adds them to what responders get. 0, or -1: no memory. */
int	keys_publish(const struct keys *, struct tokens *);

#endif
