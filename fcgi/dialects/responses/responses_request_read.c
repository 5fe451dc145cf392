#include "build.h"

#include "dialects/openai/openai_request.h"
#include "json_text.h"
#include "responses_convert.h"

static int
read_top_logprobs(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	int	top = openai_top_logprobs(value, field, p);

	if (top == -1)
		return -1;
	if (top > 0 || request->logprobs >= 0)
		request->logprobs = top;
	return 0;
}

static int
read_include(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
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
    const struct openai_field *field, struct problem *p)
{
	struct json_value	verbosity = json_get(value, "verbosity");
	struct json_value	from = json_get(value, "format");

	request->verbosity = responses_decode(request, verbosity);
	if (json_equals(json_get(from, "type"), "json_object"))
		request->format.kind = FORMAT_JSON;
	if (!json_equals(json_get(from, "type"), "json_schema"))
		return 0;
	if (!json_is(json_get(from, "schema"), JSON_OBJECT))
		return openai_wrong(field, p, "given a schema in its format");
	openai_read_schema(request, from);
	return 0;
}

/* Thinking is shown to those who ask for a summary of it. */
static int
read_reasoning(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
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
		return openai_wrong(field, p, "given an effort of none, minimal, "
		    "low, medium, high, xhigh or max");
	return 0;
}

static int
read_choice(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	(void)field;
	return responses_read_choice(request, value, p);
}

static int
read_truncation(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	(void)field;
	return json_equals(value, "disabled") ? 0 :
	    request_lost(request, LOST_TRUNCATION, p);
}

/* History that only OpenAI's own store has. */
static int
refuse_state(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	(void)request, (void)value;
	return problem_field(p, PROBLEM_INVALID, field->name,
	    "%s can't be used with this model: nothing is stored here, send "
	    "the whole input", field->name);
}

static int
read_background(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	(void)request;
	if (!json_true(value))
		return 0;
	return problem_field(p, PROBLEM_INVALID, field->name,
	    "background can't be used with this model: nothing is stored "
	    "here");
}

static const struct openai_field	fields[] = {
	{ .name = "input",		.read = openai_read_nothing },
	{ .name = "instructions",	.read = openai_read_nothing },
	{ .name = "stream_options",	.read = openai_read_nothing },
	{ .name = "client_metadata",	.read = openai_read_nothing },
	{ .name = "max_output_tokens",	.read = openai_read_max_tokens },
	{ .name = "top_logprobs",	.read = read_top_logprobs },
	{ .name = "include",		.read = read_include },
	{ .name = "text",		.read = read_text },
	{ .name = "reasoning",		.read = read_reasoning },
	{ .name = "tool_choice",	.read = read_choice },
	{ .name = "truncation",		.read = read_truncation },
	{ .name = "previous_response_id", .read = refuse_state },
	{ .name = "conversation",	.read = refuse_state },
	{ .name = "prompt",		.read = refuse_state },
	{ .name = "background",		.read = read_background },
	{ .name = "max_tool_calls",	.read = openai_read_lost,
	    .lost = LOST_MAX_TOOL_CALLS },
	{ .name = "context_management",	.read = openai_read_lost,
	    .lost = LOST_CONTEXT_MANAGEMENT },
	{ .name = NULL },
};

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
	if (openai_read_fields(request, body, fields, p) == -1 ||
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
