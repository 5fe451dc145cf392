#include "build.h"

#include <inttypes.h>
#include <string.h>

#include "edit/edit_lane.h"
#include "json_text.h"
#include "messages.h"
#include "messages_convert.h"
#include "messages_rules.h"

#define ADAPTIVE	"{\"type\":\"adaptive\",\"display\":\"summarized\"}"

/* What turns hold, by one walk: there may be a thousand of them. */
struct history {
	bool			lists;		/* some content is a list */
	bool			efforts;	/* some turn has its own */
	struct json_value	last;		/* the assistant's last content,
						 * where somebody may think */
};

static bool
has(struct json_value object, const char *key)
{
	return !json_is(json_get(object, key), JSON_MISSING);
}

static struct history
read_history(const struct edit_lane *lane)
{
	enum { CONTENT, CONFIG, ROLE, MEMBERS };
	static const struct text	keys[MEMBERS] = {
	    TEXT_OF("content"), TEXT_OF("output_config"), TEXT_OF("role") };
	bool				thinks = lane->policy->effort !=
					    EFFORT_AUTO ||
					    has(lane->body, "thinking") ||
					    has(lane->body, "output_config");
	struct json_value		values[MEMBERS];
	struct json_walk		walk = json_walk(json_get(lane->body,
					    "messages"));
	struct history			history = { false, false,
					    JSON_NOTHING };

	while (json_next(&walk)) {
		json_members(walk.value, keys, thinks ? MEMBERS : ROLE,
		    values);
		if (thinks && json_equals(values[ROLE], "assistant"))
			history.last = values[CONTENT];
		history.lists |= json_is(values[CONTENT], JSON_ARRAY);
		history.efforts |= !json_is(values[CONFIG], JSON_MISSING);
	}
	return history;
}

/* Blank text is no block: the API refuses it. */
static void
edit_system_value(const struct edit_lane *lane, struct json_value system)
{
	struct escaped	prompt = lane->prompt;
	struct text	raw = json_raw(system), block;
	enum json_kind	kind = json_kind(system);

	block = lane_format(lane, "{\"type\":\"text\",\"text\":\"%.*s\"}",
	    (int)prompt.length, prompt.at);
	if (kind == JSON_ARRAY)
		lane_lead(lane, system, block);
	else if (kind == JSON_MISSING)
		lane_set(lane, "system", lane_format(lane, "[%s]", block.at));
	else if (kind == JSON_NULL || (kind == JSON_STRING &&
	    escaped_is_blank(json_escaped(system))))
		edits_replace(lane->edits, system, lane_format(lane, "[%s]",
		    block.at));
	else if (kind == JSON_STRING && !lane_has_prompt(lane, system))
		edits_replace(lane->edits, system, lane_format(lane,
		    "[%s,{\"type\":\"text\",\"text\":%.*s}]", block.at,
		    (int)raw.length, raw.at));
}

static void
edit_system(const struct edit_lane *lane)
{
	struct json_walk	walk = json_walk(lane->body);
	struct json_value	system = json_get(lane->body, "system");

	if (lane->prompt.length == 0)
		return;
	if (json_is(system, JSON_MISSING))
		edit_system_value(lane, system);
	while (json_next(&walk))
		if (json_equals(walk.key, "system"))
			edit_system_value(lane, walk.value);
}

/* The API refuses clear_thinking where no thinking is asked for. */
static void
delete_clear_thinking(const struct edit_lane *lane)
{
	struct json_value	management, list;
	struct json_walk	walk;
	size_t			others = 0;

	management = json_get(lane->body, "context_management");
	list = json_get(management, "edits");
	walk = json_walk(list);
	while (json_next(&walk))
		if (escaped_starts_with(json_escaped(json_get(walk.value,
		    "type")), text_of("clear_thinking")))
			edits_delete_element(lane->edits, list, walk.value);
		else
			others++;
	if (json_count(list) > 0 && others == 0)
		edits_delete_member(lane->edits, lane->body,
		    "context_management");
}

/*
 * One that isn't allowed becomes the nearest; off deletes it, but a client's own
 * off: that may say how much is written.
 */
