#ifndef SCOREBOARD_H
#define SCOREBOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"
#include "scoreboard_types.h"

/*
 * What all processes of one host must agree on, in one mmap'd file: positions
 * of the round-robins, cool-downs, counters, latency histograms, what client keys
 * have used (scoreboard_quota.h), which exchanges are under way
 * (scoreboard_live.h), what there was by model (scoreboard_series.h), and a
 * slot of gauges for each process.
 *
 * Plain atomics, no locks, nothing to repair after a killed process: a process
 * holds its slot by an open-file-description lock, so that a dead one's slot
 * is free at once and its gauges no longer count. The file's name carries
 * the layout's version; it is created whole (posix_fallocate, then link) and
 * never truncated or rebuilt in place. It is host-local: not for shared storage.
 *
 * Without a usable file (plain CGI, read-only disk) it lives in the process's
 * own memory. A fork shares its parent's slot: open after forking. All functions
 * but open and close may be called by any thread.
 */
struct scoreboard;

/* `path` NULL: private memory. Never NULL; says in the problem why it is
 * private although a path was given. */
struct scoreboard *scoreboard_open(const char *path, struct problem *);
void	scoreboard_close(struct scoreboard *);
bool	scoreboard_shared(const struct scoreboard *);

/*
 * The next position in the round-robin `name` (a hash that names list and
 * purpose; a changed list has another name and starts at 0): 0, 1, 2, ...
 * over all processes. The caller takes it modulo the list's length.
 */
uint64_t scoreboard_turn(struct scoreboard *, uint64_t name);

/*
 * Where a session (a hash) is at home: the hash of a credential, 0 for nowhere.
 * Those that were not asked for longest are forgotten.
 */
uint64_t scoreboard_home(struct scoreboard *, uint64_t session);
void	scoreboard_move(struct scoreboard *, uint64_t session, uint64_t at);

/*
 * Cool-downs by hash (of a credential, of a proxy), of a day at most. Never
 * shortens one that is already there. Full table: the one that ends soonest is
 * replaced.
 */
void	scoreboard_cool(struct scoreboard *, uint64_t hash, int seconds);

/* Seconds left, 0 when not cooling. Wall clock; a jump ends it within a day. */
int	scoreboard_cooling(const struct scoreboard *, uint64_t hash);

/*
 * Upstreams, by hash. One that failed three times in a row, or said when to come
 * again, is left alone: 5 s, twice as long each time up to 60, or as long as it
 * said up to an hour. Then one request tries it, alone.
 */
struct upstream_health {
	unsigned	failures;	/* in a row */
	int64_t		away_ms;	/* left alone for so long; 0: it is up */
	char		reason[SCOREBOARD_REASON];	/* of the last failure */
};

/*
 * How long it is to be left alone, in milliseconds. 0: it may be asked; whoever
 * is told so first after a pause is the one who tries it, and must say what
 * came of it.
 */
int64_t	scoreboard_upstream_away_ms(struct scoreboard *, uint64_t hash);

/* What came of it. Retry-After in seconds, or 0; the reason is printable. */
void	scoreboard_upstream_failed(struct scoreboard *, uint64_t hash,
	    int retry_after_s, const char *reason);
void	scoreboard_upstream_good(struct scoreboard *, uint64_t hash);

/*
 * Whoever tries it after a pause need not be alone any more: it has begun to
 * answer, or its client has gone.
 */
void	scoreboard_upstream_tried(struct scoreboard *, uint64_t hash);

/* For those who look on. */
void	scoreboard_upstream_read(const struct scoreboard *, uint64_t hash,
	    struct upstream_health *);

/* Counters since the file was made. */
void	 scoreboard_count(struct scoreboard *, enum counter, uint64_t);
uint64_t scoreboard_counter(const struct scoreboard *, enum counter);
const char *scoreboard_counter_name(enum counter);

/* Gauges: exchanges in flight, here and in all living processes. */
void	scoreboard_enter(struct scoreboard *);
void	scoreboard_leave(struct scoreboard *);
uint64_t scoreboard_in_flight(const struct scoreboard *);
/* The same of what waits for a worker. Where a process counts it; may be NULL. */
atomic_uint_least64_t *scoreboard_waiting_here(struct scoreboard *);
uint64_t scoreboard_waiting(const struct scoreboard *);

unsigned scoreboard_processes(const struct scoreboard *);

/* Latencies, in microseconds. */
void	 scoreboard_observe(struct scoreboard *, enum latency, uint64_t us);
/* Upper bound in us of the bucket where that share is reached; 0: none. */
uint64_t scoreboard_quantile(const struct scoreboard *, enum latency,
	    unsigned percent);

/* Copies all buckets; the sum of all that was observed, in us. */
uint64_t scoreboard_histogram(const struct scoreboard *, enum latency,
	    uint64_t buckets[SCOREBOARD_BUCKETS]);

#endif
