#include "build.h"

#include "chat_request.h"
#include "dialects/openai/openai_request.h"
#include "json_text.h"

static struct text
decoded(struct request *request, struct json_value string)
{
	return text_decode(request->arena, json_escaped(string), NULL);
}

enum cache_mark
chat_cache_mark(struct json_value value)
{
	struct json_value	mark = json_get(value, "cache_control");

	if (json_is(mark, JSON_OBJECT))
		return json_equals(json_get(mark, "ttl"), "1h") ? CACHE_1H :
		    CACHE_5M;
	if (json_is(json_get(value, "prompt_cache_breakpoint"), JSON_OBJECT))
		return CACHE_5M;
	return CACHE_NONE;
}

static int
read_function(struct request *request, struct json_value function,
    enum cache_mark cache, struct problem *p)
{
	struct json_value	name = json_get(function, "name");
	struct tool		*tool;

	if (!json_is(name, JSON_STRING) || json_escaped(name).length == 0)
		return problem_field(p, PROBLEM_INVALID, "tools",
		    "every function among the tools needs a name");
	tool = request_add_tool(request, TOOL_FUNCTION);
	if (tool == NULL)
		return -1;
	tool->name = decoded(request, name);
	tool->description = json_escaped(json_get(function, "description"));
	tool->cache = cache;
	if (json_is(json_get(function, "parameters"), JSON_OBJECT))
		tool->schema = json_get(function, "parameters");
	openai_read_strict(&tool->strict, function);
	return 0;
}

static int
read_custom(struct request *request, struct json_value custom,
    struct problem *p)
{
	struct json_value	format = json_get(custom, "format");
	struct json_value	grammar = json_get(format, "grammar");
	struct tool		*tool;

	if (json_escaped(json_get(custom, "name")).length == 0)
		return problem_field(p, PROBLEM_INVALID, "tools",
		    "every custom tool needs a name");
	tool = request_add_tool(request, TOOL_CUSTOM);
	if (tool == NULL)
		return -1;
	tool->name = decoded(request, json_get(custom, "name"));
	tool->description = json_escaped(json_get(custom, "description"));
	tool->grammar = json_escaped(json_get(grammar, "definition"));
	tool->syntax = decoded(request, json_get(grammar, "syntax"));
	return 0;
}

int
chat_read_tools(struct request *request, struct json_value tools,
    struct problem *p)
{
	struct json_walk	walk = json_walk(tools);
	struct json_value	type;
	int			result = 0;

	while (result == 0 && json_next(&walk)) {
		type = json_get(walk.value, "type");
		if (json_equals(type, "function"))
			result = read_function(request,
			    json_get(walk.value, "function"),
			    chat_cache_mark(walk.value), p);
		else if (json_equals(type, "custom"))
			result = read_custom(request,
			    json_get(walk.value, "custom"), p);
		else if (json_is(type, JSON_STRING))
			result = request_lost(request, LOST_BUILTIN_TOOL, p);
		else
			result = problem_field(p, PROBLEM_INVALID, "tools",
			    "every tool needs a type");
	}
	return result;
}

int
chat_read_functions(struct request *request, struct json_value functions,
    struct problem *p)
{
	struct json_walk	walk = json_walk(functions);

	while (json_next(&walk))
		if (read_function(request, walk.value, CACHE_NONE, p) == -1)
			return -1;
	return 0;
}

/* "any" is said to some of its kin. */
static int
read_mode(struct choice *choice, struct json_value mode)
{
	if (!json_equals(mode, "any"))
		return openai_read_mode(choice, mode);
	choice->kind = CHOICE_REQUIRED;
	return 0;
}

static struct json_value
name_in(struct json_value tool)
{
	struct json_value	name;

	name = json_get(json_get(tool, "function"), "name");
	if (json_is(name, JSON_STRING))
		return name;
	return json_get(json_get(tool, "custom"), "name");
}

static int
read_allowed(struct request *request, struct json_value allowed)
{
	struct choice		*choice = &request->choice;
	struct json_value	 tools = json_get(allowed, "tools");
	struct json_walk	 walk = json_walk(tools);

	if (read_mode(choice, json_get(allowed, "mode")) == -1)
		return -1;
	choice->allowed = arena_calloc(request->arena, json_count(tools) + 1,
	    sizeof(*choice->allowed));
	if (choice->allowed == NULL)
		return -1;
	while (json_next(&walk))
		if (json_is(name_in(walk.value), JSON_STRING))
			choice->allowed[choice->allowed_count++] =
			    decoded(request, name_in(walk.value));
	return 0;
}

int
chat_read_choice(struct request *request, struct json_value value,
    struct problem *p)
{
	struct choice	*choice = &request->choice;
	int		 result = -1;

	if (json_is(value, JSON_STRING)) {
		result = read_mode(choice, value);
	} else if (json_equals(json_get(value, "type"), "allowed_tools")) {
		result = read_allowed(request,
		    json_get(value, "allowed_tools"));
	} else if (json_is(name_in(value), JSON_STRING)) {
		choice->kind = CHOICE_TOOL;
		choice->name = decoded(request, name_in(value));
		result = 0;
	}
	if (result == -1)
		return problem_field(p, PROBLEM_INVALID, "tool_choice",
		    "tool_choice must be none, auto, required, or name a tool");
	return 0;
}

int
chat_read_function_call(struct request *request, struct json_value value,
    struct problem *p)
{
	struct choice	*choice = &request->choice;

	if (json_is(value, JSON_OBJECT)) {
		choice->kind = CHOICE_TOOL;
		choice->name = decoded(request, json_get(value, "name"));
		return 0;
	}
	if (read_mode(choice, value) == 0)
		return 0;
	return problem_field(p, PROBLEM_INVALID, "function_call",
	    "function_call must be none, auto, or name a function");
}
