#include "build.h"

#include <string.h>

#include "json_text.h"
#include "responses_convert.h"

static int
no_memory(const struct responses_place *place)
{
	return problem_set(place->problem, PROBLEM_OVERLOADED,
	    "out of memory");
}

static struct text
decode(const struct responses_place *place, struct json_value string)
{
	return responses_decode(place->request, string);
}

static int
read_message(struct responses_place *place, struct json_value item)
{
	struct json_value	role = json_get(item, "role");
	bool			system;

	system = json_equals(role, "developer") || json_equals(role, "system");
	if (json_equals(role, "user"))
		place->turn = request_add_turn(place->request, ROLE_USER);
	else if (json_equals(role, "assistant"))
		place->turn = request_turn(place->request, ROLE_ASSISTANT);
	else if (!system)
		return responses_invalid(place,
		    "has no role, or an unknown one");
	else if (place->request->turns != NULL)
		place->turn = request_add_turn(place->request, ROLE_SYSTEM);
	if (place->turn == NULL && (!system || place->request->turns != NULL))
		return no_memory(place);
	return responses_read_content(place, json_get(item, "content"));
}

/*
 * Calls and their results.
 */

static struct text
call_id(const struct responses_place *place, struct json_value item)
{
	struct text	id = decode(place, json_get(item, "call_id"));

	return id.length > 0 ? id : decode(place, json_get(item, "id"));
}

static struct part *
add_call(struct responses_place *place, struct json_value item,
    enum part_kind kind)
{
	struct text	 id = call_id(place, item);
	struct turn	*turn;
	struct part	*part;

	if (id.length == 0) {
		responses_invalid(place, "is a call without a call_id");
		return NULL;
	}
	turn = request_turn(place->request, ROLE_ASSISTANT);
	part = turn == NULL ? NULL : turn_add_part(place->request, turn, kind);
	if (part == NULL) {
		no_memory(place);
		return NULL;
	}
	part->id = id;
	part->name = decode(place, json_get(item, "name"));
	part->namespace_name = decode(place, json_get(item, "namespace"));
	return part;
}

static int
read_call(struct responses_place *place, struct json_value item)
{
	struct json_value	 arguments = json_get(item, "arguments");
	struct part		*part = add_call(place, item, PART_CALL);

	if (part == NULL)
		return -1;
	if (part->name.length == 0)
		return responses_invalid(place, "calls a tool without a name");
	part->arguments = json_is(arguments, JSON_OBJECT) ?
	    json_raw(arguments) : decode(place, arguments);
	return 0;
}

static int
read_custom_call(struct responses_place *place, struct json_value item)
{
	struct part	*part = add_call(place, item, PART_CUSTOM_CALL);

	if (part == NULL)
		return -1;
	if (part->name.length == 0)
		return responses_invalid(place, "calls a tool without a name");
	part->text = json_escaped(json_get(item, "input"));
	part->tool = TOOL_CUSTOM;
	return 0;
}

static int
read_known_call(struct responses_place *place, struct json_value item,
    const struct responses_known_tool *known)
{
	struct json_value	 member = json_get(item, known->member);
	struct part		*part = add_call(place, item, PART_CALL);

	if (part == NULL)
		return -1;
	part->name = text_of(known->name);
	part->tool = known->kind;
	part->arguments = json_is(member, JSON_STRING) ?
	    decode(place, member) : json_raw(member);
	return 0;
}

static int
add_result(struct responses_place *place, struct json_value item)
{
	struct text	 id = call_id(place, item);
	struct turn	*turn;

	if (id.length == 0)
		return responses_invalid(place,
		    "is a result without a call_id");
	turn = request_turn(place->request, ROLE_USER);
	place->result = turn == NULL ? NULL :
	    turn_add_part(place->request, turn, PART_RESULT);
	if (place->result == NULL) {
		(void)no_memory(place);
		return -1;
	}
	place->result->id = id;
	return 0;
}

static int
add_result_text(struct responses_place *place, struct escaped text)
{
	struct part	*part;

	part = part_add_content(place->request, place->result, PART_TEXT);
	if (part == NULL)
		return no_memory(place);
	part->text = text;
	return 0;
}

