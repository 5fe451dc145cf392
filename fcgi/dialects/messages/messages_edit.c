#include "build.h"

#include <inttypes.h>
#include <string.h>

#include "edit/edit_lane.h"
#include "json_text.h"
#include "messages.h"

#define ADAPTIVE	"{\"type\":\"adaptive\",\"display\":\"summarized\"}"

struct text
messages_session(struct arena *arena, struct json_value user_id)
{
	static const char	 mark[] = "_session_";
	struct text		 user, none = { "", 0 };
	const char		*at;

	user = text_decode(arena, json_escaped(user_id), NULL);
	if (user.length == 0)
		return none;
	if (user.at[0] == '{')
		return text_decode(arena, json_escaped(json_get(
		    json_scan_into(arena, user), "session_id")), NULL);
	at = memmem(user.at, user.length, mark, sizeof(mark) - 1);
	if (at == NULL)
		return none;
	at += sizeof(mark) - 1;
	return (struct text){ at, (size_t)(user.at + user.length - at) };
}

int
messages_read_head(struct head *head, struct arena *arena,
    struct json_value body, struct problem *p)
{
	struct text	session;

	if (head_read(head, body, p) == -1)
		return -1;
	session = messages_session(arena, json_get(json_get(body,
	    "metadata"), "user_id"));
	if (!text_is_blank(session)) {
		head->session = session;
		head->session_name = "session_id";
	}
	return 0;
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
	if (kind == JSON_ARRAY) {
		if (!lane_has_prompt(lane, json_get(json_at(system, 0),
		    "text")))
			edits_insert_element(lane->edits, system, block);
	} else if (kind == JSON_MISSING)
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

static void
delete_thinking(const struct edit_lane *lane)
{
	edits_delete_member(lane->edits, lane->body, "thinking");
	delete_clear_thinking(lane);
}

/* Auto clamps what the client says, off deletes it. */
static void
edit_effort_of(const struct edit_lane *lane, struct json_value holder,
    enum effort effort)
{
	struct json_value	config = json_get(holder, "output_config");

