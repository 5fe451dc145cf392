#ifndef ARENA_H
#define ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "budget.h"

/*
 * An arena is memory with one owner and one end: everything allocated from it
 * dies in arena_release(). An exchange has two: `request`, dropped once no
 * retry can need it, and `reply`.
 *
 * An arena has a ceiling from birth. At the ceiling, or when the system or the
 * shared budget has no more, allocation returns NULL and arena->failed stays
 * set, so that a caller which builds something large may check once at the end.
 * An arena belongs to one thread at a time.
 */
struct arena_chunk;

struct arena {
	struct arena_chunk	*chunks;	/* newest first */
	size_t			 used;		/* bytes taken, chunks' heads included */
	size_t			 max;		/* bytes */
	struct budget		*budget;	/* borrowed, may be NULL */
	int			 failed;
};

/* An empty arena; it allocates nothing yet. */
void	arena_init(struct arena *, size_t max, struct budget *);

/* Frees everything; the arena is empty and usable again, with failed = 0. */
void	arena_release(struct arena *);

/* `size` bytes aligned for any object, not cleared; NULL on failure. */
void	*arena_alloc(struct arena *, size_t size);

/* The same for `count` objects of `size` bytes, cleared; checks overflow. */
void	*arena_calloc(struct arena *, size_t count, size_t size);

/* Copies of text, always NUL-terminated; NULL on failure. */
char	*arena_strdup(struct arena *, const char *);
char	*arena_memdup(struct arena *, const char *, size_t length);
char	*arena_printf(struct arena *, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
char	*arena_vprintf(struct arena *, const char *format, va_list)
	    __attribute__((format(printf, 2, 0)));

/*
 * Text that grows at its end, all zeros at first; its room doubles, so that what it
 * has grown out of takes no more than it does. NUL-terminated from the first add on.
 */
struct arena_text {
	char	*at;
	size_t	 length, room;
};

/* 0 or -1, and then it is as it was. */
int	arena_append(struct arena *, struct arena_text *, const char *,
	    size_t length);

#endif