/* Text, parts, or what only a tool of a type of its own gives: as JSON. */
static int
read_result(struct responses_place *place, struct json_value item)
{
	struct json_value	output = json_get(item, "output"), first;

	if (add_result(place, item) == -1)
		return -1;
	first = json_is(output, JSON_ARRAY) ? json_at(output, 0) : output;
	if (json_is(first, JSON_OBJECT) &&
	    !json_is(json_get(first, "type"), JSON_STRING))
		return add_result_text(place, text_escape(
		    place->request->arena, json_raw(output)));
	return responses_read_content(place, output);
}

static int
read_patch_result(struct responses_place *place, struct json_value item)
{
	struct json_value	status = json_get(item, "status");

	if (read_result(place, item) == -1)
		return -1;
	place->result->failed = json_equals(status, "failed");
	if (place->result->content != NULL)
		return 0;
	return add_result_text(place, json_escaped(status));
}

static int
say_found(struct responses_place *place, struct json_value tool,
    struct json_value space)
{
	struct escaped	spans[5] = {
		escaped_of("Tool "), json_escaped(space),
		escaped_of(json_is(space, JSON_STRING) ? "__" : ""),
		json_escaped(json_get(tool, "name")),
		escaped_of(" is loaded."),
	};

	return add_result_text(place, escaped_join(place->request->arena,
	    spans, 5));
}

/* The tools that were found are there from now on. */
static int
read_search_result(struct responses_place *place, struct json_value item)
{
	struct json_value	tools = json_get(item, "tools");
	struct json_walk	walk = json_walk(tools), inner;

	if (responses_read_tools(place->request, tools, place->problem) == -1)
		return -1;
	if (!json_is(json_get(item, "call_id"), JSON_STRING))
		return 0;		/* the provider searched */
	if (add_result(place, item) == -1)
		return -1;
	if (json_count(tools) == 0)
		return add_result_text(place,
		    escaped_of("No tool was found."));
	while (json_next(&walk)) {
		inner = json_walk(json_get(walk.value, "tools"));
		if (json_count(json_get(walk.value, "tools")) == 0 &&
		    say_found(place, walk.value,
		    (struct json_value){ NULL, 0 }) == -1)
			return -1;
		while (json_next(&inner))
			if (say_found(place, inner.value,
			    json_get(walk.value, "name")) == -1)
				return -1;
	}
	return 0;
}

/*
 * Reasoning.
 */

/* The paragraphs of a summary, or of the thought itself, as one text. */
static struct escaped
thoughts_of(const struct responses_place *place, struct json_value list)
{
	struct json_walk	 walk = json_walk(list);
	struct escaped		*spans;
	size_t			 count = 0;

	if (json_count(list) == 1)
		return json_escaped(json_get(json_at(list, 0), "text"));
	spans = arena_alloc(place->request->arena,
	    (json_count(list) * 2 + 1) * sizeof(*spans));
	if (spans == NULL)
		return (struct escaped){ "", 0 };
	while (json_next(&walk)) {
		if (count > 0)
			spans[count++] = escaped_of("\\n\\n");
		spans[count++] = json_escaped(json_get(walk.value, "text"));
	}
	return escaped_join(place->request->arena, spans, count);
}

/* Ours are unpacked; what is not was sealed by a model of this API. */
static struct seal *
seal_of(const struct responses_place *place, struct json_value item)
{
	struct request	*request = place->request;
	struct text	 bytes;
	struct seal	*seal;

	bytes = decode(place, json_get(item, "encrypted_content"));
	seal = arena_calloc(request->arena, 1, sizeof(*seal));
	if (seal == NULL || bytes.length == 0)
		return NULL;
	if (seal_unpack(request->arena, bytes, seal))
		return seal;
	seal->dialect = DIALECT_RESPONSES;
	seal->place = SEAL_THINKING;
	seal->model = request->model;
	seal->bytes = bytes;
	return seal;
}

static int
read_reasoning(struct responses_place *place, struct json_value item)
{
	struct json_value	 list = json_get(item, "summary");
	struct seal		*seal = seal_of(place, item);
	struct escaped		 text;
	struct turn		*turn;
	struct part		*part;

	if (json_count(list) == 0)
		list = json_get(item, "content");
	text = thoughts_of(place, list);
	if (seal == NULL && text.length == 0)	/* only in the store */
		return request_lost(place->request, LOST_REFERENCE,
		    place->problem);
	turn = request_turn(place->request, ROLE_ASSISTANT);
	part = turn == NULL ? NULL : turn_add_part(place->request, turn,
	    seal != NULL && seal->place != SEAL_THINKING ? PART_REDACTED :
	    PART_THINKING);
	if (part == NULL)
		return no_memory(place);
	part->text = text;
	part->seal = seal;
	return 0;
}

