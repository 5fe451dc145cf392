#include "build.h"

#include "json_text.h"
#include "messages_convert.h"
#include "neutral/hosted.h"
#include "neutral/known.h"

/* Stands for tools that Claude Code has not told about yet. */
#define PLACEHOLDER	"DeferredToolPlaceholder"

static int
note_extras(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(value);

	if (json_count(json_get(value, "input_examples")) > 0 &&
	    request_lost(request, LOST_TOOL_EXAMPLES, problem) == -1)
		return -1;
	while (json_next(&walk))
		if (json_equals(walk.key, "allowed_callers") &&
		    json_count(walk.value) > 0 &&
		    !json_equals(json_at(walk.value, 0), "direct") &&
		    request_lost_field(request, "tools", walk.key, problem) ==
		    -1)
			return -1;
	return known_check(request, "tools", value, problem);
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
static void
read_versioned(struct request *request, struct json_value value,
    struct tool *tool)
{
	const struct hosted	*hosted;

	tool->type = request_text(request, value, "type");
	tool->raw = value;
	tool->kind = TOOL_SERVER;
	hosted = hosted_of(DIALECT_MESSAGES, tool->type);
	if (hosted == NULL || hosted->kind == TOOL_SERVER)
		return;
	tool->kind = hosted->kind;
	tool->description = description_of(request, hosted->description,
	    value);
	tool->schema = hosted_schema(request->arena, hosted);
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
	struct tool		*tool;

	if (json_equals(type, "function"))	/* OpenAI's */
		type = JSON_NOTHING;
	if (json_is(type, JSON_MISSING) &&
	    json_is(json_get(value, "function"), JSON_OBJECT))
		value = json_get(value, "function");
	if (json_equals(type, "mcp_toolset"))
		return request_lost(request, LOST_MCP_SERVERS, problem);
	if (is_placeholder(value))
		return 0;
	if (json_is(type, JSON_STRING) && json_kind(json_get(value, "name")) <=
	    JSON_NULL)
		return messages_add_toolset(request, value) ? 0 :
		    request_lost_field(request, NULL, type, problem);
	tool = request_add_tool(request, TOOL_FUNCTION);
	tool->name = request_text(request, value, "name");
	tool->cache = cache_mark_of(value);
	if (tool->name.length == 0)
		return problem_field(problem, PROBLEM_INVALID, "tools",
		    "tools.%zu: name: Field required", index);
	(void)text_table_put(&request->tools_named, text_of(""), tool->name,
	    tool);
	if (json_is(type, JSON_STRING) && !json_equals(type, "custom")) {
		read_versioned(request, value, tool);
		return 0;
	}
	tool->description = json_escaped(json_get(value, "description"));
	tool->schema = json_get(value, "input_schema");
	if (json_is(tool->schema, JSON_MISSING))
		tool->schema = json_get(value, "parameters");
	tool->strict = flag_of(json_get(value, "strict"));
	return note_extras(request, value, problem);
}

int
messages_read_tools(const struct given *given)
{
	struct json_walk	walk = json_walk(given->value);
	size_t			index;

	if (!json_is(given->value, JSON_ARRAY))
		return field_wrong(given, "a list");
	for (index = 0; json_next(&walk); index++)
		if (read_tool(given->request, walk.value, given->problem,
		    index) == -1)
			return -1;
	return 0;
}

/* One that had been declared, out of those that are offered. NULL: none had. */
static struct tool *
withdraw(struct request *request, struct text name)
{
	struct tool	*tool;

	tool = text_table_find(&request->tools_named, text_of(""), name);
	if (tool != NULL)
		request_withdraw_tool(request, tool);
	return tool;
}

/* Offers it again; which are deferred is offered. */
static void
offer(struct request *request, struct text name)
{
	struct tool	*tool = withdraw(request, name);

	if (tool != NULL)
		request_offer_tool(request, tool);
}

int
messages_change_tools(struct place *place, struct json_value block)
{
	struct request		*request = place->request;
	struct json_value	 tool = json_get(block, "tool");
	struct json_value	 type = json_get(tool, "type");
	bool			 added = json_equals(json_get(block, "type"),
				    "tool_addition");

	if (added && json_equals(type, "tool_definition")) {
		tool = json_get(tool, "definition");
		(void)withdraw(request, request_text(request, tool, "name"));
		return read_tool(request, tool, place->problem, place->index);
	}
	if (json_equals(type, "mcp_tool_reference") ||
	    json_equals(type, "mcp_toolset_reference"))
		return request_lost(request, LOST_MCP_SERVERS, place->problem);
	if (!json_equals(type, "tool_reference"))
		return request_lost_field(request, "tools", type,
		    place->problem);
	if (added)
		offer(request, request_text(request, tool, "name"));
	else
		(void)withdraw(request, request_text(request, tool, "name"));
	return 0;
}

int
messages_read_choice(const struct given *given)
{
	static const struct word	 kinds[] = {
		{ "auto", CHOICE_AUTO },
		{ "any", CHOICE_REQUIRED },
		{ "required", CHOICE_REQUIRED },
		{ "none", CHOICE_NONE },
		{ "tool", CHOICE_TOOL },
		{ "function", CHOICE_TOOL },
		{ NULL, 0 },
	};
	struct choice			*choice = &given->request->choice;
	struct json_value		 named;
	int				 kind;

	kind = word_of(kinds, json_is(given->value, JSON_STRING) ?
	    given->value : json_get(given->value, "type"));
	if (kind == -1)
		return field_wrong(given, "of type auto, any, tool or none");
	choice->kind = (enum choice_kind)kind;
	named = json_get(given->value, "function");	/* OpenAI's */
	choice->name = request_text(given->request, json_is(named,
	    JSON_OBJECT) ? named : given->value, "name");
	if (choice->kind == CHOICE_TOOL && choice->name.length == 0)
		return field_wrong(given, "given the tool's name");
	if (json_true(json_get(given->value, "disable_parallel_tool_use")))
		given->request->parallel = 0;
	return known_check(given->request, "tool_choice", given->value,
	    given->problem);
}
