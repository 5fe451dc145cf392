#include "build.h"

#include <string.h>

#include "json_text.h"
#include "messages_convert.h"

struct field {
	const char	*key;
	int		(*read)(struct request *, struct json_value,
			    struct problem *);
	enum lost	 lost;		/* without read() */
};

static const char *const effort_words[EFFORT_KINDS] = {
	[EFFORT_LOW] =		"low",
	[EFFORT_MEDIUM] =	"medium",
	[EFFORT_HIGH] =		"high",
	[EFFORT_XHIGH] =	"xhigh",
	[EFFORT_MAX] =		"max",
};

static int
read_stream(struct request *request, struct json_value value,
    struct problem *problem)
{
	(void)problem;
	request->stream = json_true(value);
	return 0;
}

static int
read_max_tokens(struct request *request, struct json_value value,
    struct problem *problem)
{
	if (json_int64(value, &request->max_tokens) == -1 ||
	    request->max_tokens < 0)
		return problem_field(problem, PROBLEM_INVALID, "max_tokens",
		    "max_tokens: Input should be a valid integer");
	if (request->max_tokens == 0 && request->to != DIALECT_MESSAGES)
		return problem_field(problem, PROBLEM_INVALID, "max_tokens",
		    "max_tokens: 0 (to warm a cache) has no meaning for the "
		    "model's own API");
	return 0;
}

static int
read_number(struct text *number, struct json_value value, const char *name,
    struct problem *problem)
{
	if (!json_is(value, JSON_NUMBER))
		return problem_field(problem, PROBLEM_INVALID, name,
		    "%s: Input should be a valid number", name);
	*number = json_raw(value);
	return 0;
}

static int
read_temperature(struct request *request, struct json_value value,
    struct problem *problem)
{
	return read_number(&request->temperature, value, "temperature",
	    problem);
}

static int
read_top_p(struct request *request, struct json_value value,
    struct problem *problem)
{
	return read_number(&request->top_p, value, "top_p", problem);
}

static int
read_top_k(struct request *request, struct json_value value,
    struct problem *problem)
{
	return read_number(&request->top_k, value, "top_k", problem);
}

static int
read_stops(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(value);
	size_t			count = json_count(value);

	if (count == 0)
		return 0;
	request->stops = arena_calloc(request->arena, count,
	    sizeof(*request->stops));
	if (request->stops == NULL)
		return messages_no_memory(problem);
	while (json_next(&walk)) {
		if (!json_is(walk.value, JSON_STRING))
			return problem_field(problem, PROBLEM_INVALID,
			    "stop_sequences",
			    "stop_sequences: Input should be a list of "
			    "strings");
		request->stops[request->stops_count++] =
		    json_escaped(walk.value);
	}
	return 0;
}

/*
 * The session that Claude Code says in user_id, as JSON text or at the end of
 * "user_..._session_...", is what its prefix is cached by.
 */
static struct escaped
session_of(struct request *request, struct text user)
{
	static const char	 mark[] = "_session_";
	struct json_value	 session;
	const char		*at;

	if (user.length > 0 && user.at[0] == '{') {
		session = json_get(json_scan_into(request->arena, user),
		    "session_id");
		return json_escaped(session);
	}
	at = user.length == 0 ? NULL :
	    memmem(user.at, user.length, mark, sizeof(mark) - 1);
	if (at == NULL)
		return (struct escaped){ 0 };
	at += sizeof(mark) - 1;
	return text_escape(request->arena, (struct text){ at,
	    user.length - (size_t)(at - user.at) });
}

static int
read_metadata(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_value	user = json_get(value, "user_id");

	(void)problem;
	request->user = json_escaped(user);
	request->prompt_cache_key = session_of(request,
	    messages_decode(request, user));
	return 0;
}

static int
read_tier(struct request *request, struct json_value value,
    struct problem *problem)
{
	if (json_equals(value, "auto"))
		request->tier = TIER_AUTO;
	else if (json_equals(value, "standard_only"))
		request->tier = TIER_STANDARD;
	else
		return request_lost(request, LOST_SERVICE_TIER, problem);
	return 0;
}

