#include "build.h"

#include "chat.h"
#include "chat_request.h"
#include "dialects/openai/openai_request.h"
#include "json_text.h"

static int
read_n(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	int64_t	n;

	(void)request;
	if (json_int64(value, &n) == -1 || n != 1)
		return problem_field(p, PROBLEM_INVALID, field->name,
		    "n must be 1: this model's API gives one answer");
	return 0;
}

static int
read_stop(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	struct json_walk	walk = json_walk(value);
	size_t			count = json_count(value);

	if (json_is(value, JSON_STRING))
		count = 1;
	else if (!json_is(value, JSON_ARRAY))
		return openai_wrong(field, p, "a string or an array of strings");
	request->stops_count = 0;
	request->stops = arena_calloc(request->arena, count + 1,
	    sizeof(*request->stops));
	if (request->stops == NULL)
		return -1;
	if (json_is(value, JSON_STRING) && json_escaped(value).length > 0)
		request->stops[request->stops_count++] = json_escaped(value);
	while (json_next(&walk)) {
		if (!json_is(walk.value, JSON_STRING))
			return openai_wrong(field, p, "an array of strings");
		if (json_escaped(walk.value).length > 0)
			request->stops[request->stops_count++] =
			    json_escaped(walk.value);
	}
	return 0;
}

static int
read_logprobs(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	(void)field, (void)p;
	if (json_true(value) && request->logprobs == -1)
		request->logprobs = 0;
	return 0;
}

static int
read_top_logprobs(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	request->logprobs = openai_top_logprobs(value, field, p);
	return request->logprobs == -1 ? -1 : 0;
}

static int
read_format(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	struct json_value	type = json_get(value, "type"), schema;

	if (json_equals(type, "text"))
		return 0;
	if (json_equals(type, "json_object")) {
		request->format.kind = FORMAT_JSON;
		return 0;
	}
	schema = json_get(value, "json_schema");
	if (!json_equals(type, "json_schema") || !json_is(schema, JSON_OBJECT))
		return openai_wrong(field, p,
		    "of type text, json_object or json_schema");
	openai_read_schema(request, schema);
	return 0;
}

static int
set_effort(struct request *request, struct json_value word,
    const struct openai_field *field, struct problem *p)
{
	char	*name;

	name = text_decode_string(request->arena, json_escaped(word));
	if (name == NULL || effort_of(name, &request->effort) == -1)
		return openai_wrong(field, p, "none, minimal, low, medium, high, "
		    "xhigh or max");
	request->budget = -1;
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
read_effort(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	return set_effort(request, value, field, p);
}

/* `reasoning`: the object of OpenRouter and its kin. */
static int
read_reasoning(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	struct json_value	effort = json_get(value, "effort");

	set_budget(request, json_get(value, "max_tokens"));
	if (json_is(effort, JSON_STRING) &&
	    set_effort(request, effort, field, p) == -1)
		return -1;
	if (json_is(json_get(value, "enabled"), JSON_FALSE))
		request->effort = EFFORT_OFF;
	else if (json_true(json_get(value, "enabled")) &&
	    request->effort == EFFORT_AUTO)
		request->effort = EFFORT_MEDIUM;
	if (json_true(json_get(value, "exclude")))
		request->show_thinking = 0;
	return 0;
}

/* `thinking`: the object of Anthropic, GLM, DeepSeek and their kin. */
static int
read_thinking(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	struct json_value	type = json_get(value, "type");

	(void)field, (void)p;
	if (json_equals(type, "disabled")) {
		request->effort = EFFORT_OFF;
		request->budget = -1;
		return 0;
	}
	set_budget(request, json_get(value, "budget_tokens"));
	if (json_equals(type, "adaptive"))
		request->adaptive = true;
	else if (request->effort == EFFORT_AUTO)
		request->effort = EFFORT_MEDIUM;
	return 0;
}

static int
read_verbosity(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	if (!json_equals(value, "low") && !json_equals(value, "medium") &&
	    !json_equals(value, "high"))
		return openai_wrong(field, p, "low, medium or high");
	request->verbosity = text_decode(request->arena, json_escaped(value),
	    NULL);
	return 0;
}

static int
read_choice(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	(void)field;
	return chat_read_choice(request, value, p);
}

static int
read_function_call(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	(void)field;
	return chat_read_function_call(request, value, p);
}

static int
read_stream_options(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	(void)field, (void)p;
	request->stream_usage = json_true(json_get(value, "include_usage"));
	return 0;
}

static const struct openai_field	fields[] = {
	{ .name = "messages",		.read = openai_read_nothing },
	{ .name = "functions",		.read = openai_read_nothing },
	{ .name = "audio",		.read = openai_read_nothing },
	{ .name = "stream_options",	.read = read_stream_options },
	{ .name = "max_completion_tokens", .read = openai_read_max_tokens },
	{ .name = "max_tokens",		.read = openai_read_max_tokens },
	{ .name = "top_k",		.read = openai_read_number,
	    OPENAI_IN(top_k) },
	{ .name = "presence_penalty",	.read = openai_read_number,
	    OPENAI_IN(presence_penalty) },
	{ .name = "frequency_penalty",	.read = openai_read_number,
	    OPENAI_IN(frequency_penalty) },
	{ .name = "seed",		.read = openai_read_number,
	    OPENAI_IN(seed) },
	{ .name = "stop",		.read = read_stop },
	{ .name = "n",			.read = read_n },
	{ .name = "logprobs",		.read = read_logprobs },
	{ .name = "top_logprobs",	.read = read_top_logprobs },
	{ .name = "logit_bias",		.read = openai_read_object,
	    OPENAI_IN(logit_bias) },
	{ .name = "response_format",	.read = read_format },
	{ .name = "reasoning_effort",	.read = read_effort },
	{ .name = "reasoning",		.read = read_reasoning },
	{ .name = "thinking",		.read = read_thinking },
	{ .name = "verbosity",		.read = read_verbosity },
	{ .name = "tool_choice",	.read = read_choice },
	{ .name = "function_call",	.read = read_function_call },
	{ .name = "prediction",		.read = openai_read_lost,
	    .lost = LOST_PREDICTION },
	{ .name = "web_search_options",	.read = openai_read_lost,
	    .lost = LOST_WEB_SEARCH_OPTIONS },
	{ .name = NULL },
};

int
chat_read_request(struct request *request, struct json_value body,
    struct problem *p)
{
	if (!json_is(body, JSON_OBJECT))
		return problem_set(p, PROBLEM_INVALID,
		    "the request must be a JSON object");
	if (chat_read_tools(request, json_get(body, "tools"), p) == -1 ||
	    chat_read_functions(request, json_get(body, "functions"), p) ==
	    -1 || chat_read_messages(request, json_get(body, "messages"), p) ==
	    -1)
		return -1;
	return openai_read_fields(request, body, fields, p);
}
