#include "build.h"

#include <string.h>

#include "dialects/openai/openai.h"
#include "json_text.h"
#include "responses.h"
#include "responses_convert.h"

static void
put_usage(struct json_write *w, const struct usage *usage)
{
	int64_t	input = usage_all_input(usage);
	int64_t	output = usage_known(usage->output);

	json_put(w, "{'input_tokens':%d,'input_tokens_details':{"
	    "'cached_tokens':%d,'cache_write_tokens':%d},'output_tokens':%d,"
	    "'output_tokens_details':{'reasoning_tokens':%d},"
	    "'total_tokens':%d}", input, usage_known(usage->cache_read),
	    usage_known(usage->cache_write), output,
	    usage_known(usage->reasoning), input + output);
}

/*
 * `error.code` of a failed response. Codex tries again after server_error and
 * rate_limit_exceeded only; server_is_overloaded is final to it.
 */
static const char *
failure_code(const struct problem *p)
{
	switch (p->kind) {
	case PROBLEM_CONTEXT_EXCEEDED:
	case PROBLEM_PAYMENT:
	case PROBLEM_RATE:
		return openai_code(p);
	case PROBLEM_INVALID:
	case PROBLEM_TOO_LARGE:
		return "invalid_prompt";
	case PROBLEM_NONE:
	case PROBLEM_UNAUTHORIZED:
	case PROBLEM_FORBIDDEN:
	case PROBLEM_MISSING:
	case PROBLEM_METHOD:
	case PROBLEM_CLIENT_TIMEOUT:
	case PROBLEM_MEDIA_TYPE:
	case PROBLEM_UPGRADE:
	case PROBLEM_SERVER:
	case PROBLEM_NOT_IMPLEMENTED:
	case PROBLEM_UPSTREAM:
	case PROBLEM_OVERLOADED:
	case PROBLEM_TIMEOUT:
	case PROBLEM_KINDS:
		break;
	}
	return "server_error";
}

/* Codex reads the delay of a rate limit out of the message, else of `headers`. */
static void
put_failure(struct json_write *w, const struct problem *p)
{
	json_put(w, "{'code':%s,'message':'%s", failure_code(p), p->message);
	if (p->retry_after_s > 0 && strstr(p->message, "try again in") == NULL)
		json_put(w, " Please try again in %us.",
		    (unsigned)p->retry_after_s);
	json_put(w, "'");
	if (p->retry_after_s > 0)
		json_put(w, "'headers':{'retry-after':'%u'}",
		    (unsigned)p->retry_after_s);
	json_put(w, "}");
}

/* Why it failed, or is incomplete. */
static void
put_reasons(struct json_write *w, const struct responses_object *object)
{
	struct problem	bad;

	json_put(w, "'error':");
	if (object->problem != NULL) {
		put_failure(w, object->problem);
	} else if (object->status[0] == 'f') {
		problem_set(&bad, PROBLEM_UPSTREAM,
		    "the model's reply was malformed");
		put_failure(w, &bad);
	} else {
		json_put_null(w);
	}
	json_put(w, "'incomplete_details':");
	if (object->status[0] == 'i' && object->reply != NULL)
		json_put(w, "{'reason':%s}",
		    object->reply->stop == STOP_REFUSAL ? "content_filter" :
		    "max_output_tokens");
	else
		json_put_null(w);
}

static void
put_output(struct json_write *w, struct reply *reply)
{
	struct responses_at		 at = { w, reply, 0, true };
	const struct reply_block	*block = reply->blocks;
	enum responses_kind		 kind;

	while (block != NULL) {
		kind = responses_kind(block);
		if (kind == ITEM_NONE) {
			block = block->next;
			continue;
		}
		block = responses_put_item(&at, kind, block);
		at.index++;
	}
}

/* When it was completed, and numbers that are never null in a response. */
static void
put_settings(struct json_write *w, const struct responses_object *object)
{
	const struct text	one = text_of("1");

	json_put(w, "],'completed_at':");
	if (object->status[0] == 'c')
		json_put_int(w, object->completed_at);
	else
		json_put_null(w);
	json_put(w, "'temperature':%r,'top_p':%r,'presence_penalty':0,"
	    "'frequency_penalty':0", object->temperature.length > 0 ?
	    object->temperature : one, object->top_p.length > 0 ?
	    object->top_p : one);
}

void
responses_put_object(struct json_write *w,
    const struct responses_object *object)
{
	json_put(w, "{'id':%t,'object':'response','created_at':%d,"
	    "'status':%s,'model':%t", object->id, object->created_at,
	    object->status, object->model);
	put_reasons(w, object);
	json_put(w, "'output':[");
	if (object->reply != NULL)
		put_output(w, object->reply);
	put_settings(w, object);
	/* Members that every response has, and that nothing is known of. */
	json_put(w, "'instructions':null,'max_output_tokens':null,"
	    "'max_tool_calls':null,'previous_response_id':null,"
	    "'prompt_cache_key':null,'safety_identifier':null,"
	    "'service_tier':%s,'user':null,"
	    "'background':false,'parallel_tool_calls':true,'store':false,"
	    "'top_logprobs':0,'tool_choice':'auto','truncation':'disabled',"
	    "'metadata':{},'billing':{'payer':'developer'},"
	    "'prompt_cache_retention':null,'reasoning':{'effort':null,'summary':null},"
	    "'text':{'format':{'type':'text'}},'tools':[],'usage':",
	    object->reply != NULL && object->reply->usage.tier != NULL ?
	    object->reply->usage.tier : "default");
	if (object->reply != NULL)
		put_usage(w, &object->reply->usage);
	else
		json_put_null(w);
	json_put_end(w);
}

/* The answer of responses/compact. */
static void
put_compaction(struct json_write *w, struct reply *reply)
{
	json_put(w, "{'id':%t,'object':'response.compaction','created_at':%d,"
	    "'output':[", reply->client_id, reply->created_at);
	put_output(w, reply);
	json_put(w, "],'usage':");
	put_usage(w, &reply->usage);
	json_put_end(w);
}

int
responses_write_reply(struct json_write *w, struct reply *reply)
{
	const struct responses_object	object = {
		.id = reply->client_id,
		.model = reply->client_model,
		.created_at = reply->created_at,
		.completed_at = reply->completed_at,
		.temperature = reply->temperature,
		.top_p = reply->top_p,
		.status = responses_status(reply),
		.reply = reply,
	};

	if (reply->compact)
		put_compaction(w, reply);
	else
		responses_put_object(w, &object);
	return reply->arena->failed ? -1 : 0;
}
