#include "build.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

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

/* Without whose it is: "openai/". */
static const char *
own_name(const struct policy *policy)
{
	const char	*slash = strrchr(policy->model_id, '/');

	return slash != NULL ? slash + 1 : policy->model_id;
}

bool
policy_openai_reasoning(const struct policy *policy)
{
	const char	*name = own_name(policy);

	if (policy->model->openai_reasoning_said)
		return policy->model->openai_reasoning;
	if (strstr(name, "chat") != NULL)
		return false;
	return (name[0] == 'o' && isdigit((unsigned char)name[1])) ||
	    (strncmp(name, "gpt-", 4) == 0 && name[4] >= '5' && name[4] <= '9');
}

/* Not gpt-oss, which others serve. */
static bool
is_gpt(const struct policy *policy)
{
	const char	*name = own_name(policy);

	return strncmp(name, "gpt-", 4) == 0 &&
	    isdigit((unsigned char)name[4]);
}

bool
policy_openai_plain(const struct policy *policy)
{
	return !policy_openai_reasoning(policy) &&
	    (policy->model->openai_reasoning_said || is_gpt(policy));
}

bool
policy_openai(const struct policy *policy)
{
	return policy_openai_reasoning(policy) || is_gpt(policy);
}

bool
policy_mistral(const struct policy *policy)
{
	static const char *const	families[] = { "mistral", "ministral",
					    "devstral", "magistral",
					    "codestral", "mathstral",
					    "pixtral", "mixtral", "voxtral" };
	size_t				i;

	if (policy->model->template != TEMPLATE_BY_NAME)
		return policy->model->template == TEMPLATE_MISTRAL;
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strcasestr(own_name(policy), families[i]) != NULL)
			return true;
	return false;
}
