#include "build.h"

#include "generate_convert.h"
#include "json_text.h"
#include "neutral/known.h"

static int
read_function(const struct given *given, struct json_value value)
{
	struct request		*request = given->request;
	struct json_walk	 walk = json_walk(value);
	struct json_value	 schema;
	struct tool		*tool;

	tool = request_add_tool(request, TOOL_FUNCTION);
	tool->name = request_text(request, value, "name");
	if (tool->name.length == 0)
		return problem_field(given->problem, PROBLEM_INVALID, "tools",
		    "tools: a function needs a name");
	tool->description = json_escaped(json_get(value, "description"));
	schema = generate_get(value, "parametersJsonSchema");
	if (json_is(schema, JSON_OBJECT))
		tool->schema = schema;
	else if (json_is(json_get(value, "parameters"), JSON_OBJECT))
		tool->schema = generate_read_schema(request->arena,
		    json_get(value, "parameters"));
	while (json_next(&walk))
		if ((generate_is(walk.key, "response") ||
		    generate_is(walk.key, "responseJsonSchema")) &&
		    request_lost_field(request, "tools", walk.key,
		    given->problem) == -1)
			return -1;
	return known_check(request, "tools", value, given->problem);
}

/* Each of a tool object's members that isn't functions is one Google runs. */
static void
read_built_in(struct request *request, struct json_value key,
    struct json_value value)
{
	struct text	 raw = json_raw(value);
	struct tool	*tool;
	char		*json;

	tool = request_add_tool(request, TOOL_SERVER);
	tool->name = tool->type = generate_camel(request->arena, key);
	json = arena_printf(request->arena, "{\"%.*s\":%.*s}",
	    (int)json_escaped(key).length, json_escaped(key).at,
	    (int)raw.length, raw.at);
	if (json != NULL)
		tool->raw = json_scan_into(request->arena, text_of(json));
}

static int
read_tool(const struct given *given, struct json_value value)
{
	struct json_walk	walk = json_walk(value), functions;

	if (!json_is(value, JSON_OBJECT))
		return field_wrong(given, "objects");
	while (json_next(&walk)) {
		if (json_is(walk.value, JSON_NULL))
			continue;
		if (!generate_is(walk.key, "functionDeclarations")) {
			read_built_in(given->request, walk.key, walk.value);
			continue;
		}
		functions = json_walk(walk.value);
		while (json_next(&functions))
			if (read_function(given, functions.value) == -1)
				return -1;
	}
	return 0;
}

int
generate_read_tools(const struct given *given)
{
	struct json_walk	walk = json_walk(given->value);

	if (json_is(given->value, JSON_OBJECT))
		return read_tool(given, given->value);
	if (!json_is(given->value, JSON_ARRAY))
		return field_wrong(given, "a list");
	while (json_next(&walk))
		if (read_tool(given, walk.value) == -1)
			return -1;
	return 0;
}

static int
read_mode(const struct given *given)
{
	static const struct word	 modes[] = {
		{ "NONE", CHOICE_NONE },
		{ "ANY", CHOICE_REQUIRED },
		{ "AUTO", CHOICE_AUTO },
		{ "VALIDATED", CHOICE_AUTO },
		{ "MODE_UNSPECIFIED", CHOICE_UNSAID },
		/* As Google reads them, too. */
		{ "none", CHOICE_NONE },
		{ "any", CHOICE_REQUIRED },
		{ "auto", CHOICE_AUTO },
		{ "validated", CHOICE_AUTO },
		{ NULL, 0 },
	};
	int				 mode = word_of(modes, given->value);

	if (mode == -1)
		return field_wrong(given, "AUTO, ANY, NONE or VALIDATED");
	given->request->choice.kind = (enum choice_kind)mode;
	return 0;
}

/* A single one of which one must be called is that one. */
static int
read_allowed(const struct given *given)
{
	struct request		*request = given->request;
	struct choice		*choice = &request->choice;
	struct json_walk	 walk = json_walk(given->value);

	choice->allowed = arena_calloc(request->arena,
	    json_count(given->value) + 1, sizeof(*choice->allowed));
	if (choice->allowed == NULL || !json_is(given->value, JSON_ARRAY))
		return 0;
	while (json_next(&walk))
		choice->allowed[choice->allowed_count++] =
		    request_decode(request, walk.value);
	if (choice->kind != CHOICE_REQUIRED || choice->allowed_count != 1)
		return 0;
	choice->kind = CHOICE_TOOL;
	choice->name = choice->allowed[0];
	choice->allowed_count = 0;
	return 0;
}

static int
read_calling(const struct given *given)
{
	static const struct field	rows[] = {
		{ .name = "mode",	.read = read_mode },
		{ .name = "allowedFunctionNames", .read = read_allowed },
		{ .name = NULL },
	};
	static const struct fields	fields = { rows, generate_is,
					    "functionCallingConfig" };

	return fields_read(&fields, given->request, given->value,
	    given->problem);
}

int
generate_read_tool_config(const struct given *given)
{
	static const struct field	rows[] = {
		{ .name = "functionCallingConfig", .read = read_calling },
		{ .name = NULL },
	};
	static const struct fields	fields = { rows, generate_is,
					    "toolConfig" };

	return fields_read(&fields, given->request, given->value,
	    given->problem);
}
