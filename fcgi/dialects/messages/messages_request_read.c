#include "build.h"

#include "json_text.h"
#include "messages.h"
#include "messages_convert.h"
#include "neutral/known.h"

static int
read_max_tokens(const struct given *given)
{
	int64_t	tokens;

	if (json_int64(given->value, &tokens) == -1 || tokens != 0)
		return field_read_option(given);
	given->request->max_tokens = 0;
	return given->request->to == DIALECT_MESSAGES ? 0 :
	    field_wrong(given, "positive: 0 (to warm a cache) has no meaning "
	    "for the model's own API");
}

static int
read_metadata(const struct given *given)
{
	struct request		*request = given->request;
	struct json_value	 user = json_get(given->value, "user_id");
	struct json_walk	 walk = json_walk(given->value);

	while (json_next(&walk))
		if (!json_equals(walk.key, "user_id") &&
		    request_lost_field(request, "metadata", walk.key,
		    given->problem) == -1)
			return -1;
	request->user = json_escaped(user);
	request->prompt_cache_key = text_escape(request->arena,
	    messages_session(request->arena, user));
	return 0;
}

static int
read_tier(const struct given *given)
{
	static const struct word	tiers[] = {
		{ "auto", TIER_AUTO },
		{ "standard_only", TIER_STANDARD },
		{ NULL, 0 },
	};
	int				tier = word_of(tiers, given->value);

	if (tier == -1)
		return field_lost(given, LOST_SERVICE_TIER);
	given->request->tier = (enum tier)tier;
	return 0;
}

static int
read_speed(const struct given *given)
{
	given->request->fast = json_equals(given->value, "fast");
	return 0;
}

static int
read_thinking(const struct given *given)
{
	struct request		*request = given->request;
	struct json_value	 type = json_get(given->value, "type");
	struct json_value	 display = json_get(given->value, "display");
	struct json_value	 budget = json_get(given->value,
				    "budget_tokens");

	if (json_equals(display, "omitted"))
		request->show_thinking = 0;
	else if (json_equals(display, "summarized"))
		request->show_thinking = 1;
	if (json_equals(type, "adaptive")) {
		request->adaptive = true;
	} else if (json_equals(type, "disabled")) {
		request->effort = EFFORT_OFF;
	} else if (json_equals(type, "between_tools")) {
		request->effort = EFFORT_MINIMAL;
	} else if (!json_equals(type, "enabled")) {
		return field_wrong(given, "of type enabled, adaptive, "
		    "disabled or between_tools");
	} else if (json_kind(budget) <= JSON_NULL) {
		request->effort = EFFORT_HIGH;
	} else {
		if (json_int64(budget, &request->budget) == -1 ||
		    request->budget < 0)
			return field_wrong(given, "given budget_tokens, an "
			    "integer");
		request->effort = efforts_of_budget(request->budget);
	}
	return known_check(request, "thinking", given->value, given->problem);
}

/* The last one wins, but thinking that was switched off stays off. */
static int
read_effort(const struct given *given)
{
	static const struct word	efforts[] = {
		{ "low", EFFORT_LOW },
		{ "medium", EFFORT_MEDIUM },
		{ "high", EFFORT_HIGH },
		{ "xhigh", EFFORT_XHIGH },
		{ "max", EFFORT_MAX },
		{ NULL, 0 },
	};
	int				effort = word_of(efforts, given->value);

	if (effort == -1)
		return field_wrong(given, "low, medium, high, xhigh or max");
	if (given->request->effort != EFFORT_OFF)
		given->request->effort = (enum effort)effort;
	return 0;
}

static int
read_format(const struct given *given)
{
	struct json_value	schema = json_get(given->value, "schema");

	if (!json_equals(json_get(given->value, "type"), "json_schema") ||
	    !json_is(schema, JSON_OBJECT))
		return field_wrong(given, "a json_schema with a schema");
	given->request->format.kind = FORMAT_SCHEMA;
	given->request->format.schema = schema;
	return 0;
}

/* Of the request, and of a message for what follows. */
static int
read_output_config(const struct given *given)
{
	static const struct field	rows[] = {
		{ .name = "task_budget", .lost = LOST_EFFORT },
		{ .name = "effort",	.read = read_effort },
		{ .name = "format",	.read = read_format },
		{ .name = NULL },
	};
	static const struct fields	fields = { rows, json_equals,
					    "output_config" };

	return fields_read(&fields, given->request, given->value,
	    given->problem);
}

static int
read_system(const struct given *given)
{
	struct place	place = { .request = given->request,
			    .problem = given->problem };

	return messages_read_content(&place, given->value);
}

static int
role_of(struct place *place, struct json_value message)
{
	static const struct word	roles[] = {
		{ "user", ROLE_USER },
		{ "assistant", ROLE_ASSISTANT },
		{ "system", ROLE_SYSTEM },
		{ NULL, 0 },
	};
	int				role;

	role = word_of(roles, json_get(message, "role"));
	if (role == -1)
		return problem_field(place->problem, PROBLEM_INVALID,
		    "messages", "messages.%zu.role: Input should be user, "
		    "assistant or system; it %s", place->index,
		    place_about(place, "is", json_get(message, "role"), ""));
	if (role != ROLE_SYSTEM || place->request->turns != NULL)
		place->turn = request_add_turn(place->request,
		    (enum role)role);
	return 0;
}

