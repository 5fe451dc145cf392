#include "build.h"

#include "json_text.h"
#include "responses.h"
#include "responses_convert.h"

static bool
holds_refusal(const struct reply *reply)
{
	const struct reply_block	*block;

	for (block = reply->blocks; block != NULL; block = block->next)
		if (block->kind == BLOCK_REFUSAL)
			return true;
	return false;
}

const char *
responses_status(const struct reply *reply)
{
	switch (reply->stop) {
	case STOP_LENGTH:
	case STOP_CONTEXT:
		return "incomplete";
	case STOP_REFUSAL:
		/* One that says why is an answer. */
		return holds_refusal(reply) ? "completed" : "incomplete";
	case STOP_BAD:
		return "failed";
	case STOP_NONE:
	case STOP_END:
	case STOP_SEQUENCE:
	case STOP_CALLS:
	case STOP_PAUSED:
	case STOPS:
		break;
	}
	return "completed";
}

static int64_t
known(int64_t number)
{
	return number < 0 ? 0 : number;
}

static void
put_usage(struct json_write *w, const struct usage *usage)
{
	int64_t	input = known(usage->input) + known(usage->cache_read) +
		    known(usage->cache_write);
	int64_t	output = known(usage->output);

	json_put_object(w);
	json_member_int(w, "input_tokens", input);
	json_put_key(w, "input_tokens_details");
	json_put_object(w);
	json_member_int(w, "cached_tokens", known(usage->cache_read));
	if (usage->cache_write > 0)
		json_member_int(w, "cache_write_tokens", usage->cache_write);
	json_put_end(w);
	json_member_int(w, "output_tokens", output);
	json_put_key(w, "output_tokens_details");
	json_put_object(w);
	json_member_int(w, "reasoning_tokens", known(usage->reasoning));
	json_put_end(w);
	json_member_int(w, "total_tokens", input + output);
	json_put_end(w);
}

/* Why it failed, or is incomplete. */
static void
put_reasons(struct json_write *w, const struct responses_object *object)
{
	struct problem	bad;

	json_put_key(w, "error");
	if (object->problem != NULL) {
		responses_put_failure(w, object->problem);
	} else if (object->status[0] == 'f') {
		problem_set(&bad, PROBLEM_UPSTREAM,
		    "the model's reply was malformed");
		responses_put_failure(w, &bad);
	} else {
		json_put_null(w);
	}
	json_put_key(w, "incomplete_details");
	if (object->status[0] != 'i' || object->reply == NULL) {
		json_put_null(w);
		return;
	}
	json_put_object(w);
	json_member_string(w, "reason", object->reply->stop == STOP_REFUSAL ?
	    "content_filter" : "max_output_tokens");
	json_put_end(w);
}

static void
put_output(struct json_write *w, struct reply *reply)
{
	struct responses_at		 at = { w, reply, 0, true };
	const struct reply_block	*block = reply->blocks;
	enum responses_kind		 kind;

	while (block != NULL) {
		kind = responses_kind(reply, block);
		if (kind == ITEM_NONE) {
			block = block->next;
			continue;
		}
		block = responses_put_item(&at, kind, block);
		at.index++;
	}
}

/* Members that every response has, and that nothing is known of here. */
static void
put_unknown(struct json_write *w)
{
	static const char *const	nulls[] = {
		"instructions", "max_output_tokens", "max_tool_calls",
		"previous_response_id", "prompt_cache_key",
		"safety_identifier", "service_tier", "temperature", "top_p",
		"user",
	};
	size_t				i;

	for (i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		json_member_null(w, nulls[i]);
	json_member_bool(w, "background", false);
	json_member_bool(w, "parallel_tool_calls", true);
	json_member_bool(w, "store", false);
	json_member_int(w, "top_logprobs", 0);
	json_member_string(w, "tool_choice", "auto");
	json_member_string(w, "truncation", "disabled");
	json_member_raw(w, "metadata", text_of("{}"));
	json_member_raw(w, "reasoning",
	    text_of("{\"effort\":null,\"summary\":null}"));
	json_member_raw(w, "text", text_of("{\"format\":{\"type\":\"text\"}}"));
	json_member_raw(w, "tools", text_of("[]"));
}

void
responses_put_object(struct json_write *w,
    const struct responses_object *object)
{
	json_put_object(w);
	json_member_text(w, "id", object->id);
	json_member_string(w, "object", "response");
	json_member_int(w, "created_at", object->created_at);
	json_member_string(w, "status", object->status);
	json_member_text(w, "model", object->model);
	put_reasons(w, object);
	json_put_key(w, "output");
	json_put_array(w);
	if (object->reply != NULL)
		put_output(w, object->reply);
	json_put_end(w);
	put_unknown(w);
	json_put_key(w, "usage");
	if (object->reply != NULL)
		put_usage(w, &object->reply->usage);
	else
		json_put_null(w);
	json_put_end(w);
}

int
responses_write_reply(struct json_write *w, struct reply *reply)
{
	const struct responses_object	object = {
		.id = reply->client_id,
		.model = reply->client_model,
		.created_at = reply->created_at,
		.status = responses_status(reply),
		.reply = reply,
	};

	responses_put_object(w, &object);
	return reply->arena->failed ? -1 : 0;
}
