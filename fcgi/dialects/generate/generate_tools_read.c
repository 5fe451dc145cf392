#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

static int
invalid(struct problem *problem, const char *what)
{
	return problem_field(problem, PROBLEM_INVALID, "tools", "tools: %s",
	    what);
}

static int
read_function(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_value	 schema;
	struct tool		*tool;

	tool = request_add_tool(request, TOOL_FUNCTION);
	if (tool == NULL)
		return generate_no_memory(problem);
	tool->name = generate_decode(request->arena, json_get(value, "name"));
	if (tool->name.length == 0)
		return invalid(problem, "a function needs a name");
	tool->description = json_escaped(json_get(value, "description"));
	schema = generate_get(value, "parametersJsonSchema");
	if (json_is(schema, JSON_OBJECT))
		tool->schema = schema;
	else if (json_is(json_get(value, "parameters"), JSON_OBJECT))
		tool->schema = generate_read_schema(request->arena,
		    json_get(value, "parameters"));
	if (!json_is(json_get(value, "response"), JSON_MISSING) ||
	    !json_is(generate_get(value, "responseJsonSchema"), JSON_MISSING))
		return request_lost(request, LOST_UNKNOWN_FIELD, problem);
	return 0;
}

/* Each of a tool object's members that isn't functions is one Google runs. */
static int
read_built_in(struct request *request, struct json_value key,
    struct json_value value, struct problem *problem)
{
	struct text	 raw = json_raw(value);
	struct tool	*tool;
	char		*json;

	tool = request_add_tool(request, TOOL_SERVER);
	if (tool == NULL)
		return generate_no_memory(problem);
	tool->type = generate_camel(request->arena, key);
	tool->name = tool->type;
	json = arena_printf(request->arena, "{\"%.*s\":%.*s}",
	    (int)json_escaped(key).length, json_escaped(key).at,
	    (int)raw.length, raw.at);
	if (json == NULL)
		return generate_no_memory(problem);
	tool->raw = json_scan_into(request->arena, text_of(json));
	return 0;
}

static int
read_tool(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(value), functions;

	if (!json_is(value, JSON_OBJECT))
		return invalid(problem, "a tool must be an object");
	while (json_next(&walk)) {
		if (json_is(walk.value, JSON_NULL))
			continue;
		if (!generate_is(walk.key, "functionDeclarations")) {
			if (read_built_in(request, walk.key, walk.value,
			    problem) == -1)
				return -1;
			continue;
		}
		functions = json_walk(walk.value);
		while (json_next(&functions))
			if (read_function(request, functions.value,
			    problem) == -1)
				return -1;
	}
	return 0;
}

int
generate_read_tools(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(value);

	if (json_is(value, JSON_OBJECT))
		return read_tool(request, value, problem);
	if (!json_is(value, JSON_ARRAY))
		return invalid(problem, "must be a list");
	while (json_next(&walk))
		if (read_tool(request, walk.value, problem) == -1)
			return -1;
	return 0;
}

static int
read_allowed(struct request *request, struct json_value names,
    struct problem *problem)
{
	struct choice		*choice = &request->choice;
	struct json_walk	 walk = json_walk(names);

	choice->allowed = arena_calloc(request->arena, json_count(names) + 1,
	    sizeof(*choice->allowed));
	if (choice->allowed == NULL)
		return generate_no_memory(problem);
	while (json_is(names, JSON_ARRAY) && json_next(&walk))
		choice->allowed[choice->allowed_count++] =
		    generate_decode(request->arena, walk.value);
	if (choice->kind != CHOICE_REQUIRED || choice->allowed_count != 1)
		return 0;
	choice->kind = CHOICE_TOOL;
	choice->name = choice->allowed[0];
	choice->allowed_count = 0;
	return 0;
}

static int
read_calling(struct request *request, struct json_value config,
    struct problem *problem)
{
	struct json_value	 mode = json_get(config, "mode");
	struct choice		*choice = &request->choice;

	if (json_equals(mode, "NONE"))
		choice->kind = CHOICE_NONE;
	else if (json_equals(mode, "ANY"))
		choice->kind = CHOICE_REQUIRED;
	else if (json_equals(mode, "AUTO") || json_equals(mode, "VALIDATED"))
		choice->kind = CHOICE_AUTO;
	else if (json_is(mode, JSON_STRING) &&
	    !json_equals(mode, "MODE_UNSPECIFIED"))
		return problem_field(problem, PROBLEM_INVALID, "toolConfig",
		    "toolConfig.functionCallingConfig.mode must be AUTO, ANY, "
		    "NONE or VALIDATED");
	return read_allowed(request, generate_get(config,
	    "allowedFunctionNames"), problem);
}

int
generate_read_tool_config(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(value);
	int			result = 0;

	while (result == 0 && json_next(&walk))
		if (generate_is(walk.key, "functionCallingConfig"))
			result = read_calling(request, walk.value, problem);
		else if (!json_is(walk.value, JSON_NULL))
			result = request_lost(request, LOST_UNKNOWN_FIELD,
			    problem);
	return result;
}
