#include "build.h"

#include <string.h>

#include "json_text.h"
#include "neutral/schema.h"
#include "responses_convert.h"

/* What the others call a search that the provider runs. */
static const char *const	searches[] = {
	"web_search", "googleSearch", "google_search",
};

/* As it stands: a tool of this API's provider. */
static bool
is_own(const struct request *request, const struct tool *tool)
{
	return request->from == DIALECT_RESPONSES &&
	    tool->kind == TOOL_SERVER;
}

static bool
is_search(struct text type)
{
	size_t	i, length;

	for (i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
		length = strlen(searches[i]);
		if (type.length >= length &&
		    memcmp(type.at, searches[i], length) == 0)
			return true;
	}
	return false;
}

static bool
is_written(const struct request *request, const struct tool *tool)
{
	return tool->kind != TOOL_SERVER || is_own(request, tool) ||
	    is_search(tool->type);
}

void
responses_declare_tools(struct request *request)
{
	struct tool	*tool;

	for (tool = request->tools; tool != NULL; tool = tool->next)
		if (tool->kind != TOOL_SERVER)
			tool->wire = tool_names_declare(request->names,
			    tool->kind, tool->namespace_name, tool->name,
			    RESPONSES_NAME_MAX);
}

static void
put_custom(const struct responses_out *out, const struct tool *tool)
{
	struct json_write	*w = out->w;

	json_put_key(w, "format");
	json_put_object(w);
	if (tool->grammar.length > 0) {
		json_member_string(w, "type", "grammar");
		json_member_text(w, "syntax", tool->syntax);
		json_member_escaped(w, "definition", tool->grammar);
	} else {
		json_member_string(w, "type", "text");
	}
	json_put_end(w);
}

/* The API takes an unsaid `strict` for true and rewrites the schema. */
static int
put_function(const struct responses_out *out, const struct tool *tool)
{
	struct json_write	*w = out->w;
	bool			 strict;

	strict = tool->strict == 1 && schema_is_strict(tool->schema);
	json_put_key(w, "parameters");
	schema_put_parameters(w, tool->schema);
	json_member_bool(w, "strict", strict);
	return tool->strict == 1 && !strict ?
	    responses_lost(out, LOST_TOOL_STRICT) : 0;
}

static int
put_tool(const struct responses_out *out, const struct tool *tool,
    struct text name)
{
	struct json_write	*w = out->w;
	int			 result = 0;

	if (tool->cache != CACHE_NONE)
		result = responses_lost(out, LOST_CACHE_MARKS);
	json_put_object(w);
	json_member_string(w, "type", tool->kind == TOOL_CUSTOM ? "custom" :
	    "function");
	json_member_text(w, "name", name);
	if (tool->description.length > 0)
		json_member_escaped(w, "description", tool->description);
	if (tool->kind == TOOL_CUSTOM)
		put_custom(out, tool);
	else if (result == 0)
		result = put_function(out, tool);
	json_put_end(w);
	return result;
}

/* Neighbours of one namespace, which only this API's own clients have. */
static int
put_namespace(const struct responses_out *out, const struct tool **tool)
{
	struct json_write	*w = out->w;
	struct text		 space = (*tool)->namespace_name;

	json_put_object(w);
	json_member_string(w, "type", "namespace");
	json_member_text(w, "name", space);
	json_put_key(w, "tools");
	json_put_array(w);
	while (*tool != NULL && text_same((*tool)->namespace_name, space)) {
		if (put_tool(out, *tool, (*tool)->name) == -1)
			return -1;
		*tool = (*tool)->next;
	}
	json_put_end(w);
	json_put_end(w);
	return 0;
}

static int
put_next(const struct responses_out *out, const struct tool **tool)
{
	const struct tool	*one = *tool;

	if (one->namespace_name.length > 0)
		return put_namespace(out, tool);
	*tool = one->next;
	if (is_own(out->request, one)) {
		json_put_value(out->w, one->raw);
		return 0;
	}
	if (one->kind != TOOL_SERVER)
		return put_tool(out, one, one->wire);
	json_put_object(out->w);
	json_member_string(out->w, "type", "web_search");
	json_put_end(out->w);
	return 0;
}

