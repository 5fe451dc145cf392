#include "build.h"

#include "generate.h"

/* google.rpc.Code names. */
static const char *const words[PROBLEM_KINDS] = {
	[PROBLEM_NONE] =		"UNKNOWN",
	[PROBLEM_INVALID] =		"INVALID_ARGUMENT",
	[PROBLEM_CONTEXT_EXCEEDED] =	"INVALID_ARGUMENT",
	[PROBLEM_UNAUTHORIZED] =	"UNAUTHENTICATED",
	[PROBLEM_PAYMENT] =		"RESOURCE_EXHAUSTED",
	[PROBLEM_FORBIDDEN] =		"PERMISSION_DENIED",
	[PROBLEM_MISSING] =		"NOT_FOUND",
	[PROBLEM_METHOD] =		"INVALID_ARGUMENT",
	[PROBLEM_CLIENT_TIMEOUT] =	"DEADLINE_EXCEEDED",
	[PROBLEM_TOO_LARGE] =		"INVALID_ARGUMENT",
	[PROBLEM_MEDIA_TYPE] =		"INVALID_ARGUMENT",
	[PROBLEM_UPGRADE] =		"INVALID_ARGUMENT",
	[PROBLEM_RATE] =		"RESOURCE_EXHAUSTED",
	[PROBLEM_SERVER] =		"INTERNAL",
	[PROBLEM_NOT_IMPLEMENTED] =	"UNIMPLEMENTED",
	[PROBLEM_UPSTREAM] =		"INTERNAL",
	[PROBLEM_OVERLOADED] =		"UNAVAILABLE",
	[PROBLEM_TIMEOUT] =		"DEADLINE_EXCEEDED",
};

int
generate_status(const struct problem *p)
{
	int	status = problem_status(p);

	if (status == 402)
		return 429;
	return status == 529 ? 503 : status;
}

/* google.rpc.RetryInfo: where Google's clients look for Retry-After. */
static void
put_retry_info(struct json_write *w, int retry_after_s)
{
	json_put_key(w, "details");
	json_put_array(w);
	json_put_object(w);
	json_member_string(w, "@type",
	    "type.googleapis.com/google.rpc.RetryInfo");
	json_put_key(w, "retryDelay");
	json_put_format(w, "%ds", retry_after_s);
	json_put_end(w);
	json_put_end(w);
}

void
generate_write_problem(struct json_write *w, const struct problem *p,
    const char *request_id)
{
	(void)request_id;	/* travels in a header */
	json_put_object(w);
	json_put_key(w, "error");
	json_put_object(w);
	json_member_int(w, "code", generate_status(p));
	json_member_string(w, "message", p->message);
	json_member_string(w, "status", words[p->kind]);
	if (p->retry_after_s > 0)
		put_retry_info(w, p->retry_after_s);
	json_put_end(w);
	json_put_end(w);
}

int
generate_emit_failure(struct buf *out, struct watch *watch,
    const struct problem *p, const char *request_id)
{
	struct json_write	w;

	buf_puts(out, "data: ");
	json_write_start(&w, out);
	generate_write_problem(&w, p, request_id);
	json_write_finish(&w);
	buf_puts(out, "\n\n");
	watch->failed = true;
	watch->ended = true;
	return out->failed ? -1 : 0;
}

/* Never a comment: Google's clients die of one. */
int
generate_emit_keep_alive(struct buf *out, struct watch *watch)
{
	if (watch->ended)
		return 0;
	return buf_puts(out, "data: {\"candidates\":[]}\n\n");
}
