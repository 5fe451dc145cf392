#include "build.h"

#include <ctype.h>
#include <string.h>

#include "generate_convert.h"
#include "json_text.h"
#include "neutral/hosted.h"
#include "neutral/schema.h"
#include "neutral/tool_write.h"

#define NAME_MAX_BYTES	128

static bool
is_function(const struct tool *tool)
{
	return tool->kind != TOOL_SERVER;
}

/* A name begins with a letter or '_'; anything else gets one more byte. */
static struct text
led(struct arena *arena, struct text wire)
{
	char	*to;

	if (wire.length == 0 || isalpha((unsigned char)wire.at[0]) ||
	    wire.at[0] == '_')
		return wire;
	to = arena_alloc(arena, wire.length + 1);
	if (to == NULL)
		return (struct text){ "", 0 };
	to[0] = '_';
	memcpy(to + 1, wire.at, wire.length);
	return (struct text){ to, wire.length + 1 };
}

struct text
generate_wire_name(struct generate_writing *writing,
    struct text namespace_name, struct text name)
{
	struct tool_names	*names = writing->request->names;

	return led(names->arena, tool_names_wire(names, namespace_name, name,
	    NAME_MAX_BYTES - 1));
}

int
generate_declare_tools(struct generate_writing *writing)
{
	struct request		*request = writing->request;
	struct tool_names	*names = request->names;
	struct tool		*tool;
	struct text		 wire;

	for (tool = request->tools; tool != NULL; tool = tool->next) {
		if (!is_function(tool))
			continue;
		writing->functions = true;
		tool->wire = tool_names_declare(names, tool->kind,
		    tool->namespace_name, tool->name, NAME_MAX_BYTES - 1);
		if (tool->wire.length == 0)
			return generate_no_memory(writing->problem);
		wire = led(names->arena, tool->wire);
		if (tool_names_rename(names, tool->wire, wire) == -1)
			return generate_no_memory(writing->problem);
		tool->wire = wire;
	}
	return 0;
}

static int
write_function(struct generate_writing *writing, const struct tool *tool)
{
	struct json_write	*out = writing->out;
	bool			 changed = false;

	json_put(out, "{'name':%t", tool->wire);
	tool_put_description(out, tool, false);
	if (tool->kind == TOOL_CUSTOM) {
		json_put(out, "'parametersJsonSchema':" TOOL_FREE_TEXT);
	} else if (json_is(tool->schema, JSON_OBJECT)) {
		json_put_key(out, "parametersJsonSchema");
		schema_put_parameters(out, tool->schema, SCHEMA_OBJECT,
		    &changed);
	}
	json_put_end(out);
	if (changed && request_lost(writing->request, LOST_SCHEMA_KEYWORDS,
	    writing->problem) == -1)
		return -1;
	if (tool->cache != CACHE_NONE && request_lost(writing->request,
	    LOST_CACHE_MARKS, writing->problem) == -1)
		return -1;
	return tool_report(writing->request, tool, writing->problem);
}

static int
write_functions(struct generate_writing *writing)
{
	struct text		 none = { "", 0 };
	struct text_table	 written;
	struct tool		*tool;
	int			 added;

	text_table_init(&written, writing->request->arena);
	json_put(writing->out, "{'functionDeclarations':[");
	for (tool = writing->request->tools; tool != NULL; tool = tool->next) {
		added = !is_function(tool) ? 0 :
		    text_table_add(&written, tool->wire, none, tool);
		if (added == -1)
			return generate_no_memory(writing->problem);
		if (added == 1 && write_function(writing, tool) == -1)
			return -1;
	}
	json_put_end(writing->out);
	json_put_end(writing->out);
	return 0;
}

/*
 * Beside functions Google's own tools are refused (Gemini 2), or answer in
 * parts that must come back with the history, which clients of other APIs
 * can't keep: functions go first.
 */
