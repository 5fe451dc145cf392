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

/* What the choice names, as far as it is written. */
struct chosen {
	const struct tool	**tools;
	size_t			  count;
};

/* By a table: both lists may be long. */
static void
find_allowed(const struct openai_tools *tools, struct chosen *chosen)
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
	for (i = 0; i < choice->allowed_count; i++) {
		tool = text_table_find(&written, choice->allowed[i], none);
		if (tool != NULL)
			chosen->tools[chosen->count++] = tool;
	}
}

/*
 * Forced to a tool that isn't there: auto. Where none of those is there that are
 * allowed, none may be called.
 */
static int
settle_choice(const struct openai_tools *tools, struct chosen *chosen)
{
	struct request	*request = tools->request;
	struct choice	*choice = &request->choice;

	if (choice->kind == CHOICE_NONE || (choice->kind != CHOICE_TOOL &&
	    choice->allowed_count == 0))
		return 0;
	chosen->tools = arena_calloc(request->arena,
	    choice->allowed_count + 1, sizeof(*chosen->tools));
	if (chosen->tools == NULL)
		return problem_no_memory(tools->problem);
	if (choice->kind == CHOICE_TOOL)
		chosen->tools[0] = find_tool(tools, choice->namespace_name,
		    choice->name);
	else
		find_allowed(tools, chosen);
	if (chosen->tools[0] != NULL)
		return 0;
	choice->kind = choice->kind == CHOICE_TOOL ? CHOICE_AUTO : CHOICE_NONE;
	return request_lost(request, LOST_FORCED_TOOL, tools->problem);
}

static void
put_allowed(const struct openai_tools *tools, const struct chosen *chosen)
{
	size_t	i;

	json_put(tools->w, "{'type':'allowed_tools'");
	json_put(tools->w, tools->wrapped ?
	    "'allowed_tools':{'mode':%s,'tools':[" : "'mode':%s,'tools':[",
	    tools->request->choice.kind == CHOICE_REQUIRED ? "required" :
	    "auto");
	for (i = 0; i < chosen->count; i++)
		tools->put_named(tools->w, tools->request, chosen->tools[i]);
	json_put(tools->w, tools->wrapped ? "]}}" : "]}");
}

static void
put_choice(const struct openai_tools *tools, const struct chosen *chosen)
{
	static const char *const	words[] = { "", "none", "auto",
	    "required" };
	const struct choice		*choice = &tools->request->choice;

	if (choice->kind == CHOICE_UNSAID)
		return;
	json_put_key(tools->w, "tool_choice");
	if (choice->kind == CHOICE_TOOL)
		tools->put_named(tools->w, tools->request, chosen->tools[0]);
	else if (chosen->count > 0 && choice->kind != CHOICE_NONE)
		put_allowed(tools, chosen);
	else
		json_put_string(tools->w, words[choice->kind]);
}

int
openai_write_choice(const struct openai_tools *tools)
{
	struct chosen	chosen = { NULL, 0 };

	if (settle_choice(tools, &chosen) == -1)
		return -1;
	put_choice(tools, &chosen);
	if (tools->request->parallel >= 0)
		json_member_bool(tools->w, "parallel_tool_calls",
		    tools->request->parallel == 1);
	return 0;
}
