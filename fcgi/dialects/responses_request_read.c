#include "build.h"

#include "json_text.h"
#include "responses_convert.h"

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

/* Read elsewhere, or means nothing to anybody else. */
static int
read_nothing(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	(void)request, (void)value, (void)field, (void)p;
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
read_metadata(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	if (!json_is(value, JSON_OBJECT))
		return wrong(field, p, "an object");
	request->metadata = value;
	return 0;
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
read_top_logprobs(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	int64_t	top;

	if (json_int64(value, &top) == -1 || top < 0 || top > 20)
		return wrong(field, p, "a whole number from 0 to 20");
	if (top > 0 || request->logprobs >= 0)
		request->logprobs = (int)top;
	return 0;
}

static int
read_include(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	struct json_walk	walk = json_walk(value);

	(void)field;
	while (json_next(&walk)) {
		if (json_equals(walk.value, "reasoning.encrypted_content"))
			continue;
		if (!json_equals(walk.value, "message.output_text.logprobs")) {
			if (request_lost(request, LOST_INCLUDE, p) == -1)
				return -1;
		} else if (request->logprobs < 0) {
			request->logprobs = 0;
		}
	}
	return 0;
}

static int
read_text(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	struct json_value	 verbosity = json_get(value, "verbosity");
	struct json_value	 from = json_get(value, "format"), strict;
	struct format		*format = &request->format;

	request->verbosity = responses_decode(request, verbosity);
	if (json_equals(json_get(from, "type"), "json_object"))
		format->kind = FORMAT_JSON;
	if (!json_equals(json_get(from, "type"), "json_schema"))
		return 0;
	if (!json_is(json_get(from, "schema"), JSON_OBJECT))
		return wrong(field, p, "given a schema in its format");
	format->kind = FORMAT_SCHEMA;
	format->name = responses_decode(request, json_get(from, "name"));
	format->description = json_escaped(json_get(from, "description"));
	format->schema = json_get(from, "schema");
	strict = json_get(from, "strict");
	if (json_is(strict, JSON_TRUE) || json_is(strict, JSON_FALSE))
		format->strict = json_true(strict);
	return 0;
}

/* Thinking is shown to those who ask for a summary of it. */
static int
read_reasoning(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	struct json_value	 effort = json_get(value, "effort");
	struct json_value	 summary = json_get(value, "summary");
	char			*word;

	if (!json_is(summary, JSON_STRING))
		summary = json_get(value, "generate_summary");
	request->show_thinking = json_is(summary, JSON_STRING) &&
	    !json_equals(summary, "none");
	if (!json_is(effort, JSON_STRING))
		return 0;
	word = text_decode_string(request->arena, json_escaped(effort));
	if (word == NULL || effort_of(word, &request->effort) == -1)
		return wrong(field, p, "given an effort of none, minimal, "
		    "low, medium, high, xhigh or max");
	return 0;
}

static int
read_choice(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	(void)field;
	return responses_read_choice(request, value, p);
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
read_truncation(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	(void)field;
	return json_equals(value, "disabled") ? 0 :
	    request_lost(request, LOST_TRUNCATION, p);
}

/* History that only OpenAI's own store has. */
static int
refuse_state(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	(void)request, (void)value;
	return problem_field(p, PROBLEM_INVALID, field->name,
	    "%s can't be used with this model: nothing is stored here, send "
	    "the whole input", field->name);
}

static int
read_background(struct request *request, struct json_value value,
    const struct field *field, struct problem *p)
{
	(void)request;
	if (!json_true(value))
		return 0;
	return problem_field(p, PROBLEM_INVALID, field->name,
	    "background can't be used with this model: nothing is stored "
	    "here");
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
	{ .name = "input",		.read = read_nothing },
	{ .name = "instructions",	.read = read_nothing },
	{ .name = "tools",		.read = read_nothing },
	{ .name = "stream",		.read = read_nothing },
	{ .name = "stream_options",	.read = read_nothing },
	{ .name = "client_metadata",	.read = read_nothing },
	{ .name = "max_output_tokens",	.read = read_max_tokens },
	{ .name = "temperature",	.read = read_number, IN(temperature) },
	{ .name = "top_p",		.read = read_number, IN(top_p) },
	{ .name = "top_logprobs",	.read = read_top_logprobs },
	{ .name = "include",		.read = read_include },
	{ .name = "text",		.read = read_text },
	{ .name = "reasoning",		.read = read_reasoning },
	{ .name = "tool_choice",	.read = read_choice },
	{ .name = "parallel_tool_calls", .read = read_flag, IN(parallel) },
	{ .name = "user",		.read = read_string, IN(user) },
	{ .name = "safety_identifier",	.read = read_string,
	    IN(safety_identifier) },
	{ .name = "prompt_cache_key",	.read = read_string,
	    IN(prompt_cache_key) },
	{ .name = "metadata",		.read = read_metadata },
	{ .name = "service_tier",	.read = read_tier },
	{ .name = "store",		.read = read_flag, IN(store) },
	{ .name = "truncation",		.read = read_truncation },
	{ .name = "previous_response_id", .read = refuse_state },
	{ .name = "conversation",	.read = refuse_state },
	{ .name = "prompt",		.read = refuse_state },
	{ .name = "background",		.read = read_background },
	{ .name = "modalities",		.read = read_modalities },
	{ .name = "prompt_cache_retention", .read = read_lost,
	    .lost = LOST_CACHE_MARKS },
	{ .name = "prompt_cache_options", .read = read_lost,
	    .lost = LOST_CACHE_MARKS },
	{ .name = "max_tool_calls",	.read = read_lost,
	    .lost = LOST_MAX_TOOL_CALLS },
	{ .name = "moderation",		.read = read_lost,
	    .lost = LOST_MODERATION },
	{ .name = "context_management",	.read = read_lost,
	    .lost = LOST_CONTEXT_MANAGEMENT },
	{ .name = NULL,			.read = read_lost,
	    .lost = LOST_UNKNOWN_FIELD },
};

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

/* A string, or items in the older form. */
static int
read_instructions(struct request *request, struct json_value value,
    struct problem *p)
{
	if (json_is(value, JSON_ARRAY))
		return responses_read_input(request, value, p);
	if (!json_is(value, JSON_STRING) || json_escaped(value).length == 0)
		return 0;
	return request_add_system(request, json_escaped(value)) == NULL ?
	    problem_set(p, PROBLEM_OVERLOADED, "out of memory") : 0;
}

/* What can't be resolved is refused before what it would explain. */
int
responses_read_request(struct request *request, struct json_value body,
    struct problem *p)
{
	if (!json_is(body, JSON_OBJECT))
		return problem_set(p, PROBLEM_INVALID,
		    "the request must be a JSON object");
	if (read_fields(request, body, p) == -1 ||
	    responses_read_tools(request, json_get(body, "tools"), p) == -1 ||
	    read_instructions(request, json_get(body, "instructions"), p) ==
	    -1)
		return -1;
	if (responses_read_input(request, json_get(body, "input"), p) == -1)
		return -1;
	if (request->tools == NULL) {	/* Codex says both without tools */
		request->choice.kind = CHOICE_UNSAID;
		request->parallel = -1;
	}
	return 0;
}
