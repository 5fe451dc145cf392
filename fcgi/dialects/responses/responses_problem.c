#include "build.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dialects/openai/openai.h"
#include "json_text.h"
#include "responses.h"
#include "responses_convert.h"

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
void
responses_put_failure(struct json_write *w, const struct problem *p)
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

/* An event with a response object that ended in `p`, or is in progress. */
static void
emit_response(struct buf *out, struct watch *watch, const char *type,
    const struct problem *p)
{
	struct json_write		w;
	struct responses_object		object = {
		.id = text_of(watch->id),
		.model = text_of(watch->model),
		.created_at = watch->created_at,
		.status = p != NULL ? "failed" : "in_progress",
		.problem = p,
	};

	buf_printf(out, "event: %s\ndata: ", type);
	json_write_start(&w, out);
	json_put_object(&w);
	json_member_string(&w, "type", type);
	json_member_int(&w, "sequence_number", ++watch->sequence);
	json_put_key(&w, "response");
	responses_put_object(&w, &object);
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
