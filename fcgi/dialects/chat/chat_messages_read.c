#include "build.h"

#include "chat_request.h"
#include "json_text.h"
#include "neutral/media.h"

/* One message on its way in. */
struct message {
	struct request		*request;
	struct json_value	 json;
	size_t			 index;
	struct text		 function_id;	/* of the last function_call */
	struct problem		*p;
};

static int
invalid(const struct message *m, const char *why)
{
	return problem_field(m->p, PROBLEM_INVALID, "messages",
	    "messages[%zu] %s", m->index, why);
}

static struct text
decoded(const struct message *m, struct json_value string)
{
	return text_decode(m->request->arena, json_escaped(string), NULL);
}

/*
 * Content: where the parts of a message go.
 */

/* A new part of the turn, of the system text, or of a result. */
struct place {
	struct turn	*turn;		/* or NULL */
	struct part	*result;	/* or NULL */
};

static struct part *
add_part(const struct message *m, struct place place, enum part_kind kind)
{
	if (place.result != NULL)
		return part_add_content(m->request, place.result, kind);
	if (place.turn != NULL)
		return turn_add_part(m->request, place.turn, kind);
	return request_add_system(m->request, (struct escaped){ "", 0 });
}

static int
add_text(const struct message *m, struct place place, enum part_kind kind,
    struct json_value text, enum cache_mark cache)
{
	struct part	*part;

	if (!json_is(text, JSON_STRING))
		return invalid(m, "holds a text that is no string");
	part = add_part(m, place, kind);
	if (part == NULL)
		return -1;
	part->text = json_escaped(text);
	part->cache = cache;
	return 0;
}

static int
read_text(const struct message *m, struct place place,
    struct json_value json)
{
	return add_text(m, place, PART_TEXT, json_get(json, "text"),
	    chat_cache_mark(json));
}

static int
read_refusal(const struct message *m, struct place place,
    struct json_value json)
{
	return add_text(m, place, PART_REFUSAL, json_get(json, "refusal"),
	    CACHE_NONE);
}

static int
read_image(const struct message *m, struct place place,
    struct json_value json)
{
	struct json_value	 image = json_get(json, "image_url");
	struct part		*part = add_part(m, place, PART_IMAGE);

	if (part == NULL)
		return -1;
	part->cache = chat_cache_mark(json);
	part->media.detail = decoded(m, json_get(image, "detail"));
	if (json_is(image, JSON_OBJECT))
		image = json_get(image, "url");
	return media_read_url(&part->media, m->request->arena, image,
	    "image_url.url", m->p);
}

static int
read_audio(const struct message *m, struct place place,
    struct json_value json)
{
	struct json_value	 audio = json_get(json, "input_audio");
	struct json_value	 format = json_get(audio, "format");
	struct part		*part = add_part(m, place, PART_AUDIO);

	if (part == NULL)
		return -1;
	if (!json_is(json_get(audio, "data"), JSON_STRING))
		return invalid(m, "holds audio without data");
	part->media.data = json_escaped(json_get(audio, "data"));
	part->media.media_type = text_of(json_equals(format, "mp3") ?
	    "audio/mp3" : "audio/wav");
	return 0;
}

static int
read_file(const struct message *m, struct place place,
    struct json_value json)
{
	struct json_value	 file = json_get(json, "file");
	struct part		*part = add_part(m, place, PART_DOCUMENT);

	if (part == NULL)
		return -1;
	part->cache = chat_cache_mark(json);
	part->media.title = json_escaped(json_get(file, "filename"));
	part->media.file_id = json_escaped(json_get(file, "file_id"));
	if (part->media.file_id.length > 0)
		return 0;
	return media_read_url(&part->media, m->request->arena,
	    json_get(file, "file_data"), "file.file_data", m->p);
}

static const struct {
	const char	*type;
	int		(*read)(const struct message *, struct place,
			    struct json_value);
} part_types[] = {
	{ "text",		read_text },
	{ "input_text",		read_text },
	{ "output_text",	read_text },
	{ "refusal",		read_refusal },
	{ "image_url",		read_image },
	{ "input_audio",	read_audio },
	{ "file",		read_file },
};

static int
read_part(const struct message *m, struct place place, struct json_value json)
{
	struct json_value	type = json_get(json, "type");
	size_t			i;

	if (json_is(type, JSON_MISSING) &&
	    json_is(json_get(json, "text"), JSON_STRING))
		return read_text(m, place, json);
	for (i = 0; i < sizeof(part_types) / sizeof(part_types[0]); i++)
		if (json_equals(type, part_types[i].type))
			return part_types[i].read(m, place, json);
	return invalid(m, "holds a part of an unknown type");
}

static int
read_content(const struct message *m, struct place place)
{
	struct json_value	content = json_get(m->json, "content");
	struct json_walk	walk = json_walk(content);

	if (json_is(content, JSON_STRING))
		return add_text(m, place, PART_TEXT, content,
		    chat_cache_mark(m->json));
	if (json_is(content, JSON_NULL) || json_is(content, JSON_MISSING))
		return 0;
	if (!json_is(content, JSON_ARRAY))
		return invalid(m, "has content that is no string or array");
	while (json_next(&walk))
		if (read_part(m, place, walk.value) == -1)
			return -1;
	return 0;
}

/*
 * Roles.
 */

static int
read_system(struct message *m)
{
	struct place	place = { NULL, NULL };

	if (m->request->turns != NULL)
		place.turn = request_add_turn(m->request, ROLE_SYSTEM);
	if (m->request->turns != NULL && place.turn == NULL)
		return -1;
	return read_content(m, place);
}