static void
edit_effort_of(const struct edit_lane *lane, struct json_value holder,
    const struct rules *rules)
{
	struct json_value	config = json_get(holder, "output_config");
	struct json_value	word = json_get(config, "effort");
	enum effort		said = lane_effort_of(lane, word);
	enum effort		effort = rules->effort;

	if (rules->as_said && rules->wanted == EFFORT_OFF)
		return;
	if (rules->by_client && rules->wanted != EFFORT_OFF) {
		effort = efforts_clamp(lane->policy->model, said);
		if (effort == said)
			return;
		losses_add(lane->lost, LOST_EFFORT);
	}
	if (effort != EFFORT_AUTO)
		edits_replace_member(lane->edits, config, "effort",
		    lane_effort(lane, effort));
	else if (json_count(config) > 1)
		edits_delete_member(lane->edits, config, "effort");
	else if (!json_is(word, JSON_MISSING))
		edits_delete_member(lane->edits, holder, "output_config");
}

/* Efforts may stand at messages too, and the last one would win. */
static void
edit_efforts(const struct edit_lane *lane, const struct history *history,
    const struct rules *rules)
{
	struct json_walk	walk = json_walk(json_get(lane->body,
				    "messages"));

	while (history->efforts && json_next(&walk))
		edit_effort_of(lane, walk.value, rules);
	if (!rules->as_said && rules->effort != EFFORT_AUTO)
		lane_set_in(lane, "output_config", "effort",
		    lane_effort(lane, rules->effort));
	else
		edit_effort_of(lane, lane->body, rules);
}

static bool
part_is(struct json_value part, const char *type)
{
	return json_equals(json_get(part, "type"), type);
}

static bool
is_foreign_search(struct json_value id)
{
	return escaped_starts_with(json_escaped(id),
	    text_of(MESSAGES_FOREIGN_SEARCH));
}

/*
 * A search that another API's provider ran; thinking whose seal must not go, or, but
 * for servers that give their own without a seal and want it back, has none.
 */
static bool
is_foreign(const struct edit_lane *lane, struct json_value block)
{
	struct json_value	type = json_get(block, "type"), seal;

	if (json_equals(type, "server_tool_use"))
		return is_foreign_search(json_get(block, "id"));
	if (json_equals(type, "web_search_tool_result"))
		return is_foreign_search(json_get(block, "tool_use_id"));
	if (json_equals(type, "redacted_thinking"))
		return lane_is_foreign_seal(lane, json_get(block, "data"));
	if (!json_equals(type, "thinking"))
		return false;
	seal = json_get(block, "signature");
	return lane_is_foreign_seal(lane, seal) ||
	    (json_escaped(seal).length == 0 &&
	    lane->policy->model->own_thoughts != THOUGHTS_REQUIRED);
}

/*
 * With thinking enabled the API wants the last assistant turn to begin with a
 * thinking block if it holds a tool_use.
 */
static bool
history_bears_thinking(const struct edit_lane *lane,
    const struct history *history)
{
	struct json_walk	walk = json_walk(history->last);
	bool			first = true;

	while (json_next(&walk)) {
		if (is_foreign(lane, walk.value))
			continue;
		if (first && (part_is(walk.value, "thinking") ||
		    part_is(walk.value, "redacted_thinking")))
			return true;
		first = false;
		if (part_is(walk.value, "tool_use"))
			return false;
	}
	return true;
}

/* Citations of what another API found have no seal; the text stays. */
static void
unseal_citations(const struct edit_lane *lane, struct json_value block)
{
	struct json_walk	walk = json_walk(json_get(block, "citations"));

	while (json_next(&walk))
		if (part_is(walk.value, "web_search_result_location") &&
		    json_equals(json_get(walk.value, "encrypted_index"), "")) {
			edits_delete_member(lane->edits, block, "citations");
			losses_add(lane->lost, LOST_CITATIONS);
			return;
		}
}

static void
unseal(const struct edit_lane *lane)
{
	struct json_value	messages = json_get(lane->body, "messages");
	struct json_walk	walk = json_walk(messages), blocks;

	while (json_next(&walk)) {
		blocks = json_walk(json_get(walk.value, "content"));
		while (json_next(&blocks))
			unseal_citations(lane, blocks.value);
	}
	lane_unseal_inner(lane, messages, "content", is_foreign);
}

