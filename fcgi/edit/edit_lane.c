#include "build.h"

#include <stdarg.h>
#include <string.h>

#include "edit_lane.h"
#include "json_text.h"

void
lane_start(struct edit_lane *lane, struct edits *edits, struct json_value body,
    const struct policy *policy)
{
	lane->edits = edits;
	lane->body = body;
	lane->policy = policy;
	lane->prompt = escaped_of("");
	if (!text_is_blank(text_of(policy->system_prompt)))
		lane->prompt = text_escape(edits->arena,
		    text_of(policy->system_prompt));
}

struct text
lane_format(const struct edit_lane *lane, const char *format, ...)
{
	const char	*json;
	va_list		 ap;

	va_start(ap, format);
	json = arena_vprintf(lane->edits->arena, format, ap);
	va_end(ap);
	if (json == NULL) {
		lane->edits->failed = true;
		return LANE_JSON("null");
	}
	return text_of(json);
}

void
lane_set(const struct edit_lane *lane, const char *key, struct text json)
{
	if (!policy_drops(lane->policy->model, key))
		edits_set_member(lane->edits, lane->body, key, json);
}

void
lane_default(const struct edit_lane *lane, const char *key, struct text json)
{
	enum json_kind	kind = json_kind(json_get(lane->body, key));

	if (kind == JSON_MISSING || kind == JSON_NULL)
		lane_set(lane, key, json);
}

void
lane_set_in(const struct edit_lane *lane, const char *outer, const char *key,
    struct text json)
{
	struct json_walk	walk = json_walk(lane->body);
	struct text		object;
	enum json_kind		kind;

	object = lane_format(lane, "{\"%s\":%.*s}", key, (int)json.length,
	    json.at);
	kind = json_kind(json_get(lane->body, outer));
	if (kind == JSON_MISSING)
		lane_set(lane, outer, object);
	while (json_next(&walk)) {
		if (!json_equals(walk.key, outer))
			continue;
		if (json_is(walk.value, JSON_NULL))
			edits_replace(lane->edits, walk.value, object);
		else if (json_is(walk.value, JSON_OBJECT))
			edits_set_member(lane->edits, walk.value, key, json);
	}
}

void
lane_model(const struct edit_lane *lane)
{
	const char		*id = lane->policy->model_id;
	struct json_walk	 walk = json_walk(lane->body);
	struct escaped		 escaped;
	bool			 differs = false;

	while (json_next(&walk))
		if (json_equals(walk.key, "model") &&
		    !json_equals(walk.value, id))
			differs = true;
	if (!differs)
		return;
	escaped = text_escape(lane->edits->arena, text_of(id));
	edits_replace_member(lane->edits, lane->body, "model", lane_format(lane,
	    "\"%.*s\"", (int)escaped.length, escaped.at));
}

void
lane_drop(const struct edit_lane *lane)
{
	const struct strings	*drop = &lane->policy->model->drop;
	size_t			 i;

	for (i = 0; i < drop->count; i++)
		edits_delete_member(lane->edits, lane->body, drop->at[i]);
}

void
lane_delete_sampling(const struct edit_lane *lane)
{
	static const char *const	keys[] = { "temperature", "top_p",
	    "top_k" };
	size_t				i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		edits_delete_member(lane->edits, lane->body, keys[i]);
}

void
lane_clamp(const struct edit_lane *lane, struct json_value word)
{
	const struct model	*model = lane->policy->model;
	char			*text;
	enum effort		 effort, clamped;

	if (model->efforts == 0 || !json_is(word, JSON_STRING))
		return;
	text = text_decode_string(lane->edits->arena, json_escaped(word));
	if (text == NULL || effort_of(text, &effort) == -1)
		return;
	clamped = policy_clamp(model, effort);
	if (clamped != effort)
		edits_replace(lane->edits, word, lane_format(lane, "\"%s\"",
		    policy_word(clamped)));
}

void
lane_end_prefill(const struct edit_lane *lane, const char *key,
    bool (*is_prefill)(const struct edit_lane *, struct json_value),
    struct text turn)
{
	struct json_walk	walk = json_walk(lane->body);
	struct json_value	last;
	struct text		raw;

	while (!lane->policy->model->prefill && json_next(&walk)) {
		if (!json_equals(walk.key, key) || json_count(walk.value) == 0)
			continue;
		last = json_at(walk.value, json_count(walk.value) - 1);
		if (!is_prefill(lane, last))
			continue;
		raw = json_raw(last);
		edits_replace(lane->edits, last, lane_format(lane, "%.*s,%.*s",
		    (int)raw.length, raw.at, (int)turn.length, turn.at));
	}
}

struct text
lane_effort(const struct edit_lane *lane, enum effort effort)
{
	return lane_format(lane, "\"%s\"",
	    policy_word(policy_clamp(lane->policy->model, effort)));
}

bool
lane_has_prompt(const struct edit_lane *lane, struct json_value string)
{
	struct text	prompt = text_of(lane->policy->system_prompt);

	while (prompt.length > 0 &&
	    strchr(" \t\r\n", prompt.at[prompt.length - 1]) != NULL)
		prompt.length--;
	return escaped_starts_with(json_escaped(string), prompt);
}
