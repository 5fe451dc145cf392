#include "build.h"

#include <inttypes.h>
#include <string.h>

#include "edit/edit_lane.h"
#include "generate.h"
#include "json_text.h"

/* Most thinking of Gemini 2.5, and of its Pro models. */
#define BUDGET_MAX	24576
#define BUDGET_PRO_MAX	32768
#define BUDGET_LEAST	"128"	/* where thinking can't be switched off */

/* The API takes both spellings of a name. */
struct spelling {
	const char	*camel, *snake;
};
static const struct spelling system_instruction = {
	"systemInstruction", "system_instruction" };
static const struct spelling generation_config = {
	"generationConfig", "generation_config" };
static const struct spelling thinking_config = {
	"thinkingConfig", "thinking_config" };
static const struct spelling tool_config = {
	"toolConfig", "tool_config" };
static const struct spelling calling_config = {
	"functionCallingConfig", "function_calling_config" };
static const struct spelling sampling[] = {
	{ "temperature", "temperature" },
	{ "topP", "top_p" },
	{ "topK", "top_k" },
};

static bool
spelled(struct json_value key, const struct spelling *name)
{
	return json_equals(key, name->camel) || json_equals(key, name->snake);
}

static struct json_value
get(struct json_value object, const struct spelling *name)
{
	struct json_value	value = json_get(object, name->camel);

	return json_is(value, JSON_MISSING) ?
	    json_get(object, name->snake) : value;
}

int
generate_read_head(struct head *head, struct arena *arena,
    struct json_value body, struct problem *p)
{
	(void)arena;	/* this API has no field that hints at a session */
	return head_read(head, body, p);
}

/* The name stays in the path where the endpoint has it there. */
static void
edit_model(const struct edit_lane *lane)
{
	const struct endpoint	*endpoint = lane->policy->model->endpoint;
	struct escaped		 id;

	if (!json_is(json_get(lane->body, "model"), JSON_MISSING)) {
		lane_model(lane);
		return;
	}
	if (endpoint != NULL && strstr(endpoint->base_url, "{model}") != NULL)
		return;
	id = text_escape(lane->edits->arena, text_of(lane->policy->model_id));
	lane_set(lane, "model", lane_format(lane, "\"%.*s\"",
	    (int)id.length, id.at));
}

/* A content object, with `parts` as an array, as one part, or without. */
static void
edit_content(const struct edit_lane *lane, struct json_value content,
    struct text part)
{
	struct json_value	parts = json_get(content, "parts");
	struct text		raw = json_raw(parts);

	if (json_is(parts, JSON_MISSING) && !json_is(json_get(content, "text"),
	    JSON_MISSING)) {
		raw = json_raw(content);
		edits_replace(lane->edits, content, lane_format(lane,
		    "{\"parts\":[%s,%.*s]}", part.at, (int)raw.length, raw.at));
	} else if (json_is(parts, JSON_MISSING)) {
		edits_insert_member(lane->edits, content, "parts",
		    lane_format(lane, "[%s]", part.at));
	} else if (json_is(parts, JSON_ARRAY)) {
		if (!lane_has_prompt(lane, json_get(json_at(parts, 0),
		    "text")))
			edits_insert_element(lane->edits, parts, part);
	} else if (json_is(parts, JSON_OBJECT)) {
		if (!lane_has_prompt(lane, json_get(parts, "text")))
			edits_replace(lane->edits, parts, lane_format(lane,
			    "[%s,%.*s]", part.at, (int)raw.length, raw.at));
	} else if (json_is(parts, JSON_NULL))
		edits_replace(lane->edits, parts, lane_format(lane, "[%s]",
		    part.at));
}

static void
edit_instruction(const struct edit_lane *lane, struct json_value value,
    struct text part)
{
	struct text	raw = json_raw(value);

	if (json_is(value, JSON_OBJECT))
		edit_content(lane, value, part);
	else if (json_is(value, JSON_ARRAY)) {
		if (!lane_has_prompt(lane, json_get(json_at(value, 0),
		    "text")))
			edits_insert_element(lane->edits, value, part);
	} else if (json_is(value, JSON_NULL) || (json_is(value, JSON_STRING) &&
	    escaped_is_blank(json_escaped(value))))
		edits_replace(lane->edits, value, lane_format(lane,
		    "{\"parts\":[%s]}", part.at));
	else if (json_is(value, JSON_STRING) && !lane_has_prompt(lane, value))
		edits_replace(lane->edits, value, lane_format(lane,
		    "{\"parts\":[%s,{\"text\":%.*s}]}", part.at,
		    (int)raw.length, raw.at));
}

static void
edit_system(const struct edit_lane *lane)
{
	struct json_walk	walk = json_walk(lane->body);
	struct text		part;

	if (lane->prompt.length == 0)
		return;
	part = lane_format(lane, "{\"text\":\"%.*s\"}",
	    (int)lane->prompt.length, lane->prompt.at);
	if (json_is(get(lane->body, &system_instruction), JSON_MISSING))
		lane_set(lane, system_instruction.camel, lane_format(lane,
		    "{\"parts\":[%s]}", part.at));
	while (json_next(&walk))
		if (spelled(walk.key, &system_instruction))
			edit_instruction(lane, walk.value, part);
}

