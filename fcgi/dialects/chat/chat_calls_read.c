#include "build.h"

#include <string.h>

#include "chat.h"
#include "chat_reply_read.h"
#include "escape.h"
#include "json_text.h"
#include "neutral/blocks.h"

/* Whether arguments that came in pieces are whole: all brackets are closed. */
struct brackets {
	unsigned	depth;
	bool		any, filled, string, escape;
	char		last;		/* outside of strings, but blanks */
};

/* A call as the upstream numbers it, and the key it has in blocks. */
struct known_call {
	struct known_call	*next;		/* older */
	int64_t			 choice, index;
	struct text		 id, name;	/* as first said */
	bool			 custom;	/* its input is no JSON */
	struct brackets		 said;		/* of its arguments */
	struct repeats		 arguments;
	int64_t			 key;
};

/* A call, or a piece of one. */
struct piece {
	int64_t			 choice, index;
	enum saying		 how;
	struct text		 id, name;
	struct json_value	 arguments;
	struct json_value	 json;
};

static void
count_brackets(struct brackets *said, char c)
{
	if (said->escape) {
		said->escape = false;
		return;
	}
	if (!said->string && strchr(" \t\r\n", c) == NULL)
		said->last = c;
	if (c == '\\' || c == '"') {
		said->escape = said->string && c == '\\';
		said->string ^= c == '"';
		said->filled = true;
	} else if (!said->string && (c == '{' || c == '[')) {
		said->depth++;
		said->any = true;
	} else if (!said->string && (c == '}' || c == ']') && said->depth > 0) {
		said->depth--;
	}
}

static void
note_arguments(struct brackets *said, struct escaped text)
{
	struct escape_walk	walk = escape_walk(text);
	struct text		piece;
	size_t			i;

	while (escape_next(&walk, &piece))
		for (i = 0; i < piece.length; i++)
			count_brackets(said, piece.at[i]);
}

static struct known_call *
new_call(struct blocks *blocks, struct chat_reader *reader,
    const struct piece *piece)
{
	struct known_call	*call;

	call = arena_calloc(blocks->arena, 1, sizeof(*call));
	if (call == NULL)
		return NULL;
	call->choice = piece->choice;
	call->index = piece->index;
	call->id = blocks_keep(blocks, piece->id);
	call->name = blocks_keep(blocks, piece->name);
	call->key = reader->keys++;
	call->next = reader->calls;
	reader->calls = call;
	return call;
}

static bool
is_whole(const struct brackets *said)
{
	return said->any && said->depth == 0 && !said->string;
}

/* When a piece that names a call begins another one of an index that has one. */
enum beginning {
	NEVER,
	ALWAYS,
	BEHIND_WHOLE,	/* unless the arguments so far are not whole */
	WITH_MORE,	/* once they are, and more come */
};

/*
 * Some servers number all calls 0, some say id or name again with each piece.
 * Without a name it never begins one.
 */
static bool
is_another(const struct known_call *call, const struct piece *piece)
{
	static const enum beginning	table[2][3] = {
		/*		same id		another		not said */
		/* same name */ { NEVER,	BEHIND_WHOLE,	WITH_MORE },
		/* another */	{ WITH_MORE,	ALWAYS,		ALWAYS },
	};
	const struct brackets	*said = &call->said;
	bool			 another = !text_same(call->name, piece->name);
	size_t			 id = call->id.length == 0 ||
				    piece->id.length == 0 ? 2 :
				    !text_same(call->id, piece->id);

	if (piece->name.length == 0 || call->name.length == 0)
		return false;
	switch (table[another][id]) {
	case NEVER:
		return false;
	case ALWAYS:
		return true;
	case BEHIND_WHOLE:
		return is_whole(said) || !said->any;
	case WITH_MORE:
		return is_whole(said) &&
		    (json_is(piece->arguments, JSON_OBJECT) ||
		    json_escaped(piece->arguments).length > 0);
	}
	return false;
}

static bool
is_of(const struct known_call *call, const struct piece *piece)
{
	if (piece->how == SAID_AGAIN)	/* they stand in their order */
		return call->key == piece->index;
	return call->index == piece->index && call->choice == piece->choice;
}

/*
 * The newest call of the index. Some servers count the pieces: one without id and
 * name is of the newest call, as long as that isn't whole.
 */
