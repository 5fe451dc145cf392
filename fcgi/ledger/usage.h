#ifndef USAGE_H
#define USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "books.h"
#include "problem.h"
#include "row.h"

/*
 * What the ledger knows, for a table, a page or a metric. It sees what is folded:
 * fold first (ledger_fold(), fold_all()) to see what was just done. Answers are
 * given to a callback, whose strings are borrowed until it returns; a callback
 * that returns other than 0 ends it, which is no failure.
 *
 * Sums by time, key, model and upstream are kept for ever; by tool and session,
 * and the exchanges themselves, for `ledger_days`.
 */
struct usage_db {
	struct books	books;
};

/* Opens usage.db of the ledger's folder. 0; -1: PROBLEM_MISSING if none. */
int	usage_open(struct usage_db *, const char *folder, struct problem *);
void	usage_close(struct usage_db *);

enum usage_by {
	USAGE_KEY,
	USAGE_MODEL,
	USAGE_DAY,		/* "2026-01-31", UTC */
	USAGE_HOUR,		/* "2026-01-31 14:00" */
	USAGE_UPSTREAM,
	USAGE_TOOL,
	USAGE_SESSION,
	USAGE_TOTAL,		/* one group, "" */
	USAGE_BYS
};

/* "key", "model": 0 or -1. And the other way round. */
int	usage_by_of(const char *word, enum usage_by *);
const char *usage_by_word(enum usage_by);

struct usage_group {
	const char	*name;		/* "" where nothing is known */
	int64_t		 requests, failed;
	int64_t		 tokens[ROW_TOKENS];	/* enum row_tokens */
	int64_t		 bytes_in, bytes_out;
	int64_t		 total_us;	/* the sum of all */
	double		 cost;
};

/* Exchanges that began from `since` on and before `until`, Unix time. */
struct usage_question {
	enum usage_by	 by;
	int64_t		 since, until;
	const char	*key;		/* only of that key; NULL: of all */
};

/* The largest first, by time the latest last. */
int	usage_groups(struct usage_db *, const struct usage_question *,
	    int (*each)(void *, const struct usage_group *), void *,
	    struct problem *);

/* One exchange as it was. */
struct usage_exchange {
	const char	*id, *key, *client, *tool, *asked, *model, *upstream,
			*stop, *losses;
	const char	*largest_tools;	/* JSON: [["name",bytes],...] */
	const char	*tries;		/* "one:429,two:failed,two:200" */
	int64_t		 began_us;	/* Unix time */
	uint64_t	 session;	/* 0: the client said none */
	bool		 stream, failed, gone;
	int		 attempts, status;
	int64_t		 tokens[ROW_TOKENS];	/* -1: not said */
	int64_t		 bytes_in, bytes_out, first_us, total_us;
	double		 cost;		/* -1: no price is known */
	int64_t		 system, tools, history, media;	/* request bytes */
	int64_t		 tools_count;
};

/* The last `count`, the latest first. */
int	usage_last(struct usage_db *, int count,
	    int (*each)(void *, const struct usage_exchange *), void *,
	    struct problem *);

/* All tokens of a key from the hour on in which `since` is. 0 or -1. */
int	usage_key_tokens(struct usage_db *, const char *key, int64_t since,
	    uint64_t *tokens, struct problem *);

#endif
