#include "build.h"

#include "json_text.h"
#include "neutral/tool_write.h"
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
	const struct tool	*forced;
	struct allowed		 allowed;
};

/*
 * Of others' servers of Chat Completions few know a choice among several: it is one
 * of them, or all.
 */
static int
settle_allowed(const struct openai_tools *tools, struct chosen *chosen)
{
	bool	one = tools->request->choice.kind == CHOICE_REQUIRED &&
		    chosen->allowed.count == 1;

	chosen->forced = one ? chosen->allowed.found[0] : NULL;
	chosen->allowed.count = 0;
	return one ? 0 : request_lost(tools->request, LOST_FORCED_TOOL,
	    tools->problem);
}

static int
settle_choice(const struct openai_tools *tools, struct chosen *chosen)
{
	struct request	*request = tools->request;
	struct choice	*choice = &request->choice;

	if (choice->kind == CHOICE_TOOL)
		chosen->forced = find_tool(tools, choice->namespace_name,
		    choice->name);
	else if (choice->kind == CHOICE_NONE || choice->allowed_count == 0)
		return 0;
	else if (tools_find_allowed(request, tools->is_written,
	    &chosen->allowed) == -1)
		return problem_no_memory(tools->problem);
	if (chosen->forced == NULL && chosen->allowed.count == 0)
		return request_lose_choice(request, tools->problem);
	return chosen->allowed.count == 0 || !tools->wrapped || policy_openai(
	    request_policy(request)) ? 0 : settle_allowed(tools, chosen);
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
	for (i = 0; i < chosen->allowed.count; i++)
		tools->put_named(tools->w, tools->request, chosen->allowed.found[i]);
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
	if (chosen->forced != NULL)
		tools->put_named(tools->w, tools->request, chosen->forced);
	else if (chosen->allowed.count > 0)
		put_allowed(tools, chosen);
	else
		json_put_string(tools->w, words[choice->kind]);
}

int
openai_write_choice(const struct openai_tools *tools)
{
	struct chosen	chosen = { .forced = NULL };

	if (settle_choice(tools, &chosen) == -1)
		return -1;
	put_choice(tools, &chosen);
	if (tools->request->parallel >= 0)
		json_member_bool(tools->w, "parallel_tool_calls",
		    tools->request->parallel == 1);
	return 0;
}
