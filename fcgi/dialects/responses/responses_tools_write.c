#include "build.h"

#include "json_text.h"
#include "neutral/hosted.h"
#include "neutral/schema.h"
#include "neutral/tool_write.h"
#include "responses_convert.h"

/* As it stands: a tool of this API's provider. */
static bool
is_own(const struct request *request, const struct tool *tool)
{
	return request->from == DIALECT_RESPONSES &&
	    tool->kind == TOOL_SERVER;
}

static bool
is_written(const struct request *request, const struct tool *tool)
{
	return tool->kind != TOOL_SERVER || is_own(request, tool) ||
	    hosted_said(DIALECT_RESPONSES, tool->type) != NULL;
}

static void
put_custom(const struct responses_out *out, const struct tool *tool)
{
	if (tool->grammar.length > 0)
		json_put(out->w, "'format':{'type':'grammar','syntax':%t,"
		    "'definition':%e}", tool->syntax, tool->grammar);
	else
		json_put(out->w, "'format':{'type':'text'}");
}

/* The API takes an unsaid `strict` for true and rewrites the schema. */
static int
put_function(const struct responses_out *out, const struct tool *tool)
{
	struct json_write	*w = out->w;
	bool			 strict, changed = false;

	strict = tool->strict == 1 && schema_is_strict(tool->schema);
	json_put_key(w, "parameters");
	schema_put_parameters(w, tool->schema, SCHEMA_PLAIN, &changed);
	json_member_bool(w, "strict", strict);
	if (changed && responses_lost(out, LOST_SCHEMA_KEYWORDS) == -1)
		return -1;
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
	json_put(w, "{'type':%s,'name':%t",
	    tool->kind == TOOL_CUSTOM ? "custom" : "function", name);
	if (tool->kind == TOOL_CUSTOM && tool->description.length > 0)
		json_member_escaped(w, "description", tool->description);
	if (tool->kind != TOOL_CUSTOM)
		tool_put_description(w, tool, schema_is_more(tool->schema,
		    SCHEMA_PLAIN));
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

	json_put(w, "{'type':'namespace','name':%t,'tools':[", space);
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
	json_put(out->w, "{'type':%s}", hosted_said(DIALECT_RESPONSES,
	    one->type));
	return 0;
}

/* {type, name}; of a tool with a type of its own the type alone. */
static void
put_named(struct json_write *w, const struct request *request,
    const struct tool *tool)
{
	if (is_own(request, tool)) {
		json_put(w, "{'type':%t}", tool->type);
		return;
	}
	if (tool->kind == TOOL_SERVER) {
		json_put(w, "{'type':%s}", hosted_said(DIALECT_RESPONSES,
		    tool->type));
		return;
	}
	json_put(w, "{'type':%s", tool->kind == TOOL_CUSTOM ? "custom" :
	    "function");
	if (tool->namespace_name.length > 0)
		json_put(w, "'name':%t,'namespace':%t}", tool->name,
		    tool->namespace_name);
	else
		json_put(w, "'name':%t}", tool->wire);
}

int
responses_write_tools(const struct responses_out *out)
{
	const struct openai_tools	 tools = { out->w, out->request,
					    out->p, false, is_written,
					    put_named };
	const struct tool		*tool = out->request->tools;
	bool				 open = false;

	while (tool != NULL) {
		if (!is_written(out->request, tool)) {
			if (responses_lost(out, LOST_BUILTIN_TOOL) == -1)
				return -1;
			tool = tool->next;
			continue;
		}
		if (!open)
			json_put(out->w, "'tools':[");
		open = true;
		if (put_next(out, &tool) == -1)
			return -1;
	}
	if (!open)
		return 0;
	json_put_end(out->w);
	return openai_write_choice(&tools);
}
