#include "build.h"

#include "messages.h"
#include "messages_convert.h"
#include "neutral/problem_read.h"

const struct dialect dialect_messages = {
	.kind = DIALECT_MESSAGES,
	.name = "messages",
	.route = "/v1/messages",
	.id_prefix = "msg_",
	.failure_name = "error",
	.read_head = messages_read_head,
	.edit_request = messages_edit_request,
	.read_request = messages_read_request,
	.write_request = messages_write_request,
	.watch_event = messages_watch_event,
	.watch_reply = messages_watch_reply,
	.read_event = messages_read_event,
	.read_reply = messages_read_reply,
	.write_stream = &messages_stream,
	.write_reply = messages_write_reply,
	.status = messages_status,
	.read_problem = problem_read,
	.write_problem = messages_write_problem,
	.emit_keep_alive = messages_emit_keep_alive,
};
