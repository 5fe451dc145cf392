#include "build.h"

#include "json_text.h"
#include "messages_convert.h"
#include "neutral/hosted.h"
#include "neutral/schema.h"
#include "neutral/tool_write.h"

#define NAME_MAX_BYTES	128

/* As it stands: a tool that Anthropic's own client said. */
static bool
is_own(const struct request *request, const struct tool *tool)
{
	return request->from == DIALECT_MESSAGES &&
	    (tool->kind == TOOL_SERVER || tool->kind == TOOL_CLIENT);
}

/* Server tools come last: their one name may be taken by then. */
static int
declare_server_tool(struct messages_writing *writing, struct tool *tool,
    struct text_table *taken)
{
	struct request	*request = writing->request;
	struct text	 none = { "", 0 };
	const char	*word;

	if (is_own(request, tool)) {
		tool->wire = tool->name;
		return 0;
	}
	word = hosted_said(DIALECT_MESSAGES, tool->type);
	if (word == NULL || policy_drops(request_model(request), word) ||
	    text_table_add(taken, text_of(word), none, tool) != 1)
		return request_lost(request, LOST_BUILTIN_TOOL,
		    writing->problem);
	tool->wire = text_of(word);
	return 0;
}

int
messages_declare_tools(struct messages_writing *writing)
{
	struct text		 none = { "", 0 };
	struct text_table	 taken;
	struct tool		*tool;

	tools_declare(writing->request, NAME_MAX_BYTES);
	text_table_init(&taken, writing->request->arena);
	for (tool = writing->request->tools; tool != NULL; tool = tool->next)
		if (tool->kind != TOOL_SERVER &&
		    text_table_add(&taken, tool->wire, none, tool) == -1)
			return problem_no_memory(writing->problem);
	for (tool = writing->request->tools; tool != NULL; tool = tool->next)
		if (tool->kind == TOOL_SERVER &&
		    declare_server_tool(writing, tool, &taken) == -1)
			return -1;
	return 0;
}

static void
put_string_member(struct json_write *out, struct json_value object,
    const char *key)
{
	struct json_value	value = json_get(object, key);

	if (json_is(value, JSON_STRING))
		json_member_value(out, key, value);
}

/* OpenAI's options that Anthropic has too. */
static int
write_search(struct messages_writing *writing, const struct tool *tool)
{
	static const char *const	 told[] = { "filters",
					    "user_location", NULL };
	static const char *const	 place[] = { "city", "region",
					    "country", "timezone" };
	struct json_write		*out = writing->out;
	struct json_value		 user, domains;
	size_t				 i;

	json_put(out, "{'type':'web_search_20250305','name':%t", tool->wire);
	domains = json_get(json_get(tool->raw, "filters"), "allowed_domains");
	if (json_count(domains) > 0)
		json_member_value(out, "allowed_domains", domains);
	user = json_get(tool->raw, "user_location");
	if (json_is(user, JSON_OBJECT)) {
		json_put(out, "'user_location':{'type':'approximate'");
		for (i = 0; i < sizeof(place) / sizeof(place[0]); i++)
			put_string_member(out, user, place[i]);
		json_put_end(out);
	}
	messages_write_mark(writing, tool->cache);
	json_put_end(out);
	return tool_report_search(writing->request, tool, told,
	    writing->problem);
}

static int
write_tool(struct messages_writing *writing, const struct tool *tool)
{
	struct json_write	*out = writing->out;
	enum schema_top		 top = SCHEMA_NAMED;
	bool			 changed = false;

	/* Its own client knows what it says. */
	if (writing->request->from == DIALECT_MESSAGES)
		top = SCHEMA_NO_UNION;
	json_put(out, "{'name':%t", tool->wire);
	tool_put_description(out, tool, schema_is_more(tool->schema, top));
	json_put_key(out, "input_schema");
	if (tool->kind == TOOL_CUSTOM)
		json_put(out, TOOL_FREE_TEXT);
	else
		schema_put_parameters(out, tool->schema, top, &changed);
	messages_write_mark(writing, tool->cache);
	json_put_end(out);
	if (changed && request_lost(writing->request, LOST_SCHEMA_KEYWORDS,
	    writing->problem) == -1)
		return -1;
	return tool_report(writing->request, tool, writing->problem);
}

static const struct tool *
find_wire(const struct request *request, struct text wire)
{
	const struct tool	*tool;

	for (tool = request->tools; tool != NULL; tool = tool->next)
		if (tool->wire.length > 0 && text_same(tool->wire, wire))
			return tool;
	return NULL;
}

/* A choice that no longer means a tool that is there is none. */
static bool
choice_holds(const struct request *request, struct text *wire)
{
	*wire = tool_names_wire(request->names, request->choice.namespace_name,
	    request->choice.name, NAME_MAX_BYTES);
	if (find_wire(request, *wire) != NULL)
		return true;
	*wire = request->choice.name;
	return find_wire(request, *wire) != NULL;
}

static int
write_choice(struct messages_writing *writing)
{
	static const char *const words[] = {
		[CHOICE_UNSAID] =	"auto",
		[CHOICE_NONE] =		"none",
		[CHOICE_AUTO] =		"auto",
		[CHOICE_REQUIRED] =	"any",
		[CHOICE_TOOL] =		"tool",
	};
	struct request		*request = writing->request;
	struct json_write	*out = writing->out;
	struct text		 name;

	if (request->choice.kind == CHOICE_TOOL &&
	    !choice_holds(request, &name) &&
	    request_lose_choice(request, writing->problem) == -1)
		return -1;
	if (request->choice.kind == CHOICE_UNSAID && request->parallel != 0)
		return 0;
	json_put(out, "'tool_choice':{'type':%s", words[request->choice.kind]);
	if (request->choice.kind == CHOICE_TOOL)
		json_member_text(out, "name", name);
	if (request->parallel == 0 && request->choice.kind != CHOICE_NONE)
		json_member_bool(out, "disable_parallel_tool_use", true);
	json_put_end(out);
	return 0;
}

int
messages_write_tools(struct messages_writing *writing)
{
	struct request		*request = writing->request;
	struct json_write	*out = writing->out;
	const struct tool	*tool;
	bool			 open = false;

	for (tool = request->tools; tool != NULL; tool = tool->next) {
		if (tool->wire.length == 0)
			continue;
		if (!open) {
			json_put(out, "'tools':[");
			open = true;
		}
		if (is_own(request, tool))
			json_put_value(out, tool->raw);
		else if ((tool->kind == TOOL_SERVER ?
		    write_search(writing, tool) :
		    write_tool(writing, tool)) == -1)
			return -1;
	}
	if (!open)
		return 0;
	json_put_end(out);
	return write_choice(writing);
}
