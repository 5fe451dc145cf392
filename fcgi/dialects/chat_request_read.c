#include "build.h"

#include "chat.h"
#include "chat_request.h"
#include "json_text.h"

struct field {
	const char	*name;
	int		(*read)(struct request *, struct json_value,
			    const struct field *, struct problem *);
	size_t		 offset;	/* in struct request, for some */
	enum lost	 lost;		/* for some */
};

static int
wrong(const struct field *field, struct problem *p, const char *must)
{
	return problem_field(p, PROBLEM_INVALID, field->name, "%s must be %s",
	    field->name, must);
}

static void *
place(struct request *request, const struct field *field)
{
	return (char *)request + field->offset;
}

/* Read elsewhere: before, or by the exchange. */
static int
read_nothing(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	(void)request, (void)value, (void)field, (void)p;
	return 0;
}

static int
read_number(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	struct text	*to = place(request, field);

	if (!json_is(value, JSON_NUMBER))
		return wrong(field, p, "a number");
	*to = json_raw(value);
	return 0;
}

static int
read_string(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	struct escaped	*to = place(request, field);

	if (!json_is(value, JSON_STRING))
		return wrong(field, p, "a string");
	*to = json_escaped(value);
	return 0;
}

static int
read_value(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	struct json_value	*to = place(request, field);

	if (!json_is(value, JSON_OBJECT))
		return wrong(field, p, "an object");
	*to = value;
	return 0;
}

static int
read_flag(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	int	*to = place(request, field);

	if (!json_is(value, JSON_TRUE) && !json_is(value, JSON_FALSE))
		return wrong(field, p, "true or false");
	*to = json_true(value);
	return 0;
}

static int
read_lost(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	(void)value;
	return request_lost(request, field->lost, p);
}

static int
read_max_tokens(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	if (json_int64(value, &request->max_tokens) == -1 ||
	    request->max_tokens < 1)
		return wrong(field, p, "a positive whole number");
	return 0;
}

static int
read_n(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
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
    const struct field *field, struct problem *p)
{
	struct json_walk	walk = json_walk(value);
	size_t			count = json_count(value);

	if (json_is(value, JSON_STRING))
		count = 1;
	else if (!json_is(value, JSON_ARRAY))
		return wrong(field, p, "a string or an array of strings");
	request->stops_count = 0;
	request->stops = arena_calloc(request->arena, count + 1,
	    sizeof(*request->stops));
	if (request->stops == NULL)
		return -1;
	if (json_is(value, JSON_STRING) && json_escaped(value).length > 0)
		request->stops[request->stops_count++] = json_escaped(value);
	while (json_next(&walk)) {
		if (!json_is(walk.value, JSON_STRING))
			return wrong(field, p, "an array of strings");
		if (json_escaped(walk.value).length > 0)
			request->stops[request->stops_count++] =
			    json_escaped(walk.value);
	}
	return 0;
}

static int
read_logprobs(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	(void)field, (void)p;
	if (json_true(value) && request->logprobs == -1)
		request->logprobs = 0;
	return 0;
}

static int
read_top_logprobs(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	int64_t	top;

	if (json_int64(value, &top) == -1 || top < 0 || top > 20)
		return wrong(field, p, "a whole number from 0 to 20");
	request->logprobs = (int)top;
	return 0;
}

static int
read_format(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	struct format		*format = &request->format;
	struct json_value	 type = json_get(value, "type"), schema;

	if (json_equals(type, "text"))
		return 0;
	if (json_equals(type, "json_object")) {
		format->kind = FORMAT_JSON;
		return 0;
	}
	schema = json_get(value, "json_schema");
	if (!json_equals(type, "json_schema") || !json_is(schema, JSON_OBJECT))
		return wrong(field, p,
		    "of type text, json_object or json_schema");
	format->kind = FORMAT_SCHEMA;
	format->name = text_decode(request->arena,
	    json_escaped(json_get(schema, "name")), NULL);
	format->description = json_escaped(json_get(schema, "description"));
	format->schema = json_get(schema, "schema");
	if (json_is(json_get(schema, "strict"), JSON_TRUE) ||
	    json_is(json_get(schema, "strict"), JSON_FALSE))
		format->strict = json_true(json_get(schema, "strict"));
	return 0;
}

static int
set_effort(struct request *request, struct json_value word,
    const struct field *field, struct problem *p)
{
	char	*name;

	name = text_decode_string(request->arena, json_escaped(word));
	if (name == NULL || effort_of(name, &request->effort) == -1)
		return wrong(field, p, "none, minimal, low, medium, high, "
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
	request->effort = policy_effort_of_budget(budget);
}

static int
read_effort(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	return set_effort(request, value, field, p);
}

/* `reasoning`: the object of OpenRouter and its kin. */
static int
read_reasoning(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
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
    const struct field *field, struct problem *p)
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
    const struct field *field, struct problem *p)
{
	if (!json_equals(value, "low") && !json_equals(value, "medium") &&
	    !json_equals(value, "high"))
		return wrong(field, p, "low, medium or high");
	request->verbosity = text_decode(request->arena, json_escaped(value),
	    NULL);
	return 0;
}

