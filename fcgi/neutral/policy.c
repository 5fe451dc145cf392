#include "build.h"

#include <string.h>

#include "policy.h"

#define BUDGET_MIN	1024	/* Anthropic: least budget_tokens */
#define ANSWER_TOKENS	4096	/* left for the answer behind the thinking */

static const int64_t budgets[EFFORT_KINDS] = {
	[EFFORT_LOW] =		4096,
	[EFFORT_MEDIUM] =	12288,
	[EFFORT_HIGH] =		24576,
	[EFFORT_XHIGH] =	40960,
	[EFFORT_MAX] =		40960,
};

int64_t
policy_budget(enum effort effort)
{
	return budgets[effort];
}

enum effort
policy_effort_of_budget(int64_t budget)
{
	enum effort	effort;

	if (budget <= 0)
		return budget == 0 ? EFFORT_OFF : EFFORT_AUTO;
	for (effort = EFFORT_XHIGH; effort > EFFORT_LOW; effort--)
		if (budget >= budgets[effort])
			return effort;
	return EFFORT_LOW;
}

static bool
effort_allowed(const struct model *model, int effort)
{
	return effort >= 0 && effort < EFFORT_KINDS &&
	    (model->efforts & (1u << effort)) != 0;
}

enum effort
policy_clamp(const struct model *model, enum effort effort)
{
	int	distance, down, up;

	if (model->efforts == 0 || effort == EFFORT_AUTO)
		return effort;
	for (distance = 0; distance < EFFORT_KINDS; distance++) {
		down = (int)effort - distance;
		up = (int)effort + distance;
		if (effort_allowed(model, effort) ||
		    (down > EFFORT_OFF && effort_allowed(model, down)))
			return down;
		if (up < EFFORT_KINDS && effort_allowed(model, up))
			return up;
	}
	return EFFORT_OFF;
}

bool
policy_thinks(enum effort effort)
{
	return effort > EFFORT_OFF;
}

const char *
policy_word(enum effort effort)
{
	return effort == EFFORT_OFF ? "none" : effort_word(effort);
}

bool
policy_drops(const struct model *model, const char *field)
{
	size_t	i;

	for (i = 0; i < model->drop.count; i++)
		if (strcmp(model->drop.at[i], field) == 0)
			return true;
	return false;
}

bool
policy_fit_budget(const struct model *model, int64_t *budget,
    int64_t *max_tokens)
{
	int64_t	most = *max_tokens, least = *budget;

	if (least < BUDGET_MIN)
		least = BUDGET_MIN;
	if (most < 0) {
		*budget = least;
		return true;
	}
	if (most <= least) {
		if (model->max_output_tokens == 0 ||
		    model->max_output_tokens >= least + ANSWER_TOKENS)
			most = least + ANSWER_TOKENS;
		else if (model->max_output_tokens > most)
			most = model->max_output_tokens;
	}
	if (most <= least)
		least = most - ANSWER_TOKENS > BUDGET_MIN ?
		    most - ANSWER_TOKENS : BUDGET_MIN;
	if (most <= least)
		return false;
	*budget = least;
	*max_tokens = most;
	return true;
}
