#include "build.h"

#include <inttypes.h>
#include <string.h>

#include "edit/edit_lane.h"
#include "generate.h"
#include "generate_rules.h"
#include "json_text.h"

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
static const struct spelling limit = {
	"maxOutputTokens", "max_output_tokens" };

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
edit_thinking(const struct edit_lane *lane, const struct generate_rules *rules)
{
	const char	*show = rules->show ? ",\"includeThoughts\":true" : "";

	if (rules->level != NULL)
		set_thinking(lane, lane_format(lane,
		    "{\"thinkingLevel\":\"%s\"%s}", rules->level, show));
	else if (rules->budget >= 0)
		set_thinking(lane, lane_format(lane,
		    "{\"thinkingBudget\":%" PRId64 "%s}", rules->budget,
		    show));
	else
		set_thinking(lane, LANE_JSON(""));
}

/* Names of allowed functions go with ANY and VALIDATED only. */
static void
unforce_tools(const struct edit_lane *lane)
{
	static const struct spelling	names = { "allowedFunctionNames",
	    "allowed_function_names" };
	struct json_value		config;

	config = get(get(lane->body, &tool_config), &calling_config);
	edits_replace_member(lane->edits, config, "mode",
	    json_count(get(config, &names)) > 0 ? LANE_JSON("\"VALIDATED\"") :
	    LANE_JSON("\"AUTO\""));
}

static struct said
find_said(const struct edit_lane *lane, struct json_value config,
    const struct lane_setting *settings)
{
	static const struct spelling	budget = { "thinkingBudget",
	    "thinking_budget" };
	static const struct spelling	level = { "thinkingLevel",
	    "thinking_level" };
	struct json_value		thinking = get(config,
					    &thinking_config);
	struct said			said = SAID_NOTHING;

	said.own = true;
	json_int64(get(thinking, &budget), &said.budget);
	said.effort = lane_effort_of(lane, get(thinking, &level));
	json_int64(get(config, &limit), &said.max_tokens);
	lane_find_said(&said, config, settings);
	said.forced = json_equals(json_get(get(get(lane->body, &tool_config),
	    &calling_config), "mode"), "ANY");
	return said;
}

static void
edit_by_rules(const struct edit_lane *lane)
{
	static const struct lane_setting	settings[] = {
		{ "temperature", SETTING_TEMPERATURE },
		{ "topP", SETTING_TOP_P },
		{ "top_p", SETTING_TOP_P },
		{ "topK", SETTING_TOP_K },
		{ "top_k", SETTING_TOP_K },
		{ NULL, 0 },
	};
	struct json_walk	walk = json_walk(lane->body);
	struct said		said = find_said(lane, get(lane->body,
				    &generation_config), settings);
	struct generate_rules	rules = generate_rules_find(lane->policy,
				    &said);

	if (!rules.common.as_said)
		edit_thinking(lane, &rules);
	if (rules.common.unforced)
		unforce_tools(lane);
	while (json_next(&walk)) {
		if (!spelled(walk.key, &generation_config))
			continue;
		lane_limit(lane, walk.value, limit.camel, &said,
		    &rules.common);
		lane_limit(lane, walk.value, limit.snake, &said,
		    &rules.common);
		lane_obey(lane, walk.value, settings, &rules.common);
	}
	losses_merge(lane->lost, &rules.common.lost);
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
    const struct policy *policy, struct losses *lost, struct problem *p)
{
	struct edit_lane	lane;

	(void)p;
	lane_start(&lane, edits, body, policy, lost);
	edit_model(&lane);
	if (policy->count)
		return 0;
	edit_system(&lane);
	edit_by_rules(&lane);
	lane_end_prefill(&lane, "contents", is_prefill, LANE_JSON(
	    "{\"role\":\"user\",\"parts\":[{\"text\":\"Continue.\"}]}"));
	lane_drop(&lane);
	return 0;
}