static int
read_speed(struct request *request, struct json_value value,
    struct problem *problem)
{
	(void)problem;
	request->fast = json_equals(value, "fast");
	return 0;
}

static int
read_thinking(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_value	type = json_get(value, "type");
	struct json_value	display = json_get(value, "display");

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
	} else if (json_equals(type, "enabled")) {
		if (json_int64(json_get(value, "budget_tokens"),
		    &request->budget) == -1 || request->budget < 0)
			return problem_field(problem, PROBLEM_INVALID,
			    "thinking", "thinking.enabled.budget_tokens: "
			    "Input should be a valid integer");
		request->effort = efforts_of_budget(request->budget);
	} else {
		return problem_field(problem, PROBLEM_INVALID, "thinking",
		    "thinking.type: Input should be enabled, adaptive, "
		    "disabled or between_tools");
	}
	return 0;
}

/* The last one wins, but thinking that was switched off stays off. */
static int
read_effort(struct request *request, struct json_value value,
    struct problem *problem)
{
	enum effort	effort;

	if (json_is(value, JSON_MISSING) || json_is(value, JSON_NULL))
		return 0;
	for (effort = 0; effort < EFFORT_KINDS; effort++)
		if (effort_words[effort] != NULL &&
		    json_equals(value, effort_words[effort]))
			break;
	if (effort == EFFORT_KINDS)
		return problem_field(problem, PROBLEM_INVALID, "output_config",
		    "output_config.effort: Input should be low, medium, high, "
		    "xhigh or max");
	if (request->effort != EFFORT_OFF)
		request->effort = effort;
	return 0;
}

static int
read_format(struct request *request, struct json_value value,
    struct problem *problem)
{
	if (json_is(value, JSON_MISSING) || json_is(value, JSON_NULL))
		return 0;
	if (!json_equals(json_get(value, "type"), "json_schema") ||
	    !json_is(json_get(value, "schema"), JSON_OBJECT))
		return problem_field(problem, PROBLEM_INVALID, "output_config",
		    "output_config.format: Input should be a json_schema with "
		    "a schema");
	request->format.kind = FORMAT_SCHEMA;
	request->format.schema = json_get(value, "schema");
	return 0;
}

static int
read_output_config(struct request *request, struct json_value value,
    struct problem *problem)
{
	if (json_is(json_get(value, "task_budget"), JSON_OBJECT) &&
	    request_lost(request, LOST_EFFORT, problem) == -1)
		return -1;
	if (read_effort(request, json_get(value, "effort"), problem) == -1)
		return -1;
	return read_format(request, json_get(value, "format"), problem);
}

static int
read_system(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct messages_place	place = { .request = request,
				    .problem = problem };

	return messages_read_content(&place, value);
}

static int
role_of(struct messages_place *place, struct json_value message)
{
	struct json_value	role = json_get(message, "role");
	struct request		*request = place->request;

	if (json_equals(role, "system") && request->turns == NULL)
		return 0;
	if (json_equals(role, "user"))
		place->turn = request_add_turn(request, ROLE_USER);
	else if (json_equals(role, "assistant"))
		place->turn = request_add_turn(request, ROLE_ASSISTANT);
	else if (json_equals(role, "system"))
		place->turn = request_add_turn(request, ROLE_SYSTEM);
	else
		return problem_field(place->problem, PROBLEM_INVALID,
		    "messages", "messages.%zu.role: Input should be user, "
		    "assistant or system", place->message);
	if (place->turn == NULL)
		return messages_no_memory(place->problem);
	return 0;
}

static int
read_messages(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct messages_place	place = { .request = request,
				    .problem = problem };
	struct json_walk	walk = json_walk(value);

	for (; json_next(&walk); place.message++) {
		if (role_of(&place, walk.value) == -1 ||
		    messages_read_content(&place,
		    json_get(walk.value, "content")) == -1 ||
		    read_effort(request, json_get(json_get(walk.value,
		    "output_config"), "effort"), problem) == -1)
			return -1;
	}
	return 0;
}