static const struct tool *
find_tool(const struct request *request, struct text namespace_name,
    struct text name)
{
	const struct tool	*tool;

	for (tool = request->tools; tool != NULL; tool = tool->next)
		if (is_written(request, tool) &&
		    text_same(tool->name, name) &&
		    text_same(tool->namespace_name, namespace_name))
			return tool;
	return NULL;
}

/* {type, name}; of a tool with a type of its own the type alone. */
static void
put_named(const struct responses_out *out, const struct tool *tool)
{
	struct json_write	*w = out->w;

	json_put_object(w);
	if (is_own(out->request, tool)) {
		json_member_value(w, "type", json_get(tool->raw, "type"));
	} else if (tool->kind == TOOL_SERVER) {
		json_member_string(w, "type", "web_search");
	} else {
		json_member_string(w, "type", tool->kind == TOOL_CUSTOM ?
		    "custom" : "function");
		json_member_text(w, "name", tool->namespace_name.length > 0 ?
		    tool->name : tool->wire);
		if (tool->namespace_name.length > 0)
			json_member_text(w, "namespace",
			    tool->namespace_name);
	}
	json_put_end(w);
}

static void
put_allowed(const struct responses_out *out)
{
	const struct choice	*choice = &out->request->choice;
	struct json_write	*w = out->w;
	struct text		 none = { "", 0 };
	struct tool		*tool;
	struct text_table	 written;
	size_t			 i;

	text_table_init(&written, out->request->arena);
	for (tool = out->request->tools; tool != NULL; tool = tool->next)
		if (is_written(out->request, tool) &&
		    tool->namespace_name.length == 0)
			(void)text_table_add(&written, tool->name, none, tool);
	json_put_object(w);
	json_member_string(w, "type", "allowed_tools");
	json_member_string(w, "mode", choice->kind == CHOICE_REQUIRED ?
	    "required" : "auto");
	json_put_key(w, "tools");
	json_put_array(w);
	for (i = 0; i < choice->allowed_count; i++) {
		tool = text_table_find(&written, choice->allowed[i], none);
		if (tool != NULL)
			put_named(out, tool);
	}
	json_put_end(w);
	json_put_end(w);
}

/* Forced to a tool that isn't there: auto. */
static int
settle_choice(const struct responses_out *out)
{
	struct choice	*choice = &out->request->choice;

	if (choice->kind == CHOICE_TOOL && find_tool(out->request,
	    choice->namespace_name, choice->name) == NULL) {
		choice->kind = CHOICE_AUTO;
		return responses_lost(out, LOST_FORCED_TOOL);
	}
	return 0;
}

static void
put_choice(const struct responses_out *out)
{
	static const char *const	words[] = { "", "none", "auto",
	    "required" };
	const struct choice		*choice = &out->request->choice;

	if (choice->kind == CHOICE_UNSAID)
		return;
	json_put_key(out->w, "tool_choice");
	if (choice->kind == CHOICE_TOOL)
		put_named(out, find_tool(out->request, choice->namespace_name,
		    choice->name));
	else if (choice->allowed_count > 0 && choice->kind != CHOICE_NONE)
		put_allowed(out);
	else
		json_put_string(out->w, words[choice->kind]);
}

int
responses_write_tools(const struct responses_out *out)
{
	const struct tool	*tool = out->request->tools;
	bool			 open = false;

	while (tool != NULL) {
		if (!is_written(out->request, tool)) {
			if (responses_lost(out, LOST_BUILTIN_TOOL) == -1)
				return -1;
			tool = tool->next;
			continue;
		}
		if (!open) {
			json_put_key(out->w, "tools");
			json_put_array(out->w);
		}
		open = true;
		if (put_next(out, &tool) == -1)
			return -1;
	}
	if (!open)
		return 0;
	json_put_end(out->w);
	if (settle_choice(out) == -1)
		return -1;
	put_choice(out);
	if (out->request->parallel >= 0)
		json_member_bool(out->w, "parallel_tool_calls",
		    out->request->parallel == 1);
	return 0;
}
