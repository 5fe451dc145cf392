#ifndef BUDGET_H
#define BUDGET_H

#include <stdatomic.h>
#include <stddef.h>

/*
 * A budget is the ceiling on memory that many exchanges share (memory_max_mb).
 * Arenas and large buffers take from it before they allocate and give back
 * when they are released; whoever finds it empty fails alone, with a 503,
 * while the process and its other exchanges go on.
 *
 * All functions may be called by any thread. A NULL budget is unlimited.
 */
struct budget {
	atomic_size_t	used;	/* bytes */
	size_t		max;	/* bytes */
};

void	budget_init(struct budget *, size_t max);

/* Takes bytes; returns 0, or -1 and takes nothing when they are not there. */
int	budget_take(struct budget *, size_t bytes);

/* Gives back what was taken. */
void	budget_give(struct budget *, size_t bytes);

#endif
