#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

static int
invalid(struct generate_reading *reading, const char *what)
{
	if (reading->turn == NULL)
		return problem_field(reading->problem, PROBLEM_INVALID,
		    "systemInstruction", "systemInstruction.parts[%zu]: %s",
		    reading->part, what);
	return problem_field(reading->problem, PROBLEM_INVALID, "contents",
	    "contents[%zu].parts[%zu]: %s", reading->content, reading->part,
	    what);
}

static struct part *
add(struct generate_reading *reading, enum part_kind kind)
{
	struct part	*part;

	part = turn_add_part(reading->request, reading->turn, kind);
	if (part == NULL)
		generate_no_memory(reading->problem);
	return part;
}

static int
add_text(struct generate_reading *reading, struct escaped text)
{
	struct part	*part = add(reading, PART_TEXT);

	if (part == NULL)
		return -1;
	part->text = text;
	return 0;
}

/*
 * A signature is one of ours, from another provider, or Google's own: then it's
 * of the model that is asked now, for all that can be known. NULL: none.
 */
static struct seal *
read_seal(struct generate_reading *reading, struct json_value value,
    enum seal_place place)
{
	struct request	*request = reading->request;
	struct text	 bytes;
	struct seal	*seal;

	bytes = generate_decode(request->arena,
	    generate_get(value, "thoughtSignature"));
	if (bytes.length == 0 || text_equals(bytes, GENERATE_NO_SIGNATURE) ||
	    (seal = arena_calloc(request->arena, 1, sizeof(*seal))) == NULL)
		return NULL;
	if (seal_unpack(request->arena, bytes, seal))
		return seal;
	seal->dialect = DIALECT_GENERATE;
	seal->place = place;
	seal->model = request->model;
	seal->bytes = bytes;
	return seal;
}

/* A seal that doesn't stand on a thought is a part of its own. */
static int
add_seal(struct generate_reading *reading, struct seal *seal)
{
	struct part	*part;

	if (seal == NULL)
		return 0;
	part = add(reading, PART_REDACTED);
	if (part == NULL)
		return -1;
	part->seal = seal;
	return 0;
}

static int
read_text(struct generate_reading *reading, struct json_value value)
{
	struct json_value	 text = json_get(value, "text");
	struct seal		*seal;

	seal = read_seal(reading, value, SEAL_TEXT);
	if (!json_is(text, JSON_STRING)) {
		if (seal == NULL)
			return request_lost(reading->request,
			    LOST_UNKNOWN_FIELD, reading->problem);
		return add_seal(reading, seal);
	}
	if (seal != NULL && seal->dialect == DIALECT_GENERATE &&
	    seal->id.length == 0 && json_escaped(text).length > 0)
		seal->id = text_of("text");
	if ((json_escaped(text).length > 0 || seal == NULL) &&
	    add_text(reading, json_escaped(text)) == -1)
		return -1;
	return add_seal(reading, seal);
}

static bool
is_thought(struct json_value value)
{
	return json_true(json_get(value, "thought"));
}

static bool
is_sealed(struct json_value value)
{
	return json_escaped(generate_get(value, "thoughtSignature")).length > 0;
}

/*
 * A thought comes in as many parts as its stream had; they are one until one of
 * them is sealed. Leaves the walk at the last of them.
 */
static int
read_thought(struct generate_reading *reading, struct json_walk *walk)
{
	struct arena		*arena = reading->request->arena;
	struct json_walk	 ahead = *walk, last = *walk;
	struct escaped		*spans;
	struct part		*part;
	size_t			 count = 1, i = 0;

	while (!is_sealed(last.value) && json_next(&ahead) &&
	    is_thought(ahead.value)) {
		last = ahead;
		count++;
	}
	spans = arena_calloc(arena, count, sizeof(*spans));
	part = add(reading, PART_THINKING);
	if (spans == NULL || part == NULL)
		return generate_no_memory(reading->problem);
	spans[0] = json_escaped(json_get(walk->value, "text"));
	for (i = 1; i < count && json_next(walk); i++)
		spans[i] = json_escaped(json_get(walk->value, "text"));
	reading->part += count - 1;
	part->text = count == 1 ? spans[0] : escaped_join(arena, spans, count);
	part->seal = read_seal(reading, walk->value, SEAL_THINKING);
	return 0;
}

static int
read_call(struct generate_reading *reading, struct json_value value)
{
	struct request		*request = reading->request;
	struct json_value	 call = generate_get(value, "functionCall");
	struct json_value	 args = json_get(call, "args");
	struct part		*part;

	if (reading->turn->role != ROLE_ASSISTANT)
		return invalid(reading, "a functionCall is a model's");
	if (add_seal(reading, read_seal(reading, value, SEAL_CALL)) == -1 ||
	    (part = add(reading, PART_CALL)) == NULL)
		return -1;
	part->name = generate_decode(request->arena, json_get(call, "name"));
	part->id = generate_decode(request->arena, json_get(call, "id"));
	if (part->name.length == 0)
		return invalid(reading, "functionCall.name is missing");
	if (part->id.length == 0)
		part->id = request_call_id(request, reading->content,
		    reading->part, part->name);
	if (json_is(args, JSON_OBJECT))
		part->arguments = json_raw(args);
	else if (!json_is(args, JSON_MISSING) && !json_is(args, JSON_NULL))
		return invalid(reading, "functionCall.args must be an object");
	return generate_note_call(reading, part);
}

