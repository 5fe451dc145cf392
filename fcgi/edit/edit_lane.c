#include "build.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "edit_lane.h"
#include "json_text.h"
#include "neutral/seal.h"

/* What rules ask for: settings, then limits. */
static const struct text	keys[] = {
	TEXT_OF("temperature"), TEXT_OF("top_p"), TEXT_OF("topP"),
	TEXT_OF("top_k"), TEXT_OF("topK"), TEXT_OF("presence_penalty"),
	TEXT_OF("frequency_penalty"), TEXT_OF("stop"), TEXT_OF("logprobs"),
	TEXT_OF("top_logprobs"), TEXT_OF("logit_bias"),
	TEXT_OF("max_tokens"), TEXT_OF("max_completion_tokens"),
	TEXT_OF("max_output_tokens"), TEXT_OF("maxOutputTokens"),
};

/* Of the first keys. A number 0 of some is what is so without it. */
static const struct {
	enum setting	setting;
	bool		idle_zero;
} settings[] = {
	{ SETTING_TEMPERATURE, false }, { SETTING_TOP_P, false },
	{ SETTING_TOP_P, false }, { SETTING_TOP_K, false },
	{ SETTING_TOP_K, false }, { SETTING_PENALTIES, true },
	{ SETTING_PENALTIES, true }, { SETTING_STOP, false },
	{ SETTING_LOGPROBS, false }, { SETTING_LOGPROBS, true },
	{ SETTING_LOGIT_BIAS, false },
};

#define KEYS		(sizeof(keys) / sizeof(keys[0]))
#define KEYS_SETTINGS	(sizeof(settings) / sizeof(settings[0]))

