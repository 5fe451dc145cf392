#include "build.h"

#include "json_text.h"
#include "neutral/known.h"
#include "neutral/hosted.h"
#include "responses_convert.h"

/* Of their own models only; the others get on without. */
static int
lose_phase(const struct place *place, struct json_value item)
{
	return !json_is(json_get(item, "phase"), JSON_STRING) ? 0 :
	    request_lost(place->request, LOST_PHASE, place->problem);
}

static int
read_message(struct place *place, struct json_value item)
{
	struct json_value	 role = json_get(item, "role");
	struct request		*request = place->request;

	if (json_equals(role, "user"))
		place->turn = request_add_turn(request, ROLE_USER);
	else if (json_equals(role, "assistant"))
		place->turn = request_turn(request, ROLE_ASSISTANT);
	else if (!json_equals(role, "developer") &&
	    !json_equals(role, "system"))
		return place_invalid(place, place_about(place,
		    "has the unknown role", role, ""));
	else if (request->turns != NULL)
		place->turn = request_add_turn(request, ROLE_SYSTEM);
	return lose_phase(place, item) == -1 ? -1 :
	    openai_read_content(place, json_get(item, "content"));
}

/* What agents of one client tell each other; no other API has such a role. */
static int
read_agent_message(struct place *place, struct json_value item)
{
	const struct escaped	spans[5] = {
		escaped_of("Message from "),
		json_escaped(json_get(item, "author")), escaped_of(" to "),
		json_escaped(json_get(item, "recipient")), escaped_of(":"),
	};

	place->turn = request_add_turn(place->request, ROLE_USER);
	place_add_text(place, escaped_join(place->request->arena, spans, 5),
	    JSON_NOTHING);
	return openai_read_content(place, json_get(item, "content"));
}

/*
 * Calls and their results.
 */

static struct text
call_id(const struct place *place, struct json_value item)
{
	struct text	id = request_text(place->request, item, "call_id");

	return id.length > 0 ? id : request_text(place->request, item, "id");
}

static struct part *
add_here(const struct place *place, enum role role, enum part_kind kind)
{
	return turn_add_part(place->request, request_turn(place->request,
	    role), kind);
}

/* Of a hosted tool the name is known; what it was called with is one member. */
static int
add_call(struct place *place, struct json_value item, enum part_kind kind,
    const struct hosted *hosted)
{
	struct part	*part;

	if (responses_lose_async(place->request, "function_call", item,
	    place->problem) == -1)
		return -1;
	part = add_here(place, ROLE_ASSISTANT, kind);
	part->id = call_id(place, item);
	part->name = hosted != NULL ? text_of(hosted->name) :
	    request_text(place->request, item, "name");
	part->namespace_name = request_text(place->request, item, "namespace");
	if (part->id.length == 0)
		return place_invalid(place, "is a call without a call_id");
	if (part->name.length == 0)
		return place_invalid(place, "calls a tool without a name");
	if (kind == PART_CUSTOM_CALL) {
		part->text = json_escaped(json_get(item, "input"));
		part->tool = TOOL_CUSTOM;
	} else if (hosted == NULL) {
		part->arguments = openai_arguments(place->request, item);
	} else {
		part->tool = hosted->kind;
		part->arguments = hosted_arguments(place->request->arena,
		    hosted, item);
	}
	return 0;
}

static int
read_call(struct place *place, struct json_value item)
{
	return add_call(place, item, PART_CALL, NULL);
}

static int
read_custom_call(struct place *place, struct json_value item)
{
	return add_call(place, item, PART_CUSTOM_CALL, NULL);
}

/* An output may name its tool instead of a call. */
static void
add_result(struct place *place, struct json_value item)
{
	place->result = add_here(place, ROLE_USER, PART_RESULT);
	place->result->id = call_id(place, item);
	place->result->name = request_text(place->request, item, "name");
}

/* Text, parts, or what only a tool of a type of its own gives: as JSON. */
static int
read_result(struct place *place, struct json_value item)
{
	struct json_value	output = json_get(item, "output");

	if (json_is(output, JSON_MISSING))
		output = json_get(item, "content");
	add_result(place, item);
	if (!openai_is_bare(output))
		return openai_read_content(place, output);
	place_add_text(place, text_escape(place->request->arena,
	    json_raw(output)), JSON_NOTHING);
	return 0;
}

static int
read_patch_result(struct place *place, struct json_value item)
{
	struct json_value	status = json_get(item, "status");

	if (read_result(place, item) == -1)
		return -1;
	place->result->failed = json_equals(status, "failed");
	if (place->result->content == NULL)
		place_add_text(place, json_escaped(status), JSON_NOTHING);
	return 0;
}

