#include "build.h"

#include "json_text.h"
#include "messages_convert.h"

/* Where a kind of block may stand. */
#define IN_USER		1u
#define IN_ASSISTANT	2u
#define IN_SYSTEM	4u
#define IN_RESULT	8u

struct block {
	const char	*type;
	unsigned	 where;
	int		(*read)(struct messages_place *, struct json_value);
};

int
messages_no_memory(struct problem *problem)
{
	return problem_set(problem, PROBLEM_OVERLOADED,
	    "the request needs more memory than one may use");
}

struct text
messages_decode(struct request *request, struct json_value string)
{
	return text_decode(request->arena, json_escaped(string), NULL);
}

enum cache_mark
messages_read_cache(struct json_value block)
{
	struct json_value	mark = json_get(block, "cache_control");

	if (!json_is(mark, JSON_OBJECT))
		return CACHE_NONE;
	return json_equals(json_get(mark, "ttl"), "1h") ? CACHE_1H : CACHE_5M;
}

static int
invalid(struct messages_place *place, const char *what)
{
	if (place->turn == NULL)
		return problem_field(place->problem, PROBLEM_INVALID, "system",
		    "system[%zu]: %s", place->block, what);
	return problem_field(place->problem, PROBLEM_INVALID, "messages",
	    "messages.%zu.content.%zu: %s", place->message, place->block, what);
}

static struct part *
add(struct messages_place *place, enum part_kind kind)
{
	struct part	*part;

	if (place->result != NULL)
		part = part_add_content(place->request, place->result, kind);
	else if (place->turn != NULL)
		part = turn_add_part(place->request, place->turn, kind);
	else
		part = request_add_system(place->request, (struct escaped){ 0 });
	if (part == NULL)
		messages_no_memory(place->problem);
	return part;
}

static int
add_text(struct messages_place *place, struct escaped text,
    enum cache_mark cache)
{
	struct part	*part = add(place, PART_TEXT);

	if (part == NULL)
		return -1;
	part->text = text;
	part->cache = cache;
	return 0;
}

static int
read_text(struct messages_place *place, struct json_value block)
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
	part = add(place, PART_TEXT);
	if (part == NULL)
		return -1;
	part->text = json_escaped(text);
	part->cache = messages_read_cache(block);
	if (json_count(citations) > 0)
		part->citations = citations;
	return 0;
}

static int
read_source(struct messages_place *place, struct media *media,
    struct json_value source)
{
	struct json_value	type = json_get(source, "type");

	if (json_equals(type, "base64")) {
		media->media_type = messages_decode(place->request,
		    json_get(source, "media_type"));
		media->data = json_escaped(json_get(source, "data"));
		if (media->data.length == 0)
			return invalid(place, "source.data is missing");
	} else if (json_equals(type, "url")) {
		media->url = json_escaped(json_get(source, "url"));
		if (media->url.length == 0)
			return invalid(place, "source.url is missing");
	} else if (json_equals(type, "file")) {
		media->file_id = json_escaped(json_get(source, "file_id"));
		if (media->file_id.length == 0)
			return invalid(place, "source.file_id is missing");
	} else {
		return invalid(place, "source.type is not known");
	}
	return 0;
}

static int
read_image(struct messages_place *place, struct json_value block)
{
	struct part	*part = add(place, PART_IMAGE);

	if (part == NULL)
		return -1;
	part->cache = messages_read_cache(block);
	return read_source(place, &part->media, json_get(block, "source"));
}

static int
read_blocks(struct messages_place *, struct json_value);

/* A document made of blocks is those blocks, behind its title. */
static int
read_document_content(struct messages_place *place, struct json_value block)
{
	struct escaped		title = json_escaped(json_get(block, "title"));
	struct json_value	content = json_get(json_get(block, "source"),
				    "content");

	if (!escaped_is_blank(title) &&
	    add_text(place, title, CACHE_NONE) == -1)
		return -1;
	if (json_is(content, JSON_STRING))
		return add_text(place, json_escaped(content),
		    messages_read_cache(block));
	return read_blocks(place, content);
}

