#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scoreboard.h"
#include "scoreboard_board.h"

#define MAGIC		0x64326173u

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

/* ---- the file ---- */

static struct flock
slot_lock(size_t index)
{
	struct flock	lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	lock.l_start = (off_t)(sizeof(struct board) + index);
	lock.l_len = 1;
	return lock;
}

/* The slot is ours from here on, whatever its last owner left behind. */
static void
slot_take(struct scoreboard *scoreboard, size_t index)
{
	struct slot	*slot = &scoreboard->board->slots[index];
	uint64_t	 generation = atomic_fetch_add(&slot->generation, 1) + 1;

	scoreboard->slot = slot;
	scoreboard->owner = (generation << OWNER_SLOT_BITS | (index + 1)) &
	    OWNER_MASK;
	atomic_store(&slot->in_flight, 0);
	atomic_store(&slot->waiting, 0);
	atomic_store(&slot->taken, 1);
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
		slot_take(scoreboard, index);
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

bool
scoreboard_owner_alive(const struct scoreboard *scoreboard, uint64_t owner)
{
	size_t		index = (owner & ((1u << OWNER_SLOT_BITS) - 1)) - 1;
	uint64_t	generation;

	if (owner == scoreboard->owner)
		return true;
	if (index >= SCOREBOARD_SLOTS)
		return false;
	generation = load(&scoreboard->board->slots[index].generation);
	return ((generation << OWNER_SLOT_BITS) & OWNER_MASK) ==
	    (owner & ~(uint64_t)((1u << OWNER_SLOT_BITS) - 1)) &&
	    load(&scoreboard->board->slots[index].taken) != 0 &&
	    slot_alive(scoreboard, index);
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

/* When there is no memory at all: shared by whoever meets that. */
static struct board		last_board;
static struct scoreboard	last_scoreboard = { .fd = -1 };

/* Untouched pages cost nothing, so that a CGI pays only for what it uses. */
static struct board *
private_board(void)
{
	struct board	*board;

	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return board == MAP_FAILED ? &last_board : board;
}

struct scoreboard *
scoreboard_open(const char *path, struct problem *problem)
{
	struct scoreboard	*scoreboard;

	scoreboard = calloc(1, sizeof(*scoreboard));
	problem_clear(problem);
	if (scoreboard == NULL)
		scoreboard = &last_scoreboard;
	scoreboard->fd = -1;
	if (path != NULL && scoreboard != &last_scoreboard) {
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
	slot_take(scoreboard, 0);
	return scoreboard;
}

void
scoreboard_close(struct scoreboard *scoreboard)
{
	if (scoreboard == NULL)
		return;
	if (scoreboard->slot != NULL)
		atomic_store(&scoreboard->slot->taken, 0);
	if (scoreboard->board != &last_board)
		munmap(scoreboard->board, sizeof(*scoreboard->board));
	if (scoreboard->fd >= 0)
		close(scoreboard->fd);
	if (scoreboard != &last_scoreboard)
		free(scoreboard);
}

bool
scoreboard_shared(const struct scoreboard *scoreboard)
{
	return scoreboard->fd >= 0;
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

typedef const atomic_uint_least64_t *slot_number(const struct slot *);

static const atomic_uint_least64_t *
number_in_flight(const struct slot *slot)
{
	return &slot->in_flight;
}

static const atomic_uint_least64_t *
number_waiting(const struct slot *slot)
{
	return &slot->waiting;
}

/* Of all slots of living processes that number. */
static uint64_t
sum_of_slots(const struct scoreboard *scoreboard, slot_number *number)
{
	const struct slot	*slots = scoreboard->board->slots;
	uint64_t		 sum = 0, count;
	size_t			 i;

	for (i = 0; i < SCOREBOARD_SLOTS; i++) {
		count = load(number(&slots[i]));
		if (count != 0 && load(&slots[i].taken) != 0 &&
		    slot_alive(scoreboard, i))
			sum += count;
	}
	return sum;
}

uint64_t
scoreboard_in_flight(const struct scoreboard *scoreboard)
{
	return sum_of_slots(scoreboard, number_in_flight);
}

atomic_uint_least64_t *
scoreboard_waiting_here(struct scoreboard *scoreboard)
{
	return scoreboard->slot == NULL ? NULL : &scoreboard->slot->waiting;
}

uint64_t
scoreboard_waiting(const struct scoreboard *scoreboard)
{
	return sum_of_slots(scoreboard, number_waiting);
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
	size_t	bucket = us <= 1 ? 0 : 64 - (size_t)__builtin_clzll(us - 1);

	return bucket < SCOREBOARD_BUCKETS ? bucket : SCOREBOARD_BUCKETS - 1;
}

void
scoreboard_observe(struct scoreboard *scoreboard, enum latency latency,
    uint64_t us)
{
	add(&scoreboard->board->histograms[latency][bucket_of(us)], 1);
	add(&scoreboard->board->latency_sums[latency], us);
}

uint64_t
scoreboard_histogram(const struct scoreboard *scoreboard, enum latency latency,
    uint64_t buckets[SCOREBOARD_BUCKETS])
{
	size_t	i;

	for (i = 0; i < SCOREBOARD_BUCKETS; i++)
		buckets[i] = load(&scoreboard->board->histograms[latency][i]);
	return load(&scoreboard->board->latency_sums[latency]);
}

uint64_t
scoreboard_quantile(const struct scoreboard *scoreboard, enum latency latency,
    unsigned percent)
{
	const atomic_uint_least64_t	*histogram;
	uint64_t			 total = 0, seen = 0;
	size_t				 i;

	histogram = scoreboard->board->histograms[latency];
	for (i = 0; i < SCOREBOARD_BUCKETS; i++)
		total += load(&histogram[i]);
	if (total == 0)
		return 0;
	for (i = 0; i < SCOREBOARD_BUCKETS - 1; i++) {
		seen += load(&histogram[i]);
		if (seen * 100 >= total * percent && seen > 0)
			break;
	}
	return (uint64_t)1 << i;
}
