#include "build.h"

#include "chat_reply.h"
#include "escape.h"
#include "json_text.h"

static const char *const	finish_words[STOPS] = {
	[STOP_NONE] =		"stop",
	[STOP_END] =		"stop",
	[STOP_SEQUENCE] =	"stop",
	[STOP_LENGTH] =		"length",
	[STOP_CALLS] =		"tool_calls",
	[STOP_REFUSAL] =	"content_filter",
	[STOP_PAUSED] =		"stop",
	[STOP_CONTEXT] =	"length",
	[STOP_BAD] =		"stop",
};

const char *
chat_finish_word(enum stop stop)
{
	return finish_words[stop];
}

void
chat_put_call_seal(struct json_write *w, const struct seal *seal)
{
	struct buf	packed;

	int		result;

	if (seal == NULL)
		return;
	buf_init(&packed, w->out->max, w->out->budget);
	if (seal->dialect == DIALECT_CHAT)
		result = buf_add(&packed, seal->bytes.at, seal->bytes.length);
	else
		result = seal_pack(&packed, seal);
	if (result == 0) {
		json_put_key(w, "extra_content");
		json_put_object(w);
		json_put_key(w, "google");
		json_put_object(w);
		json_member_text(w, "thought_signature", (struct text){
		    packed.at, packed.length });
		json_put_end(w);
		json_put_end(w);
	}
	buf_release(&packed);
}

/* One of reasoning_details (chat_request.h): `thought` bytes are sealed. */
/* What a server of this API sealed, as it sealed it. */
static void
put_own_detail(struct json_write *w, const struct seal *seal)
{
	if (seal->place == SEAL_REDACTED) {	/* a whole detail */
		json_put_raw(w, seal->bytes);
		return;
	}
	json_put_object(w);
	json_member_string(w, "type", "reasoning.text");
	json_member_text(w, "signature", seal->bytes);
	json_put_end(w);
}

void
chat_put_detail(struct json_write *w, const struct seal *seal, size_t thought,
    unsigned index)
{
	struct buf	packed;

	if (seal->dialect == DIALECT_CHAT) {
		put_own_detail(w, seal);
		return;
	}
	buf_init(&packed, w->out->max, w->out->budget);
	if (seal->place == SEAL_THINKING)
		buf_printf(&packed, "%zu:", thought);
	json_put_object(w);
	json_member_string(w, "type", "reasoning.encrypted");
	if (seal_pack(&packed, seal) == 0)
		json_member_text(w, "data", (struct text){ packed.at,
		    packed.length });
	json_member_string(w, "format", "droid2api");
	json_member_int(w, "index", index);
	json_put_end(w);
	buf_release(&packed);
}

void
chat_put_citations(struct json_write *w, const struct citation *citation,
    int64_t start)
{
	for (; citation != NULL; citation = citation->next) {
		json_put_object(w);
		json_member_string(w, "type", "url_citation");
		json_put_key(w, "url_citation");
		json_put_object(w);
		json_member_int(w, "start_index", citation->start < 0 ? start :
		    start + citation->start);
		json_member_int(w, "end_index", citation->end < 0 ? start :
		    start + citation->end);
		json_member_escaped(w, "url", citation->url);
		json_member_escaped(w, "title", citation->title);
		json_put_end(w);
		json_put_end(w);
	}
}

static int64_t
known(int64_t number)
{
	return number < 0 ? 0 : number;
}

void
chat_put_usage(struct json_write *w, const struct usage *usage)
{
	int64_t	input = known(usage->input) + known(usage->cache_read) +
		    known(usage->cache_write);
	int64_t	output = known(usage->output);

	json_put_key(w, "usage");
	json_put_object(w);
	json_member_int(w, "prompt_tokens", input);
	json_member_int(w, "completion_tokens", output);
	json_member_int(w, "total_tokens", input + output);
	json_put_key(w, "prompt_tokens_details");
	json_put_object(w);
	json_member_int(w, "cached_tokens", known(usage->cache_read));
	if (usage->cache_write > 0)
		json_member_int(w, "cache_write_tokens", usage->cache_write);
	json_put_end(w);
	json_put_key(w, "completion_tokens_details");
	json_put_object(w);
	json_member_int(w, "reasoning_tokens", known(usage->reasoning));
	json_put_end(w);
	json_put_end(w);
}

void
chat_put_image(struct json_write *w, struct text media_type, struct escaped base64)
{
	json_put_object(w);
	json_member_string(w, "type", "image_url");
	json_put_key(w, "image_url");
	json_put_object(w);
	json_put_key(w, "url");
	json_put_string_start(w);
	json_add_text(w, text_of("data:"));
	json_add_text(w, media_type);
	json_add_text(w, text_of(";base64,"));
	json_add_escaped(w, base64);
	json_put_string_end(w);
	json_put_end(w);
	json_put_end(w);
}

/* How long an escaped span is when decoded. */
void
chat_measure(struct escaped text, size_t *bytes, int64_t *characters)
{
	struct escape_walk	walk = escape_walk(text);
	struct text		piece;
	size_t			i;

	while (escape_next(&walk, &piece)) {
		*bytes += piece.length;
		for (i = 0; i < piece.length; i++)
			*characters += (piece.at[i] & 0xc0) != 0x80;
	}
}
