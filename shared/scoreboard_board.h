#ifndef SCOREBOARD_BOARD_H
#define SCOREBOARD_BOARD_H

#include <stdatomic.h>

#include "scoreboard_types.h"

/*
 * What the scoreboard's file looks like; for its own source files alone.
 */
struct turn {
	atomic_uint_least64_t	name;		/* 0: free */
	atomic_uint_least64_t	position;
	atomic_uint_least64_t	used_s;		/* when last taken */
};

/*
 * A slot belongs to whoever holds the lock on the byte at its index behind the
 * end of the file. `taken` only spares asking for the locks of slots that
 * nobody ever took.
 */
struct slot {
	atomic_uint_least64_t	taken;
	atomic_uint_least64_t	in_flight;
	atomic_uint_least64_t	waiting;	/* for a worker */
	atomic_uint_least64_t	generation;	/* how often it was taken */
};

/*
 * What belongs to a process and may outlive it says whose it is: the slot, from
 * 1 on, below its generation. 0: nobody's.
 */
#define OWNER_SLOT_BITS	9
#define OWNER_MASK	0xffffffffu

/* What one client key has used. */
struct quota {
	atomic_uint_least64_t	name;		/* 0: free */
	atomic_uint_least64_t	used_s;		/* when last asked for */
	/* Upper half: the second it began; lower half: requests since. */
	atomic_uint_least64_t	minute;
	/* Upper 16 bits: which day or month; below: its tokens. 0: unknown. */
	atomic_uint_least64_t	windows[QUOTA_WINDOWS];
	/* Upper half: tokens that are set aside; lower half: the owner. */
	atomic_uint_least64_t	seats[SCOREBOARD_SEATS];
};

/* Words of text, so that a reader in between is no data race. */
#define LIVE_WORDS(size)	(((size) + 7) / 8)

struct live {
	atomic_uint_least64_t	owner;		/* 0: free */
	atomic_uint_least64_t	serial;		/* odd: being written */
	atomic_uint_least64_t	bytes;		/* of the answer so far */
	atomic_uint_least64_t	about[LIVE_WORDS(
				    sizeof(struct live_exchange))];
};

/*
 * An upstream that failed since it was last good. Times are wall clock, in
 * milliseconds. Two that fail at once may lose a count or mix their reasons, but
 * never leave one away for longer than the longest pause.
 */
struct upstream_slot {
	atomic_uint_least64_t	name;		/* 0: free */
	atomic_uint_least64_t	failures;	/* in a row */
	atomic_uint_least64_t	pause_ms;	/* the last one; 0: none yet */
	atomic_uint_least64_t	away_until_ms;
	atomic_uint_least64_t	trial_until_ms;	/* somebody tries it */
	atomic_uint_least64_t	reason[SCOREBOARD_REASON / 8];
};

#define SERIES_WORDS	((sizeof(struct series_labels) + 7) / 8)

struct series_slot {
	atomic_uint_least64_t	name;		/* hash of the labels; 0: free */
	atomic_uint_least64_t	written;	/* the labels are there */
	atomic_uint_least64_t	labels[SERIES_WORDS];
	atomic_uint_least64_t	requests[SERIES_STATUSES];
	atomic_uint_least64_t	tokens[SERIES_TOKENS];
};

struct home {
	atomic_uint_least64_t	name;		/* 0: free */
	atomic_uint_least64_t	at;
	atomic_uint_least64_t	used_s;
};

/* The file. Whoever changes it changes SCOREBOARD_VERSION. */
struct board {
	uint32_t		magic;
	uint32_t		version;
	uint64_t		size;
	atomic_uint_least64_t	counters[COUNTERS];
	atomic_uint_least64_t	histograms[LATENCIES][SCOREBOARD_BUCKETS];
	atomic_uint_least64_t	latency_sums[LATENCIES];	/* us */
	struct turn		turns[SCOREBOARD_TURNS];
	/* Upper half: unix seconds when it ends; lower half: of the hash. */
	atomic_uint_least64_t	cooldowns[SCOREBOARD_COOLDOWNS];
	struct home		homes[SCOREBOARD_HOMES];
	struct upstream_slot	upstreams[SCOREBOARD_UPSTREAMS];
	struct slot		slots[SCOREBOARD_SLOTS];
	struct quota		quotas[SCOREBOARD_QUOTAS];
	struct live		live[SCOREBOARD_LIVE];
	struct series_slot	series[SCOREBOARD_SERIES + 1];
};

struct scoreboard {
	struct board	*board;
	struct slot	*slot;		/* ours; NULL: none was free */
	uint64_t	 owner;		/* ... as an owner; 0: none */
	int		 fd;		/* holds the lock; -1: private */
};

/* Whether the process that owns something is alive. */
bool	scoreboard_owner_alive(const struct scoreboard *, uint64_t owner);

static inline uint64_t
load(const atomic_uint_least64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static inline void
add(atomic_uint_least64_t *number, uint64_t amount)
{
	atomic_fetch_add_explicit(number, amount, memory_order_relaxed);
}

#endif
