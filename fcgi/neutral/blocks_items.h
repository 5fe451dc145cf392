#ifndef BLOCKS_ITEMS_H
#define BLOCKS_ITEMS_H

#include "blocks.h"

/*
 * Within blocks: the queue of blocks that are not closed yet. The first one is
 * open, all others wait behind it; only a call can be incomplete and not the
 * last. blocks_items.c moves the queue, blocks_say.c fills it.
 */
#define BLOCKS_ITEMS_MAX	4096	/* not closed at one time */

struct blocks_item {
	struct blocks_item	*next;
	enum block_kind		 kind;
	int64_t			 key;		/* of a call */
	bool			 call;
	bool			 unwrap;	/* {"input": ...} becomes text */
	bool			 flows;		/* need not wait for its end */
	bool			 told;		/* what is kept is not blank */
	bool			 apart;		/* of text: blocks_part() */
	bool			 opened;
	bool			 complete;
	struct text		 id, wire;	/* of a call */
	struct buf		 text, logprobs; /* kept until it is open */
	const struct seal	*seal;
	struct citation		*citations, *last_citation;
	struct text		 raw, media_type;
	const struct search	*search;
};

/* Each returns 0, or -1 when blocks is broken (and ERROR was emitted). */
int	blocks_emit(struct blocks *, struct event *);

/* Starts if need be; what every function begins with. */
int	blocks_go_on(struct blocks *);

/* Emits all that can be. */
int	blocks_pump(struct blocks *);

/* A new last item, behind running text that ends. NULL when broken. */
struct blocks_item *blocks_item_add(struct blocks *, enum block_kind);

/* More text of an item: at once when it is the open one, else kept. */
int	blocks_item_text(struct blocks *, struct blocks_item *, struct escaped,
	    struct text logprobs);

/* Text, thinking or refusal that may go on. */
bool	item_is_running(const struct blocks_item *);

/*
 * blocks_ids.c: a call's id for the client, from the upstream's, which may be
 * empty: it fits, and neither the conversation nor this reply has it.
 */
struct text	blocks_call_id(struct blocks *, struct text id);

/* A copy in the arena. */
struct escaped	blocks_keep_escaped(struct blocks *, struct escaped);

#endif