static void
say_found(struct place *place, struct json_value tool,
    struct json_value space)
{
	struct escaped	spans[5] = {
		escaped_of("Tool "), json_escaped(space),
		escaped_of(tool_names_joint(request_decode(place->request,
		    space))),
		json_escaped(json_get(tool, "name")),
		escaped_of(" is loaded."),
	};

	place_add_text(place, escaped_join(place->request->arena, spans, 5),
	    JSON_NOTHING);
}

/* The tools that were found are there from now on. */
static int
read_search_result(struct place *place, struct json_value item)
{
	struct json_value	tools = json_get(item, "tools");
	struct json_walk	walk = json_walk(tools), inner;

	if (responses_add_tools(place->request, tools, place->problem) == -1)
		return -1;
	if (!json_is(json_get(item, "call_id"), JSON_STRING))
		return 0;		/* the provider searched */
	add_result(place, item);
	if (json_count(tools) == 0)
		place_add_text(place, escaped_of("No tool was found."),
		    JSON_NOTHING);
	while (json_next(&walk)) {
		inner = json_walk(json_get(walk.value, "tools"));
		if (json_count(json_get(walk.value, "tools")) == 0)
			say_found(place, walk.value, JSON_NOTHING);
		while (json_next(&inner))
			say_found(place, inner.value,
			    json_get(walk.value, "name"));
	}
	return 0;
}

/*
 * Reasoning.
 */

/* The paragraphs of a summary, or of the thought itself, as one text. */
static struct escaped
thoughts_of(const struct place *place, struct json_value list)
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

static int
read_reasoning(struct place *place, struct json_value item)
{
	struct json_value	 list = json_get(item, "summary");
	struct seal		*seal;
	struct escaped		 text;
	struct part		*part;

	seal = request_read_seal(place->request, json_get(item,
	    "encrypted_content"), SEAL_THINKING);
	if (json_count(list) == 0)
		list = json_get(item, "content");
	text = thoughts_of(place, list);
	if (seal == NULL && text.length == 0)	/* only in the store */
		return request_lost(place->request, LOST_REFERENCE,
		    place->problem);
	part = add_here(place, ROLE_ASSISTANT, seal != NULL &&
	    seal->place != SEAL_THINKING ? PART_REDACTED : PART_THINKING);
	part->text = text;
	part->seal = seal;
	return 0;
}

/*
 * The rest.
 */

static int
read_hosted(struct place *place, struct json_value item)
{
	add_here(place, ROLE_ASSISTANT, PART_SERVER)->raw = item;
	return 0;
}

/* An image that the model made; its own API has its own item of it. */
static int
read_image(struct place *place, struct json_value item)
{
	struct json_value	 result = json_get(item, "result");
	struct text		 format;
	struct part		*part;
	const char		*type;

	if (place->request->to == DIALECT_RESPONSES ||
	    json_escaped(result).length == 0)
		return read_hosted(place, item);
	format = request_text(place->request, item, "output_format");
	type = arena_printf(place->request->arena, "image/%.*s",
	    format.length > 0 ? (int)format.length : 3,
	    format.length > 0 ? format.at : "png");
	part = add_here(place, ROLE_ASSISTANT, PART_IMAGE);
	part->media.media_type = text_of(type == NULL ? "" : type);
	part->media.data = json_escaped(result);
	return 0;
}

static int
read_more_tools(struct place *place, struct json_value item)
{
	return responses_add_tools(place->request, json_get(item, "tools"),
	    place->problem);
}

/* Reasoning may go; of what was said nothing may be missing. */
static int
read_reference(struct place *place, struct json_value item)
{
	if (escaped_starts_with(json_escaped(json_get(item, "id")),
	    text_of("rs_")))
		return request_lost(place->request, LOST_REFERENCE,
		    place->problem);
	return place_invalid(place, "is a reference to a stored item, "
	    "which can't be resolved for this model: send whole items, as "
	    "clients do with store:false");
}

bool
responses_read_summary(struct json_value item, struct escaped *text)
{
	struct text	mark = text_of(RESPONSES_SUMMARY);

	*text = json_escaped(json_get(item, "encrypted_content"));
	if (!escaped_starts_with(*text, mark))
		return false;
	text->at += mark.length;
	text->length -= mark.length;
	return true;
}