static int
read_blob(struct generate_reading *reading, struct json_value value)
{
	struct json_value	blob = generate_get(value, "inlineData");
	struct text		type;
	struct part		*part;

	if (!json_is(blob, JSON_OBJECT))
		blob = generate_get(value, "fileData");
	type = generate_decode(reading->request->arena,
	    generate_get(blob, "mimeType"));
	part = add(reading, generate_media_kind(type));
	if (part == NULL)
		return -1;
	if (generate_read_media(reading, part, blob) == -1)
		return -1;
	return add_seal(reading, read_seal(reading, value, SEAL_TEXT));
}

/* Code that the provider ran and what it said, as text. */
static int
read_code(struct generate_reading *reading, struct json_value value)
{
	struct json_value	code = generate_get(value, "executableCode");
	struct json_value	result;
	struct escaped		spans[3] = { escaped_of("```python\\n"),
				    json_escaped(json_get(code, "code")),
				    escaped_of("\\n```") };

	if (!json_is(code, JSON_OBJECT)) {
		result = generate_get(value, "codeExecutionResult");
		spans[0] = escaped_of("```\\n");
		spans[1] = json_escaped(json_get(result, "output"));
	}
	return add_text(reading, escaped_join(reading->request->arena, spans,
	    3));
}

static int
read_server(struct generate_reading *reading, struct json_value value)
{
	struct part	*part = add(reading, PART_SERVER);

	if (part == NULL)
		return -1;
	part->raw = value;
	return 0;
}

static const struct {
	const char	*key;
	int		(*read)(struct generate_reading *, struct json_value);
} kinds[] = {
	{ "functionCall", read_call },
	{ "functionResponse", generate_read_result },
	{ "inlineData", read_blob },
	{ "fileData", read_blob },
	{ "executableCode", read_code },
	{ "codeExecutionResult", read_code },
	{ "toolCall", read_server },
	{ "toolResponse", read_server },
};

static int
read_part(struct generate_reading *reading, struct json_value value)
{
	size_t	i;

	if (json_is(value, JSON_STRING))
		return add_text(reading, json_escaped(value));
	if (!json_is(value, JSON_OBJECT))
		return invalid(reading, "a part must be an object");
	if ((!json_is(generate_get(value, "mediaResolution"), JSON_MISSING) ||
	    !json_is(generate_get(value, "videoMetadata"), JSON_MISSING)) &&
	    request_lost(reading->request, LOST_MEDIA_RESOLUTION,
	    reading->problem) == -1)
		return -1;
	if (!json_is(json_get(value, "text"), JSON_MISSING))
		return read_text(reading, value);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (json_is(generate_get(value, kinds[i].key), JSON_OBJECT))
			return kinds[i].read(reading, value);
	return read_text(reading, value);
}

static int
read_parts(struct generate_reading *reading, struct json_value parts)
{
	struct json_walk	walk = json_walk(parts);

	reading->part = 0;
	if (json_is(parts, JSON_MISSING) || json_is(parts, JSON_NULL))
		return 0;
	if (!json_is(parts, JSON_ARRAY))
		return read_part(reading, parts);
	for (; json_next(&walk); reading->part++)
		if ((is_thought(walk.value) ? read_thought(reading, &walk) :
		    read_part(reading, walk.value)) == -1)
			return -1;
	return 0;
}

static int
read_content(struct generate_reading *reading, struct json_value content)
{
	struct request		*request = reading->request;
	struct json_value	 role = json_get(content, "role");
	bool			 model = json_equals(role, "model");

	if (json_is(role, JSON_STRING) && !model &&
	    !json_equals(role, "user") && !json_equals(role, "function") &&
	    !json_equals(role, "tool") && json_escaped(role).length > 0)
		return problem_field(reading->problem, PROBLEM_INVALID,
		    "contents", "contents[%zu].role must be user or model",
		    reading->content);
	if (model && (request->last == NULL ||
	    request->last->role != ROLE_ASSISTANT))
		reading->calls = NULL;
	reading->turn = request_add_turn(request, model ? ROLE_ASSISTANT :
	    ROLE_USER);
	if (reading->turn == NULL)
		return generate_no_memory(reading->problem);
	return read_parts(reading, json_get(content, "parts"));
}

int
generate_read_contents(struct request *request, struct json_value contents,
    struct problem *problem)
{
	struct generate_reading	reading = { .request = request,
				    .problem = problem };
	struct json_walk	walk = json_walk(contents);

	if (json_is(contents, JSON_OBJECT))
		return read_content(&reading, contents);
	if (!json_is(contents, JSON_ARRAY))
		return problem_field(problem, PROBLEM_INVALID, "contents",
		    "contents must be a list");
	for (; json_next(&walk); reading.content++)
		if (read_content(&reading, walk.value) == -1)
			return -1;
	return 0;
}

static int
read_system_part(struct generate_reading *reading, struct json_value value)
{
	struct json_value	text = json_is(value, JSON_STRING) ? value :
				    json_get(value, "text");

	if (!json_is(text, JSON_STRING))
		return invalid(reading, "only text can stand here");
	reading->part++;
	if (request_add_system(reading->request, json_escaped(text)) == NULL)
		return generate_no_memory(reading->problem);
	return 0;
}

/* A string, a part, parts, or a content of either. */
int
generate_read_system(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct generate_reading	reading = { .request = request,
				    .problem = problem };
	struct json_value	parts = json_get(value, "parts");
	struct json_walk	walk;

	if (json_is(parts, JSON_MISSING) || json_is(parts, JSON_NULL))
		parts = value;
	if (json_is(parts, JSON_OBJECT) && json_is(json_get(parts, "text"),
	    JSON_MISSING))
		return 0;
	if (!json_is(parts, JSON_ARRAY))
		return read_system_part(&reading, parts);
	walk = json_walk(parts);
	while (json_next(&walk))
		if (read_system_part(&reading, walk.value) == -1)
			return -1;
	return 0;
}