/* Forced use of a tool becomes auto; what else the choice says stays. */
static void
unforce_tools(const struct edit_lane *lane)
{
	struct json_value	choice = json_get(lane->body, "tool_choice");

	edits_replace_member(lane->edits, choice, "type",
	    LANE_JSON("\"auto\""));
	edits_delete_member(lane->edits, choice, "name");
}

/* A client that asked for adaptive thinking keeps its own way to show it. */
static void
edit_thinking(const struct edit_lane *lane, const struct messages_rules *rules)
{
	struct json_value	thinking = json_get(lane->body, "thinking");

	switch (rules->thinking) {
	case THINKING_UNSAID:
		edits_delete_member(lane->edits, lane->body, "thinking");
		break;
	case THINKING_ENABLED:
		lane_set(lane, "thinking", lane_format(lane,
		    "{\"type\":\"enabled\",\"budget_tokens\":%" PRId64 "}",
		    rules->budget));
		return;
	case THINKING_IS_ADAPTIVE:
		if (!part_is(thinking, "adaptive"))
			lane_set(lane, "thinking", LANE_JSON(ADAPTIVE));
		return;
	case THINKING_DISABLED:
		lane_set(lane, "thinking", LANE_JSON("{\"type\":\"disabled\"}"));
		break;
	case THINKING_BETWEEN_TOOLS:
		lane_set(lane, "thinking",
		    LANE_JSON("{\"type\":\"between_tools\"}"));
		break;
	}
	delete_clear_thinking(lane);
}

static struct said
find_said(const struct edit_lane *lane, const struct history *history)
{
	struct json_value	body = lane->body;
	struct json_value	thinking = json_get(body, "thinking");
	struct json_value	choice = json_get(body, "tool_choice");
	struct said		said = lane_said(body);

	if (part_is(thinking, "enabled"))
		json_int64(json_get(thinking, "budget_tokens"), &said.budget);
	said.effort = part_is(thinking, "disabled") ? EFFORT_OFF :
	    lane_effort_of(lane, json_get(json_get(body, "output_config"),
	    "effort"));
	said.forced = part_is(choice, "any") || part_is(choice, "tool");
	said.thinkless = !history_bears_thinking(lane, history);
	return said;
}

/* An effort that means thinking alone goes with it. */
static void
edit_by_rules(const struct edit_lane *lane, const struct history *history)
{
	struct said		said = find_said(lane, history);
	struct messages_rules	rules = messages_rules_find(lane->policy,
				    &said);
	const struct rules	*common = &rules.common;
	const struct model	*model = lane->policy->model;

	if (!common->as_said)
		edit_thinking(lane, &rules);
	if (common->as_said || common->effort != EFFORT_AUTO ||
	    efforts_never(model) || (common->wanted == EFFORT_OFF &&
	    (model->thinking == THINKING_ADAPTIVE ||
	    part_is(json_get(lane->body, "thinking"), "adaptive"))))
		edit_efforts(lane, history, common);
	if (common->unforced)
		unforce_tools(lane);
	lane_obey(lane, lane->body, &said, common);
}

static bool
is_prefill(struct json_value message)
{
	struct json_walk	walk = json_walk(json_get(message, "content"));

	if (!json_equals(json_get(message, "role"), "assistant"))
		return false;
	while (json_next(&walk))
		if (part_is(walk.value, "tool_use"))
			return false;
	return true;
}

/* Behind the blocks of a list that are there; what can't be shows in the arena. */
static void
add_block(const struct edit_lane *lane, struct arena_text *blocks,
    struct text block)
{
	struct arena	*arena = lane->edits->arena;

	if (blocks->length == 0 || arena_append(arena, blocks, ",", 1) == 0)
		(void)arena_append(arena, blocks, block.at, block.length);
}

/* In tags; `block` is where it stands. */
static void
add_tagged(const struct edit_lane *lane, struct arena_text *blocks,
    struct escaped string, struct json_value block)
{
	add_block(lane, blocks, lane_marked(lane, lane_format(lane,
	    "{\"type\":\"text\",\"text\":\"<system>\\n%.*s\\n</system>\"}",
	    (int)string.length, string.at), block));
}