/* Ours can be read, and what is readable beside it. */
static int
read_compaction(struct place *place, struct json_value item)
{
	struct json_value	sealed = json_get(item, "encrypted_content");
	struct escaped		text;
	int			read;

	place->turn = request_add_turn(place->request, ROLE_USER);
	if (responses_read_summary(item, &text)) {
		place_add_summary(place, text);
		return 0;
	}
	read = json_kind(sealed) > JSON_NULL ? 1 :
	    place_read_unknown(place, json_get(item, "type"), item);
	if (read != 1)
		return read;
	if (json_kind(sealed) <= JSON_NULL && json_equals(json_get(item,
	    "type"), "context_compaction"))	/* marks where it was */
		return 0;
	return place_invalid(place, "is a compacted history that only "
	    "the API that made it can read");
}

/* The last item: instead of an answer a summary is wanted, to go on from. */
static int
read_trigger(struct place *place, struct json_value item)
{
	(void)item;
	request_ask_summary(place->request, escaped_of(""));
	return 0;
}

/* What it says of thinking, its showing aside, and of the answer's form. */
static int
read_settings(struct request *request, struct json_value update,
    struct problem *p)
{
	static const struct field	efforts[] = {
		{ .name = "effort",	.option = OPTION_EFFORT },
		{ .name = NULL },
	};
	static const struct fields	reasoning = { efforts, json_equals,
					    "reasoning" };
	static const struct field	formats[] = {
		{ .name = "format",	.read = openai_read_format },
		{ .name = "verbosity",	.option = OPTION_VERBOSITY },
		{ .name = NULL },
	};
	static const struct fields	text = { formats, json_equals, "text" };

	return fields_read(&reasoning, request, json_get(update, "reasoning"),
	    p) == -1 ? -1 : fields_read(&text, request,
	    json_get(update, "text"), p);
}

/* Settings that hold from here on: those of the last one count. */
static int
read_update(struct place *place, struct json_value item)
{
	return read_settings(place->request, item, place->problem);
}

static int
read_unknown(struct place *place, struct json_value item)
{
	struct json_value	type = json_get(item, "type");
	int			read;

	place->turn = json_equals(json_get(item, "role"), "assistant") ?
	    request_turn(place->request, ROLE_ASSISTANT) :
	    request_add_turn(place->request, ROLE_USER);
	read = place_read_unknown(place, type, item);
	return read == 1 ? place_invalid(place, place_unknown(place, type)) :
	    read;
}

static const struct {
	const char	*type;
	int		(*read)(struct place *, struct json_value);
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
	{ "agent_message",		read_agent_message },
	{ "configuration_update",	read_update },
	{ "compaction",			read_compaction },
	{ "compaction_summary",		read_compaction },
	{ "context_compaction",		read_compaction },
	{ "compaction_trigger",		read_trigger },
	{ "tool_search_call",		read_hosted },
	{ "web_search_call",		read_hosted },
	{ "file_search_call",		read_hosted },
	{ "code_interpreter_call",	read_hosted },
	{ "image_generation_call",	read_image },
	{ "mcp_list_tools",		read_hosted },
	{ "mcp_call",			read_hosted },
	{ "mcp_approval_request",	read_hosted },
	{ "mcp_approval_response",	read_hosted },
	{ "program",			read_hosted },
	{ "program_output",		read_hosted },
};

static int
check(const struct place *place, struct json_value item)
{
	return known_check(place->request, place->field, item, place->problem);
}

static int
read_item(struct place *place, struct json_value item)
{
	struct json_value	 type = json_get(item, "type");
	const struct hosted	*hosted;
	size_t			 i;

	if (json_kind(type) <= JSON_NULL)
		return check(place, item) == -1 ? -1 :
		    json_is(json_get(item, "role"), JSON_STRING) ?
		    read_message(place, item) : read_reference(place, item);
	hosted = hosted_of_call(item);
	if (hosted != NULL && json_is(json_get(item, "call_id"), JSON_STRING))
		return check(place, item) == -1 ? -1 :
		    add_call(place, item, PART_CALL, hosted);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (json_equals(type, types[i].type))
			return types[i].read != read_hosted &&
			    types[i].read != read_image &&
			    types[i].read != read_update &&
			    check(place, item) == -1 ? -1 :
			    types[i].read(place, item);
	return read_unknown(place, item);
}

int
responses_read_input(const struct given *given)
{
	struct json_walk	walk = json_walk(given->value);
	struct place		place = { .request = given->request,
				    .problem = given->problem,
				    .field = "input" };

	if (json_is(given->value, JSON_STRING)) {
		place.turn = request_add_turn(given->request, ROLE_USER);
		return openai_read_content(&place, given->value);
	}
	if (!json_is(given->value, JSON_ARRAY))
		return field_wrong(given, "a string or an array of items");
	for (; json_next(&walk); place.index++) {
		place.turn = NULL;
		place.result = NULL;
		if (read_item(&place, walk.value) == -1)
			return -1;
	}
	return 0;
}
