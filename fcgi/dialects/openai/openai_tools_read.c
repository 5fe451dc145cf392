#include "build.h"

#include "json_text.h"
#include "neutral/hosted.h"
#include "openai_request.h"

struct json_value
openai_inner(struct json_value value)
{
	static const char *const	types[] = { "function", "custom",
	    "allowed_tools", "json_schema", "file" };
	struct json_value		type = json_get(value, "type"), inner;
	size_t				i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		inner = json_get(value, types[i]);
		if (json_is(inner, JSON_OBJECT) &&
		    (json_equals(type, types[i]) ||
		    json_is(type, JSON_MISSING)))
			return inner;
	}
	return value;
}

bool
openai_is_function(struct json_value tool)
{
	struct json_value	type = json_get(tool, "type");

	return json_equals(type, "function") || (json_is(type, JSON_MISSING) &&
	    (json_is(json_get(tool, "function"), JSON_OBJECT) ||
	    json_is(json_get(tool, "name"), JSON_STRING)));
}

void
openai_read_function(struct tool *tool, struct json_value function)
{
	struct json_value	parameters = json_get(function, "parameters");

	if (json_is(parameters, JSON_MISSING))
		parameters = json_get(function, "input_schema");
	tool->description = json_escaped(json_get(function, "description"));
	if (json_is(parameters, JSON_OBJECT))
		tool->schema = parameters;
	tool->strict = flag_of(json_get(function, "strict"));
}

void
openai_read_custom(const struct request *request, struct tool *tool,
    struct json_value custom)
{
	struct json_value	format = json_get(custom, "format");
	struct json_value	grammar = json_get(format, "grammar");

	if (json_is(grammar, JSON_OBJECT))		/* chat's */
		format = grammar;
	tool->description = json_escaped(json_get(custom, "description"));
	tool->grammar = json_escaped(json_get(format, "definition"));
	tool->syntax = request_text(request, format, "syntax");
}

/*
 * The choice among them. "any" is said to some of chat's kin, and editors say an
 * object as they know it of another API.
 */
static const struct word	modes[] = {
	{ "none", CHOICE_NONE },
	{ "auto", CHOICE_AUTO },
	{ "required", CHOICE_REQUIRED },
	{ "any", CHOICE_REQUIRED },
	{ NULL, 0 },
};

static bool
read_mode(struct choice *choice, struct json_value mode)
{
	int	kind = word_of(modes, mode);

	if (kind != -1)
		choice->kind = (enum choice_kind)kind;
	return kind != -1;
}

/* A tool without a name is called as its type says. */
static struct text
name_of(const struct request *request, struct json_value value)
{
	struct json_value	 name = json_get(openai_inner(value), "name");
	struct json_value	 type = json_get(value, "type");
	const struct hosted	*hosted;

	if (json_is(name, JSON_STRING))
		return request_decode(request, name);
	if (word_of(modes, type) != -1)
		return text_of("");
	hosted = hosted_of(request->from, request_decode(request, type));
	return hosted != NULL && hosted->name != NULL ? text_of(hosted->name) :
	    request_decode(request, type);
}

static bool
read_allowed(const struct request *request, struct choice *choice,
    struct json_value allowed)
{
	struct json_value	tools = json_get(allowed, "tools");
	struct json_walk	walk = json_walk(tools);
	struct text		name;

	choice->allowed = arena_calloc(request->arena, json_count(tools) + 1,
	    sizeof(*choice->allowed));
	while (choice->allowed != NULL && json_next(&walk)) {
		name = name_of(request, walk.value);
		if (name.length > 0)
			choice->allowed[choice->allowed_count++] = name;
	}
	return read_mode(choice, json_get(allowed, "mode"));
}

int
openai_read_choice(const struct given *given)
{
	struct request		*request = given->request;
	struct choice		*choice = &request->choice;
	struct json_value	 inner = openai_inner(given->value);
	bool			 good = true;

	if (json_is(given->value, JSON_STRING)) {
		good = read_mode(choice, given->value);
	} else if (json_equals(json_get(given->value, "type"),
	    "allowed_tools")) {
		good = read_allowed(request, choice, inner);
	} else if (json_is(json_get(inner, "name"), JSON_STRING) ||
	    !read_mode(choice, json_get(given->value, "type"))) {
		choice->kind = CHOICE_TOOL;
		choice->name = name_of(request, given->value);
		choice->namespace_name = request_text(request, inner,
		    "namespace");
		good = choice->name.length > 0;
	}
	return good ? 0 :
	    field_wrong(given, "none, auto, required, or name a tool");
}