/*
 * The rest.
 */

static int
read_hosted(struct responses_place *place, struct json_value item)
{
	struct turn	*turn;
	struct part	*part;

	turn = request_turn(place->request, ROLE_ASSISTANT);
	part = turn == NULL ? NULL :
	    turn_add_part(place->request, turn, PART_SERVER);
	if (part == NULL)
		return no_memory(place);
	part->raw = item;
	return 0;
}

static int
read_more_tools(struct responses_place *place, struct json_value item)
{
	return responses_read_tools(place->request, json_get(item, "tools"),
	    place->problem);
}

/* Reasoning may go; of what was said nothing may be missing. */
static int
read_reference(struct responses_place *place, struct json_value item)
{
	struct text	id = decode(place, json_get(item, "id"));

	if (id.length > 3 && memcmp(id.at, "rs_", 3) == 0)
		return request_lost(place->request, LOST_REFERENCE,
		    place->problem);
	return responses_invalid(place, "is a reference to a stored item, "
	    "which can't be resolved for this model: send whole items, as "
	    "clients do with store:false");
}

static int
refuse_compaction(struct responses_place *place, struct json_value item)
{
	(void)item;
	return responses_invalid(place, "is a compacted history that only "
	    "the API that made it can read");
}

static const struct {
	const char	*type;
	int		(*read)(struct responses_place *, struct json_value);
} types[] = {
	{ "message",			read_message },
	{ "function_call",		read_call },
	{ "function_call_output",	read_result },
	{ "reasoning",			read_reasoning },
	{ "custom_tool_call",		read_custom_call },
	{ "custom_tool_call_output",	read_result },
	{ "tool_search_output",		read_search_result },
	{ "local_shell_call_output",	read_result },
	{ "shell_call_output",		read_result },
	{ "apply_patch_call_output",	read_patch_result },
	{ "computer_call_output",	read_result },
	{ "additional_tools",		read_more_tools },
	{ "item_reference",		read_reference },
	{ "compaction",			refuse_compaction },
	{ "compaction_summary",		refuse_compaction },
	{ "compaction_trigger",		refuse_compaction },
	{ "context_compaction",		refuse_compaction },
	{ "tool_search_call",		read_hosted },
	{ "web_search_call",		read_hosted },
	{ "file_search_call",		read_hosted },
	{ "code_interpreter_call",	read_hosted },
	{ "image_generation_call",	read_hosted },
	{ "mcp_list_tools",		read_hosted },
	{ "mcp_call",			read_hosted },
	{ "mcp_approval_request",	read_hosted },
	{ "mcp_approval_response",	read_hosted },
	{ "program",			read_hosted },
	{ "program_output",		read_hosted },
};

static int
read_item(struct responses_place *place, struct json_value item)
{
	const struct responses_known_tool	*known;
	struct json_value			 type = json_get(item, "type");
	size_t					 i;

	if (json_is(type, JSON_MISSING) || json_is(type, JSON_NULL))
		return json_is(json_get(item, "role"), JSON_STRING) ?
		    read_message(place, item) : read_reference(place, item);
	known = responses_known_call(type);
	if (known != NULL && json_is(json_get(item, "call_id"), JSON_STRING))
		return read_known_call(place, item, known);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (json_equals(type, types[i].type))
			return types[i].read(place, item);
	return responses_invalid(place, "is of an unknown type");
}

int
responses_read_input(struct request *request, struct json_value input,
    struct problem *p)
{
	struct json_walk	walk = json_walk(input);
	struct responses_place	place = { .request = request, .problem = p };

	if (json_is(input, JSON_STRING)) {
		place.turn = request_add_turn(request, ROLE_USER);
		return place.turn == NULL ? no_memory(&place) :
		    responses_read_content(&place, input);
	}
	if (!json_is(input, JSON_ARRAY))
		return problem_field(p, PROBLEM_INVALID, "input",
		    "input must be a string or an array of items");
	for (; json_next(&walk); place.index++) {
		place.turn = NULL;
		place.result = NULL;
		if (read_item(&place, walk.value) == -1)
			return -1;
	}
	return 0;
}
