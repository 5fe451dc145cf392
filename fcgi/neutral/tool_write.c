#include "build.h"

#include "json_text.h"
#include "tool_write.h"

static enum json_kind
kind_of(struct text json)
{
	struct json_document	document;
	struct json_limits	limits = { .record_depth = 1 };
	enum json_kind		kind = JSON_MISSING;

	json_init(&document, NULL);
	if (json_scan(&document, json.at, json.length, &limits) == 0)
		kind = json_kind(json_root(&document));
	json_release(&document);
	return kind;
}

static struct text
object_of(struct arena *arena, const char *key, struct escaped text)
{
	char	*object = arena_printf(arena, "{\"%s\":\"%.*s\"}", key,
		    (int)text.length, text.at);

	return text_of(object != NULL ? object : "{}");
}

struct text
tool_arguments(struct arena *arena, const struct part *part)
{
	enum json_kind	kind;

	if (part->kind == PART_CUSTOM_CALL)
		return object_of(arena, "input", part->text);
	if (text_is_blank(part->arguments))
		return text_of("{}");
	kind = kind_of(part->arguments);
	if (kind == JSON_OBJECT)
		return part->arguments;
	return kind == JSON_NULL ? text_of("{}") : object_of(arena,
	    ARGUMENTS_RAW, text_escape(arena, part->arguments));
}

void
tool_put_description(struct json_write *w, const struct tool *tool,
    bool with_schema)
{
	if (tool->description.length == 0 && tool->grammar.length == 0 &&
	    !with_schema)
		return;
	json_put(w, "'description':'%e", tool->description);
	if (tool->grammar.length > 0)
		json_put(w, "\\n\\nThe input follows this %t grammar:\\n%e",
		    tool->syntax, tool->grammar);
	if (with_schema)
		json_put(w, "%s%t", "\n\nThe input's whole schema: ",
		    json_raw(tool->schema));
	json_put(w, "'");
}

void
tools_declare(struct request *request, size_t max)
{
	struct tool		**link = &request->tools, *tool;
	struct text		  none = { "", 0 };
	struct text_table	  seen;

	text_table_init(&seen, request->arena);
	request->tools_last = NULL;
	while ((tool = *link) != NULL) {
		if (tool->kind != TOOL_SERVER)
			tool->wire = tool_names_declare(request->names,
			    tool->kind, tool->namespace_name, tool->name,
			    max);
		if (tool->kind != TOOL_SERVER &&
		    text_table_add(&seen, tool->wire, none, tool) == 0) {
			*link = tool->next;
			continue;
		}
		request->tools_last = tool;
		link = &tool->next;
	}
}

/* By a table: both lists may be long. */
int
tools_find_allowed(const struct request *request,
    bool (*is_written)(const struct request *, const struct tool *),
    struct allowed *allowed)
{
	const struct choice	*choice = &request->choice;
	struct text		 none = { "", 0 };
	struct text_table	 written;
	struct tool		*tool;
	size_t			 i;

	allowed->count = 0;
	allowed->found = arena_calloc(request->arena, choice->allowed_count,
	    sizeof(*allowed->found));
	if (allowed->found == NULL)
		return -1;
	if (choice->allowed_count == 0)
		return 0;
	text_table_init(&written, request->arena);
	for (tool = request->tools; tool != NULL; tool = tool->next)
		if (tool->namespace_name.length == 0 &&
		    is_written(request, tool) &&
		    text_table_add(&written, tool->name, none, tool) == -1)
			return -1;
	for (i = 0; i < choice->allowed_count; i++) {
		tool = text_table_find(&written, choice->allowed[i], none);
		if (tool != NULL)
			allowed->found[allowed->count++] = tool;
	}
	return 0;
}

int
tool_report(struct request *request, const struct tool *tool,
    struct problem *p)
{
	if (tool->grammar.length > 0 &&
	    request_lost(request, LOST_GRAMMAR, p) == -1)
		return -1;
	return tool->strict == 1 ?
	    request_lost(request, LOST_TOOL_STRICT, p) : 0;
}

static bool
is_among(struct json_value key, const char *const names[])
{
	for (; *names != NULL; names++)
		if (json_equals(key, *names))
			return true;
	return false;
}

int
tool_report_search(struct request *request, const struct tool *tool,
    const char *const told[], struct problem *p)
{
	static const char *const	options[] = { "max_uses",
	    "allowed_domains", "blocked_domains", "user_location", "filters",
	    "search_context_size", NULL };
	struct json_walk		walk = json_walk(tool->raw);

	while (json_next(&walk))
		if (is_among(walk.key, options) && !is_among(walk.key, told) &&
		    json_kind(walk.value) > JSON_NULL &&
		    request_lost_field(request, "web_search", walk.key,
		    p) == -1)
			return -1;
	return 0;
}
