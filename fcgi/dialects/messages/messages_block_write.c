#include "build.h"

#include <string.h>

#include "json_text.h"
#include "messages.h"
#include "messages_convert.h"

#define SEAL_BYTES_MAX	((size_t)16 * 1024 * 1024)

static int64_t
known(int64_t count)
{
	return count < 0 ? 0 : count;
}

/* The SDKs want an object with all of them. */
void
messages_put_usage(struct json_write *out, const struct usage *usage)
{
	json_put_object(out);
	json_member_int(out, "input_tokens", known(usage->input));
	json_member_int(out, "cache_creation_input_tokens",
	    known(usage->cache_write));
	json_member_int(out, "cache_read_input_tokens",
	    known(usage->cache_read));
	json_member_int(out, "output_tokens", known(usage->output));
	if (usage->reasoning >= 0) {
		json_put_key(out, "output_tokens_details");
		json_put_object(out);
		json_member_int(out, "thinking_tokens", usage->reasoning);
		json_put_end(out);
	}
	json_put_end(out);
}

static void
put_details(struct json_write *out, enum stop stop, const struct text *refusal)
{
	if (stop != STOP_REFUSAL) {
		json_member_null(out, "stop_details");
		return;
	}
	json_put_key(out, "stop_details");
	json_put_object(out);
	json_member_string(out, "type", "refusal");
	json_member_null(out, "category");
	if (refusal->length > 0)
		json_member_escaped(out, "explanation", (struct escaped){
		    refusal->at, refusal->length });
	else
		json_member_null(out, "explanation");
	json_put_end(out);
}

void
messages_put_stop(struct json_write *out, enum stop stop,
    struct escaped sequence, const struct text *refusal)
{
	static const char *const words[STOPS] = {
		[STOP_NONE] =		"end_turn",
		[STOP_END] =		"end_turn",
		[STOP_SEQUENCE] =	"stop_sequence",
		[STOP_LENGTH] =		"max_tokens",
		[STOP_CALLS] =		"tool_use",
		[STOP_REFUSAL] =	"refusal",
		[STOP_PAUSED] =		"pause_turn",
		[STOP_CONTEXT] =	"model_context_window_exceeded",
		[STOP_BAD] =		"end_turn",
	};

	json_member_string(out, "stop_reason", words[stop]);
	if (stop == STOP_SEQUENCE && sequence.length > 0)
		json_member_escaped(out, "stop_sequence", sequence);
	else
		json_member_null(out, "stop_sequence");
	put_details(out, stop, refusal);
}

/* Another's seal is packed, so that it comes back as what it was. */
void
messages_put_seal(struct json_write *out, const char *key,
    const struct seal *seal)
{
	struct buf	packed;

	if (seal->dialect == DIALECT_MESSAGES) {
		json_member_text(out, key, seal->bytes);
		return;
	}
	buf_init(&packed, SEAL_BYTES_MAX, NULL);
	if (seal_pack(&packed, seal) == -1)
		out->out->failed = 1;
	json_member_text(out, key, (struct text){ packed.at, packed.length });
	buf_release(&packed);
}

void
messages_put_citation(struct json_write *out, const struct citation *citation)
{
	if (citation->dialect == DIALECT_MESSAGES && citation->raw.length > 0) {
		json_put_raw(out, citation->raw);
		return;
	}
	json_put_object(out);
	json_member_string(out, "type", "web_search_result_location");
	json_member_escaped(out, "cited_text", citation->cited);
	json_member_escaped(out, "url", citation->url);
	if (citation->title.length > 0)
		json_member_escaped(out, "title", citation->title);
	else
		json_member_null(out, "title");
	json_member_string(out, "encrypted_index", "");
	json_put_end(out);
}

static void
put_search_call(struct json_write *out, struct text id,
    struct json_value item)
{
	struct json_value	query;

	query = json_get(json_get(item, "action"), "query");
	json_put_object(out);
	json_member_string(out, "type", "server_tool_use");
	json_member_text(out, "id", id);
	json_member_string(out, "name", "web_search");
	json_put_key(out, "input");
	json_put_object(out);
	json_member_value(out, "query", query);
	json_put_end(out);
	json_put_end(out);
}

static void
put_search_result(struct json_write *out, struct text id)
{
	json_put_object(out);
	json_member_string(out, "type", "web_search_tool_result");
	json_member_text(out, "tool_use_id", id);
	json_put_key(out, "content");
	json_put_array(out);
	json_put_end(out);
	json_put_end(out);
}

static struct text
search_id(struct arena *arena, struct json_value item)
{
	struct text	 id = text_decode(arena,
			    json_escaped(json_get(item, "id")), NULL);
	char		*made;
	size_t		 i;

	made = arena_printf(arena, "srvtoolu_%.*s",
	    (int)(id.length > 64 ? 64 : id.length),
	    id.at == NULL ? "" : id.at);
	if (made == NULL)
		return (struct text){ "", 0 };
	for (i = 0; made[i] != '\0'; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
		    "WXYZ0123456789_", made[i]) == NULL)
			made[i] = '_';
	return text_of(made);
}

static bool
ends_with(struct text text, const char *end)
{
	size_t	length = strlen(end);

	return text.length >= length &&
	    memcmp(text.at + text.length - length, end, length) == 0;
}

size_t
messages_server_blocks(struct json_value item)
{
	struct escaped	type = json_escaped(json_get(item, "type"));
	struct text	plain = { type.at, type.length };

	if (text_equals(plain, "web_search_call"))
		return 2;
	return ends_with(plain, "_tool_use") ||
	    ends_with(plain, "_tool_result");
}

void
messages_put_server(struct json_write *out, struct arena *arena,
    struct json_value item, size_t which)
{
	struct text	id;

	if (!json_equals(json_get(item, "type"), "web_search_call")) {
		json_put_value(out, item);
		return;
	}
	id = search_id(arena, item);
	if (which == 0)
		put_search_call(out, id, item);
	else
		put_search_result(out, id);
}
