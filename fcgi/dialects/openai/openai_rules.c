#include "build.h"

#include "openai_rules.h"

static enum effort
effort_of_off(struct rules *rules, const struct model *model,
    const struct said *said)
{
	if (efforts_name(model, EFFORT_OFF))
		return EFFORT_OFF;
	switch (model->thinking_off) {
	case THINKING_OFF_REMOVE:
		if (!rules->by_client)
			return EFFORT_AUTO;
		if (model->efforts != 0)
			return rules_level(rules, model, EFFORT_OFF);
		return said->own ? EFFORT_OFF : EFFORT_AUTO;
	case THINKING_OFF_DISABLED:
	case THINKING_OFF_BETWEEN_TOOLS:
		return EFFORT_OFF;
	case THINKING_OFF_IMPOSSIBLE:
		rules_lose(rules, LOST_EFFORT);
		return efforts_clamp(model, EFFORT_LOW);
	}
	return EFFORT_AUTO;
}

void
openai_find_effort(struct rules *rules, const struct model *model,
    const struct said *said)
{
	rules->effort = rules->wanted == EFFORT_OFF ?
	    effort_of_off(rules, model, said) :
	    rules_level(rules, model, rules->wanted);
	rules->as_said = said->own && rules->by_client &&
	    rules->effort == rules->wanted;
	if (rules->effort == EFFORT_OFF)
		rules->wanted = EFFORT_OFF;
}
