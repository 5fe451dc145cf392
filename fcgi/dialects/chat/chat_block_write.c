#include "build.h"

#include "chat_reply.h"
#include "json_text.h"
#include "utf8.h"

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
chat_put_head(struct json_write *w, const struct reply *reply,
    const char *object)
{
	json_put(w, "{'id':%t,'object':%s,'created':%d,'model':%t",
	    reply->client_id, object, reply->created_at, reply->client_model);
	if (reply->usage.tier != NULL)
		json_put(w, "'service_tier':%s", reply->usage.tier);
}

/* A redacted one of a server of this API is a whole detail. */
void
chat_put_detail(struct json_write *w, const struct seal *seal,
    int64_t thought, unsigned index)
{
	if (seal->dialect == DIALECT_CHAT && seal->place == SEAL_REDACTED) {
		json_put_raw(w, seal->bytes);
	} else if (seal->dialect == DIALECT_CHAT) {
		json_put(w, "{'type':'reasoning.text','signature':%t}",
		    seal->bytes);
	} else {
		json_put(w, "{'type':'reasoning.encrypted','data':'");
		if (seal->place == SEAL_THINKING)
			json_put(w, "%d:", thought);
		seal_pack(w->out, seal);	/* needs no escaping */
		json_put(w, "','format':'" CHAT_DETAIL_FORMAT "','index':%u}",
		    index);
	}
}

/* The inside of a call, whose object is open. */
static void
put_call(struct json_write *w, const struct reply_block *block,
    const struct seal *seal, struct escaped text)
{
	bool		 custom = block->kind == BLOCK_CUSTOM_CALL;
	const char	*type = custom ? "custom" : "function";

	json_put(w, "'id':%t,'type':%s,'%s':{'name':%t,'%s':%e}", block->id,
	    type, type, block->name, custom ? "input" : "arguments", text);
	if (seal != NULL) {
		json_put(w,
		    "'extra_content':{'google':{'thought_signature':");
		seal_put(w, seal, DIALECT_CHAT);
		json_put(w, "}}");
	}
	json_put_end(w);
}

void
chat_put_call(struct json_write *w, const struct reply_block *block,
    const struct seal *seal)
{
	struct escaped	text = block_text(block);

	if (block->kind == BLOCK_CALL && text.length == 0)
		text = escaped_of("{}");
	json_put_object(w);
	put_call(w, block, seal, text);
}

void
chat_put_call_start(struct json_write *w, const struct reply_block *block,
    const struct seal *seal, unsigned index)
{
	json_put(w, "{'index':%u", index);
	put_call(w, block, seal, (struct escaped){ "", 0 });
}

void
chat_put_citations(struct json_write *w, const struct citation *citation,
    int64_t start)
{
	for (; citation != NULL; citation = citation->next)
		json_put(w, "{'type':'url_citation','url_citation':{"
		    "'start_index':%d,'end_index':%d,'url':%e,'title':%e}}",
		    start + usage_known(citation->start),
		    start + usage_known(citation->end), citation->url,
		    citation->title);
}

void
chat_put_logprobs(struct json_write *w, struct text elements)
{
	if (elements.length > 0)
		json_put(w, "{'content':[%r],'refusal':null}", elements);
	else
		json_put_null(w);
}

void
chat_put_usage(struct json_write *w, const struct usage *usage)
{
	int64_t	input = usage_all_input(usage);
	int64_t	output = usage_known(usage->output);

	json_put(w, "'usage':{'prompt_tokens':%d,'completion_tokens':%d,"
	    "'total_tokens':%d,'prompt_tokens_details':{'cached_tokens':%d",
	    input, output, input + output, usage_known(usage->cache_read));
	if (usage->cache_write > 0)
		json_put(w, "'cache_write_tokens':%d", usage->cache_write);
	json_put(w, "},'completion_tokens_details':{'reasoning_tokens':%d}}",
	    usage_known(usage->reasoning));
}

void
chat_put_image(struct json_write *w, struct text media_type,
    struct escaped base64)
{
	json_put(w, "'type':'image_url','image_url':{'url':"
	    "'data:%t;base64,%e'}}", media_type, base64);
}
