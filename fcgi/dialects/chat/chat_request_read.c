#include "build.h"

#include "chat.h"
#include "chat_request.h"
#include "json_text.h"
#include "neutral/known.h"

static int
read_n(const struct given *given)
{
	int64_t	n;

	return json_int64(given->value, &n) == 0 && n == 1 ? 0 :
	    field_wrong(given, "1: this model's API gives one answer");
}

/* How many says nothing of whether. */
static int
read_top_logprobs(const struct given *given)
{
	int64_t	top;

	return json_int64(given->value, &top) == 0 && top == 0 ? 0 :
	    field_read_option(given);
}

static int
read_logprobs(const struct given *given)
{
	if (json_true(given->value) && given->request->logprobs == -1)
		given->request->logprobs = 0;
	return 0;
}

static void
set_budget(struct request *request, struct json_value tokens)
{
	int64_t	budget;

	if (json_int64(tokens, &budget) == -1 || budget < 0)
		return;
	request->budget = budget;
	request->effort = efforts_of_budget(budget);
}

static int
read_effort(const struct given *given)
{
	given->request->budget = -1;
	return field_read_option(given);
}

/* Instead of an object of settings: whether. */
static int
read_flag(const struct given *given)
{
	struct request	*request = given->request;

	if (json_is(given->value, JSON_FALSE))
		request->effort = EFFORT_OFF;
	else if (!json_true(given->value))
		return field_wrong(given, "an object");
	else if (request->effort == EFFORT_AUTO)
		request->effort = EFFORT_MEDIUM;
	return 0;
}

/* `reasoning`: the object of OpenRouter and its kin, or its effort. */
static int
read_reasoning(const struct given *given)
{
	struct request		*request = given->request;
	struct json_value	 enabled = json_get(given->value, "enabled");
	struct given		 effort = *given;

	if (json_is(given->value, JSON_STRING))
		return read_effort(given);
	if (!json_is(given->value, JSON_OBJECT))
		return read_flag(given);
	set_budget(request, json_get(given->value, "max_tokens"));
	effort.value = json_get(given->value, "effort");
	if (json_is(effort.value, JSON_STRING) && read_effort(&effort) == -1)
		return -1;
	if (json_is(enabled, JSON_FALSE))
		request->effort = EFFORT_OFF;
	else if (json_true(enabled) && request->effort == EFFORT_AUTO)
		request->effort = EFFORT_MEDIUM;
	if (json_true(json_get(given->value, "exclude")))
		request->show_thinking = 0;
	return 0;
}

/* `thinking`: the object of Anthropic, GLM, DeepSeek and their kin. */
static int
read_thinking(const struct given *given)
{
	struct request		*request = given->request;
	struct json_value	 type = json_get(given->value, "type");

	if (!json_is(given->value, JSON_OBJECT))
		return read_flag(given);
	if (json_equals(type, "disabled")) {
		request->effort = EFFORT_OFF;
		request->budget = -1;
		return 0;
	}
	set_budget(request, json_get(given->value, "budget_tokens"));
	if (json_equals(type, "adaptive"))
		request->adaptive = true;
	else if (request->effort == EFFORT_AUTO)
		request->effort = EFFORT_MEDIUM;
	return 0;
}

static int
read_stream_options(const struct given *given)
{
	given->request->stream_usage = json_true(json_get(given->value,
	    "include_usage"));
	return known_check(given->request, "stream_options", given->value,
	    given->problem);
}

/* Of those that say the same the newest stands last. */
static const struct field	rows[] = {
	{ .name = "tools",		.read = chat_read_tools },
	{ .name = "functions",		.read = chat_read_functions },
	{ .name = "messages",		.read = chat_read_messages },
	{ .name = "audio" },
	{ .name = "stream_options",	.read = read_stream_options },
	{ .name = "max_tokens",		.option = OPTION_MAX_TOKENS },
	{ .name = "max_completion_tokens", .option = OPTION_MAX_TOKENS },
	{ .name = "top_k",		.option = OPTION_TOP_K },
	{ .name = "presence_penalty",	.option = OPTION_PRESENCE_PENALTY },
	{ .name = "frequency_penalty",	.option = OPTION_FREQUENCY_PENALTY },
	{ .name = "seed",		.option = OPTION_SEED },
	{ .name = "stop",		.option = OPTION_STOPS },
	{ .name = "n",			.read = read_n },
	{ .name = "top_logprobs",	.read = read_top_logprobs,
	    .option = OPTION_LOGPROBS },
	{ .name = "logprobs",		.read = read_logprobs },
	{ .name = "logit_bias",		.option = OPTION_LOGIT_BIAS },
	{ .name = "response_format",	.read = openai_read_format },
	{ .name = "thinking",		.read = read_thinking },
	{ .name = "reasoning",		.read = read_reasoning,
	    .option = OPTION_EFFORT },
	{ .name = "reasoning_effort",	.read = read_effort,
	    .option = OPTION_EFFORT },
	{ .name = "verbosity",		.option = OPTION_VERBOSITY },
	{ .name = "function_call",	.read = openai_read_choice },
	{ .name = "prediction",		.lost = LOST_PREDICTION },
	{ .name = "web_search_options",	.lost = LOST_WEB_SEARCH_OPTIONS },
	OPENAI_FIELDS,
	{ .name = NULL },
};

static const struct fields	fields = { rows, json_equals, NULL };

int
chat_read_request(struct request *request, struct json_value body,
    struct problem *p)
{
	if (!json_is(body, JSON_OBJECT))
		return problem_set(p, PROBLEM_INVALID,
		    "the request must be a JSON object");
	if (!json_is(json_get(body, "messages"), JSON_ARRAY) ||
	    json_count(json_get(body, "messages")) == 0)
		return problem_field(p, PROBLEM_INVALID, "messages",
		    "messages must be an array that isn't empty");
	return fields_read(&fields, request, body, p);
}