/* `thinking` empty: the client's goes, and nothing comes for it. */
static void
set_thinking(const struct edit_lane *lane, struct text thinking)
{
	struct json_walk	walk = json_walk(lane->body);
	struct json_value	config = get(lane->body, &generation_config);
	const char		*key = thinking_config.camel;

	if (thinking.length > 0 && json_is(config, JSON_MISSING))
		lane_set_in(lane, generation_config.camel, key, thinking);
	while (json_next(&walk)) {
		if (!spelled(walk.key, &generation_config))
			continue;
		if (thinking.length > 0 && json_is(walk.value, JSON_NULL))
			edits_replace(lane->edits, walk.value, lane_format(lane,
			    "{\"%s\":%s}", key, thinking.at));
		edits_delete_member(lane->edits, walk.value,
		    thinking_config.snake);
		if (thinking.length == 0)
			edits_delete_member(lane->edits, walk.value, key);
		else
			edits_set_member(lane->edits, walk.value, key,
			    thinking);
	}
}

static void
set_budget(const struct edit_lane *lane, int64_t budget)
{
	int64_t	most = strstr(lane->policy->model_id, "-pro") != NULL ?
	    BUDGET_PRO_MAX : BUDGET_MAX;

	set_thinking(lane, lane_format(lane, "{\"thinkingBudget\":%" PRId64
	    ",\"includeThoughts\":true}", budget < most ? budget : most));
}

static void
end_thinking(const struct edit_lane *lane)
{
	const struct model	*model = lane->policy->model;
	bool			 budget = model->thinking == THINKING_BUDGET;

	switch (model->thinking_off) {
	case THINKING_OFF_REMOVE:
		set_thinking(lane, LANE_JSON(""));
		break;
	case THINKING_OFF_DISABLED:
	case THINKING_OFF_BETWEEN_TOOLS:
		set_thinking(lane, budget ?
		    LANE_JSON("{\"thinkingBudget\":0}") :
		    LANE_JSON("{\"thinkingLevel\":\"MINIMAL\"}"));
		break;
	case THINKING_OFF_IMPOSSIBLE:
		set_thinking(lane, budget ?
		    LANE_JSON("{\"thinkingBudget\":" BUDGET_LEAST "}") :
		    LANE_JSON("{\"thinkingLevel\":\"LOW\"}"));
		break;
	}
}

static void
edit_thinking(const struct edit_lane *lane)
{
	static const char *const	levels[EFFORT_KINDS] = {
		[EFFORT_MINIMAL] =	"MINIMAL",
		[EFFORT_LOW] =		"LOW",
		[EFFORT_MEDIUM] =	"MEDIUM",
		[EFFORT_HIGH] =		"HIGH",
		[EFFORT_XHIGH] =	"HIGH",
		[EFFORT_MAX] =		"HIGH",
	};
	enum effort			effort;

	if (lane->policy->effort == EFFORT_AUTO)
		return;
	effort = policy_clamp(lane->policy->model, lane->policy->effort);
	if (!policy_thinks(lane->policy->effort) || levels[effort] == NULL)
		end_thinking(lane);
	else if (lane->policy->model->thinking == THINKING_BUDGET)
		set_budget(lane, policy_budget(effort));
	else
		set_thinking(lane, lane_format(lane, "{\"thinkingLevel\":\"%s\""
		    ",\"includeThoughts\":true}", levels[effort]));
}

static void
delete_sampling(const struct edit_lane *lane)
{
	struct json_walk	walk = json_walk(lane->body);
	size_t			i;

	while (json_next(&walk)) {
		if (!spelled(walk.key, &generation_config))
			continue;
		for (i = 0; i < sizeof(sampling) / sizeof(sampling[0]); i++) {
			edits_delete_member(lane->edits, walk.value,
			    sampling[i].camel);
			edits_delete_member(lane->edits, walk.value,
			    sampling[i].snake);
		}
	}
}

/* Names of allowed functions go with ANY and VALIDATED only. */
static void
unforce_tools(const struct edit_lane *lane)
{
	static const struct spelling	names = { "allowedFunctionNames",
	    "allowed_function_names" };
	struct json_value		config;

	config = get(get(lane->body, &tool_config), &calling_config);
	if (json_equals(json_get(config, "mode"), "ANY"))
		edits_replace_member(lane->edits, config, "mode",
		    json_count(get(config, &names)) > 0 ?
		    LANE_JSON("\"VALIDATED\"") : LANE_JSON("\"AUTO\""));
}

/* Parts lie deeper than the lane looks otherwise. */
static bool
is_prefill(const struct edit_lane *lane, struct json_value content)
{
	static const struct spelling	call = { "functionCall",
	    "function_call" };
	struct json_value		value;
	struct json_walk		walk;

	if (!json_equals(json_get(content, "role"), "model"))
		return false;
	value = json_scan_into(lane->edits->arena, json_raw(content));
	walk = json_walk(json_get(value, "parts"));
	while (json_next(&walk))
		if (!json_is(get(walk.value, &call), JSON_MISSING))
			return false;
	return true;
}

int
generate_edit_request(struct edits *edits, struct json_value body,
    const struct policy *policy, struct problem *p)
{
	struct edit_lane	lane;

	(void)p;
	lane_start(&lane, edits, body, policy);
	edit_model(&lane);
	if (policy->count)
		return 0;
	edit_system(&lane);
	edit_thinking(&lane);
	lane_end_prefill(&lane, "contents", is_prefill, LANE_JSON(
	    "{\"role\":\"user\",\"parts\":[{\"text\":\"Continue.\"}]}"));
	if (!policy->model->forced_tools)
		unforce_tools(&lane);
	if (!policy->model->sampling)
		delete_sampling(&lane);
	lane_drop(&lane);
	return 0;
}
