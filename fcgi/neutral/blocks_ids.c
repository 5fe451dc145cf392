#include "build.h"

#include <string.h>

#include "blocks_items.h"
#include "call_id.h"
#include "id.h"

/* An id for a call that the upstream gave none. */
static struct text
made_id(struct blocks *blocks)
{
	static const char	prefix[] = "call_";
	size_t			length = sizeof(prefix) - 1;
	char			*to;

	if (blocks->id.length == 0)
		return id_mint(blocks->arena, prefix);
	to = arena_alloc(blocks->arena, length + NAME_HASH_LENGTH);
	if (to == NULL)
		return (struct text){ "", 0 };
	memcpy(to, prefix, length);
	name_hash_write(to + length, name_hash(blocks->calls, blocks->id));
	return (struct text){ to, length + NAME_HASH_LENGTH };
}

/* How often an id was said again: 0 when it is new to this reply. */
static uint64_t *
id_uses(struct blocks *blocks, struct text id)
{
	const struct text	none = { "", 0 };
	uint64_t		*uses = text_table_find(&blocks->ids, id, none);

	if (uses != NULL)
		return uses;
	uses = arena_calloc(blocks->arena, 1, sizeof(*uses));
	if (uses != NULL)
		text_table_add(&blocks->ids, id, none, uses);
	return uses;
}

/* As it is, unless the conversation or this reply has it. */
static struct text
own_id(struct blocks *blocks, struct text id)
{
	uint64_t	*again = id_uses(blocks, id), *uses = again;
	struct text	 own = id;

	while (uses != NULL && (*uses > 0 ||
	    tool_names_knows_call(blocks->names, own))) {
		own = call_id_again(blocks->arena, id, ++*again);
		uses = id_uses(blocks, own);
	}
	if (uses != NULL)
		++*uses;
	return own;
}

struct text
blocks_call_id(struct blocks *blocks, struct text id)
{
	if (id.length == 0)
		id = made_id(blocks);
	return own_id(blocks, call_id_fit(blocks->arena, id, CALL_ID_MAX));
}
