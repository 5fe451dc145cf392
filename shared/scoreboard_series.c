#include "build.h"

#include <string.h>

#include "scoreboard_board.h"
#include "scoreboard_series.h"

static const struct series_labels other = { "other", "other", "other" };

/* Of the texts with their ends; never 0. */
static uint64_t
name_of(const uint64_t words[SERIES_WORDS])
{
	uint64_t	hash = UINT64_C(0xcbf29ce484222325);
	size_t		i;

	for (i = 0; i < SERIES_WORDS; i++) {
		hash = (hash ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return hash != 0 ? hash : 1;
}

/*
 * Slots are taken from the first on and never given back. Whoever finds one
 * whose texts are not there yet writes them too: the one that took it may have
 * died, and it would be the same texts.
 */
static struct series_slot *
find(struct scoreboard *scoreboard, const struct series_labels *labels)
{
	uint64_t		 words[SERIES_WORDS] = { 0 };
	uint64_t		 name, there;
	struct series_slot	*slot;
	size_t			 i;

	memcpy(words, labels, sizeof(*labels));
	name = name_of(words);
	for (i = 0; i < SCOREBOARD_SERIES; i++) {
		slot = &scoreboard->board->series[i];
		there = load(&slot->name);
		if (there == 0)
			(void)atomic_compare_exchange_strong(&slot->name,
			    &there, name);
		if (there == 0 || there == name)
			break;
	}
	if (i == SCOREBOARD_SERIES)
		return NULL;
	if (load(&slot->written) != 0)
		return slot;
	for (i = 0; i < SERIES_WORDS; i++)
		atomic_store_explicit(&slot->labels[i], words[i],
		    memory_order_relaxed);
	atomic_store_explicit(&slot->written, 1, memory_order_release);
	return slot;
}

void
scoreboard_series_add(struct scoreboard *scoreboard,
    const struct series_labels *labels, enum series_status status,
    const uint64_t tokens[SERIES_TOKENS])
{
	struct series_slot	*slot = find(scoreboard, labels);
	int			 i;

	if (slot == NULL)
		slot = &scoreboard->board->series[SCOREBOARD_SERIES];
	add(&slot->requests[status], 1);
	for (i = 0; i < SERIES_TOKENS; i++)
		if (tokens[i] != 0)
			add(&slot->tokens[i], tokens[i]);
}

static void
read_labels(const struct series_slot *slot, struct series_labels *labels)
{
	uint64_t	words[SERIES_WORDS];
	size_t		i;

	for (i = 0; i < SERIES_WORDS; i++)
		words[i] = load(&slot->labels[i]);
	memcpy(labels, words, sizeof(*labels));
}

/* The last one has no name: it is the other ones'. */
int
scoreboard_series_read(const struct scoreboard *scoreboard, size_t index,
    struct series *series)
{
	const struct series_slot	*slot;
	int				 i;

	if (index > SCOREBOARD_SERIES)
		return -1;
	slot = &scoreboard->board->series[index];
	if (index < SCOREBOARD_SERIES && load(&slot->name) == 0)
		return -1;
	if (index < SCOREBOARD_SERIES && atomic_load_explicit(&slot->written,
	    memory_order_acquire) != 0)
		read_labels(slot, &series->labels);
	else
		series->labels = other;
	for (i = 0; i < SERIES_STATUSES; i++)
		series->requests[i] = load(&slot->requests[i]);
	for (i = 0; i < SERIES_TOKENS; i++)
		series->tokens[i] = load(&slot->tokens[i]);
	return 0;
}
