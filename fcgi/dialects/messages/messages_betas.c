#include "build.h"

#include <string.h>

#include "messages.h"

/* Whether `list` ("a, b") already has a beta; of `length` bytes. */
static bool
has_beta(const char *list, const char *beta, size_t length)
{
	const char *at;

	for (at = list; (at = strstr(at, beta)) != NULL; at += length)
		if ((at == list || at[-1] == ' ' || at[-1] == ',') &&
		    (at[length] == '\0' || at[length] == ','))
			return true;
	return false;
}

/* Appends a beta unless it is there or is to be left out. 0 or -1. */
static int
join_beta(struct arena *arena, struct arena_text *list, const char *beta,
    size_t length, const char *without)
{
	const char	*one = arena_memdup(arena, beta, length);

	if (one == NULL)
		return -1;
	if (length == 0 || (without != NULL && strcmp(one, without) == 0) ||
	    (list->length > 0 && has_beta(list->at, one, length)))
		return 0;
	if (list->length > 0 && arena_append(arena, list, ", ", 2) == -1)
		return -1;
	return arena_append(arena, list, one, length);
}

static int
join_asked(struct arena *arena, struct arena_text *list, const char *asked,
    const char *without)
{
	const char	*at;
	size_t		 length;

	for (at = asked; *at != '\0'; at += strspn(at, ", \t")) {
		length = strcspn(at, ", \t");
		if (join_beta(arena, list, at, length, without) == -1)
			return -1;
		at += length;
	}
	return 0;
}

/* Interleaved thinking goes with thinking by budget, fast mode with fast models. */
const char *
messages_join_betas(struct arena *arena, const char *asked,
    const struct policy *policy)
{
	enum effort		effort = policy->effort;
	struct arena_text	list = { NULL, 0, 0 };

	if (join_asked(arena, &list, asked, effort == EFFORT_OFF ?
	    BETA_INTERLEAVED : NULL) == -1)
		return NULL;
	if (effort != EFFORT_AUTO && effort != EFFORT_OFF &&
	    policy->model->thinking == THINKING_BUDGET &&
	    join_beta(arena, &list, BETA_INTERLEAVED,
	    strlen(BETA_INTERLEAVED), NULL) == -1)
		return NULL;
	if (policy->fast && join_beta(arena, &list, BETA_FAST,
	    strlen(BETA_FAST), NULL) == -1)
		return NULL;
	return list.length > 0 ? list.at : "";
}
