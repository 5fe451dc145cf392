#include "build.h"

#include <ctype.h>
#include <string.h>

#include "search.h"

#define ID_MAX	64

int
search_add(struct search *search, struct arena *arena, struct escaped url,
    struct escaped title)
{
	struct search_result	*result = arena_calloc(arena, 1, sizeof(*result));

	if (result == NULL)
		return -1;
	result->url = url;
	result->title = title;
	if (search->last == NULL)
		search->results = result;
	else
		search->last->next = result;
	search->last = result;
	return 0;
}

struct text
search_id(struct arena *arena, const char *prefix, struct text id)
{
	size_t	i, length = id.length < ID_MAX ? id.length : ID_MAX;
	size_t	before = strlen(prefix);
	char	*made = arena_alloc(arena, before + length);

	if (made == NULL)
		return (struct text){ "", 0 };
	memcpy(made, prefix, before);
	for (i = 0; i < length; i++)
		made[before + i] = isalnum((unsigned char)id.at[i]) ?
		    id.at[i] : '_';
	return (struct text){ made, before + length };
}
