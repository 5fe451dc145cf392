#include "build.h"

#include "dialects/openai/openai_rules.h"
#include "responses_rules.h"

struct rules
responses_rules_find(const struct policy *policy, const struct said *said)
{
	struct rules	rules;

	rules_start(&rules, policy, said);
	openai_find_effort(&rules, policy->model, said);
	return rules;
}