/* A mark on the whole request stands for one on its last block. */
static int
read_cache(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct part	*part;

	(void)problem;
	part = request->last == NULL ? NULL : request->last->last;
	if (part != NULL)
		part->cache = json_equals(json_get(value, "ttl"), "1h") ?
		    CACHE_1H : CACHE_5M;
	return 0;
}

/* The SDK goes on with the whole history when it is told so in these words. */
static int
read_thread(struct request *request, struct json_value value,
    struct problem *problem)
{
	(void)request;
	(void)value;
	problem_field(problem, PROBLEM_INVALID, "thread",
	    "thread: this gateway keeps no conversations; send the whole "
	    "history");
	problem->details = "{\"error_code\":\"thread_unsupported_request\","
	    "\"unsupported\":[\"thread\"]}";
	return -1;
}

static int
read_safeguards(struct request *request, struct json_value value,
    struct problem *problem)
{
	(void)request;
	(void)value;
	return problem_field(problem, PROBLEM_INVALID, "safeguards",
	    "safeguards: not supported by the model's own API");
}

/* In this order: tools are known before they are called. */
static const struct field fields[] = {
	{ "thread", read_thread, 0 },
	{ "safeguards", read_safeguards, 0 },
	{ "stream", read_stream, 0 },
	{ "max_tokens", read_max_tokens, 0 },
	{ "temperature", read_temperature, 0 },
	{ "top_p", read_top_p, 0 },
	{ "top_k", read_top_k, 0 },
	{ "stop_sequences", read_stops, 0 },
	{ "metadata", read_metadata, 0 },
	{ "service_tier", read_tier, 0 },
	{ "speed", read_speed, 0 },
	{ "thinking", read_thinking, 0 },
	{ "output_format", read_format, 0 },
	{ "output_config", read_output_config, 0 },
	{ "tools", messages_read_tools, 0 },
	{ "tool_choice", messages_read_choice, 0 },
	{ "system", read_system, 0 },
	{ "messages", read_messages, 0 },
	{ "cache_control", read_cache, 0 },
	{ "container", NULL, LOST_CONTAINER },
	{ "context_management", NULL, LOST_CONTEXT_MANAGEMENT },
	{ "inference_geo", NULL, LOST_INFERENCE_GEO },
	{ "mcp_servers", NULL, LOST_MCP_SERVERS },
};

#define FIELDS	(sizeof(fields) / sizeof(fields[0]))

static int
read_field(const struct field *field, struct request *request,
    struct json_value body, struct problem *problem)
{
	struct json_value	value = json_get(body, field->key);

	if (json_is(value, JSON_MISSING) || json_is(value, JSON_NULL))
		return 0;
	if (field->read != NULL)
		return field->read(request, value, problem);
	return request_lost(request, field->lost, problem);
}

/* Fields that no version of the API had when this was written. */
static int
note_unknown(struct request *request, struct json_value body,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(body);
	size_t			i;

	while (json_next(&walk)) {
		for (i = 0; i < FIELDS; i++)
			if (json_equals(walk.key, fields[i].key))
				break;
		if (i == FIELDS && !json_equals(walk.key, "model") &&
		    !json_is(walk.value, JSON_NULL) &&
		    request_lost(request, LOST_UNKNOWN_FIELD, problem) == -1)
			return -1;
	}
	return 0;
}

int
messages_read_request(struct request *request, struct json_value body,
    struct problem *problem)
{
	size_t	i;

	request->model = messages_decode(request, json_get(body, "model"));
	if (!json_is(json_get(body, "messages"), JSON_ARRAY))
		return problem_field(problem, PROBLEM_INVALID, "messages",
		    "messages: Field required");
	for (i = 0; i < FIELDS; i++)
		if (read_field(&fields[i], request, body, problem) == -1)
			return -1;
	if (note_unknown(request, body, problem) == -1)
		return -1;
	if (request->arena->failed)
		return messages_no_memory(problem);
	return 0;
}