static int
write_built_in(struct generate_writing *writing, const struct tool *tool)
{
	static const char *const none[] = { NULL };
	struct json_write	*out = writing->out;
	struct request		*request = writing->request;
	const char		*name = hosted_said(DIALECT_GENERATE, tool->type);
	bool			 own = request->from == DIALECT_GENERATE;

	if (writing->functions || (!own && (name == NULL ||
	    policy_drops(request_model(request), name))))
		return request_lost(request, LOST_BUILTIN_TOOL,
		    writing->problem);
	if (own) {
		json_put_value(out, tool->raw);
		return 0;
	}
	json_put_object(out);
	json_put_key(out, name);
	json_put(out, "{}}");
	return tool_report_search(request, tool, none, writing->problem);
}

static bool
is_written(const struct request *request, const struct tool *tool)
{
	(void)request;
	return is_function(tool);
}

/* The names that the choice allows, of tools that are written. 0 or -1. */
static int
find_allowed(struct generate_writing *writing, struct text **wires,
    size_t *count)
{
	struct request	*request = writing->request;
	struct choice	*choice = &request->choice;
	struct allowed	 allowed;
	size_t		 i;

	*wires = arena_calloc(request->arena, choice->allowed_count + 1,
	    sizeof(**wires));
	if (*wires == NULL)
		return -1;
	if (choice->kind == CHOICE_TOOL || writing->only) {
		(*wires)[0] = generate_wire_name(writing,
		    choice->namespace_name, choice->name);
		*count = tool_names_find(request->names, (*wires)[0]) != NULL;
		return 0;
	}
	if (tools_find_allowed(request, is_written, &allowed) == -1)
		return -1;
	for (i = 0; i < allowed.count; i++)
		(*wires)[i] = allowed.found[i]->wire;
	*count = allowed.count;
	return 0;
}

/* Allowed names go with ANY and VALIDATED alone. */
static const char *
mode_of(const struct choice *choice, size_t allowed)
{
	switch (choice->kind) {
	case CHOICE_UNSAID:
		return NULL;
	case CHOICE_NONE:
		return "NONE";
	case CHOICE_AUTO:
		return allowed > 0 ? "VALIDATED" : "AUTO";
	case CHOICE_REQUIRED:
	case CHOICE_TOOL:
		return "ANY";
	}
	return NULL;
}

static int
write_choice(struct generate_writing *writing)
{
	struct request	*request = writing->request;
	struct choice	*choice = &request->choice;
	bool		 asked = choice->kind == CHOICE_TOOL || writing->only ||
			    (choice->allowed_count > 0 &&
			    choice->kind != CHOICE_NONE);
	struct text	*wires;
	const char	*mode;
	size_t		 count, i;

	if (find_allowed(writing, &wires, &count) == -1)
		return generate_no_memory(writing->problem);
	if (asked && count == 0 && request_lose_choice(request,
	    writing->problem) == -1)
		return -1;
	mode = mode_of(choice, count);
	if (mode == NULL)
		return 0;
	json_put(writing->out, "'toolConfig':{'functionCallingConfig':{"
	    "'mode':%s", mode);
	if (count > 0 && choice->kind != CHOICE_NONE) {
		json_put(writing->out, "'allowedFunctionNames':[");
		for (i = 0; i < count; i++)
			json_put_text(writing->out, wires[i]);
		json_put_end(writing->out);
	}
	json_put_end(writing->out);
	json_put_end(writing->out);
	return 0;
}

/* A list that turns out empty is taken back. */
int
generate_write_tools(struct generate_writing *writing)
{
	struct json_write	*out = writing->out, before = *out;
	size_t			 length = out->out->length, start;
	const struct tool	*tool;

	if (writing->request->tools == NULL)
		return 0;
	json_put(out, "'tools':[");
	start = out->out->length;
	if (writing->functions && write_functions(writing) == -1)
		return -1;
	for (tool = writing->request->tools; tool != NULL; tool = tool->next)
		if (!is_function(tool) && write_built_in(writing, tool) == -1)
			return -1;
	if (out->out->length == start && !out->out->failed) {
		*out = before;
		out->out->length = length;
		out->out->at[length] = '\0';
		return 0;
	}
	json_put_end(out);
	return writing->functions ? write_choice(writing) : 0;
}
