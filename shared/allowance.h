#ifndef ALLOWANCE_H
#define ALLOWANCE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "json_write.h"
#include "token.h"

/*
 * What Factory allows an account: tokend asks for it (limits_url), responders
 * choose by it, people look at it. It is handed on in $STATE/token/limits.json,
 * where no secret is:
 *
 *	{ "version": 1, "accounts": [ { "id": "user_01H...", "name": "u***@x",
 *	  "asked_at": 1760000000, "problem": "status 500", "windows": [
 *	    { "pool": "standard", "name": "fiveHour", "used_percent": 12.5,
 *	      "ends_at": 1760028800 } ] } ] }
 *
 * The id is that of token.json, or for one of FACTORY_API_KEY its hash
 * (token_hash()) as 16 hexadecimal digits. No windows: unknown.
 */
#define ALLOWANCE_WINDOWS	16
#define ALLOWANCE_NAME		24
#define ALLOWANCE_ID		72
#define ALLOWANCE_FILE_MAX	(256 * 1024)

struct allowance_window {
	char	pool[ALLOWANCE_NAME];	/* "standard", "core" */
	char	name[ALLOWANCE_NAME];	/* "fiveHour", "weekly", "monthly" */
	double	used;			/* percent, from 0 on */
	int64_t	ends_at;		/* Unix time; 0: unknown */
};

struct allowance {
	char			id[ALLOWANCE_ID], name[ALLOWANCE_ID];
	int64_t			asked_at;	/* Unix time */
	char			problem[96];	/* why it is not known; "" */
	size_t			count;		/* 0: not known */
	struct allowance_window	windows[ALLOWANCE_WINDOWS];
};

struct allowances {
	size_t			count;
	struct allowance	accounts[TOKEN_ACCOUNTS_MAX];
};

/* The id of a key, and its name: "FACTORY_API_KEY", or its number among several. */
void	allowance_key_id(char id[ALLOWANCE_ID], uint64_t hash);
void	allowance_key_name(char name[ALLOWANCE_ID], size_t at, size_t count);

/*
 * Reads Factory's answer: the windows. 0, or -1 and leaves them where that has
 * another shape than is known.
 */
int	allowance_read_answer(struct allowance *, struct text answer);

/* The file's text, and what it says: 0 or -1. */
void	allowances_write(struct json_write *, const struct allowances *);
int	allowances_read(struct allowances *, struct text);

/* Its accounts as an array, for a status. */
void	allowances_write_accounts(struct json_write *,
	    const struct allowances *);

/* Whether a window is over, so that what was used of it says nothing any more. */
bool	allowance_has_ended(const struct allowance_window *, int64_t now_s);

/*
 * The fullest window of a pool that has not ended; of all where the pool has none.
 * NULL: nothing is known.
 */
const struct allowance_window *allowance_fullest(const struct allowance *,
	    const char *pool, int64_t now_s);

/* What that leaves, in percent; -1: not known. */
int	allowance_left(const struct allowance_window *);

/* "fiveHour (standard): 100 % used, ends in 1 h 12 min" */
#define ALLOWANCE_TEXT	128
char	*allowance_say(char text[ALLOWANCE_TEXT],
	    const struct allowance_window *, int64_t now_s);

/* "2 d 3 h", "1 h 12 min", "5 min". */
#define ALLOWANCE_SPAN	32
char	*allowance_span(char text[ALLOWANCE_SPAN], int64_t seconds);

/*
 * For responders: the file as it was at most a second ago. Any thread may ask.
 */
struct allowance_reader {
	const char		*file;		/* borrowed */
	pthread_mutex_t		 lock;		/* of what follows */
	time_t			 looked_at;	/* monotonic seconds */
	struct timespec		 written_at;
	struct allowances	*found;		/* NULL: none yet */
};

void	allowance_reader_init(struct allowance_reader *, const char *file);
void	allowance_reader_release(struct allowance_reader *);

/* A copy of what is known of that account: true, or false. */
bool	allowance_find(struct allowance_reader *, const char *id,
	    struct allowance *);

/* A copy of all, to be freed; NULL: nothing is known. */
struct allowances *allowances_copy(struct allowance_reader *);

#endif
