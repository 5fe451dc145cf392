#include "build.h"

#include "json_text.h"
#include "openai_request.h"

static struct tool *
find_tool(const struct openai_tools *tools, struct text namespace_name,
    struct text name)
{
	struct tool	*tool;

	for (tool = tools->request->tools; tool != NULL; tool = tool->next)
		if (text_same(tool->name, name) &&
		    text_same(tool->namespace_name, namespace_name) &&
		    tools->is_written(tools->request, tool))
			return tool;
	return NULL;
}

/* Forced to a tool that isn't there: auto. */
static int
settle_choice(const struct openai_tools *tools)
{
	struct request	*request = tools->request;
	struct choice	*choice = &request->choice;

	if (choice->kind == CHOICE_TOOL && find_tool(tools,
	    choice->namespace_name, choice->name) == NULL) {
		choice->kind = CHOICE_AUTO;
		return request_lost(request, LOST_FORCED_TOOL,
		    tools->problem);
	}
	return 0;
}

/* Those that are there, by a table: both lists may be long. */
static void
put_allowed(const struct openai_tools *tools)
{
	const struct request	*request = tools->request;
	const struct choice	*choice = &request->choice;
	struct text		 none = { "", 0 };
	struct text_table	 written;
	struct tool		*tool;
	size_t			 i;

	text_table_init(&written, request->arena);
	for (tool = request->tools; tool != NULL; tool = tool->next)
		if (tool->namespace_name.length == 0 &&
		    tools->is_written(request, tool))
			(void)text_table_add(&written, tool->name, none, tool);
	json_put(tools->w, "{'type':'allowed_tools'");
	json_put(tools->w, tools->wrapped ?
	    "'allowed_tools':{'mode':%s,'tools':[" : "'mode':%s,'tools':[",
	    choice->kind == CHOICE_REQUIRED ? "required" : "auto");
	for (i = 0; i < choice->allowed_count; i++) {
		tool = text_table_find(&written, choice->allowed[i], none);
		if (tool != NULL)
			tools->put_named(tools->w, request, tool);
	}
	json_put(tools->w, tools->wrapped ? "]}}" : "]}");
}

static void
put_choice(const struct openai_tools *tools)
{
	static const char *const	words[] = { "", "none", "auto",
	    "required" };
	const struct choice		*choice = &tools->request->choice;

	if (choice->kind == CHOICE_UNSAID)
		return;
	json_put_key(tools->w, "tool_choice");
	if (choice->kind == CHOICE_TOOL)
		tools->put_named(tools->w, tools->request, find_tool(tools,
		    choice->namespace_name, choice->name));
	else if (choice->allowed_count > 0 && choice->kind != CHOICE_NONE)
		put_allowed(tools);
	else
		json_put_string(tools->w, words[choice->kind]);
}

int
openai_write_choice(const struct openai_tools *tools)
{
	if (settle_choice(tools) == -1)
		return -1;
	put_choice(tools);
	if (tools->request->parallel >= 0)
		json_member_bool(tools->w, "parallel_tool_calls",
		    tools->request->parallel == 1);
	return 0;
}
