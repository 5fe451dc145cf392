#include "build.h"

#include "chat_rules.h"
#include "dialects/openai/openai_rules.h"

/* Whether `thinking` is where it is told that there is to be none. */
static bool
knows_disabled(const struct model *model)
{
	return model->thinking_off == THINKING_OFF_DISABLED ||
	    model->thinking_off == THINKING_OFF_BETWEEN_TOOLS;
}

static void
find_disabled(struct chat_rules *rules, const struct model *model)
{
	struct rules	*common = &rules->common;

	rules->disabled = common->wanted == EFFORT_OFF && knows_disabled(model);
	if (rules->disabled && !efforts_name(model, EFFORT_OFF))
		common->effort = EFFORT_AUTO;
	if (rules->disabled)
		common->as_said = false;
}

static void
find_effort(struct chat_rules *rules, const struct model *model,
    const struct said *said)
{
	openai_find_effort(&rules->common, model, said);
	find_disabled(rules, model);
}

/* Told not to reason, it is told no level instead. */
static void
find_off(struct chat_rules *rules, const struct model *model,
    const struct said *said)
{
	struct rules	*common = &rules->common;

	find_effort(rules, model, said);
	if (common->effort == EFFORT_OFF || common->effort == EFFORT_AUTO)
		return;
	common->effort = EFFORT_AUTO;
	common->as_said = false;
	rules_lose(common, LOST_EFFORT);
}

/* With tools it must not reason: newer models want that said. */
static void
find_none(struct chat_rules *rules, const struct model *model)
{
	struct rules	*common = &rules->common;

	if (common->wanted != EFFORT_AUTO)
		rules_lose(common, LOST_EFFORT);
	if (efforts_name(model, EFFORT_OFF) || knows_disabled(model)) {
		common->effort = common->wanted = EFFORT_OFF;
		common->by_client = false;
		find_disabled(rules, model);
	} else {
		common->as_said = common->wanted == EFFORT_AUTO;
	}
}

/*
 * Models that reason as OpenAI's do refuse `max_tokens`, which is all that
 * servers know that imitate the API, and sampling, `stop` and the like, unless
 * told not to reason.
 */
struct chat_rules
chat_rules_find(const struct policy *policy, const struct said *said)
{
	const struct model	*model = policy->model;
	bool			 reasons = policy_openai_reasoning(policy);
	struct chat_rules	 rules = { .limit = reasons ?
				    "max_completion_tokens" : "max_tokens" };

	rules_start(&rules.common, policy, said);
	if (model->tools_reasoning || !said->tools)
		find_effort(&rules, model, said);
	else if (rules.common.wanted == EFFORT_OFF)
		find_off(&rules, model, said);
	else
		find_none(&rules, model);
	if (!model->sampling)
		rules_refuse(&rules.common, said, SETTING_PENALTIES);
	if (reasons && rules.common.effort != EFFORT_OFF)
		rules_refuse(&rules.common, said, SETTING_TEMPERATURE |
		    SETTING_TOP_P | SETTING_PENALTIES | SETTING_STOP |
		    SETTING_LOGPROBS | SETTING_LOGIT_BIAS);
	return rules;
}