	if (effort == EFFORT_AUTO)
		lane_clamp(lane, json_get(config, "effort"));
	else if (effort != EFFORT_OFF)
		edits_replace_member(lane->edits, config, "effort",
		    lane_effort(lane, effort));
	else if (json_count(config) > 1)
		edits_delete_member(lane->edits, config, "effort");
	else if (!json_is(json_get(config, "effort"), JSON_MISSING))
		edits_delete_member(lane->edits, holder, "output_config");
}

/* Efforts may stand at messages too, and the last one would win. */
static void
edit_efforts(const struct edit_lane *lane, enum effort effort)
{
	struct json_walk	walk = json_walk(json_get(lane->body,
				    "messages"));

	while (json_next(&walk))
		edit_effort_of(lane, walk.value, effort);
	if (policy_thinks(effort))
		lane_set_in(lane, "output_config", "effort",
		    lane_effort(lane, effort));
	else
		edit_effort_of(lane, lane->body, effort);
}

static bool
part_is(struct json_value part, const char *type)
{
	return json_equals(json_get(part, "type"), type);
}

/*
 * With thinking enabled the API wants the last assistant turn to begin with a
 * thinking block if it holds a tool_use.
 */
static bool
history_bears_thinking(struct json_value messages)
{
	struct json_walk	walk = json_walk(messages);
	struct json_value	content = { NULL, 0 }, first;

	while (json_next(&walk))
		if (json_equals(json_get(walk.value, "role"), "assistant"))
			content = json_get(walk.value, "content");
	first = json_at(content, 0);
	if (part_is(first, "thinking") || part_is(first, "redacted_thinking"))
		return true;
	walk = json_walk(content);
	while (json_next(&walk))
		if (part_is(walk.value, "tool_use"))
			return false;
	return true;
}

/* Forced use of a tool becomes auto; what else the choice says stays. */
static void
unforce_tools(const struct edit_lane *lane)
{
	struct json_value	choice = json_get(lane->body, "tool_choice");

	if (!part_is(choice, "any") && !part_is(choice, "tool"))
		return;
	edits_replace_member(lane->edits, choice, "type",
	    LANE_JSON("\"auto\""));
	edits_delete_member(lane->edits, choice, "name");
}

/* Sampling that the API refuses beside enabled thinking. */
static void
limit_sampling(const struct edit_lane *lane)
{
	struct json_value	temperature, top_p;
	double			number;

	temperature = json_get(lane->body, "temperature");
	top_p = json_get(lane->body, "top_p");
	if (json_double(temperature, &number) == -1 || number != 1)
		edits_delete_member(lane->edits, lane->body, "temperature");
	if (json_double(top_p, &number) == -1 || number < 0.95)
		edits_delete_member(lane->edits, lane->body, "top_p");
	edits_delete_member(lane->edits, lane->body, "top_k");
}

static void
enable_thinking(const struct edit_lane *lane)
{
	const struct model	*model = lane->policy->model;
	int64_t			 budget, said = -1, most;

	budget = policy_budget(policy_clamp(model, lane->policy->effort));
	json_int64(json_get(lane->body, "max_tokens"), &said);
	most = said;
	if (said == 0 || !policy_fit_budget(model, &budget, &most) ||
	    !history_bears_thinking(json_get(lane->body, "messages"))) {
		delete_thinking(lane);
		return;
	}
	lane_set(lane, "thinking", lane_format(lane,
	    "{\"type\":\"enabled\",\"budget_tokens\":%" PRId64 "}", budget));
	if (most != said)
		lane_set(lane, "max_tokens", lane_format(lane, "%" PRId64,
		    most));
	limit_sampling(lane);
	unforce_tools(lane);
}

/* A client that asked for adaptive thinking keeps its own way to show it. */
static void
adapt_thinking(const struct edit_lane *lane)
{
	if (!part_is(json_get(lane->body, "thinking"), "adaptive"))
		lane_set(lane, "thinking", LANE_JSON(ADAPTIVE));
	edit_efforts(lane, lane->policy->effort);
}

/*
 * Models that take neither sampling nor `enabled` (4.7 and later) think as the
 * client asked, in the words they know.
 */
static void
translate_thinking(const struct edit_lane *lane)
{
	struct json_value	thinking = json_get(lane->body, "thinking");
	struct json_value	config = json_get(lane->body, "output_config");
	int64_t			budget = -1;

	json_int64(json_get(thinking, "budget_tokens"), &budget);
	if (!part_is(thinking, "enabled") || budget <= 0)
		return;
	lane_set(lane, "thinking", LANE_JSON(ADAPTIVE));
	if (json_is(json_get(config, "effort"), JSON_MISSING))
		lane_set_in(lane, "output_config", "effort",
		    lane_effort(lane, policy_effort_of_budget(budget)));
}

/*
 * Where thinking can't be switched off it is asked to be short. Else an effort
 * that meant thinking alone goes with it.
 */
static void
end_thinking(const struct edit_lane *lane)
{
	const struct model	*model = lane->policy->model;
	bool			 adaptive;

	adaptive = model->thinking == THINKING_ADAPTIVE ||
	    part_is(json_get(lane->body, "thinking"), "adaptive");
	delete_clear_thinking(lane);
	switch (model->thinking_off) {
	case THINKING_OFF_DISABLED:
		lane_set(lane, "thinking", LANE_JSON("{\"type\":\"disabled\"}"));
		break;
	case THINKING_OFF_BETWEEN_TOOLS:
		lane_set(lane, "thinking",
		    LANE_JSON("{\"type\":\"between_tools\"}"));
		break;
	case THINKING_OFF_REMOVE:
	case THINKING_OFF_IMPOSSIBLE:
		edits_delete_member(lane->edits, lane->body, "thinking");
		break;
	}
	if (model->thinking_off == THINKING_OFF_IMPOSSIBLE)
		edit_efforts(lane, EFFORT_LOW);
	else if (adaptive)
		edit_efforts(lane, EFFORT_OFF);
}

static void
edit_thinking(const struct edit_lane *lane)
{
	const struct model	*model = lane->policy->model;

	if (lane->policy->effort == EFFORT_AUTO) {
		edit_efforts(lane, EFFORT_AUTO);
		if (model->thinking == THINKING_ADAPTIVE && !model->sampling)
			translate_thinking(lane);
	} else if (lane->policy->effort == EFFORT_OFF)
		end_thinking(lane);
	else if (model->thinking == THINKING_ADAPTIVE)
		adapt_thinking(lane);
	else
		enable_thinking(lane);
	if (!model->forced_tools)
		unforce_tools(lane);
	if (!model->sampling)
		lane_delete_sampling(lane);
}

/* One with an effort of its own is left to the API, as that counts. */
static bool
is_prefill(const struct edit_lane *lane, struct json_value message)
{
	struct json_walk	walk = json_walk(json_get(message, "content"));

	(void)lane;
	if (!json_equals(json_get(message, "role"), "assistant") ||
	    json_is(json_get(message, "output_config"), JSON_OBJECT))
		return false;
	while (json_next(&walk))
		if (part_is(walk.value, "tool_use"))
			return false;
	return true;
}

/*
 * Here they can't become the user's text, as elsewhere: turns must alternate,
 * and what the client wrote is not taken apart.
 */
static int
refuse_system(const struct edit_lane *lane, struct problem *p)
{
	struct json_walk	walk;
	size_t			i;

	walk = json_walk(json_get(lane->body, "messages"));
	for (i = 0; json_next(&walk); i++)
		if (json_equals(json_get(walk.value, "role"), "system"))
			return problem_field(p, PROBLEM_INVALID, "messages",
			    "messages.%zu.role: this model takes no system "
			    "messages between the others (mid_system of its "
			    "entry); say it in system", i);
	return 0;
}

int
messages_edit_request(struct edits *edits, struct json_value body,
    const struct policy *policy, struct problem *p)
{
	struct edit_lane	lane;

	lane_start(&lane, edits, body, policy);
	lane_model(&lane);
	edit_system(&lane);
	if (policy->model->mid_system_refused && refuse_system(&lane, p) == -1)
		return -1;
	if (policy->count)
		return 0;
	edit_thinking(&lane);
	lane_end_prefill(&lane, "messages", is_prefill, LANE_JSON(
	    "{\"role\":\"user\",\"content\":\"Continue.\"}"));
	if (policy->fast)
		lane_default(&lane, "speed", LANE_JSON("\"fast\""));
	lane_drop(&lane);
	return 0;
}
