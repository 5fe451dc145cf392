#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scoreboard.h"

#define MAGIC		0x64326173u
#define BUCKETS		48		/* the last: 2^47 us, four years */
#define COOL_MAX_S	86400

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
};

/* The file. Whoever changes it changes SCOREBOARD_VERSION. */
struct board {
	uint32_t		magic;
	uint32_t		version;
	uint64_t		size;
	atomic_uint_least64_t	counters[COUNTERS];
	atomic_uint_least64_t	histograms[LATENCIES][BUCKETS];
	struct turn		turns[SCOREBOARD_TURNS];
	/* Upper half: unix seconds when it ends; lower half: of the hash. */
	atomic_uint_least64_t	cooldowns[SCOREBOARD_COOLDOWNS];
	struct slot		slots[SCOREBOARD_SLOTS];
};

struct scoreboard {
	struct board	*board;
	struct slot	*slot;		/* ours; NULL: none was free */
	int		 fd;		/* holds the lock; -1: private */
};

static const char *const counter_names[COUNTERS] = {
	[COUNT_EXCHANGES] = "exchanges",
	[COUNT_STREAMS] = "streams",
	[COUNT_CLIENT_ERRORS] = "client_errors",
	[COUNT_UPSTREAM_ERRORS] = "upstream_errors",
	[COUNT_FAILURES] = "failures",
	[COUNT_SHED] = "shed",
	[COUNT_GONE] = "gone",
	[COUNT_CUT] = "cut",
	[COUNT_RETRIES] = "retries",
	[COUNT_REFRESHES] = "refreshes",
	[COUNT_TOKENS_IN] = "tokens_in",
	[COUNT_TOKENS_CACHED] = "tokens_cached",
	[COUNT_TOKENS_OUT] = "tokens_out",
	[COUNT_BYTES_IN] = "bytes_in",
	[COUNT_BYTES_OUT] = "bytes_out",
	[COUNT_CONNECTIONS] = "connections",
};

