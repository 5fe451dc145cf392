#include "build.h"

#include "messages_rules.h"

#define MAX_TOKENS	32000	/* the API wants a number; no client said one */
#define BUDGET_MIN	1024	/* least budget_tokens */
#define ANSWER_TOKENS	4096	/* left for the answer behind the thinking */
#define TOP_P_MIN	0.95	/* while thinking */

bool
messages_fit_budget(const struct model *model, int64_t *budget,
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

/* An effort is told only where thinking can't be switched off. */
static void
find_off(struct messages_rules *rules, const struct model *model,
    const struct said *said)
{
	struct rules	*common = &rules->common;
	bool		 said_so = said->own && common->by_client &&
			    common->wanted == EFFORT_OFF;

	switch (model->thinking_off) {
	case THINKING_OFF_REMOVE:
		common->as_said = said_so;
		break;
	case THINKING_OFF_DISABLED:
		common->as_said = said_so;
		rules->thinking = THINKING_DISABLED;
		break;
	case THINKING_OFF_BETWEEN_TOOLS:
		rules->thinking = THINKING_BETWEEN_TOOLS;
		break;
	case THINKING_OFF_IMPOSSIBLE:
		common->effort = efforts_never(model) ? EFFORT_LOW :
		    efforts_clamp(model, EFFORT_LOW);
		rules_lose(common, LOST_EFFORT);
		break;
	}
}

static void
find_budget(struct messages_rules *rules, const struct model *model,
    const struct said *said, enum effort effort)
{
	struct rules	*common = &rules->common;
	int64_t		 max_tokens = common->max_tokens;

	rules->budget = common->by_client && said->budget > 0 ?
	    said->budget : efforts_budget(effort == EFFORT_AUTO ?
	    EFFORT_HIGH : effort);
	if (said->thinkless || max_tokens == 0 ||
	    !messages_fit_budget(model, &rules->budget, &common->max_tokens)) {
		rules_lose(common, LOST_THINKING);
		return;
	}
	rules->thinking = THINKING_ENABLED;
	if (said->max_tokens >= 0 && common->max_tokens != max_tokens)
		rules_lose(common, LOST_MAX_TOKENS);
}

/*
 * A client's own thinking stays, but for models that take neither sampling nor
 * `enabled` (4.7 and later): they think as it asked, in the words they know. A
 * budget that the client named stands above its level, and is refused where the
 * last calls came without thinking. An entry that names no level but off lets
 * nothing stay.
 */
static void
find_thinking(struct messages_rules *rules, const struct model *model,
    const struct said *said)
{
	struct rules	*common = &rules->common;
	bool		 adaptive = model->thinking == THINKING_ADAPTIVE;
	bool		 by_budget = common->by_client && said->budget > 0;
	bool		 never = efforts_never(model);
	enum effort	 effort = common->wanted;

	common->as_said = common->by_client && effort != EFFORT_OFF && !never &&
	    (said->own ? !by_budget || ((!adaptive || model->sampling) &&
	    !said->thinkless) :
	    effort == EFFORT_AUTO && !said->adaptive);
	if (common->as_said)
		return;
	if (effort == EFFORT_MINIMAL)
		effort = EFFORT_LOW;
	if (never && effort == EFFORT_AUTO)
		effort = EFFORT_OFF;
	if (effort != EFFORT_OFF && (never || adaptive || !by_budget))
		effort = rules_level(common, model, effort);
	if (effort == EFFORT_OFF) {
		find_off(rules, model, said);
		common->wanted = EFFORT_OFF;
	} else if (adaptive) {
		rules->thinking = THINKING_IS_ADAPTIVE;
		common->effort = effort;
	} else
		find_budget(rules, model, said, effort);
}

/* Thinking of either kind takes hardly any sampling of one's own. */
static void
find_settings(struct messages_rules *rules, const struct said *said)
{
	if (rules->thinking != THINKING_ENABLED &&
	    rules->thinking != THINKING_IS_ADAPTIVE)
		return;
	rules_refuse(&rules->common, said, SETTING_TOP_K);
	if (!(said->temperature >= 1 && said->temperature <= 1))
		rules_refuse(&rules->common, said, SETTING_TEMPERATURE);
	if (!(said->top_p >= TOP_P_MIN))
		rules_refuse(&rules->common, said, SETTING_TOP_P);
	if (rules->thinking == THINKING_ENABLED)
		rules_unforce(&rules->common, said);
}

struct messages_rules
messages_rules_find(const struct policy *policy, const struct said *said)
{
	const struct model	*model = policy->model;
	struct messages_rules	 rules = { .thinking = THINKING_UNSAID };

	rules_start(&rules.common, policy, said);
	if (said->max_tokens < 0 && !said->own)
		rules.common.max_tokens = model->max_output_tokens > 0 ?
		    model->max_output_tokens : MAX_TOKENS;
	find_thinking(&rules, model, said);
	find_settings(&rules, said);
	return rules;
}