void
lane_start(struct edit_lane *lane, struct edits *edits, struct json_value body,
    const struct policy *policy, struct losses *lost)
{
	lane->edits = edits;
	lane->lost = lost;
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

/* As servers read it that care for no capitals: those in Go. */
static bool
is_model(const struct edit_lane *lane, struct json_value key)
{
	struct text	name;

	if (json_equals(key, "model"))
		return true;
	if (json_escaped(key).length < 5 ||
	    json_escaped(key).length > 6 * strlen("model"))
		return false;
	name = text_decode(lane->edits->arena, json_escaped(key), NULL);
	return name.length == strlen("model") &&
	    strncasecmp(name.at, "model", name.length) == 0;
}

void
lane_model(const struct edit_lane *lane)
{
	const char		*id = lane->policy->model_id;
	struct json_walk	 walk = json_walk(lane->body);
	struct escaped		 escaped;

	while (json_next(&walk)) {
		if (!is_model(lane, walk.key) || json_equals(walk.value, id))
			continue;
		escaped = text_escape(lane->edits->arena, text_of(id));
		edits_replace(lane->edits, walk.value, lane_format(lane,
		    "\"%.*s\"", (int)escaped.length, escaped.at));
	}
}

void
lane_drop(const struct edit_lane *lane)
{
	const struct strings	*drop = &lane->policy->model->drop;
	size_t			 i;

	for (i = 0; i < drop->count; i++)
		edits_delete_member(lane->edits, lane->body, drop->at[i]);
}

/* Says no more than if it were not there. */
static bool
is_idle(struct json_value value, bool idle_zero)
{
	double	number;

	switch (json_kind(value)) {
	case JSON_MISSING:
	case JSON_NULL:
	case JSON_FALSE:
		return true;
	case JSON_ARRAY:
	case JSON_OBJECT:
		return json_count(value) == 0;
	case JSON_NUMBER:
		return idle_zero && json_double(value, &number) == 0 &&
		    !(number < 0) && !(number > 0);
	case JSON_STRING:
	case JSON_TRUE:
		break;
	}
	return false;
}

struct said
lane_said(struct json_value object)
{
	struct said		said = { .own = true, .budget = -1,
				    .max_tokens = -1, .temperature = NAN,
				    .top_p = NAN };
	struct json_value	values[KEYS];
	size_t			i;

	json_members(object, keys, KEYS, values);
	for (i = 0; i < KEYS_SETTINGS; i++)
		if (!is_idle(values[i], settings[i].idle_zero))
			said.settings |= settings[i].setting;
	for (; i < KEYS; i++)
		json_int64(values[i], &said.max_tokens);
	json_double(values[0], &said.temperature);
	json_double(values[1], &said.top_p);
	return said;
}

void
lane_obey(const struct edit_lane *lane, struct json_value object,
    const struct said *said, const struct rules *rules)
{
	struct text	most = { "", 0 };
	size_t		i;

	for (i = 0; i < KEYS_SETTINGS; i++)
		if ((rules->refused & settings[i].setting) != 0)
			edits_delete_member(lane->edits, object, keys[i].at);
	if (said->max_tokens != rules->max_tokens)
		most = lane_format(lane, "%" PRId64, rules->max_tokens);
	for (; i < KEYS && most.length > 0; i++)
		edits_replace_member(lane->edits, object, keys[i].at, most);
	losses_merge(lane->lost, &rules->lost);
}

enum effort
lane_effort_of(const struct edit_lane *lane, struct json_value word)
{
	enum effort	 effort = EFFORT_AUTO;
	char		*text;

	if (!json_is(word, JSON_STRING))
		return EFFORT_AUTO;
	text = text_decode_string(lane->edits->arena, json_escaped(word));
	return text == NULL || effort_of(text, &effort) == -1 ?
	    EFFORT_AUTO : effort;
}

void
lane_end_prefill(const struct edit_lane *lane, const char *key,
    bool (*is_prefill)(struct json_value element), struct text turn)
{
	struct json_value	list = json_get(lane->body, key);

	if (lane->policy->model->prefill ||
	    !is_prefill(edits_last_element(lane->edits, list)))
		return;
	losses_add(lane->lost, LOST_PREFILL);
	edits_append_element(lane->edits, list, turn);
}

struct text
lane_effort(const struct edit_lane *lane, enum effort effort)
{
	return lane_format(lane, "\"%s\"", efforts_word(effort));
}

bool
lane_has_prompt(const struct edit_lane *lane, struct json_value string)
{
	return !policy_prompts(lane->policy, json_escaped(string));
}

void
lane_lead(const struct edit_lane *lane, struct json_value array,
    struct text element)
{
	if (!lane_has_prompt(lane, json_get(json_at(array, 0), "text")))
		edits_insert_element(lane->edits, array, element);
}

static void
tag_text(const struct edit_lane *lane, struct json_value string)
{
	struct escaped	text = json_escaped(string);

	if (!escaped_is_blank(text))
		edits_replace(lane->edits, string, lane_format(lane,
		    "\"<system>\\n%.*s\\n</system>\"", (int)text.length,
		    text.at));
}

static void
tag_message(const struct edit_lane *lane, struct json_value message)
{
	struct json_value	content = json_get(message, "content");
	struct json_walk	walk = json_walk(content);

	edits_replace_member(lane->edits, message, "role",
	    LANE_JSON("\"user\""));
	tag_text(lane, content);
	while (json_next(&walk))
		tag_text(lane, json_get(walk.value, "text"));
	losses_add(lane->lost, LOST_SYSTEM_POSITION);
}

bool
lane_is_system(struct json_value message)
{
	struct json_value	role = json_get(message, "role");

	return json_equals(role, "system") || json_equals(role, "developer");
}

struct json_value
lane_message_text(struct json_value message)
{
	struct json_value	content = json_get(message, "content");

	return json_is(content, JSON_ARRAY) ?
	    json_get(json_at(content, 0), "text") : content;
}

void
lane_tag_system(const struct edit_lane *lane, const char *key)
{
	struct json_walk	walk = json_walk(json_get(lane->body, key));
	bool			between = false;

	while (lane->policy->model->mid_system_refused && json_next(&walk)) {
		if (!lane_is_system(walk.value))
			between = true;
		else if (between)
			tag_message(lane, walk.value);
	}
}

bool
lane_is_foreign_seal(const struct edit_lane *lane, struct json_value string)
{
	return lane->policy->no_seals ? json_escaped(string).length > 0 :
	    seal_is_packed(string);
}

/* Returns how many of them stay. */
static size_t
delete_foreign(const struct edit_lane *lane, struct json_value array,
    bool (*is_foreign)(const struct edit_lane *, struct json_value))
{
	struct json_walk	walk = json_walk(array);
	size_t			others = 0;

	while (json_next(&walk))
		if (is_foreign(lane, walk.value)) {
			edits_delete_element(lane->edits, array, walk.value);
			losses_add(lane->lost, LOST_SEAL);
		} else {
			others++;
		}
	return others;
}

void
lane_unseal(const struct edit_lane *lane, struct json_value array,
    bool (*is_foreign)(const struct edit_lane *, struct json_value))
{
	if (json_is(array, JSON_ARRAY))
		(void)delete_foreign(lane, array, is_foreign);
}

void
lane_unseal_inner(const struct edit_lane *lane, struct json_value array,
    const char *inner, bool (*is_foreign)(const struct edit_lane *,
    struct json_value))
{
	struct json_walk	walk = json_walk(array);
	struct json_value	list;

	while (json_next(&walk)) {
		list = json_get(walk.value, inner);
		if (json_is(list, JSON_ARRAY) && json_count(list) > 0 &&
		    delete_foreign(lane, list, is_foreign) == 0)
			edits_delete_element(lane->edits, array, walk.value);
	}
}

struct text
lane_marked(const struct edit_lane *lane, struct text object,
    struct json_value block)
{
	struct json_value	mark = json_get(block, "cache_control");
	struct text		raw = json_raw(mark);

	return !json_is(mark, JSON_OBJECT) ? object : lane_format(lane,
	    "%.*s,\"cache_control\":%.*s}", (int)object.length - 1,
	    object.at, (int)raw.length, raw.at);
}

/* An item, its content, a result in that, and what it shows. */
#define PARTS_DEPTH	3

static void
hide_images(const struct edit_lane *lane, struct json_value list,
    const char *type, struct text instead, int depth)
{
	struct json_walk	walk = json_walk(list);

	while (json_is(list, JSON_ARRAY) && json_next(&walk)) {
		if (json_equals(json_get(walk.value, "type"), type)) {
			edits_replace(lane->edits, walk.value,
			    lane_marked(lane, instead, walk.value));
			losses_add(lane->lost, LOST_IMAGE);
		} else if (depth < PARTS_DEPTH) {
			hide_images(lane, json_get(walk.value, "content"), type,
			    instead, depth + 1);
			hide_images(lane, json_get(walk.value, "output"), type,
			    instead, depth + 1);
		}
	}
}

void
lane_hide_images(const struct edit_lane *lane, const char *key,
    const char *type, struct text instead)
{
	if (!model_reads(lane->policy->model, MODALITY_IMAGE))
		hide_images(lane, json_get(lane->body, key), type, instead, 1);
}

void
edit_model(struct edits *edits, struct json_value body,
    const struct policy *policy)
{
	struct edit_lane	lane = { .edits = edits, .body = body,
				    .policy = policy };

	lane_model(&lane);
}
