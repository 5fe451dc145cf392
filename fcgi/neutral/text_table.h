#ifndef TEXT_TABLE_H
#define TEXT_TABLE_H

#include "arena.h"
#include "json.h"

/*
 * Looks things up by two texts, one of which may be empty. Open addressing, at
 * most half full; it grows in its arena, which also keeps the smaller ones.
 * Which slot a key has differs from process to process, so that no client can
 * choose names that all collide. Keys and values are borrowed.
 */
struct text_slot {
	struct text	 first, second;
	void		*value;		/* NULL: free */
};

struct text_table {
	struct arena		*arena;
	struct text_slot	*slots;
	size_t			 size;	/* a power of two, or 0 */
	size_t			 count;
};

void	text_table_init(struct text_table *, struct arena *);

/* 1: added. 0: the key was there, with the value that it keeps. -1: no memory. */
int	text_table_add(struct text_table *, struct text, struct text,
	    void *value);

/* As that, but the new value takes the place of one that was there. */
int	text_table_put(struct text_table *, struct text, struct text,
	    void *value);

/* NULL when there is none. */
void	*text_table_find(const struct text_table *, struct text, struct text);

#endif