/* A system message's blocks, its texts in tags. */
static void
add_blocks(const struct edit_lane *lane, struct arena_text *blocks,
    struct json_value content)
{
	struct json_walk	 walk = json_walk(content);
	struct escaped		 string = json_escaped(content);

	if (!escaped_is_blank(string))
		add_tagged(lane, blocks, string, JSON_NOTHING);
	while (json_is(content, JSON_ARRAY) && json_next(&walk)) {
		if (is_foreign(lane, walk.value))	/* unseal() counts it */
			continue;
		string = json_escaped(json_get(walk.value, "text"));
		if (part_is(walk.value, "text"))
			add_tagged(lane, blocks, string, walk.value);
		else
			add_block(lane, blocks, json_raw(walk.value));
	}
}

/* At the end of a turn's content. */
static void
append_blocks(const struct edit_lane *lane, struct json_value content,
    struct text blocks)
{
	struct text	raw = json_raw(content);

	if (json_is(content, JSON_STRING))
		edits_replace(lane->edits, content, lane_format(lane,
		    "[{\"type\":\"text\",\"text\":%.*s},%.*s]", (int)raw.length,
		    raw.at, (int)blocks.length, blocks.at));
	else
		edits_append_element(lane->edits, content, blocks);
}

/* Where system messages go that follow each other. */
struct fold {
	struct json_value	turn;	/* the user's before them, its content */
	struct json_value	own;	/* where none is: the first of them */
	struct arena_text	blocks;
};

static void
fold_end(const struct edit_lane *lane, struct fold *fold)
{
	struct text	blocks = { fold->blocks.at, fold->blocks.length };

	if (blocks.length > 0 && json_is(fold->own, JSON_MISSING))
		append_blocks(lane, fold->turn, blocks);
	else if (blocks.length > 0)
		edits_replace(lane->edits, fold->own, lane_format(lane,
		    "{\"role\":\"user\",\"content\":[%.*s]}",
		    (int)blocks.length, blocks.at));
	*fold = (struct fold){ JSON_NOTHING, JSON_NOTHING, { NULL, 0, 0 } };
}

/*
 * System messages between the others become text of the user's turn before them,
 * as turns should alternate.
 */
static void
edit_mid_system(const struct edit_lane *lane)
{
	struct json_value	list = json_get(lane->body, "messages"), role;
	struct json_walk	walk = json_walk(list);
	struct fold		fold = { JSON_NOTHING, JSON_NOTHING,
				    { NULL, 0, 0 } };

	while (json_next(&walk)) {
		role = json_get(walk.value, "role");
		if (!json_equals(role, "system")) {
			fold_end(lane, &fold);
			if (json_equals(role, "user"))
				fold.turn = json_get(walk.value, "content");
			continue;
		}
		losses_add(lane->lost, LOST_SYSTEM_POSITION);
		add_blocks(lane, &fold.blocks, json_get(walk.value, "content"));
		if (json_is(fold.turn, JSON_MISSING) &&
		    json_is(fold.own, JSON_MISSING) && fold.blocks.length > 0)
			fold.own = walk.value;
		else
			edits_delete_element(lane->edits, list, walk.value);
	}
	fold_end(lane, &fold);
}

int
messages_edit_request(struct edits *edits, struct json_value body,
    const struct policy *policy, struct losses *lost, struct problem *p)
{
	struct edit_lane	lane;
	struct history		history;

	(void)p;
	lane_start(&lane, edits, body, policy, lost);
	history = read_history(&lane);
	lane_model(&lane);
	edit_system(&lane);
	if (policy->model->mid_system_refused)
		edit_mid_system(&lane);
	if (history.lists)
		unseal(&lane);
	lane_hide_images(&lane, "messages", "image", LANE_JSON(
	    "{\"type\":\"text\",\"text\":\"" IMAGE_UNREAD "\"}"));
	if (policy->count)
		return 0;
	edit_by_rules(&lane, &history);
	lane_end_prefill(&lane, "messages", is_prefill, LANE_JSON(
	    "{\"role\":\"user\",\"content\":\"Continue.\"}"));
	if (policy->fast)
		lane_default(&lane, "speed", LANE_JSON("\"fast\""));
	lane_drop(&lane);
	return 0;
}
