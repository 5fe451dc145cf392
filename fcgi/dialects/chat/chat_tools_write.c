#include "build.h"

#include "chat_request.h"
#include "json_text.h"
#include "neutral/schema.h"
#include "neutral/tool_write.h"

/*
 * Custom tools go out as functions of one string: of the servers that speak
 * this API only OpenAI's knows better.
 */
static int
write_tool(struct json_write *w, struct request *request,
    const struct tool *tool, struct problem *p)
{
	bool	changed = false, strict;

	strict = tool->strict == 1 && schema_is_strict(tool->schema);
	if (tool->cache != CACHE_NONE &&
	    request_lost(request, LOST_CACHE_MARKS, p) == -1)
		return -1;
	json_put(w, "{'type':'function','function':{'name':%t", tool->wire);
	tool_put_description(w, tool, schema_is_more(tool->schema,
	    SCHEMA_PLAIN));
	json_put_key(w, "parameters");
	if (tool->kind == TOOL_CUSTOM)
		json_put(w, TOOL_FREE_TEXT);
	else
		schema_put_parameters(w, tool->schema, SCHEMA_PLAIN, &changed);
	if (tool->strict >= 0)
		json_member_bool(w, "strict", strict);
	json_put(w, "}}");
	if (changed && request_lost(request, LOST_SCHEMA_KEYWORDS, p) == -1)
		return -1;
	if (tool->strict == 1 && !strict &&
	    request_lost(request, LOST_TOOL_STRICT, p) == -1)
		return -1;
	return tool->grammar.length == 0 ? 0 :
	    request_lost(request, LOST_GRAMMAR, p);
}

static bool
is_written(const struct request *request, const struct tool *tool)
{
	(void)request;
	return tool->kind != TOOL_SERVER;
}

static void
put_named(struct json_write *w, const struct request *request,
    const struct tool *tool)
{
	(void)request;
	json_put(w, "{'type':'function','function':{'name':%t}}", tool->wire);
}

int
chat_write_tools(struct json_write *w, struct request *request,
    struct problem *p)
{
	const struct openai_tools	 tools = { w, request, p, true,
					    is_written, put_named };
	const struct tool		*tool;
	size_t				 count = 0;

	for (tool = request->tools; tool != NULL; tool = tool->next) {
		if (tool->kind == TOOL_SERVER) {
			if (request_lost(request, LOST_BUILTIN_TOOL, p) == -1)
				return -1;
			continue;
		}
		if (count++ == 0)
			json_put(w, "'tools':[");
		if (write_tool(w, request, tool, p) == -1)
			return -1;
	}
	if (count == 0)
		return 0;
	json_put_end(w);
	return openai_write_choice(&tools);
}
