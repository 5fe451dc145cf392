#include "build.h"

#include "messages.h"
#include "messages_convert.h"
#include "neutral/problem_read.h"

static const struct operation operations[] = {
	{ .path = "messages", .methods = ALLOWS_POST,
	    .serving = SERVED_CONVERTED, .kind = OPERATION_CONVERSATIONS,
	    .upstream = "/v1/messages" },
	{ .path = "messages/count_tokens", .methods = ALLOWS_POST,
	    .serving = SERVED_PASSED, .kind = OPERATION_COUNT_TOKENS,
	    .upstream = "/v1/messages/count_tokens",
	    .count_member = "input_tokens" },
	{ .path = "messages/batches/*", .methods = ALLOWS_ALL,
	    .serving = SERVED_NOT },
	{ .path = NULL },
};

const struct dialect dialect_messages = {
	.kind = DIALECT_MESSAGES,
	.name = "messages",
	.operations = operations,
	.mark_header = "anthropic-version",
	.mark_word = "messages",
	.edit_depth = 5,	/* request, messages, message, content, block */
	.id_prefix = "msg_",
	.write_models = messages_write_models,
	.write_model = messages_write_model,
	.read_head = messages_read_head,
	.edit_request = messages_edit_request,
	.read_request = messages_read_request,
	.write_request = messages_write_request,
	.watch_event = messages_watch_event,
	.watch_reply = messages_watch_reply,
	.read_event = messages_read_event,
	.read_reply = messages_read_reply,
	.write_event = messages_write_event,
	.write_reply = messages_write_reply,
	.status = messages_status,
	.read_problem = problem_read,
	.write_problem = messages_write_problem,
	.emit_failure = messages_emit_failure,
	.emit_keep_alive = messages_emit_keep_alive,
};
