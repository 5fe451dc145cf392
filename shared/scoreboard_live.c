#include "build.h"

#include <string.h>

#include "scoreboard_board.h"
#include "scoreboard_live.h"

/* Where this thread was the last time: likely free, and in its cache. */
static _Thread_local size_t	last_at;
static atomic_size_t		next_start;

static struct live *
take_free(struct scoreboard *scoreboard, bool dead)
{
	struct live	*live;
	uint64_t	 owner;
	size_t		 i;

	if (last_at == 0)
		last_at = atomic_fetch_add(&next_start, 7) +
		    scoreboard->owner * 64 + 1;
	for (i = 0; i < SCOREBOARD_LIVE; i++) {
		live = &scoreboard->board->live[(last_at + i) %
		    SCOREBOARD_LIVE];
		owner = load(&live->owner);
		if (owner != 0 && (!dead ||
		    scoreboard_owner_alive(scoreboard, owner)))
			continue;
		if (atomic_compare_exchange_strong(&live->owner, &owner,
		    scoreboard->owner)) {
			last_at += i;
			return live;
		}
	}
	return NULL;
}

struct live *
scoreboard_show(struct scoreboard *scoreboard,
    const struct live_exchange *exchange)
{
	struct live	*live;
	uint64_t	 words[LIVE_WORDS(sizeof(*exchange))] = { 0 };
	size_t		 i;

	if (scoreboard->owner == 0)
		return NULL;
	live = take_free(scoreboard, false);
	if (live == NULL)
		live = take_free(scoreboard, true);
	if (live == NULL)
		return NULL;
	memcpy(words, exchange, sizeof(*exchange));
	atomic_store(&live->bytes, 0);
	atomic_store_explicit(&live->serial, load(&live->serial) | 1,
	    memory_order_relaxed);
	/* Who sees one of the words sees that they are being written. */
	for (i = 0; i < LIVE_WORDS(sizeof(*exchange)); i++)
		atomic_store_explicit(&live->about[i], words[i],
		    memory_order_release);
	atomic_store_explicit(&live->serial, load(&live->serial) + 1,
	    memory_order_release);
	return live;
}

live_bytes *
live_bytes_of(struct live *live)
{
	return live == NULL ? NULL : &live->bytes;
}

void
live_end(struct live *live)
{
	if (live != NULL)
		atomic_store(&live->owner, 0);
}

/* A whole copy, or false when it changed meanwhile. */
static bool
read_entry(const struct live *live, struct live_exchange *out)
{
	uint64_t	words[LIVE_WORDS(sizeof(*out))];
	uint64_t	serial = atomic_load_explicit(&live->serial,
			    memory_order_acquire);
	size_t		i;

	for (i = 0; i < LIVE_WORDS(sizeof(*out)); i++)
		words[i] = atomic_load_explicit(&live->about[i],
		    memory_order_acquire);
	if ((serial & 1) != 0 || load(&live->serial) != serial)
		return false;
	memcpy(out, words, sizeof(*out));
	out->bytes = load(&live->bytes);
	return true;
}

size_t
scoreboard_live(const struct scoreboard *scoreboard, struct live_exchange *out,
    size_t max)
{
	const struct live	*all = scoreboard->board->live;
	size_t			 i, count = 0;
	uint64_t		 owner;

	for (i = 0; i < SCOREBOARD_LIVE && count < max; i++) {
		owner = load(&all[i].owner);
		if (owner != 0 && scoreboard_owner_alive(scoreboard, owner) &&
		    read_entry(&all[i], &out[count]) &&
		    load(&all[i].owner) == owner)
			count++;
	}
	return count;
}
