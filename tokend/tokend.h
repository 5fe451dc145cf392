#ifndef TOKEND_H
#define TOKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "allowed.h"
#include "config.h"
#include "discover.h"
#include "keys.h"
#include "logins.h"
#include "scoreboard.h"
#include "sources.h"
#include "state.h"
#include "useragent.h"
#include "workos.h"

/*
 * The daemon. Its life is a row of steps, each at once or after a wait: look
 * at the sources, save, publish, refresh what is due, follow the User-Agent,
 * ask endpoints for their models.
 *
 * What keeps a login from being lost, whatever happens at any moment:
 *
 * 1. An exchange is marked in the store before it is sent.
 * 2. While a mark stands the same token is sent again until there is an answer;
 *    after a crash at once, since the server gives the same pair for 30 s.
 * 3. A granted pair is in the store before anything else is done with it.
 * 4. Nothing is sent while the store can't be written.
 */
struct tokend {
	struct config_source	*config_source;
	struct config		*config;
	struct state		 state;
	char			 store_file[704];	/* login/store.json */
	char			 lock_file[704];	/* login/tokend.lock */
	char			 device_file[704];	/* login/device.json */
	char			 status_file[704];	/* token/status.json */

	struct sources		 sources;
	struct logins		 logins;
	struct keys		 keys;
	struct useragent	 useragent;
	struct discover		 discover;
	struct allowed		 allowed;
	struct scoreboard	*scoreboard;	/* private: of proxies' turns */

	int64_t			 service_boot_s; /* WorkOS's time when we booted */
	int			 lock_fd, ask_fd, stop_fd, hangup_fd;
	int			 timer_fd, clock_fd;

	struct tokens		*published;	/* token.json; NULL: none */
	bool			 unsaved;	/* the store is behind */
	bool			 at_risk;	/* a granted token is not in it */
	bool			 unpublished;	/* token.json is behind */
	bool			 watching;	/* a source that is a file matters */
	char			 source_problem[256];	/* last one said */
	int			 write_failures;
	int64_t			 write_due_boot_ms;
	int64_t			 sources_due_boot_ms;
	bool			 announced;	/* "nothing to refresh" was said */
	bool			 device_taken;	/* device.json is to go */
	bool			 once;		/* no daemon; in status.json */
};

/* ---- tokend.c ---- */

/*
 * Reads the configuration, makes and checks the folders, takes the lock, reads
 * the store. 0, or -1 with the reason said; `holder` as in store_lock().
 */
int	tokend_init(struct tokend *, const char *config_path, int *holder,
	    struct problem *);
void	tokend_release(struct tokend *);

/*
 * Root becomes the user who owns the login's folder, if there is one.
 * 0 or -1 with the reason.
 */
int	tokend_become_keeper(const char *config_path, struct problem *);

/* Gives up what it won't need, see guard.h; after tokend_init(). */
void	tokend_guard(const struct tokend *);

/*
 * The newest configuration, and whose keys it wants. Where its auth is not what
 * a dead login was refused with, that is tried once more.
 */
void	tokend_follow_config(struct tokend *);

/* Hash of what of the configuration a login's fate depends on. */
void	tokend_auth(char out[ORIGIN_SIZE], const struct config *);

/* ---- keep.c ---- */

/* Writes the store if it is behind. 0 or -1; failures are said, once a minute. */
int	tokend_save(struct tokend *, struct moment);

/* Saves, then publishes token.json and status.json if they are behind. */
void	tokend_publish(struct tokend *, struct moment);

/*
 * The last token of a dead login is used to its end, then forgotten, so that
 * responders turn to other credentials. Milliseconds until then, and doing it.
 */
int64_t	tokend_until_forgotten(const struct tokend *, struct moment);
void	tokend_forget_expired(struct tokend *, struct moment);

/* One try to refresh one login, and what follows from its outcome. */
void	tokend_refresh(struct tokend *, struct login *);

/*
 * A responder's upstream refused the token with this hash. Whether there is
 * reason to wait for another one; false, too, when it has been published.
 */
bool	tokend_asked(struct tokend *, uint64_t hash);

/* ---- take.c ---- */

/* Looks at all sources: what is new in them, which of them are in use. */
void	tokend_take_sources(struct tokend *, struct moment);

/* Whether somebody logged in anew in the file a login comes from; takes it. */
bool	tokend_take_changed(struct tokend *, struct login *);

/* Whether a login of `--login` is there to be taken. */
void	tokend_take_device(struct tokend *, struct moment);

/* ---- loop.c ---- */

/* Opens the descriptors to wait on. 0 or -1 with the reason. */
int	tokend_open(struct tokend *, struct problem *);

/* Looks at the sources for the first time. */
void	tokend_begin(struct tokend *);

/* Runs until SIGTERM or SIGINT. The exit status. */
int	tokend_run(struct tokend *);

/* ---- once.c ---- */

/* Refreshes what is due, or everything, and returns the exit status. */
int	tokend_once(struct tokend *, bool force);

/* ---- allowed_ask.c ---- */

/* Milliseconds until an account is to be asked about, and asking it. */
int64_t	tokend_allowed_due_ms(struct tokend *, struct moment);
void	tokend_allowed_ask(struct tokend *, struct moment);

/* ---- status.c ---- */

/* "j***@example.com": enough to tell two accounts apart; "" for NULL. */
void	status_mask_user(char *out, size_t room, const char *user);

/* By how much our clock is ahead of WorkOS's; 0: it is right, or unknown. */
int64_t	tokend_clock_ahead_s(const struct tokend *, struct moment);

/*
 * Somebody set the clock: whether it is right now is unknown until WorkOS answers
 * again. While a virtual machine is paused CLOCK_BOOTTIME stands still, too, so
 * that a clock set right afterwards would be called wrong.
 */
void	tokend_clock_set(struct tokend *);

/* Writes status.json, which holds no secret. */
void	status_write(const struct tokend *, struct moment);

/* Whether status.json was written by --once, so that no daemon is missed. */
bool	status_said_once(const struct tokend *);

/* Prints it. 0 healthy, 1 degraded, 2 no token. */
int	status_print(const char *config_path, bool json);

/* The exit status of these logins, as above. */
int	status_of(const struct tokend *, struct moment);

/* ---- login.c ---- */

/* The device flow, for a person at a terminal. The exit status. */
int	login_run(const char *config_path);

#endif