static uint64_t
load(const atomic_uint_least64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static void
add(atomic_uint_least64_t *number, uint64_t amount)
{
	atomic_fetch_add_explicit(number, amount, memory_order_relaxed);
}

/* ---- the file ---- */

static struct flock
slot_lock(size_t index)
{
	struct flock	lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	lock.l_start = (off_t)(sizeof(struct board) + index);
	lock.l_len = 1;
	return lock;
}

static void
slot_claim(struct scoreboard *scoreboard)
{
	struct flock	lock;
	size_t		index;

	for (index = 0; index < SCOREBOARD_SLOTS; index++) {
		lock = slot_lock(index);
		if (fcntl(scoreboard->fd, F_OFD_SETLK, &lock) != 0)
			continue;
		scoreboard->slot = &scoreboard->board->slots[index];
		atomic_store(&scoreboard->slot->in_flight, 0);
		atomic_store(&scoreboard->slot->taken, 1);
		return;
	}
}

/* Whether the process of a slot that was taken once is alive. */
static bool
slot_alive(const struct scoreboard *scoreboard, size_t index)
{
	struct flock	lock = slot_lock(index);

	if (&scoreboard->board->slots[index] == scoreboard->slot)
		return true;
	return scoreboard->fd >= 0 &&
	    fcntl(scoreboard->fd, F_OFD_GETLK, &lock) == 0 &&
	    lock.l_type != F_UNLCK;
}

/* Makes the whole file under another name first; linking is all or nothing. */
static int
file_make(const char *path)
{
	struct board	*head;
	char		 name[1024];
	int		 fd, error;

	if ((size_t)snprintf(name, sizeof(name), "%s.XXXXXX", path) >=
	    sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -1;
	error = posix_fallocate(fd, 0, sizeof(struct board));
	head = error != 0 ? MAP_FAILED : mmap(NULL, sizeof(*head),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (head != MAP_FAILED) {
		head->magic = MAGIC;
		head->version = SCOREBOARD_VERSION;
		head->size = sizeof(struct board);
		munmap(head, sizeof(*head));
		if (fsync(fd) != 0 ||
		    (link(name, path) != 0 && errno != EEXIST))
			error = errno;
	} else if (error == 0)
		error = errno;
	unlink(name);
	close(fd);
	errno = error;
	return error == 0 ? 0 : -1;
}

static int
file_open(const char *path)
{
	int	flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW, fd;

	fd = open(path, flags);
	if (fd < 0 && errno == ENOENT && file_make(path) == 0)
		fd = open(path, flags);
	return fd;
}

/* Maps the file and checks that it is one of ours. */
static struct board *
file_map(int fd, const char *path, struct problem *problem)
{
	struct stat	 status;
	struct board	*board;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
	    status.st_size != (off_t)sizeof(struct board)) {
		problem_set(problem, PROBLEM_SERVER,
		    "%s is not a scoreboard of this version", path);
		return NULL;
	}
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	if (board == MAP_FAILED) {
		problem_set(problem, PROBLEM_SERVER, "cannot map %s: %s", path,
		    strerror(errno));
		return NULL;
	}
	if (board->magic == MAGIC && board->version == SCOREBOARD_VERSION &&
	    board->size == sizeof(*board))
		return board;
	munmap(board, sizeof(*board));
	problem_set(problem, PROBLEM_SERVER,
	    "%s is damaged: remove it while nothing runs", path);
	return NULL;
}

static struct board	*private_board(void);

struct scoreboard *
scoreboard_open(const char *path, struct problem *problem)
{
	struct scoreboard	*scoreboard;

	scoreboard = calloc(1, sizeof(*scoreboard));
	if (scoreboard == NULL)
		abort();
	scoreboard->fd = -1;
	problem_clear(problem);
	if (path != NULL) {
		scoreboard->fd = file_open(path);
		if (scoreboard->fd < 0)
			problem_set(problem, PROBLEM_SERVER,
			    "cannot open %s: %s", path, strerror(errno));
		else
			scoreboard->board = file_map(scoreboard->fd, path,
			    problem);
	}
	if (scoreboard->board != NULL) {
		slot_claim(scoreboard);
		return scoreboard;
	}
	if (scoreboard->fd >= 0)
		close(scoreboard->fd);
	scoreboard->fd = -1;
	scoreboard->board = private_board();
	scoreboard->slot = &scoreboard->board->slots[0];
	atomic_store(&scoreboard->slot->taken, 1);
	return scoreboard;
}

/* Untouched pages cost nothing, so that a CGI pays only for what it uses. */
static struct board *
private_board(void)
{
	struct board	*board;

	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		abort();
	return board;
}

void
scoreboard_close(struct scoreboard *scoreboard)
{
	if (scoreboard == NULL)
		return;
	if (scoreboard->slot != NULL)
		atomic_store(&scoreboard->slot->taken, 0);
	munmap(scoreboard->board, sizeof(*scoreboard->board));
	if (scoreboard->fd >= 0)
		close(scoreboard->fd);
	free(scoreboard);
}

bool
scoreboard_shared(const struct scoreboard *scoreboard)
{
	return scoreboard->fd >= 0;
}

/* ---- round-robins ---- */

static uint64_t
now_s(void)
{
	struct timespec	now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec;
}

static uint64_t
turn_take(struct turn *turn)
{
	atomic_store_explicit(&turn->used_s, now_s(), memory_order_relaxed);
	return atomic_fetch_add(&turn->position, 1);
}

/*
 * Gives the turn that nobody used for longest to `name`. Its position is
 * cleared by whoever wins; one that reads the name in between may still
 * see the old position, which only moves where a new round begins.
 */
static struct turn *
turn_replace(struct turn *turns, uint64_t name)
{
	struct turn	*oldest = &turns[0];
	uint64_t	 old;
	size_t		 i;

	for (i = 1; i < SCOREBOARD_TURNS; i++)
		if (load(&turns[i].used_s) < load(&oldest->used_s))
			oldest = &turns[i];
	old = load(&oldest->name);
	if (atomic_compare_exchange_strong(&oldest->name, &old, name))
		atomic_store(&oldest->position, 0);
	return old == name || load(&oldest->name) == name ? oldest : NULL;
}

uint64_t
scoreboard_turn(struct scoreboard *scoreboard, uint64_t name)
{
	struct turn	*turns = scoreboard->board->turns, *turn;
	uint64_t	 there;
	size_t		 i;

	if (name == 0)
		name = 1;
	for (i = 0; i < SCOREBOARD_TURNS; i++) {
		turn = &turns[(name + i) % SCOREBOARD_TURNS];
		there = 0;
		if (load(&turn->name) == name ||
		    atomic_compare_exchange_strong(&turn->name, &there, name) ||
		    there == name)
			return turn_take(turn);
	}
	turn = turn_replace(turns, name);
	return turn != NULL ? turn_take(turn) : 0;
}

/* ---- cool-downs ---- */

static uint64_t
cooldown_end(uint64_t entry)
{
	return entry >> 32;
}

/*
 * The entry of `hash`, or NULL. Entries are never set back to 0, so that a
 * chain, which ends at the first 0, holds together. *victim, if wanted, is
 * where a new entry goes: free, or over, or else the one that ends soonest.
 */
static atomic_uint_least64_t *
cooldown_find(struct board *board, uint64_t hash, atomic_uint_least64_t **victim)
{
	atomic_uint_least64_t	*at, *soonest = NULL;
	uint64_t		 entry;
	size_t			 i;

	for (i = 0; i < SCOREBOARD_COOLDOWNS; i++) {
		at = &board->cooldowns[(hash + i) % SCOREBOARD_COOLDOWNS];
		entry = load(at);
		if (entry != 0 && (uint32_t)entry == (uint32_t)hash)
			return at;
		if (soonest == NULL ||
		    cooldown_end(entry) < cooldown_end(load(soonest)))
			soonest = at;
		if (entry == 0)
			break;
	}
	if (victim != NULL)
		*victim = soonest;
	return NULL;
}

void
scoreboard_cool(struct scoreboard *scoreboard, uint64_t hash, int seconds)
{
	atomic_uint_least64_t	*at, *victim = NULL;
	uint64_t		 end, entry;
	int			 tries;

	if (seconds <= 0)
		return;
	if (seconds > COOL_MAX_S)
		seconds = COOL_MAX_S;
	end = now_s() + (uint64_t)seconds;
	for (tries = 0; tries < 1000; tries++) {
		at = cooldown_find(scoreboard->board, hash, &victim);
		if (at == NULL)
			at = victim;
		entry = load(at);
		/* Another's by now? */
		if (at != victim && (uint32_t)entry != (uint32_t)hash)
			continue;
		if (at != victim && cooldown_end(entry) >= end &&
		    cooldown_end(entry) <= now_s() + COOL_MAX_S)
			return;
		if (atomic_compare_exchange_strong(at, &entry,
		    end << 32 | (uint32_t)hash))
			return;
	}
}

void
scoreboard_warm(struct scoreboard *scoreboard, uint64_t hash)
{
	atomic_uint_least64_t	*at;
	uint64_t		 entry;

	at = cooldown_find(scoreboard->board, hash, NULL);
	if (at == NULL)
		return;
	entry = load(at);
	/* An end of 1 second after 1970 is over, and not 0. */
	if ((uint32_t)entry == (uint32_t)hash)
		atomic_compare_exchange_strong(at, &entry,
		    (uint64_t)1 << 32 | (uint32_t)hash);
}

int
scoreboard_cooling(struct scoreboard *scoreboard, uint64_t hash)
{
	atomic_uint_least64_t	*at;
	uint64_t		 entry, now = now_s();

	at = cooldown_find(scoreboard->board, hash, NULL);
	entry = at == NULL ? 0 : load(at);
	if ((uint32_t)entry != (uint32_t)hash || cooldown_end(entry) <= now ||
	    cooldown_end(entry) - now > COOL_MAX_S)
		return 0;
	return (int)(cooldown_end(entry) - now);
}

/* ---- counters, gauges, latencies ---- */

void
scoreboard_count(struct scoreboard *scoreboard, enum counter counter,
    uint64_t amount)
{
	add(&scoreboard->board->counters[counter], amount);
}

uint64_t
scoreboard_counter(const struct scoreboard *scoreboard, enum counter counter)
{
	return load(&scoreboard->board->counters[counter]);
}

const char *
scoreboard_counter_name(enum counter counter)
{
	return counter_names[counter];
}

void
scoreboard_enter(struct scoreboard *scoreboard)
{
	if (scoreboard->slot != NULL)
		add(&scoreboard->slot->in_flight, 1);
}

void
scoreboard_leave(struct scoreboard *scoreboard)
{
	if (scoreboard->slot != NULL)
		add(&scoreboard->slot->in_flight, (uint64_t)-1);
}

uint64_t
scoreboard_in_flight(const struct scoreboard *scoreboard)
{
	const struct slot	*slots = scoreboard->board->slots;
	uint64_t		 sum = 0, count;
	size_t			 i;

	for (i = 0; i < SCOREBOARD_SLOTS; i++) {
		count = load(&slots[i].in_flight);
		if (count != 0 && load(&slots[i].taken) != 0 &&
		    slot_alive(scoreboard, i))
			sum += count;
	}
	return sum;
}

unsigned
scoreboard_processes(const struct scoreboard *scoreboard)
{
	unsigned	count = 0;
	size_t		i;

	for (i = 0; i < SCOREBOARD_SLOTS; i++)
		if (load(&scoreboard->board->slots[i].taken) != 0 &&
		    slot_alive(scoreboard, i))
			count++;
	return count;
}

static size_t
bucket_of(uint64_t us)
{
	size_t	bucket = us == 0 ? 0 : 64 - (size_t)__builtin_clzll(us);

	return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

void
scoreboard_observe(struct scoreboard *scoreboard, enum latency latency,
    uint64_t us)
{
	add(&scoreboard->board->histograms[latency][bucket_of(us)], 1);
}

uint64_t
scoreboard_quantile(const struct scoreboard *scoreboard, enum latency latency,
    double share)
{
	const atomic_uint_least64_t	*histogram;
	uint64_t			 total = 0, seen = 0;
	size_t				 i;

	histogram = scoreboard->board->histograms[latency];
	for (i = 0; i < BUCKETS; i++)
		total += load(&histogram[i]);
	if (total == 0)
		return 0;
	for (i = 0; i < BUCKETS - 1; i++) {
		seen += load(&histogram[i]);
		if ((double)seen >= share * (double)total && seen > 0)
			break;
	}
	return (uint64_t)1 << i;
}
