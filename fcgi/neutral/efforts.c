#include "build.h"

#include "efforts.h"

static const int64_t budgets[EFFORT_KINDS] = {
	[EFFORT_LOW] =		4096,
	[EFFORT_MEDIUM] =	12288,
	[EFFORT_HIGH] =		24576,
	[EFFORT_XHIGH] =	40960,
	[EFFORT_MAX] =		40960,
};

int64_t
efforts_budget(enum effort effort)
{
	return budgets[effort];
}

enum effort
efforts_of_budget(int64_t budget)
{
	enum effort	effort;

	if (budget <= 0)
		return budget == 0 ? EFFORT_OFF : EFFORT_AUTO;
	for (effort = EFFORT_XHIGH; effort > EFFORT_LOW; effort--)
		if (budget >= budgets[effort])
			return effort;
	return EFFORT_LOW;
}

bool
efforts_name(const struct model *model, enum effort effort)
{
	return effort < EFFORT_KINDS && (model->efforts & (1u << effort)) != 0;
}

bool
efforts_never(const struct model *model)
{
	return model->efforts == 1u << EFFORT_OFF;
}

enum effort
efforts_clamp(const struct model *model, enum effort effort)
{
	int	distance, down, up;

	if (model->efforts == 0 || effort == EFFORT_AUTO ||
	    efforts_name(model, effort))
		return effort;
	for (distance = 1; distance < EFFORT_KINDS; distance++) {
		down = (int)effort - distance;
		up = (int)effort + distance;
		if (down > EFFORT_OFF && efforts_name(model, down))
			return down;
		if (up < EFFORT_KINDS && efforts_name(model, up))
			return up;
	}
	return EFFORT_OFF;
}

const char *
efforts_word(enum effort effort)
{
	return effort == EFFORT_OFF ? "none" : effort_word(effort);
}
