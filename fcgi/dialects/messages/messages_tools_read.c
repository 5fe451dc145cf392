#include "build.h"

#include "json_text.h"
#include "messages_convert.h"

/* Stands for tools that Claude Code has not told about yet. */
#define PLACEHOLDER	"DeferredToolPlaceholder"

static int
invalid(struct problem *problem, size_t index, const char *what)
{
	return problem_field(problem, PROBLEM_INVALID, "tools",
	    "tools.%zu: %s", index, what);
}

static int
note_extras(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_value	callers = json_get(value, "allowed_callers");

	if (json_count(json_get(value, "input_examples")) > 0 &&
	    request_lost(request, LOST_TOOL_EXAMPLES, problem) == -1)
		return -1;
	if (json_count(callers) > 0 &&
	    !json_equals(json_at(callers, 0), "direct"))
		return request_lost(request, LOST_UNKNOWN_FIELD, problem);
	return 0;
}

static int
read_function(struct request *request, struct json_value value,
    struct problem *problem, struct tool *tool)
{
	struct json_value	strict = json_get(value, "strict");

	tool->description = json_escaped(json_get(value, "description"));
	tool->schema = json_get(value, "input_schema");
	if (json_is(strict, JSON_TRUE) || json_is(strict, JSON_FALSE))
		tool->strict = json_true(strict);
	return note_extras(request, value, problem);
}

/* A computer's screen is told in words. */
static struct escaped
description_of(struct request *request, const char *words,
    struct json_value value)
{
	int64_t	 width, height;
	char	*text;

	if (json_int64(json_get(value, "display_width_px"), &width) == -1 ||
	    json_int64(json_get(value, "display_height_px"), &height) == -1)
		return escaped_of(words);
	text = arena_printf(request->arena, "%s The screen has %lld x %lld "
	    "pixels.", words, (long long)width, (long long)height);
	return text == NULL ? escaped_of("") : escaped_of(text);
}

/* One with a version in its type: ours to run, or the provider's. */
static int
read_versioned(struct request *request, struct json_value value,
    struct problem *problem, struct tool *tool)
{
	const struct messages_known_tool	*known;

	(void)problem;
	tool->type = messages_decode(request, json_get(value, "type"));
	tool->raw = value;
	known = messages_known_tool(tool->type);
	if (known == NULL) {
		tool->kind = TOOL_SERVER;
		return 0;
	}
	tool->kind = TOOL_CLIENT;
	tool->description = description_of(request, known->description, value);
	tool->schema = json_scan_into(request->arena, text_of(known->schema));
	return 0;
}

static bool
is_placeholder(struct json_value value)
{
	return json_true(json_get(value, "defer_loading")) &&
	    json_equals(json_get(value, "name"), PLACEHOLDER);
}

static int
read_tool(struct request *request, struct json_value value,
    struct problem *problem, size_t index)
{
	struct json_value	 type = json_get(value, "type");
	struct text		 none = { "", 0 };
	struct tool		*tool;

	if (json_equals(type, "mcp_toolset"))
		return request_lost(request, LOST_MCP_SERVERS, problem);
	if (is_placeholder(value))
		return 0;
	tool = request_add_tool(request, TOOL_FUNCTION);
	if (tool == NULL)
		return messages_no_memory(problem);
	tool->strict = -1;
	tool->name = messages_decode(request, json_get(value, "name"));
	tool->cache = messages_read_cache(value);
	if (tool->name.length == 0)
		return invalid(problem, index, "name: Field required");
	if (text_table_add(&request->tools_named, none, tool->name, tool) ==
	    -1)
		return messages_no_memory(problem);
	if (json_is(type, JSON_STRING) && !json_equals(type, "custom"))
		return read_versioned(request, value, problem, tool);
	return read_function(request, value, problem, tool);
}

int
messages_read_tools(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(value);
	size_t			index;

	if (!json_is(value, JSON_ARRAY))
		return problem_field(problem, PROBLEM_INVALID, "tools",
		    "tools: Input should be a valid list");
	for (index = 0; json_next(&walk); index++)
		if (read_tool(request, walk.value, problem, index) == -1)
			return -1;
	return 0;
}

int
messages_read_choice(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_value	 type = json_get(value, "type");
	struct choice		*choice = &request->choice;

	if (json_equals(type, "auto"))
		choice->kind = CHOICE_AUTO;
	else if (json_equals(type, "any"))
		choice->kind = CHOICE_REQUIRED;
	else if (json_equals(type, "none"))
		choice->kind = CHOICE_NONE;
	else if (json_equals(type, "tool"))
		choice->kind = CHOICE_TOOL;
	else
		return problem_field(problem, PROBLEM_INVALID, "tool_choice",
		    "tool_choice.type: Input should be auto, any, tool or "
		    "none");
	choice->name = messages_decode(request, json_get(value, "name"));
	if (choice->kind == CHOICE_TOOL && choice->name.length == 0)
		return problem_field(problem, PROBLEM_INVALID, "tool_choice",
		    "tool_choice.name: Field required");
	if (json_true(json_get(value, "disable_parallel_tool_use")))
		request->parallel = 0;
	return 0;
}
