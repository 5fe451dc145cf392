#include "build.h"

#include "dialects/openai/openai_rules.h"
#include "responses_rules.h"

struct rules
responses_rules_find(const struct policy *policy, const struct said *said)
{
	struct rules	rules;

	rules_start(&rules, policy, said);
	openai_find_effort(&rules, policy->model, said);
	/* Its own clients know what they say. */
	if (!said->own && policy_openai_reasoning(policy) &&
	    rules.effort != EFFORT_OFF)
		rules_refuse(&rules, said, SETTING_TEMPERATURE |
		    SETTING_TOP_P | SETTING_LOGPROBS);
	return rules;
}
