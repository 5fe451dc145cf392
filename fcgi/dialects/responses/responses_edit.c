#include "build.h"

#include <string.h>

#include "dialects/openai/openai.h"
#include "edit/edit_lane.h"
#include "json_text.h"
#include "responses.h"
#include "responses_convert.h"
#include "responses_rules.h"

int
responses_read_head(struct head *head, struct arena *arena,
    struct json_value body, struct problem *p)
{
	if (head_read(head, body, p) == -1)
		return -1;
	head_read_session(head, arena, body, "prompt_cache_key");
	head->written_in = openai_written_in(body, DIALECT_RESPONSES);
	return 0;
}

/* An item of its own in front: what stands behind it stays a cached prefix. */
static void
insert_item(const struct edit_lane *lane, struct json_value items)
{
	if (!lane_has_prompt(lane, lane_message_text(json_at(items, 0))))
		edits_insert_element(lane->edits, items, lane_format(lane,
		    "{\"type\":\"message\",\"role\":\"developer\","
		    "\"content\":[{\"type\":\"input_text\",\"text\":\"%.*s\"}]}",
		    (int)lane->prompt.length, lane->prompt.at));
}

/* There are no instructions that say something. */
static void
add_instructions(const struct edit_lane *lane)
{
	struct json_value	input = json_get(lane->body, "input");
	struct json_walk	walk = json_walk(lane->body);

	if (!lane_is_system(json_at(input, 0))) {
		lane_set(lane, "instructions", lane_format(lane, "\"%.*s\"",
		    (int)lane->prompt.length, lane->prompt.at));
		return;
	}
	while (json_next(&walk))
		if (json_equals(walk.key, "input"))
			insert_item(lane, walk.value);
}

static void
edit_instructions(const struct edit_lane *lane)
{
	struct json_value	instructions;
	struct json_walk	walk = json_walk(lane->body);

	if (lane->prompt.length == 0)
		return;
	instructions = json_get(lane->body, "instructions");
	if (json_is(instructions, JSON_MISSING) ||
	    json_is(instructions, JSON_NULL) ||
	    json_equals(instructions, "")) {
		add_instructions(lane);
		return;
	}
	while (json_next(&walk)) {
		if (!json_equals(walk.key, "instructions"))
			continue;
		if (json_is(walk.value, JSON_ARRAY))
			insert_item(lane, walk.value);
		else if (!lane_has_prompt(lane, walk.value))
			edits_insert_text(lane->edits, walk.value,
			    lane->prompt);
	}
}

/* What else the client's object says stays, where there is to be thinking. */
static void
edit_reasoning(const struct edit_lane *lane, const struct rules *rules)
{
	struct json_value	reasoning = json_get(lane->body, "reasoning");
	struct text		word = lane_effort(lane, rules->effort);

	if (rules->effort == EFFORT_AUTO)
		edits_delete_member(lane->edits, lane->body, "reasoning");
	else if (rules->by_client) {
		edits_replace_member(lane->edits, reasoning, "effort", word);
		if (rules->effort == EFFORT_OFF && !rules->as_said)
			edits_delete_member(lane->edits, reasoning, "summary");
	} else if (rules->wanted == EFFORT_OFF)
		lane_set(lane, "reasoning", lane_format(lane,
		    "{\"effort\":%s}", word.at));
	else if (json_is(reasoning, JSON_OBJECT)) {
		edits_set_member(lane->edits, reasoning, "summary",
		    LANE_JSON("\"auto\""));
		edits_set_member(lane->edits, reasoning, "effort", word);
	} else
		lane_set(lane, "reasoning", lane_format(lane,
		    "{\"effort\":%s,\"summary\":\"auto\"}", word.at));
}

static void
edit_by_rules(const struct edit_lane *lane)
{
	struct json_value	choice = json_get(lane->body, "tool_choice");
	struct json_value	type = json_get(choice, "type");
	struct said		said = lane_said(lane->body);
	struct rules		rules;

	said.effort = lane_effort_of(lane,
	    json_get(json_get(lane->body, "reasoning"), "effort"));
	said.forced = json_equals(choice, "required") ||
	    (json_is(type, JSON_STRING) && !json_equals(type, "allowed_tools"));
	rules = responses_rules_find(lane->policy, &said);
	if (!rules.as_said)
		edit_reasoning(lane, &rules);
	if (rules.unforced)
		lane_set(lane, "tool_choice", LANE_JSON("\"auto\""));
	lane_obey(lane, lane->body, &said, &rules);
}

/*
 * Reasoning whose seal must not go; or that another API told without a seal, which
 * shows in that it is under no id of this API's store (or under one of ours).
 */
static bool
is_foreign(const struct edit_lane *lane, struct json_value item)
{
	struct json_value	seal = json_get(item, "encrypted_content");
	struct escaped		id = json_escaped(json_get(item, "id"));

	if (!json_equals(json_get(item, "type"), "reasoning"))
		return false;
	if (json_escaped(seal).length > 0)
		return lane_is_foreign_seal(lane, seal);
	return (id.length == 0 || id.length == RESPONSES_RS_LENGTH) &&
	    json_count(json_get(item, "content")) == 0;
}

/* Ours of a history that was compacted here is shown; its own API made others. */
static void
show_summaries(const struct edit_lane *lane)
{
	struct json_value	list = json_get(lane->body, "input");
	struct json_walk	walk = json_walk(list);
	struct escaped		text;

	while (json_is(list, JSON_ARRAY) && json_next(&walk))
		if (responses_read_summary(walk.value, &text))
			edits_replace(lane->edits, walk.value, lane_format(lane,
			    "{\"type\":\"message\",\"role\":\"user\","
			    "\"content\":[{\"type\":\"input_text\",\"text\":\""
			    PLACE_SUMMARY "%.*s\"}]}", (int)text.length,
			    text.at));
}

static bool
is_prefill(struct json_value item)
{
	return json_equals(json_get(item, "role"), "assistant");
}

int
responses_edit_request(struct edits *edits, struct json_value body,
    const struct policy *policy, struct losses *lost, struct problem *p)
{
	struct edit_lane	lane;

	(void)p;
	lane_start(&lane, edits, body, policy, lost);
	lane_model(&lane);
	edit_instructions(&lane);
	lane_tag_system(&lane, "input");
	lane_unseal(&lane, json_get(body, "input"), is_foreign);
	show_summaries(&lane);
	lane_hide_images(&lane, "input", "input_image", LANE_JSON(
	    "{\"type\":\"input_text\",\"text\":\"" IMAGE_UNREAD "\"}"));
	edit_by_rules(&lane);
	lane_end_prefill(&lane, "input", is_prefill, LANE_JSON(
	    "{\"type\":\"message\",\"role\":\"user\",\"content\":"
	    "[{\"type\":\"input_text\",\"text\":\"Continue.\"}]}"));
	if (policy->fast)
		lane_default(&lane, "service_tier", LANE_JSON("\"priority\""));
	lane_drop(&lane);
	return 0;
}

void
responses_edit_compact(struct edits *edits, struct json_value body,
    const struct policy *policy)
{
	struct losses		lost = { .bits = { 0 } };
	struct edit_lane	lane;

	lane_start(&lane, edits, body, policy, &lost);
	lane_model(&lane);
	lane_unseal(&lane, json_get(body, "input"), is_foreign);
	show_summaries(&lane);
}
