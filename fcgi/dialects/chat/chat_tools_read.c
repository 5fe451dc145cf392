#include "build.h"

#include "chat_request.h"
#include "json_text.h"
#include "neutral/known.h"

static int
read_named(const struct given *given, enum tool_kind kind,
    struct json_value inner, struct json_value holder)
{
	struct request	*request = given->request;
	struct text	 name = request_text(request, inner, "name");
	struct tool	*tool;

	if (name.length == 0)
		return problem_field(given->problem, PROBLEM_INVALID, "tools",
		    "every function among the tools needs a name");
	if (known_check(request, "tools", holder, given->problem) == -1 ||
	    known_check(request, "tools", inner, given->problem) == -1)
		return -1;
	tool = request_add_tool(request, kind);
	tool->name = name;
	tool->cache = cache_mark_of(holder);
	if (kind == TOOL_CUSTOM)
		openai_read_custom(request, tool, inner);
	else
		openai_read_function(tool, inner);
	return 0;
}

/* Cursor says tools as it knows them of other APIs: flat, or without a type. */
int
chat_read_tools(const struct given *given)
{
	struct json_walk	walk = json_walk(given->value);
	struct json_value	type;
	int			result = 0;

	while (result == 0 && json_next(&walk)) {
		type = json_get(walk.value, "type");
		if (openai_is_function(walk.value))
			result = read_named(given, TOOL_FUNCTION,
			    openai_inner(walk.value), walk.value);
		else if (json_equals(type, "custom"))
			result = read_named(given, TOOL_CUSTOM,
			    openai_inner(walk.value), JSON_NOTHING);
		else if (json_is(type, JSON_STRING))
			result = field_lost(given, LOST_BUILTIN_TOOL);
		else
			result = problem_field(given->problem, PROBLEM_INVALID,
			    "tools", "every tool needs a type");
	}
	return result;
}

int
chat_read_functions(const struct given *given)
{
	struct json_walk	walk = json_walk(given->value);

	while (json_next(&walk))
		if (read_named(given, TOOL_FUNCTION, walk.value,
		    JSON_NOTHING) == -1)
			return -1;
	return 0;
}
