#include "build.h"

#include <inttypes.h>
#include <string.h>

#include "chat.h"
#include "chat_reply.h"
#include "chat_rules.h"
#include "dialects/openai/openai.h"
#include "edit/edit_lane.h"
#include "json_text.h"
#include "neutral/call_id.h"

/* Editors leave blocks of Anthropic's API where they change to this one. */
static bool
is_block(struct json_value part)
{
	struct json_value	type = json_get(part, "type");

	return json_equals(type, "tool_use") ||
	    json_equals(type, "tool_result") || (json_equals(type, "image") &&
	    json_is(json_get(part, "source"), JSON_OBJECT));
}

/* ... and tools: flat ones, or with Anthropic's word for the schema. */
static bool
is_foreign_tool(struct json_value tool)
{
	return json_is(json_get(tool, "name"), JSON_STRING) &&
	    !json_is(json_get(tool, "function"), JSON_OBJECT) &&
	    !json_is(json_get(tool, "custom"), JSON_OBJECT);
}

static bool
any(struct json_value list, bool (*is_such)(struct json_value))
{
	struct json_walk	walk = json_walk(list);

	while (json_next(&walk))
		if (is_such(walk.value))
			return true;
	return false;
}

static bool
holds_blocks(struct json_value message)
{
	struct json_value	content = json_get(message, "content");

	return json_is(content, JSON_ARRAY) && any(content, is_block);
}

/* Whether no server of this API takes the body as it stands. */
static bool
is_mixed(struct json_value body)
{
	return any(json_get(body, "tools"), is_foreign_tool) ||
	    any(json_get(body, "messages"), holds_blocks);
}

int
chat_read_head(struct head *head, struct arena *arena, struct json_value body,
    struct problem *p)
{
	if (head_read(head, body, p) == -1)
		return -1;
	head_read_session(head, arena, body, "prompt_cache_key");
	head->written_in = openai_written_in(body, DIALECT_CHAT);
	if (head->written_in == DIALECT_KINDS && is_mixed(body))
		head->written_in = DIALECT_CHAT;
	head->stream_usage = json_true(json_get(json_get(body,
	    "stream_options"), "include_usage"));
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
	else if (kind == JSON_ARRAY)
		lane_lead(lane, content, lane_format(lane,
		    "{\"type\":\"text\",\"text\":\"%.*s\"}",
		    (int)prompt.length, prompt.at));
}

/* Of a name said twice one is read, all are edited: no place for more text. */
static bool
has_one_content(struct json_value message)
{
	struct json_walk	walk = json_walk(message);
	size_t			count = 0;

	while (json_next(&walk))
		count += json_equals(walk.key, "content");
	return count == 1;
}

/*
 * Servers that take no system message between the others take only one before
 * them: the last of several, which gets the texts of the rest. Missing: there are
 * fewer than two, or it has no text, or two.
 */
static struct json_value
last_leading(const struct edit_lane *lane, struct json_value messages)
{
	struct json_value	last = JSON_NOTHING;
	struct json_walk	walk = json_walk(messages);
	size_t			count = 0;

	while (lane->policy->model->mid_system_refused && json_next(&walk) &&
	    lane_is_system(walk.value)) {
		last = walk.value;
		count++;
	}
	return count > 1 && has_one_content(last) &&
	    json_is(lane_message_text(last), JSON_STRING) ? last : JSON_NOTHING;
}

static void
lead_text(const struct edit_lane *lane, struct json_value into,
    struct json_value text)
{
	if (json_escaped(text).length == 0)
		return;
	edits_insert_text(lane->edits, into, json_escaped(text));
	edits_insert_text(lane->edits, into, escaped_of("\\n\\n"));
}

static void
join_leading(const struct edit_lane *lane)
{
	struct json_value	messages = json_get(lane->body, "messages");
	struct json_value	last = last_leading(lane, messages);
	struct json_value	into = lane_message_text(last);
	struct json_walk	walk = json_walk(messages), parts;

	while (!json_is(last, JSON_MISSING) && json_next(&walk) &&
	    walk.value.index != last.index) {
		lead_text(lane, into, json_get(walk.value, "content"));
		parts = json_walk(json_get(walk.value, "content"));
		while (json_next(&parts))
			lead_text(lane, into, json_get(parts.value, "text"));
		edits_delete_element(lane->edits, messages, walk.value);
	}
}

