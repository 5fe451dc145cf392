#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When to refresh. Nothing here reads a clock or does anything: time comes in
 * as a moment, so that tests can make it jump.
 *
 * Intervals are counted on CLOCK_BOOTTIME, which goes on while the machine
 * sleeps and never jumps. The wall clock is asked only whether the token's
 * expiry has come, and not even that when the token looked expired at the
 * moment it was granted: then our clock is wrong, not the token.
 */
struct moment {
	int64_t	boot_ms;	/* CLOCK_BOOTTIME */
	int64_t	wall_s;		/* CLOCK_REALTIME, unix seconds */
};

struct moment	moment_now(void);

#define SCHEDULE_INTERVAL_S	(6 * 3600)
#define SCHEDULE_NEVER		INT64_MAX

/* WorkOS returns the same pair again for 30 s; we use 25 of them. */
#define SCHEDULE_REPLAY_MS	25000

struct schedule {
	bool	 known;			/* a token was granted or loaded */
	int64_t	 granted_boot_ms;	/* when, may be negative: before boot */
	int64_t	 lifetime_s;		/* 0: not told */
	int64_t	 expires_at;		/* wall, 0: not told or not believed */

	int64_t	 interval_s;		/* at the latest; 0: SCHEDULE_INTERVAL_S */
	bool	 last;			/* others have the token, too: they first */

	bool	 wanted;		/* the next call is due at once */
	int	 failures;		/* since the last grant */
	int64_t	 retry_boot_ms;		/* of them, when the next try is */
	int64_t	 attempt_boot_ms;	/* when the last call began */
	int64_t	 first_sent_boot_ms;	/* of the exchange in flight; 0: none */
	int	 replays, refusals;

	int	 asks;			/* on demand since the last scheduled */
	int64_t	 ask_boot_ms;		/* when the next one is granted */

	bool	 dead;			/* wait for another source */
};

/*
 * A token that was loaded: granted at `granted_at` (wall, 0: unknown), expires
 * at `expires_at` (wall, 0: unknown).
 */
void	schedule_load(struct schedule *, struct moment, int64_t granted_at,
	    int64_t expires_at);

/* A token was granted just now; `asked`: by a refresh on demand. */
void	schedule_grant(struct schedule *, struct moment, int64_t lifetime_s,
	    int64_t expires_at, bool asked);

/*
 * The token that was just granted or loaded is another's as well: it is replaced
 * when it has ended and not before, nor on demand, so that the other one has
 * replaced it long since or is no more.
 */
void	schedule_yield(struct schedule *);

/* A call begins. */
void	schedule_start(struct schedule *, struct moment);

/*
 * It failed. `sent`: it may have reached the server, so that the token may
 * be spent: replay at once while the server would give the same pair again, and
 * go on with that whether or not the server is reached every time.
 * `retry_after_s` 0: not told. `random` is any number, for jitter.
 */
void	schedule_fail(struct schedule *, struct moment, bool sent,
	    int retry_after_s, uint32_t random);

/* An exchange was in flight when the last process ended: replay now. */
void	schedule_resume(struct schedule *, struct moment);

/*
 * The server refused the token: it is asked again, after 1, 4, 16, ... seconds,
 * until it has refused `limit` times. Then the login is dead, until the next
 * schedule_load or schedule_wake, and this returns true.
 */
bool	schedule_refuse(struct schedule *, struct moment, int limit);

/* Another source, or a person's wish: try now. */
void	schedule_wake(struct schedule *);

/* May a responder's question start a refresh now? Counts it if so. */
bool	schedule_ask(struct schedule *, struct moment);

/* Milliseconds until a refresh is due: 0 now, SCHEDULE_NEVER when dead. */
int64_t	schedule_due_ms(const struct schedule *, struct moment);

/* Whether the token, as far as is known, is still good. */
bool	schedule_good(const struct schedule *, struct moment);

/* What the pauses above are spread by. */
uint32_t	schedule_random(void);

#endif
