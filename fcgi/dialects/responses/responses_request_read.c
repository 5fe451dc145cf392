#include "build.h"

#include "json_text.h"
#include "responses_convert.h"

/* Without the word of `include` that asks for them, 0 asks for none. */
static int
read_top_logprobs(const struct given *given)
{
	struct request	*request = given->request;
	int		 before = request->logprobs;

	if (field_read_option(given) == -1)
		return -1;
	if (request->logprobs == 0)
		request->logprobs = before;
	return 0;
}

static int
read_include(const struct given *given)
{
	struct json_walk	walk = json_walk(given->value);

	while (json_next(&walk))
		if (json_equals(walk.value, "message.output_text.logprobs"))
			given->request->logprobs = 0;
		else if (!json_equals(walk.value,
		    "reasoning.encrypted_content") &&
		    field_lost(given, LOST_INCLUDE) == -1)
			return -1;
	return 0;
}

/* Thinking is shown to those who ask for a summary of it. */
static int
read_summary(const struct given *given)
{
	given->request->show_thinking = json_is(given->value, JSON_STRING) &&
	    !json_equals(given->value, "none");
	return 0;
}

static int
read_reasoning(const struct given *given)
{
	static const struct field	rows[] = {
		{ .name = "effort",	.option = OPTION_EFFORT },
		{ .name = "generate_summary", .read = read_summary },
		{ .name = "summary",	.read = read_summary },
		{ .name = NULL },
	};
	static const struct fields	fields = { rows, json_equals,
					    "reasoning" };

	given->request->show_thinking = 0;
	return fields_read(&fields, given->request, given->value,
	    given->problem);
}

static int
read_text(const struct given *given)
{
	static const struct field	rows[] = {
		{ .name = "verbosity",	.option = OPTION_VERBOSITY },
		{ .name = "format",	.read = openai_read_format },
		{ .name = NULL },
	};
	static const struct fields	fields = { rows, json_equals, "text" };

	return fields_read(&fields, given->request, given->value,
	    given->problem);
}

static int
read_truncation(const struct given *given)
{
	return json_equals(given->value, "disabled") ? 0 :
	    field_lost(given, LOST_TRUNCATION);
}

/* History that only OpenAI's own store has. */
static int
refuse_state(const struct given *given)
{
	return problem_field(given->problem, PROBLEM_INVALID,
	    given->field->name, "%s can't be used with this model: nothing is "
	    "stored here, send the whole input", given->field->name);
}

static int
read_background(const struct given *given)
{
	return json_true(given->value) ? refuse_state(given) : 0;
}

/* A string, or items in the older form. */
static int
read_instructions(const struct given *given)
{
	if (json_is(given->value, JSON_ARRAY))
		return responses_read_input(given);
	if (json_escaped(given->value).length > 0)
		request_add_system(given->request, json_escaped(given->value));
	return 0;
}

/* What can't be resolved is refused before what it would explain. */
static const struct field	rows[] = {
	{ .name = "previous_response_id", .read = refuse_state },
	{ .name = "conversation",	.read = refuse_state },
	{ .name = "prompt",		.read = refuse_state },
	{ .name = "background",		.read = read_background },
	{ .name = "stream_options" },
	{ .name = "client_metadata" },
	{ .name = "max_output_tokens",	.option = OPTION_MAX_TOKENS },
	{ .name = "include",		.read = read_include },
	{ .name = "top_logprobs",	.read = read_top_logprobs,
	    .option = OPTION_LOGPROBS },
	{ .name = "text",		.read = read_text },
	{ .name = "reasoning",		.read = read_reasoning },
	{ .name = "truncation",		.read = read_truncation },
	{ .name = "max_tool_calls",	.lost = LOST_MAX_TOOL_CALLS },
	{ .name = "context_management",	.lost = LOST_CONTEXT_MANAGEMENT },
	OPENAI_FIELDS,
	{ .name = "tools",		.read = responses_read_tools },
	{ .name = "instructions",	.read = read_instructions },
	{ .name = "input",		.read = responses_read_input },
	{ .name = NULL },
};

static const struct fields	fields = { rows, json_equals, NULL };

int
responses_read_request(struct request *request, struct json_value body,
    struct problem *p)
{
	if (!json_is(body, JSON_OBJECT))
		return problem_set(p, PROBLEM_INVALID,
		    "the request must be a JSON object");
	if (fields_read(&fields, request, body, p) == -1)
		return -1;
	if (json_kind(json_get(body, "input")) <= JSON_NULL)
		return problem_field(p, PROBLEM_INVALID, "input",
		    "input must be a string or an array of items");
	if (request->tools == NULL) {	/* Codex says both without tools */
		request->choice.kind = CHOICE_UNSAID;
		request->parallel = -1;
	}
	return 0;
}
