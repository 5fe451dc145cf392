#include "build.h"

#include "rules.h"

void
rules_lose(struct rules *rules, enum lost lost)
{
	if (rules->by_client)
		losses_add(&rules->lost, lost);
}

void
rules_refuse(struct rules *rules, const struct said *said, unsigned settings)
{
	static const enum lost	lost[SETTINGS] = {
		LOST_SAMPLING, LOST_SAMPLING, LOST_TOP_K, LOST_PENALTIES,
		LOST_STOP, LOST_LOGPROBS, LOST_LOGIT_BIAS,
	};
	size_t			i;

	rules->refused |= settings;
	for (i = 0; i < SETTINGS; i++)
		if ((settings & said->settings & 1u << i) != 0)
			losses_add(&rules->lost, lost[i]);
}

void
rules_unforce(struct rules *rules, const struct said *said)
{
	if (!said->forced)
		return;
	rules->unforced = true;
	losses_add(&rules->lost, LOST_FORCED_TOOL);
}

enum effort
rules_level(struct rules *rules, const struct model *model,
    enum effort effort)
{
	enum effort	allowed = efforts_clamp(model, effort);

	if (allowed != effort)
		rules_lose(rules, LOST_EFFORT);
	return allowed;
}

void
rules_start(struct rules *rules, const struct policy *policy,
    const struct said *said)
{
	const struct model	*model = policy->model;
	int64_t			 ceiling = model->max_output_tokens;

	*rules = (struct rules){ .by_client = policy->effort == EFFORT_AUTO,
	    .wanted = policy->effort, .max_tokens = said->max_tokens };
	if (rules->by_client)
		rules->wanted = said->effort != EFFORT_AUTO ? said->effort :
		    efforts_of_budget(said->budget);
	if (ceiling > 0 && said->max_tokens > ceiling) {
		rules->max_tokens = ceiling;
		losses_add(&rules->lost, LOST_MAX_TOKENS);
	}
	if (!model->sampling)
		rules_refuse(rules, said, SETTING_TEMPERATURE | SETTING_TOP_P |
		    SETTING_TOP_K);
	if (!model->forced_tools)
		rules_unforce(rules, said);
}
