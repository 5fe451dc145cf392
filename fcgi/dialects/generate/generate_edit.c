#include "build.h"

#include <inttypes.h>
#include <string.h>

#include "edit/edit_lane.h"
#include "generate.h"
#include "generate_convert.h"
#include "json_text.h"

/* Each name has two spellings. */
#define SYSTEM		"systemInstruction"
#define CONFIG		"generationConfig"
#define THINKING	"thinkingConfig"

int
generate_read_head(struct head *head, struct arena *arena,
    struct json_value body, struct problem *p)
{
	(void)arena;	/* this API has no field that hints at a session */
	return head_read(head, body, p);
}

/*
 * Google's URLs name model and method, Factory's body has both: they stand where
 * the endpoint looks for them.
 */
static void
edit_place(const struct edit_lane *lane)
{
	const struct endpoint	*endpoint = lane->policy->model->endpoint;
	struct escaped		 id;

	if (endpoint != NULL && endpoint->model_in_url) {
		(void)edits_delete_member(lane->edits, lane->body, "model");
		(void)edits_delete_member(lane->edits, lane->body, "stream");
		return;
	}
	if (lane->policy->stream && !json_true(json_get(lane->body, "stream")))
		edits_set_member(lane->edits, lane->body, "stream",
		    text_of("true"));
	lane_model(lane);
	if (!json_is(json_get(lane->body, "model"), JSON_MISSING))
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
	bool			single = json_is(parts, JSON_OBJECT);
	struct text		raw = json_raw(single ? parts : content);
	struct json_value	text = json_get(single ? parts : content,
				    "text");

	if (json_is(parts, JSON_ARRAY))
		lane_lead(lane, parts, part);
	else if (json_is(parts, JSON_NULL))
		edits_replace(lane->edits, parts, lane_format(lane, "[%s]",
		    part.at));
	else if (single && !lane_has_prompt(lane, text))
		edits_replace(lane->edits, parts, lane_format(lane,
		    "[%s,%.*s]", part.at, (int)raw.length, raw.at));
	else if (!json_is(parts, JSON_MISSING))
		return;
	else if (json_is(text, JSON_MISSING))
		edits_insert_member(lane->edits, content, "parts",
		    lane_format(lane, "[%s]", part.at));
	else
		edits_replace(lane->edits, content, lane_format(lane,
		    "{\"parts\":[%s,%.*s]}", part.at, (int)raw.length, raw.at));
}

static void
edit_instruction(const struct edit_lane *lane, struct json_value value,
    struct text part)
{
	struct text	raw = json_raw(value);

