#include "build.h"

#include "json_text.h"
#include "neutral/known.h"
#include "neutral/hosted.h"
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

/* What a namespace is about is said with its first tool. */
static void
describe(struct tool_list *list, struct tool *tool)
{
	struct escaped	spans[3] = { list->about, escaped_of("\\n\\n"),
			    tool->description };

	if (list->about.length > 0)
		tool->description = escaped_join(list->request->arena, spans,
		    3);
	list->about.length = 0;
}

/* From its name and namespace on it is found by them: the first one is. */
static void
add_name(const struct tool_list *list, struct tool *tool)
{
	(void)text_table_add(&list->request->tools_named,
	    tool->namespace_name, tool->name, tool);
}

int
responses_lose_async(struct request *request, const char *inside,
    struct json_value value, struct problem *p)
{
	struct json_walk	walk = json_walk(value);

	if (!json_true(json_get(value, "async")))
		return 0;
	while (json_next(&walk))
		if (json_equals(walk.key, "async"))
			return request_lost_field(request, inside, walk.key,
			    p);
	return 0;
}

/* One that a search found may have been declared, or found, before. */
static int
read_named(struct tool_list *list, struct json_value value,
    enum tool_kind kind)
{
	struct text	 name = request_text(list->request, value, "name");
	struct tool	*tool;

	if (name.length == 0)
		return invalid(list, "every function needs a name");
	if (responses_lose_async(list->request, "tools", value,
	    list->problem) == -1 || known_check(list->request, "tools", value,
	    list->problem) == -1)
		return -1;
	tool = text_table_find(&list->request->tools_named,
	    list->namespace_name, name);
	if (tool == NULL)
		tool = request_add_tool(list->request, kind);
	tool->kind = kind;
	tool->name = name;
	tool->namespace_name = list->namespace_name;
	if (kind == TOOL_CUSTOM)
		openai_read_custom(list->request, tool, value);
	else
		openai_read_function(tool, value);
	describe(list, tool);
	add_name(list, tool);
	return 0;
}

/* One with a type of its own, that the client runs, or (NULL) the provider. */
static int
read_typed(struct tool_list *list, struct json_value value,
    const struct hosted *hosted)
{
	struct request	*request = list->request;
	struct tool	*tool;

	tool = request_add_tool(request, hosted != NULL ? hosted->kind :
	    TOOL_SERVER);
	tool->name = tool->type = request_text(request, value, "type");
	tool->raw = value;
	if (hosted != NULL) {
		openai_read_function(tool, value);
		tool->name = text_of(hosted->name);
		if (tool->description.length == 0)
			tool->description = escaped_of(hosted->description);
		if (!json_is(tool->schema, JSON_OBJECT))
			tool->schema = hosted_schema(request->arena, hosted);
	}
	add_name(list, tool);
	return 0;
}

static int	read_list(struct tool_list *, struct json_value, bool inner);

static int
read_namespace(const struct tool_list *list, struct json_value value)
{
	struct tool_list	inner = *list;

	inner.namespace_name = request_text(list->request, value, "name");
	inner.about = json_escaped(json_get(value, "description"));
	if (inner.namespace_name.length == 0)
		return invalid(list, "every namespace needs a name");
	return read_list(&inner, json_get(value, "tools"), true);
}

static int
read_tool(struct tool_list *list, struct json_value value, bool inner)
{
	struct json_value	 type = json_get(value, "type");
	const struct hosted	*hosted;

	if (openai_is_function(value))
		return read_named(list, openai_inner(value), TOOL_FUNCTION);
	if (json_equals(type, "custom"))
		return read_named(list, value, TOOL_CUSTOM);
	if (json_equals(type, "namespace") && !inner)
		return read_namespace(list, value);
	if (!json_is(type, JSON_STRING))
		return invalid(list, "every tool needs a type");
	if (inner)
		return problem_field(list->problem, PROBLEM_INVALID, "tools",
		    "tools: a namespace holds a tool of the unknown type %.*s",
		    (int)json_raw(type).length, json_raw(type).at);
	hosted = hosted_of(DIALECT_RESPONSES, request_decode(list->request,
	    type));
	/* A search by the provider finds only what is declared anyway. */
	if (hosted != NULL && (hosted->kind == TOOL_SERVER ||
	    (hosted->kind == TOOL_SEARCH &&
	    !json_equals(json_get(value, "execution"), "client"))))
		hosted = NULL;
	return read_typed(list, value, hosted);
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
responses_add_tools(struct request *request, struct json_value tools,
    struct problem *p)
{
	struct tool_list	list = { .request = request, .problem = p };

	if (!json_is(tools, JSON_ARRAY) && json_kind(tools) > JSON_NULL)
		return invalid(&list, "they must be an array");
	return read_list(&list, tools, false);
}

int
responses_read_tools(const struct given *given)
{
	return responses_add_tools(given->request, given->value,
	    given->problem);
}
