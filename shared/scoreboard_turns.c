#include "build.h"

#include "clock.h"
#include "scoreboard.h"
#include "scoreboard_board.h"

#define COOL_MAX_S	86400

/* ---- round-robins ---- */

static uint64_t
turn_take(struct turn *turn)
{
	atomic_store_explicit(&turn->used_s, wall_s(), memory_order_relaxed);
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
	end = wall_s() + (uint64_t)seconds;
	for (tries = 0; tries < 1000; tries++) {
		at = cooldown_find(scoreboard->board, hash, &victim);
		if (at == NULL)
			at = victim;
		entry = load(at);
		/* Another's by now? */
		if (at != victim && (uint32_t)entry != (uint32_t)hash)
			continue;
		if (at != victim && cooldown_end(entry) >= end &&
		    cooldown_end(entry) <= wall_s() + COOL_MAX_S)
			return;
		if (atomic_compare_exchange_strong(at, &entry,
		    end << 32 | (uint32_t)hash))
			return;
	}
}

int
scoreboard_cooling(const struct scoreboard *scoreboard, uint64_t hash)
{
	atomic_uint_least64_t	*at;
	uint64_t		 entry, now = wall_s();

	at = cooldown_find(scoreboard->board, hash, NULL);
	entry = at == NULL ? 0 : load(at);
	if ((uint32_t)entry != (uint32_t)hash || cooldown_end(entry) <= now ||
	    cooldown_end(entry) - now > COOL_MAX_S)
		return 0;
	return (int)(cooldown_end(entry) - now);
}
