#include "build.h"

#include "generate_convert.h"
#include "json_text.h"
#include "neutral/known.h"

/* NULL: none, or the words that stand for one. */
static struct seal *
read_seal(const struct place *place, struct json_value value,
    enum seal_place kind)
{
	struct json_value	signature;

	signature = generate_get(value, "thoughtSignature");
	return json_equals(signature, GENERATE_NO_SIGNATURE) ? NULL :
	    request_read_seal(place->request, signature, kind);
}

/* A seal that doesn't stand on a thought is a part of its own. */
static void
add_seal(const struct place *place, struct seal *seal)
{
	if (seal != NULL)
		place_add(place, PART_REDACTED, JSON_NOTHING)->seal = seal;
}

static int
read_text(struct generate_reading *reading, struct json_value value)
{
	const struct place	*place = &reading->at;
	struct json_value	 text = json_get(value, "text");
	struct escaped		 said = json_escaped(text);
	struct seal		*seal = read_seal(place, value, SEAL_TEXT);

	if (!json_is(text, JSON_STRING) && seal == NULL)
		return request_lost(place->request, LOST_UNKNOWN_FIELD,
		    place->problem);
	if (seal != NULL && seal->dialect == DIALECT_GENERATE &&
	    seal->id.length == 0 && said.length > 0)
		seal->id = text_of("text");
	if (said.length > 0 || seal == NULL)
		place_add_text(place, said, JSON_NOTHING);
	add_seal(place, seal);
	return 0;
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
	struct arena		*arena = reading->at.request->arena;
	struct json_walk	 ahead = *walk, last = *walk;
	struct escaped		*spans;
	struct part		*part;
	size_t			 count = 1, i;

	while (!is_sealed(last.value) && json_next(&ahead) &&
	    is_thought(ahead.value)) {
		last = ahead;
		count++;
	}
	spans = arena_calloc(arena, count, sizeof(*spans));
	if (spans == NULL)
		return -1;
	spans[0] = json_escaped(json_get(walk->value, "text"));
	for (i = 1; i < count && json_next(walk); i++)
		spans[i] = json_escaped(json_get(walk->value, "text"));
	reading->at.inner += count - 1;
	part = place_add(&reading->at, PART_THINKING, JSON_NOTHING);
	part->text = count == 1 ? spans[0] : escaped_join(arena, spans, count);
	part->seal = read_seal(&reading->at, walk->value, SEAL_THINKING);
	return 0;
}

static int
read_call(struct generate_reading *reading, struct json_value value)
{
	const struct place	*place = &reading->at;
	struct json_value	 call = generate_get(value, "functionCall");
	struct json_value	 args = json_get(call, "args");
	struct part		*part;

	if (place->turn->role != ROLE_ASSISTANT)
		return place_invalid(place, "a functionCall is a model's");
	if (known_check(place->request, "functionCall", call,
	    place->problem) == -1)
		return -1;
	add_seal(place, read_seal(place, value, SEAL_CALL));
	part = place_add(place, PART_CALL, JSON_NOTHING);
	part->name = request_text(place->request, call, "name");
	part->id = request_text(place->request, call, "id");
	if (part->name.length == 0)
		return place_invalid(place, "functionCall.name is missing");
	if (part->id.length == 0)
		part->id = request_call_id(place->request, place->index,
		    place->inner, part->name);
	if (json_is(args, JSON_OBJECT))
		part->arguments = json_raw(args);
	else if (json_kind(args) > JSON_NULL)
		return place_invalid(place,
		    "functionCall.args must be an object");
	generate_note_call(reading, part);
	return 0;
}

static int
read_blob(struct generate_reading *reading, struct json_value value)
{
	if (generate_read_media(&reading->at, value) == -1)
		return -1;
	add_seal(&reading->at, read_seal(&reading->at, value, SEAL_TEXT));
	return 0;
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
	place_add_text(&reading->at, escaped_join(reading->at.request->arena,
	    spans, 3), JSON_NOTHING);
	return 0;
}

