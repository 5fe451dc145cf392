#include "build.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "openai.h"
#include "responses.h"

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

/* Codex reads the delay out of the message. */
static void
put_failure(struct json_write *w, const struct problem *p)
{
	json_put_object(w);
	json_member_string(w, "code", failure_code(p));
	json_put_key(w, "message");
	if (p->retry_after_s > 0 && strstr(p->message, "try again in") == NULL)
		json_put_format(w, "%s Please try again in %ds.", p->message,
		    p->retry_after_s);
	else
		json_put_string(w, p->message);
	json_put_end(w);
}

/* Members that a response must have, and that nothing is known of here. */
static void
put_unknown(struct json_write *w)
{
	static const char *const	nulls[] = {
		"incomplete_details", "instructions", "max_output_tokens",
		"previous_response_id", "temperature", "top_p", "usage", "user",
	};
	size_t				i;

	for (i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		json_member_null(w, nulls[i]);
	json_put_key(w, "metadata");
	json_put_object(w);
	json_put_end(w);
	json_put_key(w, "output");
	json_put_array(w);
	json_put_end(w);
	json_member_bool(w, "parallel_tool_calls", true);
	json_put_key(w, "reasoning");
	json_put_object(w);
	json_member_null(w, "effort");
	json_member_null(w, "summary");
	json_put_end(w);
	json_member_bool(w, "store", false);
	json_member_string(w, "tool_choice", "auto");
	json_put_key(w, "tools");
	json_put_array(w);
	json_put_end(w);
	json_member_string(w, "truncation", "disabled");
}

/* An event with a response object that ended in `p`, or is in progress. */
static void
emit_response(struct buf *out, struct watch *watch, const char *type,
    const struct problem *p)
{
	struct json_write	w;

	buf_printf(out, "event: %s\ndata: ", type);
	json_write_start(&w, out);
	json_put_object(&w);
	json_member_string(&w, "type", type);
	json_member_int(&w, "sequence_number", ++watch->sequence);
	json_put_key(&w, "response");
	json_put_object(&w);
	json_member_string(&w, "id", watch->id);
	json_member_string(&w, "object", "response");
	json_member_int(&w, "created_at", watch->created_at);
	json_member_string(&w, "model", watch->model);
	json_member_string(&w, "status", p != NULL ? "failed" : "in_progress");
	json_put_key(&w, "error");
	if (p != NULL)
		put_failure(&w, p);
	else
		json_put_null(&w);
	put_unknown(&w);
	json_put_end(&w);
	json_put_end(&w);
	json_write_finish(&w);
	buf_puts(out, "\n\n");
}

/*
 * A stream that hasn't begun begins first: the openai SDK wants
 * response.created before anything else, and Codex takes a bare `error` event
 * for nothing.
 */
int
responses_emit_failure(struct buf *out, struct watch *watch,
    const struct problem *p, const char *request_id)
{
	if (watch->id[0] == '\0')
		snprintf(watch->id, sizeof(watch->id), "resp_%s",
		    request_id != NULL ? request_id : "failed");
	if (watch->created_at == 0)
		watch->created_at = time(NULL);
	if (!watch->began)
		emit_response(out, watch, "response.created", NULL);
	emit_response(out, watch, "response.failed", p);
	watch->began = true;
	watch->failed = true;
	watch->ended = true;
	return out->failed ? -1 : 0;
}

/* Before response.created the openai SDK bears only a comment. */
int
responses_emit_keep_alive(struct buf *out, struct watch *watch)
{
	if (watch->ended)
		return 0;
	if (!watch->began)
		return buf_puts(out, ": keep-alive\n\n");
	return buf_printf(out, "event: keepalive\n"
	    "data: {\"type\":\"keepalive\",\"sequence_number\":%lld}\n\n",
	    (long long)++watch->sequence);
}