static int
read_user(struct message *m)
{
	struct place	place = { NULL, NULL };

	place.turn = request_add_turn(m->request, ROLE_USER);
	if (place.turn == NULL)
		return -1;
	place.turn->author = decoded(m, json_get(m->json, "name"));
	return read_content(m, place);
}

/* Arguments are JSON text in a string; an object is taken for its text. */
static struct text
arguments_of(const struct message *m, struct json_value arguments)
{
	if (json_is(arguments, JSON_OBJECT))
		return json_raw(arguments);
	return decoded(m, arguments);
}

static int
add_function_call(struct message *m, struct turn *turn, struct text id,
    struct json_value function)
{
	struct part	*part = turn_add_part(m->request, turn, PART_CALL);

	if (part == NULL)
		return -1;
	if (json_escaped(json_get(function, "name")).length == 0)
		return invalid(m, "calls a function without a name");
	part->id = id;
	part->name = decoded(m, json_get(function, "name"));
	part->arguments = arguments_of(m, json_get(function, "arguments"));
	return 0;
}

static int
add_custom_call(struct message *m, struct turn *turn, struct text id,
    struct json_value custom)
{
	struct part	*part;

	part = turn_add_part(m->request, turn, PART_CUSTOM_CALL);
	if (part == NULL)
		return -1;
	if (json_escaped(json_get(custom, "name")).length == 0)
		return invalid(m, "calls a tool without a name");
	part->id = id;
	part->name = decoded(m, json_get(custom, "name"));
	part->text = json_escaped(json_get(custom, "input"));
	part->tool = TOOL_CUSTOM;
	return 0;
}

static int
read_calls(struct message *m, struct turn *turn)
{
	struct json_walk	walk;
	struct json_value	custom;
	struct text		id;
	size_t			index = 0;
	int			result = 0;

	walk = json_walk(json_get(m->json, "tool_calls"));
	while (result == 0 && json_next(&walk)) {
		if (chat_read_call_seal(m->request, turn, walk.value) == -1)
			return -1;
		id = decoded(m, json_get(walk.value, "id"));
		if (id.length == 0)
			id = request_call_id(m->request, m->index, index,
			    text_of(""));
		custom = json_get(walk.value, "custom");
		if (json_is(custom, JSON_OBJECT))
			result = add_custom_call(m, turn, id, custom);
		else
			result = add_function_call(m, turn, id,
			    json_get(walk.value, "function"));
		index++;
	}
	return result;
}

static int
read_assistant(struct message *m)
{
	struct json_value	 refusal = json_get(m->json, "refusal");
	struct json_value	 function = json_get(m->json, "function_call");
	struct place		 place = { NULL, NULL };

	place.turn = request_add_turn(m->request, ROLE_ASSISTANT);
	if (place.turn == NULL || chat_read_thinking(m->request, place.turn,
	    m->json, m->p) == -1 || read_content(m, place) == -1)
		return -1;
	place.turn->author = decoded(m, json_get(m->json, "name"));
	if (json_is(refusal, JSON_STRING) && add_text(m, place, PART_REFUSAL,
	    refusal, CACHE_NONE) == -1)
		return -1;
	if (json_is(json_get(m->json, "audio"), JSON_OBJECT) &&
	    request_lost(m->request, LOST_AUDIO, m->p) == -1)
		return -1;
	if (read_calls(m, place.turn) == -1)
		return -1;
	if (!json_is(function, JSON_OBJECT))
		return 0;
	m->function_id = request_call_id(m->request, m->index, 0,
	    decoded(m, json_get(function, "name")));
	return add_function_call(m, place.turn, m->function_id, function);
}

/* Results stand together in one user turn; what the user says is another. */
static int
add_result(struct message *m, struct text id)
{
	struct turn	*turn = m->request->last;
	struct place	 place = { NULL, NULL };

	if (turn == NULL || turn->role != ROLE_USER || turn->last == NULL ||
	    turn->last->kind != PART_RESULT)
		turn = request_add_turn(m->request, ROLE_USER);
	if (turn == NULL)
		return -1;
	place.result = turn_add_part(m->request, turn, PART_RESULT);
	if (place.result == NULL)
		return -1;
	place.result->id = id;
	place.result->cache = chat_cache_mark(m->json);
	return read_content(m, place);
}

static int
read_tool(struct message *m)
{
	struct json_value	id = json_get(m->json, "tool_call_id");

	if (!json_is(id, JSON_STRING) || json_escaped(id).length == 0)
		return invalid(m, "has no tool_call_id");
	return add_result(m, decoded(m, id));
}

/* The old form, which names the function alone. */
static int
read_function(struct message *m)
{
	if (m->function_id.length == 0)
		return invalid(m, "is the result of no function_call");
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
	return invalid(m, "has no role, or an unknown one");
}

int
chat_read_messages(struct request *request, struct json_value messages,
    struct problem *p)
{
	struct json_walk	walk = json_walk(messages);
	struct message		message = { .request = request, .p = p };

	if (!json_is(messages, JSON_ARRAY) || json_count(messages) == 0)
		return problem_field(p, PROBLEM_INVALID, "messages",
		    "messages must be an array that isn't empty");
	for (; json_next(&walk); message.index++) {
		message.json = walk.value;
		if (read_message(&message) == -1)
			return -1;
	}
	return 0;
}
