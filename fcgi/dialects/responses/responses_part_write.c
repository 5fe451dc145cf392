#include "build.h"

#include "escape.h"
#include "json_text.h"
#include "responses_convert.h"

#define SEAL_BYTES_MAX	((size_t)16 * 1024 * 1024)

struct escaped
responses_text_of(const struct reply_block *block)
{
	if (block->kind == BLOCK_CALL && block->text.length == 0)
		return escaped_of("{}");
	return (struct escaped){ block->text.at, block->text.length };
}

/* One that says nothing of its place is of the whole text. */
void
responses_put_annotation(struct json_write *w,
    const struct citation *citation, const struct reply_block *block)
{
	int64_t	end = citation->end;

	if (citation->dialect == DIALECT_RESPONSES &&
	    citation->raw.length > 0) {
		json_put_raw(w, citation->raw);
		return;
	}
	if (end < 0)
		end = escape_characters(responses_text_of(block));
	json_put_object(w);
	json_member_string(w, "type", "url_citation");
	json_member_int(w, "start_index",
	    citation->start < 0 ? 0 : citation->start);
	json_member_int(w, "end_index", end);
	json_member_escaped(w, "url", citation->url);
	json_member_escaped(w, "title", citation->title);
	json_put_end(w);
}

void
responses_put_logprobs(struct json_write *w, struct text elements)
{
	json_put_key(w, "logprobs");
	json_put_array(w);
	if (elements.length > 0)
		json_put_raw(w, elements);
	json_put_end(w);
}

static void
put_text(struct json_write *w, const struct reply_block *block, bool done)
{
	const struct citation	*citation;
	struct text		 logprobs = { "", 0 };

	json_member_string(w, "type", "output_text");
	json_put_key(w, "annotations");
	json_put_array(w);
	for (citation = done ? block->citations : NULL; citation != NULL;
	    citation = citation->next)
		responses_put_annotation(w, citation, block);
	json_put_end(w);
	if (done)
		logprobs = (struct text){ block->logprobs.at,
		    block->logprobs.length };
	responses_put_logprobs(w, logprobs);
	json_member_escaped(w, "text", done ? responses_text_of(block) :
	    escaped_of(""));
}

void
responses_put_part(struct json_write *w, const struct reply_block *block,
    bool done)
{
	json_put_object(w);
	if (block->kind == BLOCK_TEXT) {
		put_text(w, block, done);
	} else {
		json_member_string(w, "type", "refusal");
		json_member_escaped(w, "refusal", done ?
		    responses_text_of(block) : escaped_of(""));
	}
	json_put_end(w);
}

void
responses_put_summary_part(struct json_write *w, struct escaped text)
{
	json_put_object(w);
	json_member_string(w, "type", "summary_text");
	json_member_escaped(w, "text", text);
	json_put_end(w);
}

/* Another's is packed, so that it comes back as what it was. */
void
responses_put_seal(struct json_write *w, const struct seal *seal)
{
	struct buf	packed;

	if (seal->dialect == DIALECT_RESPONSES) {
		json_member_text(w, "encrypted_content", seal->bytes);
		return;
	}
	buf_init(&packed, SEAL_BYTES_MAX, NULL);
	if (seal_pack(&packed, seal) == -1)
		w->out->failed = 1;
	json_member_text(w, "encrypted_content", (struct text){ packed.at,
	    packed.length });
	buf_release(&packed);
}

struct json_value
responses_search_query(struct json_value item)
{
	if (!json_equals(json_get(item, "type"), "server_tool_use") ||
	    !json_equals(json_get(item, "name"), "web_search"))
		return (struct json_value){ NULL, 0 };
	return json_get(json_get(item, "input"), "query");
}