/* A system message that comes first takes the prompt in, else a new one. */
static void
edit_messages(const struct edit_lane *lane, struct json_value messages)
{
	struct escaped		prompt = lane->prompt;
	struct json_value	first = json_at(messages, 0);
	struct json_value	last = last_leading(lane, messages);
	struct json_walk	walk = json_walk(first);

	if (!json_is(last, JSON_MISSING)) {
		if (!lane_has_prompt(lane, lane_message_text(first)))
			edits_insert_text(lane->edits, lane_message_text(last),
			    prompt);
		return;
	}
	if (!lane_is_system(first)) {
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

/*
 * What OpenAI calls a system message since its models reason; few others know it.
 * Those between the others may be the user's: lane_tag_system().
 */
static void
edit_developers(const struct edit_lane *lane)
{
	struct json_walk	walk = json_walk(json_get(lane->body, "messages"));
	struct text		raw = json_raw(lane->body);
	struct json_value	role;

	if (policy_openai_reasoning(lane->policy) ||
	    memmem(raw.at, raw.length, "\"developer\"", 11) == NULL)
		return;
	while (json_next(&walk)) {
		role = json_get(walk.value, "role");
		if (lane->policy->model->mid_system_refused &&
		    !lane_is_system(walk.value))
			return;
		if (json_equals(role, "developer"))
			edits_replace(lane->edits, role,
			    LANE_JSON("\"system\""));
	}
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
 * Where there is to be no thinking, what already says so is left alone: servers
 * of this API that think without being asked are told by `thinking` or
 * `reasoning`.
 */
static void
edit_reasoning(const struct edit_lane *lane, const struct chat_rules *rules,
    struct json_value word)
{
	struct json_value	reasoning = json_get(lane->body, "reasoning");
	enum effort		effort = rules->common.effort;
	bool			off, already;

	off = rules->common.wanted == EFFORT_OFF;
	already = json_is(json_get(reasoning, "enabled"), JSON_FALSE) ||
	    json_equals(json_get(reasoning, "effort"), "none");
	if (rules->common.by_client && effort != EFFORT_AUTO &&
	    !rules->disabled) {
		edits_replace(lane->edits, word, lane_effort(lane, effort));
		return;
	}
	if (effort == EFFORT_AUTO)
		edits_delete_member(lane->edits, lane->body,
		    "reasoning_effort");
	else
		lane_set(lane, "reasoning_effort", lane_effort(lane, effort));
	if (rules->disabled)
		lane_set(lane, "thinking", LANE_JSON("{\"type\":\"disabled\"}"));
	else if (off != type_is(json_get(lane->body, "thinking"), "disabled"))
		edits_delete_member(lane->edits, lane->body, "thinking");
	if (!off || !already)
		edits_delete_member(lane->edits, lane->body, "reasoning");
}

/* The limit has another name where the model reasons. */
static void
rename_limit(const struct edit_lane *lane, const struct chat_rules *rules)
{
	static const char	old[] = "max_tokens";

	if (strcmp(rules->limit, old) == 0 ||
	    !json_is(json_get(lane->body, old), JSON_NUMBER))
		return;
	edits_delete_member(lane->edits, lane->body, old);
	lane_set(lane, rules->limit, lane_format(lane, "%" PRId64,
	    rules->common.max_tokens));
}

/*
 * Thoughts that the model wants back with its messages, as far as known: Kimi takes
 * an empty string for none at all.
 */
static void
require_thoughts(const struct edit_lane *lane, struct json_value message)
{
	struct json_value	reasoning = json_get(message, "reasoning");

	if (json_escaped(json_get(message, "reasoning_content")).length > 0)
		return;
	edits_set_member(lane->edits, message, "reasoning_content",
	    json_escaped(reasoning).length > 0 ? json_raw(reasoning) :
	    LANE_JSON("\" \""));
}

static void
forbid_thoughts(const struct edit_lane *lane, struct json_value message)
{
	static const char *const	members[] = { "reasoning_content",
					    "reasoning", "reasoning_details" };
	struct json_value		value;
	size_t				i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		value = json_get(message, members[i]);
		if (json_count(value) > 0 || json_escaped(value).length > 0)
			losses_add(lane->lost, LOST_THINKING);
		edits_delete_member(lane->edits, message, members[i]);
	}
}

static void
edit_thoughts(const struct edit_lane *lane)
{
	struct json_walk	walk = json_walk(json_get(lane->body,
				    "messages"));

	while (lane->policy->model->own_thoughts != THOUGHTS_OPTIONAL &&
	    json_next(&walk)) {
		if (!json_equals(json_get(walk.value, "role"), "assistant"))
			continue;
		if (lane->policy->model->own_thoughts == THOUGHTS_REQUIRED)
			require_thoughts(lane, walk.value);
		else
			forbid_thoughts(lane, walk.value);
	}
}

/* Where an effort stands: OpenAI's place, or that of OpenRouter and its kin. */
static struct json_value
effort_word_of(struct json_value body)
{
	struct json_value	word = json_get(body, "reasoning_effort");

	return json_is(word, JSON_STRING) ? word :
	    json_get(json_get(body, "reasoning"), "effort");
}

static void
edit_by_rules(const struct edit_lane *lane)
{
	struct json_value	choice = json_get(lane->body, "tool_choice");
	struct json_value	word = effort_word_of(lane->body);
	struct said		said = lane_said(lane->body);
	struct chat_rules	rules;

	said.effort = lane_effort_of(lane, word);
	said.tools = json_count(json_get(lane->body, "tools")) > 0;
	said.forced = json_equals(choice, "required") ||
	    type_is(choice, "function") || type_is(choice, "custom");
	rules = chat_rules_find(lane->policy, &said);
	if (!rules.common.as_said)
		edit_reasoning(lane, &rules, word);
	rename_limit(lane, &rules);
	if (rules.common.unforced)
		lane_set(lane, "tool_choice", LANE_JSON("\"auto\""));
	lane_obey(lane, lane->body, &said, &rules.common);
}

/*
 * What the gateway itself gave for another API's (chat_request.h), or, where no
 * seal may go, any that has one.
 */
static bool
is_foreign(const struct edit_lane *lane, struct json_value detail)
{
	return json_equals(json_get(detail, "format"), CHAT_DETAIL_FORMAT) ||
	    lane_is_foreign_seal(lane, json_get(detail, "signature")) ||
	    lane_is_foreign_seal(lane, json_get(detail, "data"));
}

static void
unseal_calls(const struct edit_lane *lane, struct json_value calls)
{
	struct json_walk	walk = json_walk(calls);

	while (json_next(&walk))
		if (lane_is_foreign_seal(lane, json_get(json_get(json_get(
		    walk.value, "extra_content"), "google"),
		    "thought_signature"))) {
			edits_delete_member(lane->edits, walk.value,
			    "extra_content");
			losses_add(lane->lost, LOST_SEAL);
		}
}

static void
unseal(const struct edit_lane *lane)
{
	struct json_walk	walk = json_walk(json_get(lane->body,
				    "messages"));

	while (json_next(&walk)) {
		unseal_calls(lane, json_get(walk.value, "tool_calls"));
		lane_unseal(lane, json_get(walk.value, "reasoning_details"),
		    is_foreign);
	}
}

/* An id of a call, for a template that takes such of nine letters and digits. */
static void
fit_id(const struct edit_lane *lane, struct json_value object, const char *key)
{
	struct arena	*arena = lane->edits->arena;
	struct text	 id = text_decode(arena, json_escaped(json_get(object,
			    key)), NULL);
	struct text	 nine = call_id_nine(arena, id);

	if (id.length > 0 && !text_same(id, nine))
		edits_replace_member(lane->edits, object, key, lane_format(
		    lane, "\"%.*s\"", (int)nine.length, nine.at));
}

/* For templates that check who speaks, and by which id. */
static void
obey_template(const struct edit_lane *lane)
{
	struct json_walk	walk = json_walk(json_get(lane->body,
				    "messages"));
	struct json_walk	calls;
	struct json_value	role;
	bool			results = false;	/* were the last */

	while (policy_mistral(lane->policy) && json_next(&walk)) {
		role = json_get(walk.value, "role");
		fit_id(lane, walk.value, "tool_call_id");
		calls = json_walk(json_get(walk.value, "tool_calls"));
		while (json_next(&calls))
			fit_id(lane, calls.value, "id");
		if (results && !json_equals(role, "tool") &&
		    !json_equals(role, "assistant"))
			edits_insert_before(lane->edits, walk.value,
			    LANE_JSON(RESULTS_ANSWER));
		results = json_equals(role, "tool");
	}
}

static bool
is_prefill(struct json_value message)
{
	return json_equals(json_get(message, "role"), "assistant") &&
	    json_count(json_get(message, "tool_calls")) == 0 &&
	    json_count(json_get(message, "function_call")) == 0;
}

int
chat_edit_request(struct edits *edits, struct json_value body,
    const struct policy *policy, struct losses *lost, struct problem *p)
{
	struct edit_lane	lane;

	(void)p;
	lane_start(&lane, edits, body, policy, lost);
	lane_model(&lane);
	edit_developers(&lane);
	edit_system(&lane);
	join_leading(&lane);
	lane_tag_system(&lane, "messages");
	unseal(&lane);
	lane_hide_images(&lane, "messages", "image_url", LANE_JSON(
	    "{\"type\":\"text\",\"text\":\"" IMAGE_UNREAD "\"}"));
	edit_by_rules(&lane);
	obey_template(&lane);
	lane_end_prefill(&lane, "messages", is_prefill, LANE_JSON(
	    "{\"role\":\"user\",\"content\":\"Continue.\"}"));
	edit_thoughts(&lane);
	if (policy->fast)
		lane_default(&lane, "service_tier", LANE_JSON("\"priority\""));
	lane_drop(&lane);
	return 0;
}
