#include "build.h"

#include <string.h>

#include "json_text.h"
#include "messages_convert.h"
#include "neutral/tool_write.h"

#define NAME_MAX_BYTES	128
#define WEB_SEARCH	"web_search"

/* What the others call a search that the provider runs. */
static const char *const searches[] = {
	"web_search", "googleSearch", "google_search",
};

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

/* As it stands: a tool that Anthropic's own client said. */
static bool
is_own(const struct request *request, const struct tool *tool)
{
	return request->from == DIALECT_MESSAGES &&
	    (tool->kind == TOOL_SERVER || tool->kind == TOOL_CLIENT);
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

/* Server tools come last: their one name may be taken by then. */
static int
declare_server_tool(struct messages_writing *writing, struct tool *tool)
{
	struct request	*request = writing->request;

	if (is_own(request, tool)) {
		tool->wire = tool->name;
		return 0;
	}
	if (!is_search(tool->type) ||
	    find_wire(request, text_of(WEB_SEARCH)) != NULL ||
	    policy_drops(request_model(request), WEB_SEARCH))
		return request_lost(request, LOST_BUILTIN_TOOL,
		    writing->problem);
	tool->wire = text_of(WEB_SEARCH);
	return 0;
}

int
messages_declare_tools(struct messages_writing *writing)
{
	struct request	*request = writing->request;
	struct tool	*tool;

	for (tool = request->tools; tool != NULL; tool = tool->next) {
		if (tool->kind == TOOL_SERVER)
			continue;
		tool->wire = tool_names_declare(request->names, tool->kind,
		    tool->namespace_name, tool->name, NAME_MAX_BYTES);
		if (tool->wire.length == 0)
			return messages_no_memory(writing->problem);
	}
	for (tool = request->tools; tool != NULL; tool = tool->next)
		if (tool->kind == TOOL_SERVER &&
		    declare_server_tool(writing, tool) == -1)
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
static void
write_search(struct messages_writing *writing, const struct tool *tool)
{
	static const char *const	 place[] = { "city", "region",
					    "country", "timezone" };
	struct json_write		*out = writing->out;
	struct json_value		 user, domains;
	size_t				 i;

	json_put_object(out);
	json_member_string(out, "type", "web_search_20250305");
	json_member_string(out, "name", WEB_SEARCH);
	domains = json_get(json_get(tool->raw, "filters"), "allowed_domains");
	if (json_count(domains) > 0)
		json_member_value(out, "allowed_domains", domains);
	user = json_get(tool->raw, "user_location");
	if (json_is(user, JSON_OBJECT)) {
		json_put_key(out, "user_location");
		json_put_object(out);
		json_member_string(out, "type", "approximate");
		for (i = 0; i < sizeof(place) / sizeof(place[0]); i++)
			put_string_member(out, user, place[i]);
		json_put_end(out);
	}
	messages_write_mark(writing, tool->cache);
	json_put_end(out);
}

/* The description, and what else the model must know in words. */
static void
write_description(struct json_write *out, const struct tool *tool,
    bool with_schema)
{
	if (tool->description.length == 0 && tool->grammar.length == 0 &&
	    !with_schema)
		return;
	json_put_key(out, "description");
	json_put_string_start(out);
	tool_add_description(out, tool);
	if (with_schema) {
		json_add_text(out, text_of("\n\nThe input's whole schema: "));
		json_add_text(out, json_raw(tool->schema));
	}
	json_put_string_end(out);
}

static bool
is_union(struct json_value schema)
{
	return json_is(json_get(schema, "anyOf"), JSON_ARRAY) ||
	    json_is(json_get(schema, "oneOf"), JSON_ARRAY) ||
	    json_is(json_get(schema, "allOf"), JSON_ARRAY);
}

static void
write_free_text_schema(struct json_write *out)
{
	json_put_raw(out, text_of("{\"type\":\"object\",\"properties\":"
	    "{\"input\":{\"type\":\"string\"}},\"required\":[\"input\"]}"));
}

static int
write_tool(struct messages_writing *writing, const struct tool *tool)
{
	struct json_write	*out = writing->out;
	bool			 changed = false;

	json_put_object(out);
	json_member_text(out, "name", tool->wire);
	write_description(out, tool, is_union(tool->schema));
	json_put_key(out, "input_schema");
	if (tool->kind == TOOL_CUSTOM)
		write_free_text_schema(out);
	else
		messages_put_input_schema(out, tool->schema, &changed);
	messages_write_mark(writing, tool->cache);
	json_put_end(out);
	if (tool->grammar.length > 0 && request_lost(writing->request,
	    LOST_GRAMMAR, writing->problem) == -1)
		return -1;
	if (tool->strict == 1 && request_lost(writing->request,
	    LOST_TOOL_STRICT, writing->problem) == -1)
		return -1;
	if (changed)
		return request_lost(writing->request, LOST_SCHEMA_KEYWORDS,
		    writing->problem);
	return 0;
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
	    !choice_holds(request, &name)) {
		request->choice.kind = CHOICE_UNSAID;
		if (request_lost(request, LOST_FORCED_TOOL,
		    writing->problem) == -1)
			return -1;
	}
	if (request->choice.kind == CHOICE_UNSAID && request->parallel != 0)
		return 0;
	json_put_key(out, "tool_choice");
	json_put_object(out);
	json_member_string(out, "type", words[request->choice.kind]);
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
			json_put_key(out, "tools");
			json_put_array(out);
			open = true;
		}
		if (is_own(request, tool))
			json_put_value(out, tool->raw);
		else if (tool->kind == TOOL_SERVER)
			write_search(writing, tool);
		else if (write_tool(writing, tool) == -1)
			return -1;
	}
	if (!open)
		return 0;
	json_put_end(out);
	return write_choice(writing);
}
