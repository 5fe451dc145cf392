#include "build.h"

#include <string.h>

#include "json_text.h"
#include "messages_convert.h"
#include "neutral/call_id.h"

/* The SDKs want an object with all of them. */
void
messages_put_usage(struct json_write *out, const struct usage *usage)
{
	json_put(out, "{'input_tokens':%d,'cache_creation_input_tokens':%d,"
	    "'cache_read_input_tokens':%d,'output_tokens':%d",
	    usage_known(usage->input), usage_known(usage->cache_write),
	    usage_known(usage->cache_read), usage_known(usage->output));
	if (usage->reasoning >= 0)
		json_put(out, "'output_tokens_details':{'thinking_tokens':%d}",
		    usage->reasoning);
	if (usage->tier != NULL)
		json_put(out, "'service_tier':%s",
		    strcmp(usage->tier, "default") == 0 ? "standard" :
		    usage->tier);
	json_put_end(out);
}

void
messages_put_stop(struct json_write *out, const struct reply *reply)
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
	struct escaped	none = { "", 0 };
	bool		summed = reply->stop == STOP_END &&
			    reply_holds(reply, BLOCK_SUMMARY);

	json_put(out, "'stop_reason':%s,'stop_sequence':%n,'stop_details':",
	    summed ? "compaction" : words[reply->stop], reply->stop == STOP_SEQUENCE ?
	    reply->stop_sequence : none);
	if (reply->stop == STOP_REFUSAL)
		json_put(out, "{'type':'refusal','category':null,"
		    "'explanation':%n}", reply->refusal);
	else
		json_put_null(out);
}

void
messages_put_citation(struct json_write *out, const struct citation *citation)
{
	if (citation->dialect == DIALECT_MESSAGES && citation->raw.length > 0)
		json_put_raw(out, citation->raw);
	else
		json_put(out, "{'type':'web_search_result_location',"
		    "'cited_text':%e,'url':%e,'title':%e,'encrypted_index':''}",
		    citation->cited, citation->url,
		    citation->title.length > 0 ? citation->title :
		    citation->url);
}

static void
put_text(struct json_write *out, const struct reply_block *block, bool whole)
{
	const struct citation	*citation = whole ? block->citations : NULL;
	struct escaped		 text = { "", 0 };

	if (whole)
		text = block->kind == BLOCK_IMAGE ?
		    escaped_of(MESSAGES_IMAGE_NOTE) : block_text(block);
	json_put(out, "{'type':'text','text':%e", text);
	if (citation != NULL) {
		json_put(out, "'citations':[");
		for (; citation != NULL; citation = citation->next)
			messages_put_citation(out, citation);
		json_put_end(out);
	}
	json_put_end(out);
}

static void
put_thinking(struct json_write *out, const struct reply_block *block,
    bool whole)
{
	if (!whole || block->seal == NULL) {
		json_put(out, "{'type':'thinking','thinking':%e,"
		    "'signature':''}", block_text(block));
		return;
	}
	json_put(out, "{'type':'thinking','thinking':%e,'signature':",
	    block_text(block));
	seal_put(out, block->seal, DIALECT_MESSAGES);
	json_put_end(out);
}

static void
put_call(struct json_write *out, struct reply *reply,
    const struct reply_block *block, bool whole)
{
	json_put(out, "{'type':'tool_use','id':%t,'name':%t",
	    call_id_pack(reply->arena, block->id, CALL_ID_MAX), block->name);
	if (block->namespace_name.length > 0)
		json_put(out, "'toolset_name':%t", block->namespace_name);
	json_put(out, "'input':");
	if (!whole)
		json_put(out, "{}}");
	else if (block->kind == BLOCK_CALL)
		json_put(out, "%r}", reply_arguments(reply, block));
	else
		json_put(out, "{'input':%e}}", block_text(block));
}

