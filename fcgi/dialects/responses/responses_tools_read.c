#include "build.h"

#include "dialects/openai/openai_request.h"
#include "json_text.h"
#include "responses_convert.h"

/* The tools of one list; in a namespace those of its own. */
struct tool_list {
	struct request		*request;
	struct problem		*problem;
	struct text		 namespace_name;
	struct escaped		 about;		/* the namespace, once */
};

static int
invalid(const struct tool_list *list, const char *why)
{
	return problem_field(list->problem, PROBLEM_INVALID, "tools",
	    "tools: %s", why);
}

static struct tool *
add_tool(const struct tool_list *list, enum tool_kind kind)
{
	struct tool	*tool = request_add_tool(list->request, kind);

	if (tool == NULL)
		problem_set(list->problem, PROBLEM_OVERLOADED,
		    "out of memory");
	return tool;
}

/* What a namespace is about is said with its first tool. */
static struct escaped
description_of(struct tool_list *list, struct json_value value)
{
	struct escaped	spans[3];

	spans[0] = list->about;
	spans[1] = escaped_of("\\n\\n");
	spans[2] = json_escaped(json_get(value, "description"));
	if (list->about.length == 0)
		return spans[2];
	list->about.length = 0;
	return escaped_join(list->request->arena, spans, 3);
}

/* From its name and namespace on it is found by them: the first one is. */
static int
add_name(const struct tool_list *list, struct tool *tool)
{
	if (text_table_add(&list->request->tools_named, tool->namespace_name,
	    tool->name, tool) == -1)
		return problem_set(list->problem, PROBLEM_OVERLOADED,
		    "out of memory");
	return 0;
}

/* One that a search found may have been declared, or found, before. */
static struct tool *
add_named(struct tool_list *list, struct json_value value,
    enum tool_kind kind)
{
	struct text	 name;
	struct tool	*tool;

	name = responses_decode(list->request, json_get(value, "name"));
	if (name.length == 0) {
		invalid(list, "every function needs a name");
		return NULL;
	}
	tool = text_table_find(&list->request->tools_named,
	    list->namespace_name, name);
	if (tool == NULL)
		tool = add_tool(list, kind);
	if (tool == NULL)
		return NULL;
	tool->kind = kind;
	tool->name = name;
	tool->namespace_name = list->namespace_name;
	tool->description = description_of(list, value);
	return add_name(list, tool) == -1 ? NULL : tool;
}

static int
read_function(struct tool_list *list, struct json_value value)
{
	struct tool	*tool = add_named(list, value, TOOL_FUNCTION);

	if (tool == NULL)
		return -1;
	if (json_is(json_get(value, "parameters"), JSON_OBJECT))
		tool->schema = json_get(value, "parameters");
	openai_read_strict(&tool->strict, value);
	return 0;
}

static int
read_custom(struct tool_list *list, struct json_value value)
{
	struct json_value	 format = json_get(value, "format");
	struct tool		*tool = add_named(list, value, TOOL_CUSTOM);

	if (tool == NULL)
		return -1;
	tool->grammar = json_escaped(json_get(format, "definition"));
	tool->syntax = responses_decode(list->request,
	    json_get(format, "syntax"));
	return 0;
}

/* One that the client runs, with a type of its own. */
static int
read_known(struct tool_list *list, struct json_value value,
    const struct responses_known_tool *known)
{
	struct json_value	 schema = json_get(value, "parameters");
	struct json_value	 about = json_get(value, "description");
	struct tool		*tool = add_tool(list, known->kind);

	if (tool == NULL)
		return -1;
	tool->name = text_of(known->name);
	tool->type = responses_decode(list->request, json_get(value, "type"));
	tool->raw = value;
	tool->description = json_escaped(about).length > 0 ?
	    json_escaped(about) : escaped_of(known->description);
	tool->schema = json_is(schema, JSON_OBJECT) ? schema :
	    json_scan_into(list->request->arena, text_of(known->schema));
	return add_name(list, tool);
}

