#include "build.h"

#include "json_text.h"
#include "messages_convert.h"

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

/* How many of those allowed are written, and the last one. By a table. */
static size_t
count_allowed(const struct request *request, struct text *name)
{
	const struct choice	*choice = &request->choice;
	struct text		 none = { "", 0 };
	struct text_table	 written;
	struct tool		*tool;
	size_t			 i, count = 0;

	text_table_init(&written, request->arena);
	for (tool = request->tools; tool != NULL; tool = tool->next)
		if (tool->wire.length > 0 && tool->namespace_name.length == 0)
			(void)text_table_add(&written, tool->kind ==
			    TOOL_SERVER ? tool->wire : tool->name, none, tool);
	for (i = 0; i < choice->allowed_count; i++) {
		if (text_table_find(&written, choice->allowed[i], none) == NULL)
			continue;
		*name = choice->allowed[i];
		count++;
	}
	return count;
}

/* Of a choice among several tools the API knows one, or all. */
static int
settle_choice(struct messages_writing *writing)
{
	struct request	*request = writing->request;
	struct choice	*choice = &request->choice;
	struct text	 name;
	size_t		 count;

	if (choice->allowed_count == 0 || choice->kind == CHOICE_NONE)
		return 0;
	count = count_allowed(request, &name);
	if (count == 0)
		return request_lose_choice(request, writing->problem);
	if (choice->kind != CHOICE_REQUIRED || count > 1)
		return request_lost(request, LOST_FORCED_TOOL,
		    writing->problem);
	choice->kind = CHOICE_TOOL;
	choice->name = name;
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
