#include "build.h"

#include "dialects/openai/openai.h"
#include "neutral/problem_read.h"
#include "responses.h"
#include "responses_convert.h"

const struct dialect dialect_responses = {
	.kind = DIALECT_RESPONSES,
	.name = "responses",
	.route = "/v1/responses",
	.stream_repeats = true,
	.id_prefix = "resp_",
	.read_head = responses_read_head,
	.edit_request = responses_edit_request,
	.read_request = responses_read_request,
	.write_request = responses_write_request,
	.watch_event = responses_watch_event,
	.watch_reply = responses_watch_reply,
	.read_event = responses_read_event,
	.read_reply = responses_read_reply,
	.write_stream = &responses_stream,
	.write_reply = responses_write_reply,
	.status = openai_status,
	.read_problem = problem_read,
	.write_problem = openai_write_problem,
	.emit_failure = responses_emit_failure,
	.emit_keep_alive = responses_emit_keep_alive,
};
