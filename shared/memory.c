#include "build.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "memory.h"

#define KIB	1024

/*
 * Bodies up to a megabyte stay on the heap, whose end is kept for the next ones:
 * pages that come and go with each request cost more than all that is done to it.
 * Larger ones go back to the system at once, and glibc shall not raise that limit
 * by itself. What is freed is merged at once, not in strokes (M_MXFAST): each
 * exchange frees buffers that would set one off.
 */
void
memory_tune(int heaps)
{
#ifdef __GLIBC__
	(void)mallopt(M_MMAP_THRESHOLD, 1024 * KIB);
	(void)mallopt(M_TRIM_THRESHOLD, 2048 * KIB);
	(void)mallopt(M_ARENA_MAX, heaps);
	(void)mallopt(M_MXFAST, 0);
#else
	(void)heaps;
#endif
}

void
memory_trim(void)
{
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}