static int
read_server(struct tool_list *list, struct json_value value)
{
	struct tool	*tool = add_tool(list, TOOL_SERVER);

	if (tool == NULL)
		return -1;
	tool->type = responses_decode(list->request, json_get(value, "type"));
	tool->name = tool->type;
	tool->raw = value;
	return add_name(list, tool);
}

/* A search that the provider runs finds nothing that isn't declared anyway. */
static bool
is_hosted(struct json_value value)
{
	return json_equals(json_get(value, "type"), RESPONSES_SEARCH) &&
	    !json_equals(json_get(value, "execution"), "client");
}

static int	read_list(struct tool_list *, struct json_value, bool inner);

static int
read_namespace(const struct tool_list *list, struct json_value value)
{
	struct tool_list	inner = *list;

	inner.namespace_name = responses_decode(list->request,
	    json_get(value, "name"));
	inner.about = json_escaped(json_get(value, "description"));
	if (inner.namespace_name.length == 0)
		return invalid(list, "every namespace needs a name");
	return read_list(&inner, json_get(value, "tools"), true);
}

static int
read_tool(struct tool_list *list, struct json_value value, bool inner)
{
	const struct responses_known_tool	*known;
	struct json_value			 type;

	type = json_get(value, "type");
	if (json_equals(type, "function"))
		return read_function(list, value);
	if (json_equals(type, "custom"))
		return read_custom(list, value);
	if (json_equals(type, "namespace") && !inner)
		return read_namespace(list, value);
	if (!json_is(type, JSON_STRING) || inner)
		return invalid(list, "a tool has no type, or an unknown one");
	known = responses_known_type(type);
	if (known != NULL && !is_hosted(value))
		return read_known(list, value, known);
	return read_server(list, value);
}

static int
read_list(struct tool_list *list, struct json_value tools, bool inner)
{
	struct json_walk	walk = json_walk(tools);

	while (json_next(&walk))
		if (read_tool(list, walk.value, inner) == -1)
			return -1;
	return 0;
}

int
responses_read_tools(struct request *request, struct json_value tools,
    struct problem *p)
{
	struct tool_list	list = { .request = request, .problem = p };

	if (!json_is(tools, JSON_ARRAY))
		return json_is(tools, JSON_NULL) ||
		    json_is(tools, JSON_MISSING) ? 0 :
		    invalid(&list, "they must be an array");
	return read_list(&list, tools, false);
}

/*
 * The choice among them.
 */

/* A tool without a name is called as its type says. */
static struct text
name_of(struct request *request, struct json_value value)
{
	const struct responses_known_tool	*known;
	struct json_value			 type;

	type = json_get(value, "type");
	if (json_is(json_get(value, "name"), JSON_STRING))
		return responses_decode(request, json_get(value, "name"));
	known = responses_known_type(type);
	return known != NULL ? text_of(known->name) :
	    responses_decode(request, type);
}

static int
read_allowed(struct request *request, struct json_value value)
{
	struct choice		*choice = &request->choice;
	struct json_value	 tools = json_get(value, "tools");
	struct json_walk	 walk = json_walk(tools);

	if (openai_read_mode(choice, json_get(value, "mode")) == -1)
		return -1;
	choice->allowed = arena_calloc(request->arena, json_count(tools) + 1,
	    sizeof(*choice->allowed));
	if (choice->allowed == NULL)
		return -1;
	while (json_next(&walk))
		choice->allowed[choice->allowed_count++] =
		    name_of(request, walk.value);
	return 0;
}

int
responses_read_choice(struct request *request, struct json_value value,
    struct problem *p)
{
	struct choice	*choice = &request->choice;
	int		 result = -1;

	if (json_is(value, JSON_STRING)) {
		result = openai_read_mode(choice, value);
	} else if (json_equals(json_get(value, "type"), "allowed_tools")) {
		result = read_allowed(request, value);
	} else if (name_of(request, value).length > 0) {
		choice->kind = CHOICE_TOOL;
		choice->name = name_of(request, value);
		choice->namespace_name = responses_decode(request,
		    json_get(value, "namespace"));
		result = 0;
	}
	if (result == -1)
		return problem_field(p, PROBLEM_INVALID, "tool_choice",
		    "tool_choice must be none, auto, required, or name a tool");
	return 0;
}
