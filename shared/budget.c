#include "build.h"

#include <assert.h>

#include "budget.h"

void
budget_init(struct budget *budget, size_t max)
{
	atomic_init(&budget->used, 0);
	budget->max = max;
}

int
budget_take(struct budget *budget, size_t bytes)
{
	size_t	used;

	if (budget == NULL)
		return 0;
	used = atomic_load_explicit(&budget->used, memory_order_relaxed);
	do {
		if (used > budget->max || bytes > budget->max - used)
			return -1;
	} while (!atomic_compare_exchange_weak_explicit(&budget->used, &used,
	    used + bytes, memory_order_relaxed, memory_order_relaxed));
	return 0;
}

void
budget_give(struct budget *budget, size_t bytes)
{
	size_t	before;

	if (budget == NULL)
		return;
	before = atomic_fetch_sub_explicit(&budget->used, bytes,
	    memory_order_relaxed);
	assert(before >= bytes);
	(void)before;
}