static struct known_call *
known_call(struct chat_reader *reader, const struct piece *piece)
{
	struct known_call	*call = reader->calls;

	while (call != NULL && !is_of(call, piece))
		call = call->next;
	if (call == NULL && reader->calls != NULL && piece->id.length == 0 &&
	    piece->name.length == 0 && !is_whole(&reader->calls->said))
		return reader->calls;
	return call;
}

/* The call that a piece belongs to, or a new one. */
static struct known_call *
find_call(struct blocks *blocks, struct chat_reader *reader,
    const struct piece *piece, bool *fresh)
{
	struct known_call	*call = known_call(reader, piece);

	*fresh = call == NULL || piece->how == SAID_WHOLE ||
	    (piece->how == SAID_IN_PIECES && is_another(call, piece));
	if (*fresh)
		return new_call(blocks, reader, piece);
	if (call->name.length == 0)
		call->name = blocks_keep(blocks, piece->name);
	return call;
}

/* Whether a text is the whole of an object or list. */
static bool
is_whole_text(struct escaped text)
{
	struct brackets	said = { .depth = 0 };

	note_arguments(&said, text);
	return is_whole(&said);
}

static int
say_arguments(struct blocks *blocks, struct known_call *call,
    struct escaped text)
{
	if (blocks->arena->failed)
		return blocks_no_memory(blocks);
	note_arguments(&call->said, text);
	return blocks_arguments(blocks, call->key, text);
}

/*
 * What is new of them. All that was said stands before more of it only where a
 * value may begin: {"a":{"a":1}}.
 */
static int
read_arguments(struct blocks *blocks, struct known_call *call,
    const struct piece *piece)
{
	const struct chat_reader *reader = blocks->own;
	const struct brackets	*said = &call->said;
	bool			 grows = reader->text.kind == REPEATS_WHOLE ||
				    reader->thinking.kind == REPEATS_WHOLE;
	bool			 value = call->custom || (!said->string &&
				    (said->last == ':' || said->last == '['));
	bool			 whole = !call->custom && is_whole(&call->said);
	struct escaped		 text = json_escaped(piece->arguments);

	if (whole && said->filled && piece->how != SAID_AGAIN)
		return 0;			/* said again */
	if (!json_is(piece->arguments, JSON_STRING) &&
	    json_kind(piece->arguments) > JSON_NULL) {
		call->said.any = call->said.filled = true;
		return blocks_read_arguments(blocks, call->key,
		    piece->arguments);
	}
	if (piece->how == SAID_WHOLE)
		repeats_pass(&call->arguments, text);
	else if (piece->how == SAID_AGAIN)
		text = repeats_rest(&call->arguments, blocks->arena, text);
	else if (whole && spoken_all(&call->arguments.said, text))
		return 0;
	else
		text = repeats_take(&call->arguments, blocks->arena, text,
		    grows || !value);
	return say_arguments(blocks, call, text);
}

int
chat_settle(struct blocks *blocks)
{
	struct chat_reader	*reader = blocks->own;
	struct known_call	*call;
	struct repeats		*said;

	if (chat_settle_content(blocks) == -1)
		return -1;
	for (call = reader->calls; call != NULL; call = call->next) {
		said = &call->arguments;
		if (said->held.length > 0 && say_arguments(blocks, call,
		    repeats_settle(said, blocks->arena, !call->custom &&
		    is_whole_text(said->newest))) == -1)
			return -1;
	}
	return 0;
}

/* One that says nothing of a call that nobody knows. */
static bool
is_stub(struct chat_reader *reader, const struct piece *piece)
{
	return piece->how == SAID_IN_PIECES && piece->id.length == 0 &&
	    piece->name.length == 0 && json_kind(piece->arguments) !=
	    JSON_OBJECT && json_escaped(piece->arguments).length == 0 &&
	    known_call(reader, piece) == NULL;
}

static int
read_call(struct blocks *blocks, const struct piece *piece)
{
	struct chat_reader	*reader = blocks->own;
	bool			 custom, fresh;
	struct known_call	*call;

	if (is_stub(reader, piece))
		return 0;
	if (chat_settle_content(blocks) == -1)
		return -1;
	call = find_call(blocks, reader, piece, &fresh);
	if (call == NULL)
		return blocks_no_memory(blocks);
	if (fresh && chat_seal_call(blocks, piece->json) == -1)
		return -1;
	custom = json_is(json_get(piece->json, "custom"), JSON_OBJECT);
	call->custom |= custom;
	if ((custom ? blocks_custom_call : blocks_call)(blocks, call->key,
	    piece->id, piece->name) == -1)
		return -1;
	return read_arguments(blocks, call, piece);
}