static int
read_document(struct messages_place *place, struct json_value block)
{
	struct json_value	 source = json_get(block, "source");
	struct escaped		 context;
	struct part		*part;

	if (json_true(json_get(json_get(block, "citations"), "enabled")) &&
	    request_lost(place->request, LOST_CITATIONS, place->problem) == -1)
		return -1;
	context = json_escaped(json_get(block, "context"));
	if (!escaped_is_blank(context) &&
	    add_text(place, context, CACHE_NONE) == -1)
		return -1;
	if (json_equals(json_get(source, "type"), "content"))
		return read_document_content(place, block);
	part = add(place, PART_DOCUMENT);
	if (part == NULL)
		return -1;
	part->cache = messages_read_cache(block);
	part->media.title = json_escaped(json_get(block, "title"));
	if (!json_equals(json_get(source, "type"), "text"))
		return read_source(place, &part->media, source);
	part->media.media_type = text_of("text/plain");
	part->text = json_escaped(json_get(source, "data"));
	return 0;
}

/* Becomes text: where it was found, then what. */
static int
read_search_result(struct messages_place *place, struct json_value block)
{
	struct text	title = messages_decode(place->request,
			    json_get(block, "title"));
	struct text	source = messages_decode(place->request,
			    json_get(block, "source"));
	char		*head;

	head = arena_printf(place->request->arena, "%.*s (%.*s):",
	    (int)title.length, title.at == NULL ? "" : title.at,
	    (int)source.length, source.at == NULL ? "" : source.at);
	if (head == NULL)
		return messages_no_memory(place->problem);
	if (add_text(place, text_escape(place->request->arena, text_of(head)),
	    CACHE_NONE) == -1)
		return -1;
	return read_blocks(place, json_get(block, "content"));
}

static int
read_tool_reference(struct messages_place *place, struct json_value block)
{
	struct text	 name = messages_decode(place->request,
			    json_get(block, "tool_name"));
	char		*text;

	if (name.length == 0)
		return invalid(place, "tool_name is missing");
	text = arena_printf(place->request->arena, "Tool %.*s is loaded.",
	    (int)name.length, name.at);
	if (text == NULL)
		return messages_no_memory(place->problem);
	return add_text(place, text_escape(place->request->arena,
	    text_of(text)), messages_read_cache(block));
}

static enum tool_kind
tool_kind_of(const struct request *request, struct text name)
{
	struct text		 none = { "", 0 };
	const struct tool	*tool;

	tool = text_table_find(&request->tools_named, none, name);
	return tool == NULL ? TOOL_FUNCTION : tool->kind;
}

static int
read_tool_use(struct messages_place *place, struct json_value block)
{
	struct json_value	 input = json_get(block, "input");
	struct part		*part = add(place, PART_CALL);

	if (part == NULL)
		return -1;
	part->id = messages_decode(place->request, json_get(block, "id"));
	part->name = messages_decode(place->request, json_get(block, "name"));
	if (part->id.length == 0 || part->name.length == 0)
		return invalid(place, "tool_use needs id and name");
	if (!json_is(input, JSON_OBJECT))
		return invalid(place, "input must be an object");
	part->arguments = json_raw(input);
	part->tool = tool_kind_of(place->request, part->name);
	part->cache = messages_read_cache(block);
	return 0;
}

static int
read_tool_result(struct messages_place *place, struct json_value block)
{
	struct json_value	 content = json_get(block, "content");
	struct messages_place	 inside = *place;
	struct part		*part = add(place, PART_RESULT);

	if (part == NULL)
		return -1;
	part->id = messages_decode(place->request,
	    json_get(block, "tool_use_id"));
	if (part->id.length == 0)
		return invalid(place, "tool_use_id is missing");
	part->failed = json_true(json_get(block, "is_error"));
	part->cache = messages_read_cache(block);
	if (json_is(content, JSON_MISSING) || json_is(content, JSON_NULL))
		return 0;
	inside.result = part;
	if (json_is(content, JSON_STRING))
		return add_text(&inside, json_escaped(content), CACHE_NONE);
	return read_blocks(&inside, content);
}

/*
 * A signature is one of ours, from another provider, or Anthropic's own: then
 * it's of the model that is asked now, for all that can be known.
 */
static int
read_seal(struct messages_place *place, struct part *part,
    struct json_value packed)
{
	struct request	*request = place->request;
	struct text	 bytes = messages_decode(request, packed);