/* Claude Code shows titles: where there is none, where it is. */
static void
put_results(struct json_write *out, const struct search *search)
{
	const struct search_result	*one;

	if (search->failed) {
		json_put(out, "{'type':'web_search_tool_result_error',"
		    "'error_code':'unavailable'}");
		return;
	}
	json_put_array(out);
	for (one = search->results; one != NULL; one = one->next)
		json_put(out, "{'type':'web_search_result','url':%e,"
		    "'title':%e,'encrypted_content':'','page_age':null}",
		    one->url, one->title.length > 0 ? one->title : one->url);
	json_put_end(out);
}

static void
put_server(struct json_write *out, struct reply *reply,
    const struct reply_block *block, size_t which)
{
	struct text	id;

	if (block->dialect == DIALECT_MESSAGES) {
		json_put_raw(out, block->raw);
		return;
	}
	id = search_id(reply->arena, MESSAGES_FOREIGN_SEARCH,
	    block->search->id);
	if (which > 0) {
		json_put(out, "{'type':'web_search_tool_result',"
		    "'tool_use_id':%t,'content':", id);
		put_results(out, block->search);
		json_put_end(out);
		return;
	}
	json_put(out, "{'type':'server_tool_use','id':%t,'name':'web_search',"
	    "'input':{'query':%e}}", id, block->search->query);
}

bool
messages_is_text_seal(const struct reply_block *block)
{
	return block->kind == BLOCK_REDACTED &&
	    block->seal->place == SEAL_TEXT;
}

size_t
messages_blocks(const struct reply_block *block)
{
	switch (block->kind) {
	case BLOCK_TEXT:
		return !escaped_is_blank(block_text(block));
	case BLOCK_SERVER_CALL:
		if (block->dialect == DIALECT_MESSAGES)
			return 1;
		return block->search == NULL ? 0 : 2;
	case BLOCK_REFUSAL:
		return 0;
	case BLOCK_THINKING:
	case BLOCK_REDACTED:
	case BLOCK_CALL:
	case BLOCK_CUSTOM_CALL:
	case BLOCK_IMAGE:
	case BLOCK_SUMMARY:
		break;
	}
	return 1;
}

void
messages_put_block(struct json_write *out, struct reply *reply,
    const struct reply_block *block, size_t which, bool whole)
{
	switch (block->kind) {
	case BLOCK_TEXT:
	case BLOCK_IMAGE:
		put_text(out, block, whole);
		break;
	case BLOCK_THINKING:
		put_thinking(out, block, whole);
		break;
	case BLOCK_REDACTED:
		json_put(out, "{'type':'redacted_thinking','data':");
		seal_put(out, block->seal, DIALECT_MESSAGES);
		json_put_end(out);
		break;
	case BLOCK_CALL:
	case BLOCK_CUSTOM_CALL:
		put_call(out, reply, block, whole);
		break;
	case BLOCK_SERVER_CALL:
		put_server(out, reply, block, which);
		break;
	case BLOCK_SUMMARY:
		json_put(out, "{'type':'compaction','content':%n,"
		    "'encrypted_content':null}", whole ? block_text(block) :
		    escaped_of(""));
		break;
	case BLOCK_REFUSAL:
		break;
	}
}

void
messages_put_head(struct json_write *out, const struct reply *reply)
{
	json_put(out, "{'id':%t,'type':'message','role':'assistant',"
	    "'model':%t,'content':[", reply->client_id, reply->client_model);
}

int
messages_write_reply(struct json_write *out, struct reply *reply)
{
	const struct reply_block	*block, *end = reply->blocks;
	size_t				 which, count;

	for (block = reply->blocks; block != NULL; block = block->next)
		if (messages_blocks(block) > 0 && !messages_is_text_seal(block))
			end = block->next;
	messages_put_head(out, reply);
	for (block = reply->blocks; block != end; block = block->next) {
		count = messages_blocks(block);
		for (which = 0; which < count; which++)
			messages_put_block(out, reply, block, which, true);
	}
	json_put_end(out);
	messages_put_stop(out, reply);
	json_put(out, "'usage':");
	messages_put_usage(out, &reply->usage);
	json_put_end(out);
	return reply->arena->failed ? -1 : 0;
}
