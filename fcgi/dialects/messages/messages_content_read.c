#include "build.h"

#include "json_text.h"
#include "messages_convert.h"
#include "neutral/call_id.h"
#include "neutral/known.h"
#include "neutral/media.h"

/* Where a kind of block may stand. */
#define IN_USER		1u
#define IN_ASSISTANT	2u
#define IN_SYSTEM	4u
#define IN_RESULT	8u
#define IN_ANY		15u

struct block {
	const char	*type;
	unsigned	 where;
	int		(*read)(struct place *, struct json_value);
};

int
messages_no_memory(struct problem *problem)
{
	return problem_set(problem, PROBLEM_OVERLOADED,
	    "the request needs more memory than one may use");
}

/* As this API says where something is. */
static int
invalid(const struct place *place, const char *what)
{
	if (place->turn == NULL)
		return problem_field(place->problem, PROBLEM_INVALID, "system",
		    "system[%zu]: %s", place->inner, what);
	return problem_field(place->problem, PROBLEM_INVALID, "messages",
	    "messages.%zu.content.%zu: %s", place->index, place->inner, what);
}

static int
read_text(struct place *place, struct json_value block)
{
	struct json_value	 text = json_get(block, "text");
	struct json_value	 citations = json_get(block, "citations");
	struct part		*part;

	if (!json_is(text, JSON_STRING))
		return invalid(place, "text must be a string");
	if (place->turn == NULL && escaped_starts_with(json_escaped(text),
	    text_of("x-anthropic-billing-header:")))
		return request_lost(place->request, LOST_BILLING_HEADER,
		    place->problem);
	part = place_add(place, PART_TEXT, block);
	part->text = json_escaped(text);
	if (json_count(citations) > 0)
		part->citations = citations;
	return 0;
}

static int
read_source(struct place *place, struct media *media,
    struct json_value source)
{
	const char	*why = media_read_source(media, place->request->arena,
			    source);

	return why == NULL ? 0 : invalid(place, why);
}

static int
read_image(struct place *place, struct json_value block)
{
	return read_source(place, &place_add(place, PART_IMAGE, block)->media,
	    json_get(block, "source"));
}

static int	read_blocks(struct place *, struct json_value);

/* What stands before a document or behind it is text, unless it is blank. */
static void
add_note(struct place *place, struct json_value note)
{
	if (!escaped_is_blank(json_escaped(note)))
		place_add_text(place, json_escaped(note), JSON_NOTHING);
}

/* A document made of blocks is those blocks, behind its title. */
static int
read_document(struct place *place, struct json_value block)
{
	struct json_value	 source = json_get(block, "source");
	struct json_value	 type = json_get(source, "type");
	struct json_value	 content = json_get(source, "content");
	struct part		*part;

	if (json_true(json_get(json_get(block, "citations"), "enabled")) &&
	    request_lost(place->request, LOST_CITATIONS, place->problem) == -1)
		return -1;
	add_note(place, json_get(block, "context"));
	if (json_equals(type, "content")) {
		add_note(place, json_get(block, "title"));
		if (!json_is(content, JSON_STRING))
			return read_blocks(place, content);
		place_add_text(place, json_escaped(content), block);
		return 0;
	}
	part = place_add(place, PART_DOCUMENT, block);
	part->media.title = json_escaped(json_get(block, "title"));
	if (!json_equals(type, "text"))
		return read_source(place, &part->media, source);
	part->media.media_type = text_of("text/plain");
	part->text = json_escaped(json_get(source, "data"));
	return 0;
}

static void
add_joined(struct place *place, struct json_value block,
    const struct escaped *spans, size_t count)
{
	place_add_text(place, escaped_join(place->request->arena, spans,
	    count), block);
}

/* Becomes text: where it was found, then what. */
static int
read_search_result(struct place *place, struct json_value block)
{
	const struct escaped	spans[4] = {
		json_escaped(json_get(block, "title")), escaped_of(" ("),
		json_escaped(json_get(block, "source")), escaped_of("):"),
	};

	add_joined(place, JSON_NOTHING, spans, 4);
	return read_blocks(place, json_get(block, "content"));
}

static int
read_tool_reference(struct place *place, struct json_value block)
{
	const struct escaped	spans[3] = { escaped_of("Tool "),
		json_escaped(json_get(block, "tool_name")),
		escaped_of(" is loaded."),
	};

	if (spans[1].length == 0)
		return invalid(place, "tool_name is missing");
	add_joined(place, block, spans, 3);
	return 0;
}

