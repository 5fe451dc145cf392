#include "build.h"

#include <string.h>

#include "generate_rules.h"
#include "json_text.h"

/* Most thinking of Gemini 2.5, and of its Pro models; the least of those. */
#define BUDGET_MAX	24576
#define BUDGET_PRO_MAX	32768
#define BUDGET_LEAST	128

static void
find_off(struct generate_rules *rules, const struct model *model,
    const struct said *said)
{
	struct rules	*common = &rules->common;
	bool		 impossible;

	if (model->thinking_off == THINKING_OFF_REMOVE) {
		common->as_said = said->own && common->by_client &&
		    common->wanted == EFFORT_OFF;
		if (!common->as_said)
			rules_lose(common, LOST_EFFORT);
		return;
	}
	impossible = model->thinking_off == THINKING_OFF_IMPOSSIBLE;
	if (impossible)
		rules_lose(common, LOST_EFFORT);
	if (model->thinking == THINKING_BUDGET)
		rules->budget = impossible ? BUDGET_LEAST : 0;
	else
		rules->level = impossible ? "LOW" : "MINIMAL";
}

static void
find_budget(struct generate_rules *rules, const struct policy *policy,
    const struct said *said, enum effort effort)
{
	int64_t	most = strstr(policy->model_id, "-pro") != NULL ?
	    BUDGET_PRO_MAX : BUDGET_MAX;

	rules->budget = rules->common.by_client && said->budget > 0 ?
	    said->budget : efforts_budget(effort);
	if (rules->budget <= most)
		return;
	if (said->budget > 0)
		rules_lose(&rules->common, LOST_EFFORT);
	rules->budget = most;
}

/*
 * The API's word. Pro models know no minimal thinking, and few models more than
 * high: an entry's `efforts` say who does.
 */
static const char *
level_of(struct generate_rules *rules, const struct model *model,
    enum effort effort)
{
	static const char *const	levels[EFFORT_KINDS] = {
		[EFFORT_MINIMAL] =	"MINIMAL",
		[EFFORT_LOW] =		"LOW",
		[EFFORT_MEDIUM] =	"MEDIUM",
		[EFFORT_HIGH] =		"HIGH",
		[EFFORT_XHIGH] =	"XHIGH",
	};
	enum effort			 most = efforts_name(model,
					    EFFORT_XHIGH) ? EFFORT_XHIGH :
					    EFFORT_HIGH;

	if (effort > most) {
		rules_lose(&rules->common, LOST_EFFORT);
		effort = most;
	}
	return levels[effort];
}

static void
find_level(struct generate_rules *rules, const struct policy *policy,
    const struct said *said)
{
	const struct model		*model = policy->model;
	struct rules			*common = &rules->common;
	enum effort			 effort;

	if (common->by_client && said->own && said->budget > 0 &&
	    !efforts_never(model)) {
		common->as_said = true;
		return;
	}
	effort = rules_level(common, model, common->wanted);
	common->as_said = common->by_client && said->own &&
	    effort == common->wanted;
	if (effort == EFFORT_OFF) {
		find_off(rules, model, said);
		return;
	}
	if (effort == EFFORT_MINIMAL && (model->thinking == THINKING_BUDGET ||
	    !efforts_name(model, EFFORT_MINIMAL)))
		effort = EFFORT_LOW;
	if (said->own)		/* a level alone shows nothing */
		rules->show = said->show_thinking;
	else if (!common->by_client || said->show_thinking != 0)
		rules->show = 1;
	if (model->thinking == THINKING_BUDGET)
		find_budget(rules, policy, said, effort);
	else
		rules->level = level_of(rules, model, effort);
}

struct generate_rules
generate_rules_find(const struct policy *policy, const struct said *said)
{
	struct generate_rules	rules = { .budget = -1, .show = -1 };
	struct text		model = text_of(policy->model_id);

	rules_start(&rules.common, policy, said);
	/* Gemini 3 refuses them; its own clients know what they say. */
	if (!said->own && generate_is_gemini(model) && !generate_is_old(model))
		rules_refuse(&rules.common, said, SETTING_PENALTIES);
	if (rules.common.wanted == EFFORT_OFF) {
		find_off(&rules, policy->model, said);
	} else if (rules.common.wanted == EFFORT_AUTO) {
		rules.common.as_said = true;
		if (said->show_thinking == 1 ||
		    (said->adaptive && said->show_thinking != 0))
			rules.show = 1;
	} else
		find_level(&rules, policy, said);
	return rules;
}
