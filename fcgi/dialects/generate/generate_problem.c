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

/* google.rpc.RetryInfo is where Google's clients look for Retry-After. */
void
generate_write_problem(struct json_write *w, const struct problem *p,
    const char *request_id)
{
	(void)request_id;	/* travels in a header */
	json_put(w, "{'error':{'code':%u,'message':%s,'status':%s",
	    (unsigned)problem_plain_status(p), p->message, words[p->kind]);
	if (p->retry_after_s > 0)
		json_put(w, "'details':[{'@type':'type.googleapis.com/"
		    "google.rpc.RetryInfo','retryDelay':'%us'}]",
		    (unsigned)p->retry_after_s);
	json_put(w, "}}");
}

/*
 * Never a comment: Google's clients die of one. Nor without a candidate that says
 * something: their chats (but for older ones in Python) then forget the whole turn.
 */
void
generate_emit_keep_alive(struct frames *frames, struct watch *watch)
{
	(void)watch;
	json_put(frame_begin(frames, NULL), "{'candidates':[{'content':{"
	    "'parts':[{'text':''}],'role':'model'},'index':0}]}");
	frame_end(frames);
}
