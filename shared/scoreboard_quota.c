#include "build.h"

#include "calendar.h"
#include "clock.h"
#include "scoreboard_board.h"
#include "scoreboard_quota.h"

#define MINUTE_S	60
#define TOKENS_BITS	48
#define TOKENS_MASK	(((uint64_t)1 << TOKENS_BITS) - 1)

/* ---- the table ---- */

/* Gives the quota that nobody asked for longest to `name`. */
static struct quota *
quota_replace(struct quota *quotas, uint64_t name)
{
	struct quota	*oldest = &quotas[0];
	uint64_t	 old;
	size_t		 i;

	for (i = 1; i < SCOREBOARD_QUOTAS; i++)
		if (load(&quotas[i].used_s) < load(&oldest->used_s))
			oldest = &quotas[i];
	old = load(&oldest->name);
	if (atomic_compare_exchange_strong(&oldest->name, &old, name)) {
		atomic_store(&oldest->minute, 0);
		for (i = 0; i < QUOTA_WINDOWS; i++)
			atomic_store(&oldest->windows[i], 0);
	}
	return oldest;
}

struct quota *
scoreboard_quota(struct scoreboard *scoreboard, uint64_t name)
{
	struct quota	*quotas = scoreboard->board->quotas, *quota;
	uint64_t	 there;
	size_t		 i;

	if (name == 0)
		name = 1;
	for (i = 0; i < SCOREBOARD_QUOTAS; i++) {
		quota = &quotas[(name + i) % SCOREBOARD_QUOTAS];
		there = 0;
		if (load(&quota->name) == name ||
		    atomic_compare_exchange_strong(&quota->name, &there,
		    name) || there == name)
			break;
	}
	if (i == SCOREBOARD_QUOTAS)
		quota = quota_replace(quotas, name);
	atomic_store_explicit(&quota->used_s, wall_s(), memory_order_relaxed);
	return quota;
}

/* ---- windows ---- */

static uint64_t
period_of(enum quota_window window, int64_t now_s)
{
	int64_t	period = window == QUOTA_DAY ? now_s / 86400 :
		    calendar_month(now_s);

	/* From 1 on, so that a known window is never 0. */
	return (uint64_t)(period + 1) & 0xffff;
}

int64_t
quota_window_start(enum quota_window window, int64_t now_s)
{
	return window == QUOTA_DAY ? now_s / 86400 * 86400 :
	    calendar_month_start(calendar_month(now_s));
}

int64_t
quota_window_end(enum quota_window window, int64_t now_s)
{
	return window == QUOTA_DAY ? (now_s / 86400 + 1) * 86400 :
	    calendar_month_start(calendar_month(now_s) + 1);
}

uint64_t
quota_tokens(const struct quota *quota, enum quota_window window,
    int64_t now_s)
{
	uint64_t	word = load(&quota->windows[window]);

	return word >> TOKENS_BITS == period_of(window, now_s) ?
	    word & TOKENS_MASK : 0;
}

static void
window_add(atomic_uint_least64_t *window, uint64_t period, uint64_t tokens)
{
	uint64_t	word = load(window), sum;

	do {
		sum = (word >> TOKENS_BITS == period ? word & TOKENS_MASK : 0) +
		    tokens;
		if (sum > TOKENS_MASK)
			sum = TOKENS_MASK;
	} while (!atomic_compare_exchange_weak(window, &word,
	    period << TOKENS_BITS | sum));
}

void
quota_spend(struct quota *quota, int64_t now_s, uint64_t tokens)
{
	enum quota_window	window;

	for (window = QUOTA_DAY; window < QUOTA_WINDOWS; window++)
		window_add(&quota->windows[window], period_of(window, now_s),
		    tokens);
}

bool
quota_is_new(const struct quota *quota)
{
	return load(&quota->windows[QUOTA_DAY]) == 0 ||
	    load(&quota->windows[QUOTA_MONTH]) == 0;
}

void
quota_fill(struct quota *quota, int64_t now_s,
    const uint64_t tokens[QUOTA_WINDOWS])
{
	enum quota_window	window;
	uint64_t		unknown, word;

	for (window = QUOTA_DAY; window < QUOTA_WINDOWS; window++) {
		unknown = 0;
		word = tokens[window] < TOKENS_MASK ? tokens[window] :
		    TOKENS_MASK;
		atomic_compare_exchange_strong(&quota->windows[window],
		    &unknown, period_of(window, now_s) << TOKENS_BITS | word);
	}
}

/* ---- requests of a minute ---- */

static uint64_t
minute_requests(uint64_t word, int64_t now_s)
{
	int64_t	start = (int64_t)(word >> 32);

	return now_s >= start && now_s - start < MINUTE_S ? word & 0xffffffff :
	    0;
}

uint64_t
quota_requests(const struct quota *quota, int64_t now_s)
{
	return minute_requests(load(&quota->minute), now_s);
}

