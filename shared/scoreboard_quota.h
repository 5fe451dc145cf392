#ifndef SCOREBOARD_QUOTA_H
#define SCOREBOARD_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "scoreboard.h"

/*
 * What each client key has used and has under way, over all processes: requests
 * of the minute that began with the first of them, tokens of the day and of the
 * month (UTC), exchanges at once.
 *
 * A limit holds at any moment, for any number of processes: an exchange sits
 * down first, with the tokens that it may use set aside, and looks at the sums
 * then. The seats of a dead process are free.
 */
/* Which limit refused. */
enum quota_limit {
	QUOTA_NONE,
	QUOTA_REQUESTS_PER_MINUTE,
	QUOTA_TOKENS_PER_DAY,
	QUOTA_TOKENS_PER_MONTH,
	QUOTA_CONCURRENT,
	QUOTA_LIMITS
};

/* 0: no limit. */
struct quota_limits {
	uint64_t	requests_per_minute;
	uint64_t	concurrent;		/* up to SCOREBOARD_SEATS */
	uint64_t	tokens[QUOTA_WINDOWS];
};

struct quota;

struct quota_seat {
	struct quota	*quota;		/* NULL: none is held */
	unsigned	 index;
	uint64_t	 word;
};

/* The one of that name, made if need be; the least used one makes room. */
struct quota	*scoreboard_quota(struct scoreboard *, uint64_t name);

/*
 * Whether it is not known what was used before: then somebody says it. Only the
 * first to do so counts.
 */
bool	quota_is_new(const struct quota *);
void	quota_fill(struct quota *, int64_t now_s,
	    const uint64_t tokens[QUOTA_WINDOWS]);

/*
 * An exchange begins, that may use `reserve` tokens. QUOTA_NONE: it may, and the
 * seat is held until quota_leave(). Else the limit that it is over.
 */
enum quota_limit quota_enter(struct scoreboard *, struct quota *,
	    const struct quota_limits *, uint64_t reserve, int64_t now_s,
	    struct quota_seat *);
void	quota_leave(struct quota_seat *);	/* no seat is fine */

/* Tokens were used. */
void	quota_spend(struct quota *, int64_t now_s, uint64_t tokens);

/* What was used of the present minute or window. */
uint64_t quota_requests(const struct quota *, int64_t now_s);
uint64_t quota_tokens(const struct quota *, enum quota_window, int64_t now_s);

/* When it begins anew, Unix time. */
int64_t	quota_minute_end(const struct quota *, int64_t now_s);
int64_t	quota_window_end(enum quota_window, int64_t now_s);
/* When it began. */
int64_t	quota_window_start(enum quota_window, int64_t now_s);

#endif
