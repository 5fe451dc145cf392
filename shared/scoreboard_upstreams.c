#include "build.h"

#include <string.h>

#include "clock.h"
#include "scoreboard.h"
#include "scoreboard_board.h"

#define FAILURES_IN_A_ROW	3
#define PAUSE_FIRST_MS		5000
#define PAUSE_MAX_MS		60000
#define RETRY_AFTER_MAX_S	3600

/* Whoever tries an upstream after a pause may die: then another one does. */
#define TRIAL_MS		30000

static void
forgive(struct upstream_slot *slot)
{
	atomic_store(&slot->failures, 0);
	atomic_store(&slot->pause_ms, 0);
	atomic_store(&slot->away_until_ms, 0);
	atomic_store(&slot->trial_until_ms, 0);
}

/*
 * The slot of `name`; NULL if there is none and `make` is false. In a full table
 * the one in the way is taken over.
 */
static struct upstream_slot *
find(struct board *board, uint64_t name, bool make)
{
	struct upstream_slot	*slot = NULL;
	uint64_t		 there;
	size_t			 i;

	if (name == 0)
		name = 1;
	for (i = 0; i < SCOREBOARD_UPSTREAMS; i++) {
		slot = &board->upstreams[(name + i) % SCOREBOARD_UPSTREAMS];
		there = load(&slot->name);
		if (there == 0 && !make)
			return NULL;
		if (there == name || (there == 0 &&
		    (atomic_compare_exchange_strong(&slot->name, &there,
		    name) || there == name)))
			return slot;
	}
	if (!make)
		return NULL;
	atomic_store(&slot->name, name);
	forgive(slot);
	return slot;
}

/* A clock that was set back must not leave it away for ever. */
static int64_t
left_ms(const atomic_uint_least64_t *until_ms, uint64_t now)
{
	uint64_t	until = load(until_ms);

	if (until <= now || until - now > RETRY_AFTER_MAX_S * 1000)
		return 0;
	return (int64_t)(until - now);
}

int64_t
scoreboard_upstream_away_ms(struct scoreboard *scoreboard, uint64_t hash)
{
	struct upstream_slot	*slot = find(scoreboard->board, hash, false);
	uint64_t		 now, until;
	int64_t			 left;

	if (slot == NULL || load(&slot->pause_ms) == 0)
		return 0;
	now = wall_ms();
	until = load(&slot->trial_until_ms);
	left = left_ms(&slot->away_until_ms, now);
	if (left == 0)
		left = left_ms(&slot->trial_until_ms, now);
	if (left == 0 && !atomic_compare_exchange_strong(
	    &slot->trial_until_ms, &until, now + TRIAL_MS))
		left = TRIAL_MS;
	return left;
}

static void
store_reason(struct upstream_slot *slot, const char *reason)
{
	uint64_t	words[SCOREBOARD_REASON / 8] = { 0 };
	size_t		length = strnlen(reason, SCOREBOARD_REASON - 1), i;

	memcpy(words, reason, length);
	for (i = 0; i < SCOREBOARD_REASON / 8; i++)
		atomic_store_explicit(&slot->reason[i], words[i],
		    memory_order_relaxed);
}

/* Those that fail while it is away already were on their way before. */
void
scoreboard_upstream_failed(struct scoreboard *scoreboard, uint64_t hash,
    int retry_after_s, const char *reason)
{
	struct upstream_slot	*slot = find(scoreboard->board, hash, true);
	uint64_t		 failures = atomic_fetch_add(&slot->failures,
				    1) + 1;
	uint64_t		 pause = load(&slot->pause_ms);
	uint64_t		 now = wall_ms(), said;
	bool			 away = left_ms(&slot->away_until_ms, now) > 0;

	store_reason(slot, reason);
	if (retry_after_s == 0 && (away ||
	    (pause == 0 && failures < FAILURES_IN_A_ROW)))
		return;
	if (!away)
		pause = pause == 0 ? PAUSE_FIRST_MS : pause * 2;
	if (pause > PAUSE_MAX_MS)
		pause = PAUSE_MAX_MS;
	said = now + (uint64_t)(retry_after_s > RETRY_AFTER_MAX_S ?
	    RETRY_AFTER_MAX_S : retry_after_s) * 1000;
	if (!away && said < now + pause)
		said = now + pause;
	atomic_store(&slot->pause_ms, pause);
	if (!away || said > load(&slot->away_until_ms))
		atomic_store(&slot->away_until_ms, said);
	atomic_store(&slot->trial_until_ms, 0);
}

void
scoreboard_upstream_good(struct scoreboard *scoreboard, uint64_t hash)
{
	struct upstream_slot	*slot = find(scoreboard->board, hash, false);

	if (slot != NULL && (load(&slot->failures) != 0 ||
	    load(&slot->pause_ms) != 0))
		forgive(slot);
}

void
scoreboard_upstream_tried(struct scoreboard *scoreboard, uint64_t hash)
{
	struct upstream_slot	*slot = find(scoreboard->board, hash, false);

	if (slot != NULL && load(&slot->trial_until_ms) != 0)
		atomic_store(&slot->trial_until_ms, 0);
}

void
scoreboard_upstream_read(const struct scoreboard *scoreboard, uint64_t hash,
    struct upstream_health *health)
{
	const struct upstream_slot	*slot = find(scoreboard->board, hash,
					    false);
	uint64_t			 words[SCOREBOARD_REASON / 8];
	size_t				 i;

	memset(health, 0, sizeof(*health));
	if (slot == NULL)
		return;
	health->failures = (unsigned)load(&slot->failures);
	health->away_ms = load(&slot->pause_ms) == 0 ? 0 :
	    left_ms(&slot->away_until_ms, wall_ms());
	for (i = 0; i < SCOREBOARD_REASON / 8; i++)
		words[i] = load(&slot->reason[i]);
	memcpy(health->reason, words, sizeof(words));
	health->reason[SCOREBOARD_REASON - 1] = '\0';
}
