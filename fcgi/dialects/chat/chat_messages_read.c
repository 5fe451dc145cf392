#include "build.h"

#include "chat_request.h"
#include "json_text.h"
#include "neutral/known.h"

/* One message on its way in. */
struct message {
	struct place		 at;
	struct request		*request;
	struct json_value	 json;
	struct text		 function_id;	/* of the last function_call */
};

/*
 * A mark on a message whose content is a string is the string's, but a result
 * has its own; what a tool gave as it stands is its JSON.
 */
static int
read_content(const struct message *m)
{
	struct json_value	content = json_get(m->json, "content");
	bool			result = m->at.result != NULL;

	if (json_is(content, JSON_STRING))
		place_add_text(&m->at, json_escaped(content), result ?
		    JSON_NOTHING : m->json);
	else if (result && openai_is_bare(content))
		place_add_text(&m->at, text_escape(m->request->arena,
		    json_raw(content)), JSON_NOTHING);
	else
		return openai_read_content(&m->at, content);
	return 0;
}

static int
read_system(struct message *m)
{
	if (m->request->turns != NULL)
		m->at.turn = request_add_turn(m->request, ROLE_SYSTEM);
	return read_content(m);
}

/* No other API tells authors apart. */
static int
read_author(struct message *m)
{
	struct json_walk	walk = json_walk(m->json);

	m->at.turn->author = request_text(m->request, m->json, "name");
	if (m->at.turn->author.length == 0 || m->request->to == DIALECT_CHAT)
		return 0;
	while (json_next(&walk) && !json_equals(walk.key, "name"))
		continue;
	return request_lost_field(m->request, "messages", walk.key,
	    m->at.problem);
}

static int
read_user(struct message *m)
{
	m->at.turn = request_add_turn(m->request, ROLE_USER);
	return read_author(m) == -1 ? -1 : read_content(m);
}

static int
read_call(struct message *m, struct text id, struct json_value call)
{
	struct json_value	 inner = json_get(call, "custom");
	bool			 custom = json_is(inner, JSON_OBJECT);
	struct part		*part;
	struct text		 name;

	if (!custom)
		inner = json_get(call, "function");
	if (!json_is(inner, JSON_OBJECT))	/* of the old form */
		inner = call;
	name = request_text(m->request, inner, "name");
	if (name.length == 0)
		return place_invalid(&m->at, place_about(&m->at,
		    "calls a tool without a name, of type", json_get(call,
		    "type"), ""));
	if (known_check(m->request, "tool_calls", call, m->at.problem) == -1 ||
	    known_check(m->request, "tool_calls", inner, m->at.problem) == -1)
		return -1;
	part = turn_add_part(m->request, m->at.turn, custom ?
	    PART_CUSTOM_CALL : PART_CALL);
	part->id = id;
	part->name = name;
	if (custom) {
		part->text = json_escaped(json_get(inner, "input"));
		part->tool = TOOL_CUSTOM;
	} else {
		part->arguments = openai_arguments(m->request, inner);
	}
	return 0;
}

static int
read_calls(struct message *m)
{
	struct json_walk	walk;
	struct text		id;
	size_t			index;

	walk = json_walk(json_get(m->json, "tool_calls"));
	for (index = 0; json_next(&walk); index++) {
		chat_read_call_seal(m->request, m->at.turn, walk.value);
		id = request_text(m->request, walk.value, "id");
		if (id.length == 0)
			id = request_call_id(m->request, m->at.index, index,
			    text_of(""));
		if (read_call(m, id, walk.value) == -1)
			return -1;
	}
	return 0;
}

static int
read_assistant(struct message *m)
{
	struct json_value	refusal = json_get(m->json, "refusal");
	struct json_value	function = json_get(m->json, "function_call");

	m->at.turn = request_add_turn(m->request, ROLE_ASSISTANT);
	if (read_author(m) == -1 || chat_read_thinking(m->request,
	    m->at.turn, m->json, m->at.problem) == -1 || read_content(m) == -1 ||
	    openai_read_content(&m->at, json_get(m->json, "images")) == -1)
		return -1;
	if (json_is(refusal, JSON_STRING))
		place_add(&m->at, PART_REFUSAL, JSON_NOTHING)->text =
		    json_escaped(refusal);
	if (json_is(json_get(m->json, "audio"), JSON_OBJECT) &&
	    request_lost(m->request, LOST_AUDIO, m->at.problem) == -1)
		return -1;
	if (read_calls(m) == -1)
		return -1;
	if (!json_is(function, JSON_OBJECT))
		return 0;
	m->function_id = request_call_id(m->request, m->at.index, 0,
	    request_text(m->request, function, "name"));
	return read_call(m, m->function_id, function);
}

/* Results stand together in one user turn; what the user says is another. */
static int
add_result(struct message *m, struct text id)
{
	struct turn	*turn = m->request->last;

	if (turn == NULL || turn->role != ROLE_USER || turn->last == NULL ||
	    turn->last->kind != PART_RESULT)
		turn = request_add_turn(m->request, ROLE_USER);
	m->at.result = turn_add_part(m->request, turn, PART_RESULT);
	m->at.result->id = id;
	m->at.result->name = request_text(m->request, m->json, "name");
	m->at.result->cache = cache_mark_of(m->json);
	return read_content(m);
}

static int
read_tool(struct message *m)
{
	return add_result(m, request_text(m->request, m->json,
	    "tool_call_id"));
}

/* The old form, which names the function alone. */
static int
read_function(struct message *m)
{
	return add_result(m, m->function_id);
}

static const struct {
	const char	*role;
	int		(*read)(struct message *);
} roles[] = {
	{ "user",	read_user },
	{ "assistant",	read_assistant },
	{ "tool",	read_tool },
	{ "system",	read_system },
	{ "developer",	read_system },
	{ "function",	read_function },
};

static int
read_message(struct message *m)
{
	struct json_value	role = json_get(m->json, "role");
	size_t			i;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (json_equals(role, roles[i].role))
			return roles[i].read(m);
	return place_invalid(&m->at, place_about(&m->at, "has the unknown role",
	    role, ""));
}

int
chat_read_messages(const struct given *given)
{
	struct json_walk	walk = json_walk(given->value);
	struct message		message = { .request = given->request };
	size_t			index;

	for (index = 0; json_next(&walk); index++) {
		message.at = (struct place){ .request = given->request,
		    .problem = given->problem, .field = "messages",
		    .index = index };
		message.json = walk.value;
		if (known_check(given->request, "messages", walk.value,
		    given->problem) == -1 || read_message(&message) == -1)
			return -1;
	}
	return 0;
}
