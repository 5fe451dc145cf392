#include "build.h"

#include <stdio.h>

#include "json_text.h"
#include "responses.h"
#include "responses_convert.h"

/* An event with a response object that ended in `p`, or is in progress. */
static void
emit_response(struct frames *frames, struct watch *watch, const char *type,
    const struct problem *p)
{
	struct json_write		*w = frame_begin(frames, type);
	struct responses_object		object = {
		.id = text_of(watch->id),
		.model = text_of(watch->model),
		.created_at = watch->created_at,
		.status = p != NULL ? "failed" : "in_progress",
		.problem = p,
	};

	json_put(w, "{'type':%s,'sequence_number':%d,'response':", type,
	    ++watch->sequence);
	responses_put_object(w, &object);
	json_put_end(w);
	frame_end(frames);
}

/*
 * A stream that hasn't begun begins first: the openai SDK wants
 * response.created before anything else, and Codex takes a bare `error` event
 * for nothing.
 */
void
responses_emit_failure(struct frames *frames, struct watch *watch,
    const struct problem *p, const char *request_id)
{
	if (watch->id[0] == '\0')
		snprintf(watch->id, sizeof(watch->id), "resp_%s",
		    request_id != NULL ? request_id : "failed");
	if (!watch->began)
		emit_response(frames, watch, "response.created", NULL);
	emit_response(frames, watch, "response.failed", p);
	watch->began = true;
}

/* Before response.created the openai SDK bears only a comment. */
void
responses_emit_keep_alive(struct frames *frames, struct watch *watch)
{
	if (!watch->began) {
		frame_comment(frames, "keep-alive");
		return;
	}
	json_put(frame_begin(frames, "keepalive"),
	    "{'type':'keepalive','sequence_number':%d}", ++watch->sequence);
	frame_end(frames);
}
