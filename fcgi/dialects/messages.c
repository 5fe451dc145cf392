#include "build.h"

#include "messages.h"
#include "problem_read.h"

const struct dialect dialect_messages = {
	.kind = DIALECT_MESSAGES,
	.name = "messages",
	.route = "/v1/messages",
	.edit_depth = 5,	/* request, messages, message, content, block */
	.id_prefix = "msg_",
	.read_head = messages_read_head,
	.edit_request = messages_edit_request,
	.watch_event = messages_watch_event,
	.watch_reply = messages_watch_reply,
	.status = messages_status,
	.read_problem = problem_read,
	.write_problem = messages_write_problem,
	.emit_failure = messages_emit_failure,
	.emit_keep_alive = messages_emit_keep_alive,
};