/* `inner` holds name and arguments, or a custom call's input. */
static void
describe(struct blocks *blocks, struct piece *piece, struct json_value inner)
{
	piece->name = blocks_decode(blocks, json_get(inner, "name"));
	piece->arguments = json_get(inner, "arguments");
	if (json_is(piece->arguments, JSON_MISSING))
		piece->arguments = json_get(inner, "input");
}

/* Some servers write the number as text. */
static void
read_index(struct blocks *blocks, struct json_value value, int64_t *index)
{
	if (json_is(value, JSON_STRING))
		value = json_scan_into(blocks->arena,
		    blocks_decode(blocks, value));
	json_int64(value, index);
}

/* Where name and arguments are: in the call itself, with some servers. */
static struct json_value
described(struct json_value call)
{
	struct json_value	inner = json_get(call, "custom");

	if (!json_is(inner, JSON_OBJECT))
		inner = json_get(call, "function");
	return json_is(inner, JSON_OBJECT) ? inner : call;
}

/* Of a type that no API has: there is nothing by which a client could run it. */
static bool
is_unknown(struct json_value json)
{
	struct json_value	type = json_get(json, "type");

	return json_escaped(type).length > 0 &&
	    !json_equals(type, "function") && !json_equals(type, "custom") &&
	    !json_is(json_get(json, "function"), JSON_OBJECT) &&
	    !json_is(json_get(json, "custom"), JSON_OBJECT) &&
	    json_is(json_get(json, "arguments"), JSON_MISSING) &&
	    json_is(json_get(json, "name"), JSON_MISSING);
}

/* The `nth` of its list; it has no key by which the last event could repeat it. */
static int
read_unknown(struct blocks *blocks, struct json_value json, enum saying how,
    int64_t nth)
{
	struct chat_reader	*reader = blocks->own;
	struct json_value	 type = json_get(json, "type");
	int			 said;

	if (how == SAID_AGAIN && nth < reader->unknown_calls)
		return 0;
	reader->unknown_calls++;
	if (chat_settle_content(blocks) == -1)
		return -1;
	said = blocks_say_unknown(blocks, "tool_calls", type, json);
	if (said == 0)
		reader->unread = blocks_keep(blocks, blocks_decode(blocks,
		    type));
	return said == -1 ? -1 : 0;
}

static int
read_one(struct blocks *blocks, struct json_value json, struct piece *piece)
{
	piece->json = json;
	if (piece->how != SAID_AGAIN)
		read_index(blocks, json_get(json, "index"), &piece->index);
	piece->id = blocks_decode(blocks, json_get(json, "id"));
	describe(blocks, piece, described(json));
	return read_call(blocks, piece);
}

/* Some servers say a call in both forms. */
static bool
has_listed(const struct chat_reader *reader, int64_t choice)
{
	const struct known_call	*call = reader->calls;

	while (call != NULL && (call->index < 0 || call->choice != choice))
		call = call->next;
	return call != NULL;
}

/* A list of them, where there is but one some say it alone; or the old form. */
int
chat_read_calls(struct blocks *blocks, struct json_value message, int64_t choice,
    enum saying how)
{
	struct json_value	inner = json_get(message, "tool_calls");
	struct json_walk	walk = json_walk(inner);
	struct piece		piece = { .choice = choice, .how = how };
	int64_t			index = 0, unknown = 0;
	int			result = 0;

	if (json_is(inner, JSON_OBJECT))
		return is_unknown(inner) ? read_unknown(blocks, inner, how, 0) :
		    read_one(blocks, inner, &piece);
	while (result == 0 && json_next(&walk)) {
		piece = (struct piece){ .choice = choice, .how = how,
		    .index = how == SAID_AGAIN ? index - unknown : index };
		result = is_unknown(walk.value) ? read_unknown(blocks,
		    walk.value, how, unknown++) :
		    read_one(blocks, walk.value, &piece);
		index++;
	}
	if (result == -1)
		return -1;
	inner = json_get(message, "function_call");
	if (!json_is(inner, JSON_OBJECT) || has_listed(blocks->own, choice))
		return 0;
	piece = (struct piece){ .choice = choice, .how = how,
	    .index = how == SAID_AGAIN ? 0 : -1 };
	describe(blocks, &piece, inner);
	return read_call(blocks, &piece);
}
