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

/* Appends a beta unless it is there or is to be left out. */
static const char *
join_beta(struct arena *arena, const char *list, const char *beta,
    size_t length, const char *without)
{
	char *one = arena_memdup(arena, beta, length);

	if (one == NULL || length == 0 ||
	    (without != NULL && strcmp(one, without) == 0) ||
	    has_beta(list, one, length))
		return list;
	if (*list == '\0')
		return one;
	return arena_printf(arena, "%s, %s", list, one);
}

/* Interleaved thinking goes with thinking by budget, fast mode with fast models. */
const char *
messages_join_betas(struct arena *arena, const char *asked,
    const struct policy *policy)
{
	enum effort effort = policy->effort;
	const char *at, *list = "";

	for (at = asked; list != NULL && *at != '\0';
	    at += strspn(at, ", \t")) {
		size_t length = strcspn(at, ", \t");

		list = join_beta(arena, list, at, length, effort == EFFORT_OFF
		    ? BETA_INTERLEAVED : NULL);
		at += length;
	}
	if (list != NULL && effort != EFFORT_AUTO && effort != EFFORT_OFF &&
	    policy->model->thinking == THINKING_BUDGET)
		list = join_beta(arena, list, BETA_INTERLEAVED,
		    strlen(BETA_INTERLEAVED), NULL);
	if (list != NULL && policy->fast)
		list = join_beta(arena, list, BETA_FAST, strlen(BETA_FAST),
		    NULL);
	return list;
}
