#include "build.h"

#include <ctype.h>
#include <string.h>

#include "json_text.h"
#include "policy.h"

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
policy_prompts(const struct policy *policy, struct escaped own)
{
	struct text	prompt = text_of(policy->system_prompt);

	while (prompt.length > 0 &&
	    strchr(" \t\r\n", prompt.at[prompt.length - 1]) != NULL)
		prompt.length--;
	return prompt.length > 0 && !escaped_starts_with(own, prompt);
}

bool
policy_openai_reasoning(const struct policy *policy)
{
	const char	*name = policy->model_id, *slash;

	if (policy->model->openai_reasoning_said)
		return policy->model->openai_reasoning;
	slash = strrchr(name, '/');
	if (slash != NULL)
		name = slash + 1;
	if (strstr(name, "chat") != NULL)
		return false;
	return (name[0] == 'o' && isdigit((unsigned char)name[1])) ||
	    (strncmp(name, "gpt-", 4) == 0 && name[4] >= '5' && name[4] <= '9');
}