static enum tool_kind
tool_kind_of(const struct request *request, struct text name)
{
	const struct tool	*tool;

	tool = text_table_find(&request->tools_named, text_of(""), name);
	return tool == NULL ? TOOL_FUNCTION : tool->kind;
}

static int
read_tool_use(struct place *place, struct json_value block)
{
	struct json_value	 input = json_get(block, "input");
	struct part		*part = place_add(place, PART_CALL, block);

	part->id = call_id_unpack(place->request->arena,
	    request_text(place->request, block, "id"));
	part->name = request_text(place->request, block, "name");
	part->namespace_name = request_text(place->request, block,
	    "toolset_name");
	part->arguments = json_raw(input);
	part->tool = tool_kind_of(place->request, part->name);
	if (part->id.length == 0 || part->name.length == 0)
		return invalid(place, "tool_use needs id and name");
	return json_is(input, JSON_OBJECT) ? 0 :
	    invalid(place, "input must be an object");
}

static int
read_tool_result(struct place *place, struct json_value block)
{
	struct json_value	 content = json_get(block, "content");
	struct place		 inside = *place;
	struct part		*part = place_add(place, PART_RESULT, block);

	part->id = call_id_unpack(place->request->arena,
	    request_text(place->request, block, "tool_use_id"));
	part->failed = json_true(json_get(block, "is_error"));
	inside.result = part;
	return json_kind(content) <= JSON_NULL ? 0 :
	    messages_read_content(&inside, content);
}

static int
read_thinking(struct place *place, struct json_value block)
{
	struct part	*part = place_add(place, PART_THINKING, JSON_NOTHING);

	part->text = json_escaped(json_get(block, "thinking"));
	part->seal = request_read_seal(place->request, json_get(block,
	    "signature"), SEAL_THINKING);
	return 0;
}

static int
read_redacted(struct place *place, struct json_value block)
{
	struct part	*part = place_add(place, PART_REDACTED, JSON_NOTHING);

	part->seal = request_read_seal(place->request, json_get(block,
	    "data"), SEAL_REDACTED);
	return part->seal != NULL ? 0 : invalid(place, "data is missing");
}

static int
read_server(struct place *place, struct json_value block)
{
	place_add(place, PART_SERVER, JSON_NOTHING)->raw = block;
	return 0;
}

/*
 * All that was said before, in short: this API looks at nothing before it, so
 * nobody does. Empty: making it failed.
 */
static int
read_compaction(struct place *place, struct json_value block)
{
	struct json_walk	 changes;
	struct escaped		 summary;
	enum role		 role = place->turn->role;

	changes = json_walk(json_get(block, "tool_changes"));
	while (json_next(&changes))
		if (messages_change_tools(place, changes.value) == -1)
			return -1;
	summary = json_escaped(json_get(block, "content"));
	if (escaped_is_blank(summary))
		return 0;
	place->request->turns = place->request->last = NULL;
	place->turn = request_add_turn(place->request, ROLE_USER);
	place_add_summary(place, summary);
	if (role != ROLE_USER)
		place->turn = request_add_turn(place->request, role);
	return 0;
}

/* Claude Code's words between calls. */
static int
read_connector(struct place *place, struct json_value block)
{
	place_add_text(place, json_escaped(json_get(block,
	    "connector_text")), block);
	return 0;
}

/* A file for the provider's code. */
static int
read_upload(struct place *place, struct json_value block)
{
	(void)block;
	return request_lost(place->request, LOST_CONTAINER_UPLOAD,
	    place->problem);
}

/* What no model reads: named by its type. */
static int
lose_block(struct place *place, struct json_value block)
{
	return request_lost_field(place->request, NULL, json_get(block,
	    "type"), place->problem);
}

static void
say_tab(struct place *place, struct json_value tab)
{
	const struct escaped	spans[7] = {
		escaped_of("Tab "), text_escape(place->request->arena,
		    json_raw(json_get(tab, "tab_id"))), escaped_of(": "),
		json_escaped(json_get(tab, "title")), escaped_of(" "),
		json_escaped(json_get(tab, "url")),
		escaped_of(json_true(json_get(tab, "active")) ?
		    " (active)" : ""),
	};

	add_joined(place, JSON_NOTHING, spans, 7);
}