int64_t
quota_minute_end(const struct quota *quota, int64_t now_s)
{
	uint64_t	word = load(&quota->minute);

	return minute_requests(word, now_s) == 0 ? now_s + MINUTE_S :
	    (int64_t)(word >> 32) + MINUTE_S;
}

static bool
minute_take(struct quota *quota, uint64_t limit, int64_t now_s)
{
	uint64_t	word = load(&quota->minute), requests, next;

	do {
		requests = minute_requests(word, now_s);
		if (limit != 0 && requests >= limit)
			return false;
		next = requests == 0 ? (uint64_t)now_s << 32 | 1 : word + 1;
	} while (!atomic_compare_exchange_weak(&quota->minute, &word, next));
	return true;
}

/* ---- seats ---- */

/* Takes the first seat that is free, or whose owner is dead if `dead`. */
static bool
seat_take(struct scoreboard *scoreboard, struct quota *quota,
    uint64_t seats, bool dead, struct quota_seat *seat)
{
	uint64_t	there;
	unsigned	i;

	for (i = 0; i < seats; i++) {
		there = load(&quota->seats[i]);
		if (there != 0 && (!dead || scoreboard_owner_alive(scoreboard,
		    there & OWNER_MASK)))
			continue;
		if (!atomic_compare_exchange_strong(&quota->seats[i], &there,
		    seat->word))
			continue;
		seat->quota = quota;
		seat->index = i;
		return true;
	}
	return false;
}

/* The seats of dead processes become free. */
static void
seats_sweep(struct scoreboard *scoreboard, struct quota *quota)
{
	uint64_t	there;
	size_t		i;

	for (i = 0; i < SCOREBOARD_SEATS; i++) {
		there = load(&quota->seats[i]);
		if (there != 0 && !scoreboard_owner_alive(scoreboard,
		    there & OWNER_MASK))
			(void)atomic_compare_exchange_strong(&quota->seats[i],
			    &there, 0);
	}
}

/* What others have set aside. */
static uint64_t
seats_reserved(const struct quota *quota, const struct quota_seat *mine)
{
	uint64_t	sum = 0;
	unsigned	i;

	for (i = 0; i < SCOREBOARD_SEATS; i++)
		if (i != mine->index)
			sum += atomic_load(&quota->seats[i]) >> 32;
	return sum;
}

static enum quota_limit
tokens_check(const struct quota *quota, const struct quota_limits *limits,
    const struct quota_seat *seat, int64_t now_s)
{
	static const enum quota_limit	names[QUOTA_WINDOWS] = {
		[QUOTA_DAY] = QUOTA_TOKENS_PER_DAY,
		[QUOTA_MONTH] = QUOTA_TOKENS_PER_MONTH,
	};
	uint64_t			reserved = seats_reserved(quota, seat);
	enum quota_window		window;

	for (window = QUOTA_DAY; window < QUOTA_WINDOWS; window++)
		if (limits->tokens[window] != 0 &&
		    quota_tokens(quota, window, now_s) + reserved >=
		    limits->tokens[window])
			return names[window];
	return QUOTA_NONE;
}

static bool
sit_down(struct scoreboard *scoreboard, struct quota *quota,
    uint64_t seats, uint64_t reserve, struct quota_seat *seat)
{
	if (reserve > 0xffffffff)
		reserve = 0xffffffff;
	seat->word = reserve << 32 | scoreboard->owner;
	return scoreboard->owner != 0 &&
	    (seat_take(scoreboard, quota, seats, false, seat) ||
	    seat_take(scoreboard, quota, seats, true, seat));
}

/* Everyone sits down before it looks, so that two can't miss each other. */
enum quota_limit
quota_enter(struct scoreboard *scoreboard, struct quota *quota,
    const struct quota_limits *limits, uint64_t reserve, int64_t now_s,
    struct quota_seat *seat)
{
	bool			tokens = limits->tokens[QUOTA_DAY] != 0 ||
				    limits->tokens[QUOTA_MONTH] != 0;
	enum quota_limit	over = QUOTA_NONE;

	seat->quota = NULL;
	if ((tokens || limits->concurrent != 0) && !sit_down(scoreboard, quota,
	    limits->concurrent != 0 ? limits->concurrent : SCOREBOARD_SEATS,
	    tokens ? reserve : 0, seat))
		return QUOTA_CONCURRENT;
	if (tokens)
		over = tokens_check(quota, limits, seat, now_s);
	if (over != QUOTA_NONE) {
		seats_sweep(scoreboard, quota);
		over = tokens_check(quota, limits, seat, now_s);
	}
	if (over == QUOTA_NONE && !minute_take(quota,
	    limits->requests_per_minute, now_s))
		over = QUOTA_REQUESTS_PER_MINUTE;
	if (over != QUOTA_NONE)
		quota_leave(seat);
	return over;
}

void
quota_leave(struct quota_seat *seat)
{
	uint64_t	word = seat->word;

	if (seat->quota != NULL)
		(void)atomic_compare_exchange_strong(
		    &seat->quota->seats[seat->index], &word, 0);
	seat->quota = NULL;
}