	if (json_is(value, JSON_OBJECT))
		edit_content(lane, value, part);
	else if (json_is(value, JSON_ARRAY))
		lane_lead(lane, value, part);
	else if (json_is(value, JSON_NULL) || (json_is(value, JSON_STRING) &&
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
	if (json_is(generate_get(lane->body, SYSTEM), JSON_MISSING))
		lane_set(lane, SYSTEM, lane_format(lane, "{\"parts\":[%s]}",
		    part.at));
	while (json_next(&walk))
		if (generate_is(walk.key, SYSTEM))
			edit_instruction(lane, walk.value, part);
}

/* `thinking` empty: the client's goes, and nothing comes for it. */
static void
set_thinking(const struct edit_lane *lane, struct text thinking)
{
	struct json_walk	walk = json_walk(lane->body);

	if (thinking.length > 0 && json_is(generate_get(lane->body, CONFIG),
	    JSON_MISSING))
		lane_set_in(lane, CONFIG, THINKING, thinking);
	while (json_next(&walk)) {
		if (!generate_is(walk.key, CONFIG))
			continue;
		edits_delete_member(lane->edits, walk.value,
		    "thinking_config");
		if (thinking.length == 0)
			edits_delete_member(lane->edits, walk.value, THINKING);
		else if (json_is(walk.value, JSON_NULL))
			edits_replace(lane->edits, walk.value, lane_format(lane,
			    "{\"" THINKING "\":%s}", thinking.at));
		else
			edits_set_member(lane->edits, walk.value, THINKING,
			    thinking);
	}
}

static void
edit_thinking(const struct edit_lane *lane, const struct generate_rules *rules)
{
	const char	*show = rules->show == -1 ? "" : rules->show == 1 ?
			    ",\"includeThoughts\":true" :
			    ",\"includeThoughts\":false";

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
unforce_tools(const struct edit_lane *lane, struct json_value calling)
{
	edits_replace_member(lane->edits, calling, "mode",
	    json_count(generate_get(calling, "allowedFunctionNames")) > 0 ?
	    LANE_JSON("\"VALIDATED\"") : LANE_JSON("\"AUTO\""));
}

static void
edit_by_rules(const struct edit_lane *lane)
{
	struct json_walk	walk = json_walk(lane->body);
	struct json_value	config, thinking, calling;
	struct said		said;
	struct generate_rules	rules;

	config = generate_get(lane->body, CONFIG);
	thinking = generate_get(config, THINKING);
	calling = generate_get(generate_get(lane->body, "toolConfig"),
	    "functionCallingConfig");
	said = lane_said(config);
	json_int64(generate_get(thinking, "thinkingBudget"), &said.budget);
	said.effort = lane_effort_of(lane, generate_get(thinking,
	    "thinkingLevel"));
	said.show_thinking = flag_of(generate_get(thinking,
	    "includeThoughts"));
	said.forced = json_equals(json_get(calling, "mode"), "ANY") ||
	    json_equals(json_get(calling, "mode"), "any");
	rules = generate_rules_find(lane->policy, &said);
	if (!rules.common.as_said)
		edit_thinking(lane, &rules);
	if (rules.common.unforced)
		unforce_tools(lane, calling);
	while (json_next(&walk))
		if (generate_is(walk.key, CONFIG))
			lane_obey(lane, walk.value, &said, &rules.common);
	losses_merge(lane->lost, &rules.common.lost);
}

/* Whether its seal must not go. */
static bool
is_sealed(const struct edit_lane *lane, struct json_value part)
{
	return lane_is_foreign_seal(lane, generate_get(part,
	    "thoughtSignature"));
}

/* A part that is nothing but such a seal. */
static bool
is_foreign(const struct edit_lane *lane, struct json_value part)
{
	struct json_value	text = json_get(part, "text");

	return is_sealed(lane, part) && json_is(text, JSON_STRING) &&
	    json_escaped(text).length == 0;
}

/*
 * What is sealed so stays without the seal; a call then has the words that stand
 * for one, as Gemini 3 wants.
 */
static void
unseal_part(const struct edit_lane *lane, struct json_value part)
{
	struct text		model = text_of(lane->policy->model_id);
	struct json_walk	walk = json_walk(part);
	bool			call;

	call = json_is(generate_get(part, "functionCall"), JSON_OBJECT) &&
	    generate_is_gemini(model) && !generate_is_old(model);
	losses_add(lane->lost, LOST_SEAL);
	while (json_next(&walk))
		if (call && generate_is(walk.key, "thoughtSignature"))
			edits_replace(lane->edits, walk.value,
			    LANE_JSON("\"" GENERATE_NO_SIGNATURE "\""));
	if (call)
		return;
	edits_delete_member(lane->edits, part, "thoughtSignature");
	edits_delete_member(lane->edits, part, "thought_signature");
}

static void
unseal(const struct edit_lane *lane)
{
	struct json_value	contents = json_get(lane->body, "contents");
	struct json_walk	walk = json_walk(contents), parts;

	while (json_next(&walk)) {
		parts = json_walk(json_get(walk.value, "parts"));
		while (json_next(&parts))
			if (is_sealed(lane, parts.value))
				unseal_part(lane, parts.value);
	}
	lane_unseal_inner(lane, contents, "parts", is_foreign);
}

static bool
is_prefill(struct json_value content)
{
	struct json_walk	walk = json_walk(json_get(content, "parts"));

	if (!json_equals(json_get(content, "role"), "model"))
		return false;
	while (json_next(&walk))
		if (!json_is(generate_get(walk.value, "functionCall"),
		    JSON_MISSING))
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
	edit_place(&lane);
	unseal(&lane);
	if (policy->count)
		return 0;
	edit_system(&lane);
	edit_by_rules(&lane);
	lane_end_prefill(&lane, "contents", is_prefill, LANE_JSON(
	    "{\"role\":\"user\",\"parts\":[{\"text\":\"Continue.\"}]}"));
	lane_drop(&lane);
	return 0;
}