/* What the browser did: its members, whatever they are. */
static void
say_change(struct place *place, struct json_value change)
{
	struct arena	*arena = place->request->arena;
	struct escaped	*spans;
	struct json_walk walk = json_walk(change);
	size_t		 count = 1;

	spans = arena_calloc(arena, 2 * json_count(change) + 1,
	    sizeof(*spans));
	if (spans == NULL)
		return;
	spans[0] = json_escaped(json_get(change, "type"));
	while (json_next(&walk)) {
		if (json_equals(walk.key, "type"))
			continue;
		spans[count++] = escaped_of(" ");
		spans[count++] = json_is(walk.value, JSON_STRING) ?
		    json_escaped(walk.value) :
		    text_escape(arena, json_raw(walk.value));
	}
	place_add_text(place, escaped_join(arena, spans, count), JSON_NOTHING);
}

static int
read_browser(struct place *place, struct json_value block)
{
	struct json_walk	walk = json_walk(json_get(block, "tabs"));

	while (json_next(&walk))
		say_tab(place, walk.value);
	walk = json_walk(json_get(block, "state_changes"));
	while (json_next(&walk))
		say_change(place, walk.value);
	return 0;
}

static const struct block blocks[] = {
	{ "text", IN_ANY, read_text },
	{ "tool_use", IN_ASSISTANT, read_tool_use },
	{ "tool_result", IN_USER, read_tool_result },
	{ "thinking", IN_ASSISTANT, read_thinking },
	{ "redacted_thinking", IN_ASSISTANT, read_redacted },
	{ "image", IN_USER | IN_RESULT, read_image },
	{ "document", IN_USER | IN_RESULT, read_document },
	{ "search_result", IN_USER | IN_RESULT, read_search_result },
	{ "tool_reference", IN_RESULT, read_tool_reference },
	{ "tool_addition", IN_SYSTEM, messages_change_tools },
	{ "tool_removal", IN_SYSTEM, messages_change_tools },
	{ "compaction", IN_USER | IN_ASSISTANT, read_compaction },
	{ "connector_text", IN_USER | IN_ASSISTANT, read_connector },
	{ "container_upload", IN_USER | IN_RESULT, read_upload },
	{ "browser_state", IN_RESULT, read_browser },
	{ "fallback", IN_ASSISTANT, lose_block },
	{ "mcp_tool_listing", IN_ANY, lose_block },
	{ "server_tool_use", IN_ASSISTANT, read_server },
	{ "mcp_tool_use", IN_ASSISTANT, read_server },
	{ "mcp_tool_result", IN_ASSISTANT, read_server },
	{ "web_search_tool_result", IN_ASSISTANT, read_server },
	{ "web_fetch_tool_result", IN_ASSISTANT, read_server },
	{ "code_execution_tool_result", IN_ASSISTANT, read_server },
	{ "bash_code_execution_tool_result", IN_ASSISTANT, read_server },
	{ "text_editor_code_execution_tool_result", IN_ASSISTANT, read_server },
	{ "tool_search_tool_result", IN_ASSISTANT, read_server },
	{ "advisor_tool_result", IN_ASSISTANT, read_server },
};

static unsigned
where_is(const struct place *place)
{
	if (place->result != NULL)
		return IN_RESULT;
	if (place->turn == NULL || place->turn->role == ROLE_SYSTEM)
		return IN_SYSTEM;
	return place->turn->role == ROLE_USER ? IN_USER : IN_ASSISTANT;
}

static int
read_block(struct place *place, struct json_value block)
{
	struct json_value	type = json_get(block, "type");
	size_t			i;
	int			read;

	if (!json_is(type, JSON_STRING))
		return invalid(place, "a block needs a type");
	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (!json_equals(type, blocks[i].type))
			continue;
		if ((blocks[i].where & where_is(place)) == 0)
			return invalid(place,
			    "a block of this type can not stand here");
		if (blocks[i].read != read_server &&
		    known_check(place->request, "messages", block,
		    place->problem) == -1)
			return -1;
		return blocks[i].read(place, block);
	}
	read = place_read_unknown(place, type, block);
	return read == 1 ? invalid(place, place_unknown(place, type)) : read;
}

/* A block may hold blocks; the JSON's depth, 128, bounds the recursion. */
static int
read_blocks(struct place *place, struct json_value content)
{
	struct json_walk	walk = json_walk(content);
	size_t			outer = place->inner;

	if (!json_is(content, JSON_ARRAY))
		return invalid(place, "content must be a string or an array");
	for (place->inner = 0; json_next(&walk); place->inner++)
		if (read_block(place, walk.value) == -1)
			return -1;
	place->inner = outer;
	return 0;
}

int
messages_read_content(struct place *place, struct json_value content)
{
	if (!json_is(content, JSON_STRING))
		return read_blocks(place, content);
	place_add_text(place, json_escaped(content), JSON_NOTHING);
	return 0;
}
