#include "build.h"

#include <string.h>

#include "chat_request.h"
#include "json_text.h"
#include "neutral/schema.h"

/*
 * Custom tools go out as functions of one string: of the servers that speak
 * this API only OpenAI's knows better.
 */

void
chat_declare_tools(struct request *request)
{
	struct tool	*tool;

	for (tool = request->tools; tool != NULL; tool = tool->next)
		if (tool->kind != TOOL_SERVER)
			tool->wire = tool_names_declare(request->names,
			    tool->kind, tool->namespace_name, tool->name,
			    CHAT_NAME_MAX);
}

static void
put_custom_parameters(struct json_write *w)
{
	json_put_raw(w, text_of("{\"type\":\"object\",\"properties\":"
	    "{\"input\":{\"type\":\"string\"}},\"required\":[\"input\"],"
	    "\"additionalProperties\":false}"));
}

static int
write_custom(struct json_write *w, struct request *request,
    const struct tool *tool, struct problem *p)
{
	json_put_key(w, "description");
	json_put_string_start(w);
	json_add_escaped(w, tool->description);
	if (tool->grammar.length > 0) {
		json_add_text(w, text_of("\n\nThe input must match this "));
		json_add_text(w, tool->syntax);
		json_add_text(w, text_of(" grammar:\n"));
		json_add_escaped(w, tool->grammar);
	}
	json_put_string_end(w);
	json_put_key(w, "parameters");
	put_custom_parameters(w);
	return tool->grammar.length == 0 ? 0 :
	    request_lost(request, LOST_GRAMMAR, p);
}

static void
write_function(struct json_write *w, const struct tool *tool)
{
	if (tool->description.length > 0)
		json_member_escaped(w, "description", tool->description);
	json_put_key(w, "parameters");
	schema_put_parameters(w, tool->schema);
	if (tool->strict >= 0)
		json_member_bool(w, "strict", tool->strict == 1 &&
		    schema_is_strict(tool->schema));
}

static int
write_tool(struct json_write *w, struct request *request,
    const struct tool *tool, struct problem *p)
{
	int	result = 0;

	if (tool->cache != CACHE_NONE)
		result = request_lost(request, LOST_CACHE_MARKS, p);
	json_put_object(w);
	json_member_string(w, "type", "function");
	json_put_key(w, "function");
	json_put_object(w);
	json_member_text(w, "name", tool->wire);
	if (tool->kind != TOOL_CUSTOM)
		write_function(w, tool);
	else if (result == 0)
		result = write_custom(w, request, tool, p);
	json_put_end(w);
	json_put_end(w);
	return result;
}

static void
put_named(struct json_write *w, struct text wire)
{
	json_put_object(w);
	json_member_string(w, "type", "function");
	json_put_key(w, "function");
	json_put_object(w);
	json_member_text(w, "name", wire);
	json_put_end(w);
	json_put_end(w);
}

static void
put_allowed(struct json_write *w, struct request *request)
{
	const struct choice	*choice = &request->choice;
	const struct tool_name	*tool;
	size_t			 i;

	json_put_object(w);
	json_member_string(w, "type", "allowed_tools");
	json_put_key(w, "allowed_tools");
	json_put_object(w);
	json_member_string(w, "mode", choice->kind == CHOICE_REQUIRED ?
	    "required" : "auto");
	json_put_key(w, "tools");
	json_put_array(w);
	for (i = 0; i < choice->allowed_count; i++) {
		tool = tool_names_declared(request->names,
		    (struct text){ "", 0 }, choice->allowed[i]);
		if (tool != NULL)
			put_named(w, tool->wire);
	}
	json_put_end(w);
	json_put_end(w);
	json_put_end(w);
}

/* Forced to a tool that isn't there: auto. */
static int
settle_choice(struct request *request, struct problem *p)
{
	struct choice	*choice = &request->choice;

	if (choice->kind == CHOICE_TOOL && tool_names_declared(request->names,
	    choice->namespace_name, choice->name) == NULL) {
		choice->kind = CHOICE_AUTO;
		return request_lost(request, LOST_FORCED_TOOL, p);
	}
	return 0;
}

static void
put_choice(struct json_write *w, struct request *request)
{
	static const char *const	words[] = { "", "none", "auto",
	    "required" };
	const struct choice		*choice = &request->choice;

	if (choice->kind == CHOICE_UNSAID)
		return;
	json_put_key(w, "tool_choice");
	if (choice->kind == CHOICE_TOOL)
		put_named(w, tool_names_declared(request->names,
		    choice->namespace_name, choice->name)->wire);
	else if (choice->allowed_count > 0 && choice->kind != CHOICE_NONE)
		put_allowed(w, request);
	else
		json_put_string(w, words[choice->kind]);
}

int
chat_write_tools(struct json_write *w, struct request *request,
    struct problem *p)
{
	const struct tool	*tool;
	size_t			 count = 0;

	for (tool = request->tools; tool != NULL; tool = tool->next) {
		if (tool->kind == TOOL_SERVER) {
			if (request_lost(request, LOST_BUILTIN_TOOL, p) == -1)
				return -1;
			continue;
		}
		if (count++ == 0) {
			json_put_key(w, "tools");
			json_put_array(w);
		}
		if (write_tool(w, request, tool, p) == -1)
			return -1;
	}
	if (count == 0)
		return 0;
	json_put_end(w);
	if (settle_choice(request, p) == -1)
		return -1;
	put_choice(w, request);
	if (request->parallel >= 0)
		json_member_bool(w, "parallel_tool_calls",
		    request->parallel == 1);
	return 0;
}