	if (bytes.length == 0)
		return 0;
	part->seal = arena_calloc(request->arena, 1, sizeof(*part->seal));
	if (part->seal == NULL)
		return messages_no_memory(place->problem);
	if (seal_unpack(request->arena, bytes, part->seal))
		return 0;
	part->seal->dialect = DIALECT_MESSAGES;
	part->seal->place = part->kind == PART_REDACTED ? SEAL_REDACTED :
	    SEAL_THINKING;
	part->seal->model = request->model;
	part->seal->bytes = bytes;
	return 0;
}

static int
read_thinking(struct messages_place *place, struct json_value block)
{
	struct part	*part = add(place, PART_THINKING);

	if (part == NULL)
		return -1;
	part->text = json_escaped(json_get(block, "thinking"));
	return read_seal(place, part, json_get(block, "signature"));
}

static int
read_redacted(struct messages_place *place, struct json_value block)
{
	struct part	*part;

	if (json_escaped(json_get(block, "data")).length == 0)
		return invalid(place, "data is missing");
	part = add(place, PART_REDACTED);
	if (part == NULL)
		return -1;
	return read_seal(place, part, json_get(block, "data"));
}

static int
read_server(struct messages_place *place, struct json_value block)
{
	struct part	*part = add(place, PART_SERVER);

	if (part == NULL)
		return -1;
	part->raw = block;
	return 0;
}

static const struct block blocks[] = {
	{ "text", IN_USER | IN_ASSISTANT | IN_SYSTEM | IN_RESULT, read_text },
	{ "tool_use", IN_ASSISTANT, read_tool_use },
	{ "tool_result", IN_USER, read_tool_result },
	{ "thinking", IN_ASSISTANT, read_thinking },
	{ "redacted_thinking", IN_ASSISTANT, read_redacted },
	{ "image", IN_USER | IN_RESULT, read_image },
	{ "document", IN_USER | IN_RESULT, read_document },
	{ "search_result", IN_USER | IN_RESULT, read_search_result },
	{ "tool_reference", IN_RESULT, read_tool_reference },
	{ "server_tool_use", IN_ASSISTANT, read_server },
	{ "mcp_tool_use", IN_ASSISTANT, read_server },
	{ "mcp_tool_result", IN_ASSISTANT, read_server },
	{ "web_search_tool_result", IN_ASSISTANT, read_server },
	{ "web_fetch_tool_result", IN_ASSISTANT, read_server },
	{ "code_execution_tool_result", IN_ASSISTANT, read_server },
	{ "bash_code_execution_tool_result", IN_ASSISTANT, read_server },
	{ "text_editor_code_execution_tool_result", IN_ASSISTANT, read_server },
	{ "tool_search_tool_result", IN_ASSISTANT, read_server },
};

static unsigned
where_is(const struct messages_place *place)
{
	if (place->result != NULL)
		return IN_RESULT;
	if (place->turn == NULL || place->turn->role == ROLE_SYSTEM)
		return IN_SYSTEM;
	return place->turn->role == ROLE_USER ? IN_USER : IN_ASSISTANT;
}

static int
read_block(struct messages_place *place, struct json_value block)
{
	struct json_value	type = json_get(block, "type");
	size_t			i;

	if (!json_is(type, JSON_STRING))
		return invalid(place, "a block needs a type");
	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (!json_equals(type, blocks[i].type))
			continue;
		if ((blocks[i].where & where_is(place)) == 0)
			return invalid(place,
			    "a block of this type can not stand here");
		return blocks[i].read(place, block);
	}
	return request_lost(place->request, LOST_UNKNOWN_FIELD, place->problem);
}

/* A block may hold blocks; the JSON's depth, 128, bounds the recursion. */
static int
read_blocks(struct messages_place *place, struct json_value content)
{
	struct json_walk	walk = json_walk(content);
	size_t			block = place->block;

	if (!json_is(content, JSON_ARRAY))
		return invalid(place, "content must be a string or an array");
	for (place->block = 0; json_next(&walk); place->block++)
		if (read_block(place, walk.value) == -1)
			return -1;
	place->block = block;
	return 0;
}

int
messages_read_content(struct messages_place *place, struct json_value content)
{
	if (json_is(content, JSON_STRING))
		return add_text(place, json_escaped(content), CACHE_NONE);
	return read_blocks(place, content);
}