static int
read_choice(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	(void)field;
	return chat_read_choice(request, value, p);
}

static int
read_function_call(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	(void)field;
	return chat_read_function_call(request, value, p);
}

static int
read_tier(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	static const struct {
		const char	*word;
		enum tier	 tier;
	} tiers[] = {
		{ "auto", TIER_AUTO },
		{ "default", TIER_STANDARD },
		{ "flex", TIER_FLEX },
		{ "scale", TIER_SCALE },
		{ "priority", TIER_PRIORITY },
	};
	size_t	i;

	if (json_equals(value, "fast")) {
		request->fast = true;
		return 0;
	}
	for (i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++)
		if (json_equals(value, tiers[i].word)) {
			request->tier = tiers[i].tier;
			return 0;
		}
	return wrong(field, p, "auto, default, flex, scale, priority or fast");
}

static int
read_stream_options(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	(void)field, (void)p;
	request->stream_usage = json_true(json_get(value, "include_usage"));
	return 0;
}

static int
read_modalities(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	struct json_walk	walk = json_walk(value);

	(void)request;
	while (json_next(&walk))
		if (!json_equals(walk.value, "text"))
			return problem_field(p, PROBLEM_INVALID, field->name,
			    "this model's API answers in text only");
	return 0;
}

#define IN(member)	offsetof(struct request, member)

static const struct field	fields[] = {
	{ .name = "model",		.read = read_nothing },
	{ .name = "messages",		.read = read_nothing },
	{ .name = "tools",		.read = read_nothing },
	{ .name = "functions",		.read = read_nothing },
	{ .name = "stream",		.read = read_nothing },
	{ .name = "audio",		.read = read_nothing },
	{ .name = "stream_options",	.read = read_stream_options },
	{ .name = "max_completion_tokens", .read = read_max_tokens },
	{ .name = "max_tokens",		.read = read_max_tokens },
	{ .name = "temperature",	.read = read_number, IN(temperature) },
	{ .name = "top_p",		.read = read_number, IN(top_p) },
	{ .name = "top_k",		.read = read_number, IN(top_k) },
	{ .name = "presence_penalty",	.read = read_number,
	    IN(presence_penalty) },
	{ .name = "frequency_penalty",	.read = read_number,
	    IN(frequency_penalty) },
	{ .name = "seed",		.read = read_number, IN(seed) },
	{ .name = "stop",		.read = read_stop },
	{ .name = "n",			.read = read_n },
	{ .name = "logprobs",		.read = read_logprobs },
	{ .name = "top_logprobs",	.read = read_top_logprobs },
	{ .name = "logit_bias",		.read = read_value, IN(logit_bias) },
	{ .name = "response_format",	.read = read_format },
	{ .name = "reasoning_effort",	.read = read_effort },
	{ .name = "reasoning",		.read = read_reasoning },
	{ .name = "thinking",		.read = read_thinking },
	{ .name = "verbosity",		.read = read_verbosity },
	{ .name = "tool_choice",	.read = read_choice },
	{ .name = "function_call",	.read = read_function_call },
	{ .name = "parallel_tool_calls", .read = read_flag, IN(parallel) },
	{ .name = "user",		.read = read_string, IN(user) },
	{ .name = "safety_identifier",	.read = read_string,
	    IN(safety_identifier) },
	{ .name = "prompt_cache_key",	.read = read_string,
	    IN(prompt_cache_key) },
	{ .name = "metadata",		.read = read_value, IN(metadata) },
	{ .name = "service_tier",	.read = read_tier },
	{ .name = "store",		.read = read_flag, IN(store) },
	{ .name = "modalities",		.read = read_modalities },
	{ .name = "prompt_cache_retention", .read = read_lost,
	    .lost = LOST_CACHE_MARKS },
	{ .name = "prompt_cache_options", .read = read_lost,
	    .lost = LOST_CACHE_MARKS },
	{ .name = "prediction",		.read = read_lost,
	    .lost = LOST_PREDICTION },
	{ .name = "web_search_options",	.read = read_lost,
	    .lost = LOST_WEB_SEARCH_OPTIONS },
	{ .name = "moderation",		.read = read_lost,
	    .lost = LOST_MODERATION },
	{ .name = NULL,			.read = read_lost,
	    .lost = LOST_UNKNOWN_FIELD },
};

/* In the order of the client's: of several efforts the last one wins. */
static int
read_fields(struct request *request, struct json_value body,
    struct problem *p)
{
	struct json_walk	walk = json_walk(body);
	const struct field	*field;

	while (json_next(&walk)) {
		if (json_is(walk.value, JSON_NULL))
			continue;
		field = fields;
		while (field->name != NULL &&
		    !json_equals(walk.key, field->name))
			field++;
		if (field->read(request, walk.value, field, p) == -1)
			return -1;
	}
	return 0;
}

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
	return read_fields(request, body, p);
}
