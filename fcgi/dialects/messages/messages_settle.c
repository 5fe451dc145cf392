#include "build.h"

#include "json_text.h"
#include "messages_convert.h"
#include "neutral/tool_write.h"

/* Thinking with a budget must have begun a tool's call, or what is to be continued. */
static bool
misses_thinking(const struct request *request)
{
	const struct turn	*turn, *last = NULL;
	const struct part	*part;

	for (turn = request->turns; turn != NULL; turn = turn->next)
		if (turn->role == ROLE_ASSISTANT)
			last = turn;
	if (last == NULL || last->parts->kind == PART_THINKING ||
	    last->parts->kind == PART_REDACTED)
		return false;
	if (last == request->last)	/* a prefill */
		return true;
	for (part = last->parts; part != NULL; part = part->next)
		if (part->kind == PART_CALL || part->kind == PART_CUSTOM_CALL)
			return true;
	return false;
}

static int
settle_rules(struct messages_writing *writing)
{
	struct request	*request = writing->request;
	struct said	 said = request_said(request);

	said.thinkless = misses_thinking(request);
	writing->rules = messages_rules_find(request_policy(request), &said);
	return request_obey(request, &writing->rules.common, writing->problem);
}

static bool
is_written(const struct request *request, const struct tool *tool)
{
	(void)request;
	return tool->wire.length > 0;
}

/* Of a choice among several tools the API knows one, or all. */
static int
settle_choice(struct messages_writing *writing)
{
	struct request	*request = writing->request;
	struct choice	*choice = &request->choice;
	struct allowed	 allowed;

	if (choice->allowed_count == 0 || choice->kind == CHOICE_NONE)
		return 0;
	if (tools_find_allowed(request, is_written, &allowed) == -1)
		return problem_no_memory(writing->problem);
	if (allowed.count == 0)
		return request_lose_choice(request, writing->problem);
	if (choice->kind != CHOICE_REQUIRED || allowed.count > 1)
		return request_lost(request, LOST_FORCED_TOOL,
		    writing->problem);
	choice->kind = CHOICE_TOOL;
	/* The provider's own are known by what they are called there. */
	choice->name = allowed.found[0]->kind == TOOL_SERVER ?
	    allowed.found[0]->wire : allowed.found[0]->name;
	choice->namespace_name = (struct text){ 0 };
	return 0;
}

/*
 * Temperatures end at 1 here. Newer models refuse top_p beside one, where 1 says
 * nothing.
 */
static int
settle_sampling(struct messages_writing *writing)
{
	struct request	*request = writing->request;
	bool		 hot, both, lost;

	hot = request_number(request, request->temperature) > 1;
	if (hot)
		request->temperature = text_of("1");
	both = request->temperature.length > 0 && request->top_p.length > 0;
	lost = both && !(request_number(request, request->top_p) >= 1);
	if (both)
		request->top_p.length = 0;
	return hot || lost ? request_lost(request, LOST_SAMPLING,
	    writing->problem) : 0;
}

int
messages_settle(struct messages_writing *writing)
{
	if (settle_choice(writing) == -1 || settle_rules(writing) == -1)
		return -1;
	return settle_sampling(writing);
}
