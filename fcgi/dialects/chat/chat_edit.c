#include "build.h"

#include <string.h>

#include "chat.h"
#include "edit/edit_lane.h"
#include "json_text.h"

int
chat_read_head(struct head *head, struct arena *arena, struct json_value body,
    struct problem *p)
{
	if (head_read(head, body, p) == -1)
		return -1;
	head_read_session(head, arena, body, "prompt_cache_key");
	return 0;
}

/* One `content` of the first system message, in any shape. */
static void
edit_content(const struct edit_lane *lane, struct json_value content)
{
	struct escaped	prompt = lane->prompt;
	enum json_kind	kind = json_kind(content);

	if (kind == JSON_NULL)
		edits_replace(lane->edits, content, lane_format(lane,
		    "\"%.*s\"", (int)prompt.length, prompt.at));
	else if (kind == JSON_STRING && !lane_has_prompt(lane, content))
		edits_insert_text(lane->edits, content, prompt);
	else if (kind == JSON_ARRAY && !lane_has_prompt(lane,
	    json_get(json_at(content, 0), "text")))
		edits_insert_element(lane->edits, content, lane_format(lane,
		    "{\"type\":\"text\",\"text\":\"%.*s\"}",
		    (int)prompt.length, prompt.at));
}

/* A system message that comes first takes the prompt in, else a new one. */
static void
edit_messages(const struct edit_lane *lane, struct json_value messages)
{
	struct escaped		prompt = lane->prompt;
	struct json_value	first = json_at(messages, 0);
	struct json_value	role = json_get(first, "role");
	struct json_walk	walk = json_walk(first);

	if (!json_equals(role, "system") && !json_equals(role, "developer")) {
		edits_insert_element(lane->edits, messages, lane_format(lane,
		    "{\"role\":\"system\",\"content\":\"%.*s\"}",
		    (int)prompt.length, prompt.at));
		return;
	}
	if (json_is(json_get(first, "content"), JSON_MISSING))
		edits_insert_member(lane->edits, first, "content", lane_format(
		    lane, "\"%.*s\"", (int)prompt.length, prompt.at));
	while (json_next(&walk))
		if (json_equals(walk.key, "content"))
			edit_content(lane, walk.value);
}

static void
edit_system(const struct edit_lane *lane)
{
	struct json_walk	walk = json_walk(lane->body);

	while (lane->prompt.length > 0 && json_next(&walk))
		if (json_equals(walk.key, "messages"))
			edit_messages(lane, walk.value);
}

static bool
type_is(struct json_value value, const char *type)
{
	return json_equals(json_get(value, "type"), type);
}

/*
 * Off leaves alone what already says off: servers of this API that think
 * without being asked are told so by `thinking` or `reasoning`.
 */
static void
end_reasoning(const struct edit_lane *lane)
{
	const struct model	*model = lane->policy->model;
	struct json_value	 reasoning = json_get(lane->body, "reasoning");

	if ((model->efforts & (1u << EFFORT_OFF)) != 0)
		lane_set(lane, "reasoning_effort", LANE_JSON("\"none\""));
	else
		edits_delete_member(lane->edits, lane->body,
		    "reasoning_effort");
	if (model->thinking_off == THINKING_OFF_DISABLED)
		lane_set(lane, "thinking", LANE_JSON("{\"type\":\"disabled\"}"));
	else if (!type_is(json_get(lane->body, "thinking"), "disabled"))
		edits_delete_member(lane->edits, lane->body, "thinking");
	if (!json_is(json_get(reasoning, "enabled"), JSON_FALSE) &&
	    !json_equals(json_get(reasoning, "effort"), "none"))
		edits_delete_member(lane->edits, lane->body, "reasoning");
}

/* Other ways to say an effort are taken out of the way. */
static void
set_reasoning(const struct edit_lane *lane)
{
	lane_set(lane, "reasoning_effort",
	    lane_effort(lane, lane->policy->effort));
	edits_delete_member(lane->edits, lane->body, "reasoning");
	if (type_is(json_get(lane->body, "thinking"), "disabled"))
		edits_delete_member(lane->edits, lane->body, "thinking");
}

static void
edit_reasoning(const struct edit_lane *lane)
{
	const struct model	*model = lane->policy->model;

	if (!model->tools_reasoning &&
	    json_count(json_get(lane->body, "tools")) > 0)
		edits_delete_member(lane->edits, lane->body,
		    "reasoning_effort");
	else if (lane->policy->effort == EFFORT_AUTO)
		lane_clamp(lane, json_get(lane->body, "reasoning_effort"));
	else if (lane->policy->effort == EFFORT_OFF)
		end_reasoning(lane);
	else
		set_reasoning(lane);
}

static void
unforce_tools(const struct edit_lane *lane)
{
	struct json_value	choice = json_get(lane->body, "tool_choice");

	if (json_equals(choice, "required") || type_is(choice, "function") ||
	    type_is(choice, "custom"))
		lane_set(lane, "tool_choice", LANE_JSON("\"auto\""));
}

static bool
is_prefill(const struct edit_lane *lane, struct json_value message)
{
	(void)lane;
	return json_equals(json_get(message, "role"), "assistant") &&
	    json_count(json_get(message, "tool_calls")) == 0 &&
	    json_count(json_get(message, "function_call")) == 0;
}

int
chat_edit_request(struct edits *edits, struct json_value body,
    const struct policy *policy, struct problem *p)
{
	struct edit_lane	lane;

	(void)p;
	lane_start(&lane, edits, body, policy);
	lane_model(&lane);
	edit_system(&lane);
	edit_reasoning(&lane);
	lane_end_prefill(&lane, "messages", is_prefill, LANE_JSON(
	    "{\"role\":\"user\",\"content\":\"Continue.\"}"));
	if (!policy->model->forced_tools)
		unforce_tools(&lane);
	if (!policy->model->sampling)
		lane_delete_sampling(&lane);
	if (policy->fast)
		lane_default(&lane, "service_tier", LANE_JSON("\"priority\""));
	lane_drop(&lane);
	return 0;
}