static int
read_server(struct generate_reading *reading, struct json_value value)
{
	place_add(&reading->at, PART_SERVER, JSON_NOTHING)->raw = value;
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
check(const struct place *place, struct json_value value)
{
	return known_check(place->request, place->field, value,
	    place->problem);
}

/* A part is of one kind; which of two counts nobody knows. */
static bool
is_double(struct json_value value)
{
	bool	one = json_kind(json_get(value, "text")) > JSON_NULL;
	size_t	i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (json_is(generate_get(value, kinds[i].key), JSON_OBJECT)) {
			if (one)
				return true;
			one = true;
		}
	return false;
}

static int
read_part(struct generate_reading *reading, struct json_value value)
{
	size_t	i;
	int	empty;

	if (json_is(value, JSON_STRING)) {
		place_add_text(&reading->at, json_escaped(value),
		    JSON_NOTHING);
		return 0;
	}
	if (!json_is(value, JSON_OBJECT))
		return place_invalid(&reading->at, "a part must be an object");
	empty = generate_read_notes(&reading->at, value);
	if (empty == -1)
		return -1;
	if (empty == 0 && is_double(value))
		return place_invalid(&reading->at, "holds data of two kinds");
	if (json_kind(json_get(value, "text")) > JSON_NULL)
		return check(&reading->at, value) == -1 ? -1 :
		    read_text(reading, value);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (json_is(generate_get(value, kinds[i].key), JSON_OBJECT))
			return check(&reading->at, value) == -1 ? -1 :
			    kinds[i].read(reading, value);
	return empty ? read_text(reading, value) :
	    generate_read_unknown(&reading->at, value);
}

static int
read_parts(struct generate_reading *reading, struct json_value parts)
{
	struct json_walk	walk = json_walk(parts);

	reading->at.inner = 0;
	if (json_kind(parts) <= JSON_NULL)
		return 0;
	if (!json_is(parts, JSON_ARRAY))
		return read_part(reading, parts);
	for (; json_next(&walk); reading->at.inner++)
		if ((is_thought(walk.value) ? read_thought(reading, &walk) :
		    read_part(reading, walk.value)) == -1)
			return -1;
	return 0;
}

/* With a role and parts; the words alone, and a part alone, are the user's. */
static int
read_content(struct generate_reading *reading, struct json_value content)
{
	static const struct word	 roles[] = {
		{ "model", ROLE_ASSISTANT },
		{ "user", ROLE_USER },
		{ "function", ROLE_USER },
		{ "tool", ROLE_USER },
		{ "", ROLE_USER },
		{ NULL, 0 },
	};
	struct request			*request = reading->at.request;
	struct json_value		 value = json_get(content, "role");
	int				 role;

	role = json_is(value, JSON_STRING) ? word_of(roles, value) :
	    ROLE_USER;
	if (role == -1)
		return problem_field(reading->at.problem, PROBLEM_INVALID,
		    "contents", "contents[%zu].role must be user or model; it "
		    "%s", reading->at.index, place_about(&reading->at, "is",
		    value, ""));
	if (role == ROLE_ASSISTANT && (request->last == NULL ||
	    request->last->role != ROLE_ASSISTANT))
		reading->calls = NULL;
	reading->at.turn = request_add_turn(request, (enum role)role);
	if (json_is(content, JSON_STRING) ||
	    !json_is(json_get(content, "text"), JSON_MISSING))
		return read_parts(reading, content);
	return check(&reading->at, content) == -1 ? -1 :
	    read_parts(reading, json_get(content, "parts"));
}

int
generate_read_contents(const struct given *given)
{
	struct generate_reading	reading = { .at = {
		.request = given->request, .problem = given->problem,
		.field = "contents", .inner_field = "parts" } };
	struct json_walk	walk = json_walk(given->value);

	if (json_is(given->value, JSON_OBJECT) ||
	    json_is(given->value, JSON_STRING))
		return read_content(&reading, given->value);
	for (; json_next(&walk); reading.at.index++)
		if (read_content(&reading, walk.value) == -1)
			return -1;
	return 0;
}

static int
read_system_part(const struct given *given, struct json_value value)
{
	struct place		place = { .request = given->request,
				    .problem = given->problem,
				    .field = given->field->name };
	struct json_value	text = value;

	if (json_is(value, JSON_OBJECT)) {
		text = json_get(value, "text");
		if (json_is(text, JSON_MISSING))
			return generate_read_unknown(&place, value);
		if (check(&place, value) == -1)
			return -1;
	}
	if (!json_is(text, JSON_STRING))
		return field_wrong(given, "text alone");
	request_add_system(given->request, json_escaped(text));
	return 0;
}

/* A string, a part, parts, or a content of either. */
int
generate_read_system(const struct given *given)
{
	struct json_value	parts = json_get(given->value, "parts");
	struct json_walk	walk;

	if (json_kind(parts) <= JSON_NULL)
		parts = given->value;
	if (json_is(parts, JSON_OBJECT) && json_is(json_get(parts, "text"),
	    JSON_MISSING))
		return 0;
	if (!json_is(parts, JSON_ARRAY))
		return read_system_part(given, parts);
	walk = json_walk(parts);
	while (json_next(&walk))
		if (read_system_part(given, walk.value) == -1)
			return -1;
	return 0;
}
