#ifndef SCOREBOARD_TYPES_H
#define SCOREBOARD_TYPES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the scoreboard counts and how much of it has room. Whatever is changed
 * here changes the file: SCOREBOARD_VERSION, too.
 */
#define SCOREBOARD_VERSION	5
#define SCOREBOARD_SLOTS	256	/* processes with gauges; more: none */
#define SCOREBOARD_COOLDOWNS	1024
#define SCOREBOARD_TURNS	64
#define SCOREBOARD_HOMES	4096	/* sessions that keep to an account */
#define SCOREBOARD_QUOTAS	256	/* client keys that are counted */
#define SCOREBOARD_SEATS	256	/* exchanges of one of them at once */
#define SCOREBOARD_LIVE		1024	/* exchanges that can be looked at */
#define SCOREBOARD_UPSTREAMS	256
#define SCOREBOARD_SERIES	256	/* kinds of exchanges that are counted */
#define SCOREBOARD_REASON	96	/* bytes of words, NUL included */

enum counter {
	COUNT_EXCHANGES,
	COUNT_STREAMS,
	COUNT_CLIENT_ERRORS,	/* 4xx of our own */
	COUNT_UPSTREAM_ERRORS,	/* non-2xx passed on */
	COUNT_FAILURES,		/* 5xx of our own */
	COUNT_SHED,		/* overload answers */
	COUNT_GONE,		/* clients that hung up */
	COUNT_CUT,		/* streams that ended early */
	COUNT_RETRIES,
	COUNT_REFRESHES,	/* asked for after a 401 */
	COUNT_TOKENS_IN,
	COUNT_TOKENS_CACHED,
	COUNT_TOKENS_OUT,
	COUNT_BYTES_IN,
	COUNT_BYTES_OUT,
	COUNT_CONNECTIONS,	/* opened upstream */
	COUNTERS
};
/*
 * Latencies, in a histogram of powers of two of a microsecond: in bucket N are
 * those of up to 2^N and more than half of it, in the last all longer ones.
 */
#define SCOREBOARD_BUCKETS	48
enum latency {
	LATENCY_FIRST_BYTE,
	LATENCY_TOTAL,
	LATENCIES
};

/* An exchange that is under way. */
struct live_exchange {
	char		key[48];	/* the client key's name, or "" */
	char		model[96];	/* that is asked upstream, cut */
	char		upstream[48];
	char		dialect[16];	/* the client's */
	int64_t		began_ms;	/* Unix time */
	uint64_t	bytes;		/* of the answer that were sent */
	bool		stream;
};

enum quota_window {
	QUOTA_DAY,
	QUOTA_MONTH,
	QUOTA_WINDOWS
};

/* What exchanges are counted by. */
enum series_status {
	SERIES_NONE,		/* the client got no answer */
	SERIES_2XX,
	SERIES_3XX,
	SERIES_4XX,
	SERIES_5XX,
	SERIES_STATUSES
};

enum series_tokens {
	SERIES_INPUT,		/* neither cached nor written to a cache */
	SERIES_CACHED,
	SERIES_CACHE_WRITE,
	SERIES_OUTPUT,
	SERIES_REASONING,	/* a part of the output */
	SERIES_TOKENS
};

/* "" where nothing is known. */
struct series_labels {
	char	dialect[16];	/* the client's */
	char	model[96];	/* cut */
	char	upstream[48];
};

#endif
