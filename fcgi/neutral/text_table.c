#include "build.h"

#include <stdatomic.h>
#include <stdint.h>

#include <sys/random.h>

#include "json_text.h"
#include "name_hash.h"
#include "text_table.h"

#define FIRST_SIZE	32

/* Drawn once; without any randomness the address of the code must do. */
static uint64_t
seed(void)
{
	static _Atomic uint64_t	drawn;
	uint64_t		none = 0, fresh;

	if (atomic_load(&drawn) != 0)
		return atomic_load(&drawn);
	if (getrandom(&fresh, sizeof(fresh), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(fresh))
		fresh = (uintptr_t)seed;
	atomic_compare_exchange_strong(&drawn, &none, fresh | 1);
	return atomic_load(&drawn);
}

void
text_table_init(struct text_table *table, struct arena *arena)
{
	*table = (struct text_table){ .arena = arena };
}

/* The key's slot, or the free one where it would be. */
static struct text_slot *
slot_of(const struct text_table *table, struct text first, struct text second)
{
	struct text_slot	*slot;
	size_t			 i;

	i = (size_t)name_hash(name_hash(seed(), first), second);
	for (;; i++) {
		slot = &table->slots[i & (table->size - 1)];
		if (slot->value == NULL || (text_same(slot->first, first) &&
		    text_same(slot->second, second)))
			return slot;
	}
}

static int
grow(struct text_table *table)
{
	struct text_table	 larger = *table;
	const struct text_slot	*slot;
	size_t			 i;

	larger.size = table->size == 0 ? FIRST_SIZE : table->size * 2;
	larger.slots = arena_calloc(table->arena, larger.size,
	    sizeof(*larger.slots));
	if (larger.slots == NULL)
		return -1;
	for (i = 0; i < table->size; i++) {
		slot = &table->slots[i];
		if (slot->value != NULL)
			*slot_of(&larger, slot->first, slot->second) = *slot;
	}
	*table = larger;
	return 0;
}

int
text_table_add(struct text_table *table, struct text first, struct text second,
    void *value)
{
	struct text_slot	*slot;

	if (table->count >= table->size / 2 && grow(table) == -1)
		return -1;
	slot = slot_of(table, first, second);
	if (slot->value != NULL)
		return 0;
	*slot = (struct text_slot){ first, second, value };
	table->count++;
	return 1;
}

int
text_table_put(struct text_table *table, struct text first, struct text second,
    void *value)
{
	int	added = text_table_add(table, first, second, value);

	if (added == 0)
		slot_of(table, first, second)->value = value;
	return added;
}

void *
text_table_find(const struct text_table *table, struct text first,
    struct text second)
{
	return table->size == 0 ? NULL : slot_of(table, first, second)->value;
}
