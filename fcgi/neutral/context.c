#include "build.h"

#include <string.h>

#include "context.h"

/* A string below that is text, a value below that is not looked into. */
#define MEDIA_MIN	1024u

enum part {
	PART_NONE,
	PART_SYSTEM,
	PART_TOOLS,
	PART_HISTORY,
};

/* No name means two things in two dialects. */
static const struct {
	const char	*name;
	size_t		 length;
	enum part	 part;
} parts[] = {
#define PART(name, part)	{ name, sizeof(name) - 1, part }
	PART("messages", PART_HISTORY),
	PART("input", PART_HISTORY),
	PART("contents", PART_HISTORY),
	PART("system", PART_SYSTEM),
	PART("instructions", PART_SYSTEM),
	PART("systemInstruction", PART_SYSTEM),
	PART("system_instruction", PART_SYSTEM),
	PART("tools", PART_TOOLS),
	PART("functions", PART_TOOLS),
#undef PART
};

static enum part
part_of(struct json_value key)
{
	struct escaped	name = json_escaped(key);
	size_t		i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].length == name.length &&
		    parts[i].name[0] == name.at[0] &&
		    memcmp(parts[i].name, name.at, name.length) == 0)
			return parts[i].part;
	return PART_NONE;
}

static uint32_t
bytes_of(struct json_value value)
{
	return value.document->tokens[value.index].length;
}

/* ---- tools ---- */

/* Where the dialects have a tool's name. */
static struct escaped
tool_name(struct json_value tool)
{
	struct json_value	name = json_get(tool, "name");

	if (!json_is(name, JSON_STRING))
		name = json_get(json_get(tool, "function"), "name");
	if (!json_is(name, JSON_STRING))
		name = json_get(tool, "type");
	return json_escaped(name);
}

static void
add_tool(struct context *context, struct json_value tool)
{
	struct context_tool	*largest = context->largest;
	uint32_t		 bytes = bytes_of(tool);
	size_t			 i = CONTEXT_TOOLS - 1;

	context->tools_count++;
	if (bytes <= largest[i].bytes)
		return;
	for (; i > 0 && largest[i - 1].bytes < bytes; i--)
		largest[i] = largest[i - 1];
	largest[i].name = tool_name(tool);
	largest[i].bytes = bytes;
}

/* Google's stand in lists inside the list. */
static void
add_tools(struct context *context, struct json_value tools)
{
	struct json_walk	walk = json_walk(tools);

	context->tools += bytes_of(tools);
	while (json_next(&walk)) {
		struct json_value	inner = json_get(walk.value,
					    "functionDeclarations");
		struct json_walk	each = json_walk(inner);

		if (!json_is(inner, JSON_ARRAY))
			add_tool(context, walk.value);
		else
			while (json_next(&each))
				add_tool(context, each.value);
	}
}

/* ---- history ---- */

/* Whether a string's token says that, as it stands there. */
#define SAYS(document, token, word)					\
	((token)->length == sizeof(word) + 1 && memcmp((document)->text + \
	(token)->offset + 1, word, sizeof(word) - 1) == 0)

/* There may be a thousand of them: straight over the tokens. */
static bool
is_system(struct json_value message)
{
	const struct json_document	*document = message.document;
	const struct json_token		*all = document->tokens, *role = NULL;
	uint32_t			 i, end = all[message.index].next;

	if (all[message.index].kind != JSON_OBJECT)
		return false;
	for (i = message.index + 1; i < end; i = all[i + 1].next)
		if (SAYS(document, &all[i], "role"))
			role = &all[i + 1];
	return role != NULL && (SAYS(document, role, "system") ||
	    SAYS(document, role, "developer"));
}

static void
add_history(struct context *context, struct json_value history)
{
	struct json_walk	walk = json_walk(history);

	context->history += bytes_of(history);
	if (!json_is(history, JSON_ARRAY))
		return;
	while (json_next(&walk)) {
		uint32_t	bytes = bytes_of(walk.value);

		if (!is_system(walk.value))
			continue;
		context->history -= bytes;
		context->system += bytes;
	}
}

/* ---- media ---- */

/* base64 under the names that the dialects have for it, or a data URL. */
static bool
is_media(const struct json_document *document, uint32_t index)
{
	const struct json_token	*token = &document->tokens[index];
	const char		*at = document->text + token->offset + 1;
	const struct json_token	*key = token - 1;

	if (memcmp(at, "data:", 5) == 0)
		return true;
	return index > 0 && key->kind == JSON_STRING && key->length >= 6 &&
	    memcmp(document->text + key->offset + key->length - 5, "data\"",
	    5) == 0 && memchr(at, ' ', MEDIA_MIN / 2) == NULL;
}

/* Steps over whatever is small. */
static uint32_t
sum_media(const struct json_document *document)
{
	uint32_t	i = 0, sum = 0;

	while (i < document->count) {
		const struct json_token	*token = &document->tokens[i];

		if (token->kind == JSON_STRING && token->length > MEDIA_MIN &&
		    is_media(document, i))
			sum += token->length;
		i = token->length < MEDIA_MIN ? token->next : i + 1;
	}
	return sum;
}

void
context_read(struct context *context, struct json_value body)
{
	struct json_walk	walk = json_walk(body);

	memset(context, 0, sizeof(*context));
	while (json_next(&walk)) {
		/* None of them is a number or a word. */
		if (json_kind(walk.value) < JSON_STRING)
			continue;
		switch (part_of(walk.key)) {
		case PART_SYSTEM:
			context->system += bytes_of(walk.value);
			break;
		case PART_TOOLS:
			add_tools(context, walk.value);
			break;
		case PART_HISTORY:
			add_history(context, walk.value);
			break;
		case PART_NONE:
			break;
		}
	}
	if (!json_is(body, JSON_MISSING))
		context->media = sum_media(body.document);
}

int64_t
context_output_max(struct json_value body)
{
	static const char *const	names[] = { "max_tokens",
	    "max_completion_tokens", "max_output_tokens" };
	int64_t				tokens = 0;
	size_t				i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_int64(json_get(body, names[i]), &tokens) == 0)
			return tokens < 0 ? 0 : tokens;
	(void)json_int64(json_get(json_get(body, "generationConfig"),
	    "maxOutputTokens"), &tokens);
	return tokens < 0 ? 0 : tokens;
}