/* How many messages there are up to the user's last one. */
static size_t
count_to_user(struct json_value messages)
{
	struct json_walk	walk = json_walk(messages);
	size_t			count, last = 0;

	for (count = 1; json_next(&walk); count++)
		if (json_equals(json_get(walk.value, "role"), "user"))
			last = count;
	return last;
}

/* Some system messages have none; to some that were for one turn none listens. */
static int
read_content(struct place *place, struct json_value message, bool past)
{
	struct json_value	content = json_get(message, "content");
	struct turn		unheard = { .role = ROLE_SYSTEM };
	struct place		aside = *place;
	bool			system = place->turn == NULL ||
				    place->turn->role == ROLE_SYSTEM;

	if (system && json_kind(content) <= JSON_NULL)
		return 0;
	if (!system || !past || !json_equals(json_get(message, "clear_at"),
	    "next_user_message"))
		return messages_read_content(place, content);
	aside.turn = &unheard;
	return messages_read_content(&aside, content);
}

static int
read_messages(const struct given *given)
{
	struct place		place = { .request = given->request,
				    .problem = given->problem };
	struct json_walk	walk = json_walk(given->value);
	struct given		config = *given;
	size_t			users = count_to_user(given->value);

	for (; json_next(&walk); place.index++) {
		config.value = json_get(walk.value, "output_config");
		place.turn = NULL;
		if (known_check(given->request, "messages", walk.value,
		    given->problem) == -1 ||
		    role_of(&place, walk.value) == -1 ||
		    read_content(&place, walk.value, place.index < users) ==
		    -1 ||
		    read_output_config(&config) == -1)
			return -1;
	}
	return 0;
}

/* The whole request is that a summary be made. */
static int
read_compaction(const struct given *given)
{
	struct json_value	how = json_get(given->value, "instructions");

	if (!json_equals(json_get(given->value, "type"), "summarize"))
		return field_wrong(given, "of type summarize");
	if (!given->request->count)
		request_ask_summary(given->request, json_escaped(how));
	return 0;
}

/* A mark on the whole request stands for one on its last block. */
static int
read_cache(const struct given *given)
{
	const struct turn	*last = given->request->last;

	if (last != NULL && last->last != NULL)
		last->last->cache = json_equals(json_get(given->value, "ttl"),
		    "1h") ? CACHE_1H : CACHE_5M;
	return 0;
}

/* The SDK goes on with the whole history when it is told so in these words. */
static int
refuse_thread(const struct given *given)
{
	problem_field(given->problem, PROBLEM_INVALID, "thread",
	    "thread: this gateway keeps no conversations; send the whole "
	    "history");
	given->problem->details = "{\"error_code\":"
	    "\"thread_unsupported_request\",\"unsupported\":[\"thread\"]}";
	return -1;
}

/* In this order: tools are known before they are called. */
static const struct field	rows[] = {
	{ .name = "model" },
	{ .name = "stream" },
	{ .name = "thread",		.read = refuse_thread },
	{ .name = "max_tokens",		.read = read_max_tokens,
	    .option = OPTION_MAX_TOKENS },
	{ .name = "temperature",	.option = OPTION_TEMPERATURE },
	{ .name = "top_p",		.option = OPTION_TOP_P },
	{ .name = "top_k",		.option = OPTION_TOP_K },
	{ .name = "stop_sequences",	.option = OPTION_STOPS },
	{ .name = "metadata",		.read = read_metadata },
	{ .name = "service_tier",	.read = read_tier },
	{ .name = "speed",		.read = read_speed },
	{ .name = "thinking",		.read = read_thinking },
	{ .name = "output_format",	.read = read_format },
	{ .name = "output_config",	.read = read_output_config },
	{ .name = "tools",		.read = messages_read_tools },
	{ .name = "tool_choice",	.read = messages_read_choice },
	{ .name = "system",		.read = read_system },
	{ .name = "messages",		.read = read_messages },
	{ .name = "compaction",		.read = read_compaction },
	{ .name = "cache_control",	.read = read_cache },
	{ .name = "container",		.lost = LOST_CONTAINER },
	{ .name = "context_management",	.lost = LOST_CONTEXT_MANAGEMENT },
	{ .name = "inference_geo",	.lost = LOST_INFERENCE_GEO },
	{ .name = "mcp_servers",	.lost = LOST_MCP_SERVERS },
	{ .name = NULL },
};

static const struct fields	fields = { rows, json_equals, NULL };

int
messages_read_request(struct request *request, struct json_value body,
    struct problem *problem)
{
	request->model = request_text(request, body, "model");
	if (!json_is(json_get(body, "messages"), JSON_ARRAY))
		return problem_field(problem, PROBLEM_INVALID, "messages",
		    "messages: Field required");
	return fields_read(&fields, request, body, problem);
}
