#include "build.h"

#include "chat.h"
#include "dialects/openai/openai.h"

static const struct operation operations[] = {
	{ .path = "chat/completions", .methods = ALLOWS_POST,
	    .serving = SERVED_CONVERTED, .kind = OPERATION_CONVERSATIONS,
	    .upstream = "/chat/completions" },
	{ .path = NULL },
};

static const struct dialect_header factory_headers[] = {
	{ "accept", "application/json", HEADER_ALWAYS },
	{ "x-factory-client", "cli", HEADER_ALWAYS },
	{ NULL, NULL, HEADER_ALWAYS },
};

const struct dialect dialect_chat = {
	.kind = DIALECT_CHAT,
	.name = "chat",
	.operations = operations,
	.family = openai_operations,
	.factory_headers = factory_headers,
	.plain_headers = openai_plain_headers,
	.reply_headers = openai_reply_headers,
	.sdk_version = "5.23.2",
	.untold = UNTOLD_SEARCHES | UNTOLD_STOP_SEQUENCE | UNTOLD_PAUSE,
	.id_prefix = "chatcmpl-",
	.write_models = openai_write_models,
	.write_model = openai_write_model,
	.read_head = chat_read_head,
	.edit_request = chat_edit_request,
	.read_request = chat_read_request,
	.write_request = chat_write_request,
	.watch_event = chat_watch_event,
	.watch_reply = chat_watch_reply,
	.read_event = chat_read_event,
	.read_reply = chat_read_reply,
	.write_stream = &chat_stream,
	.write_reply = chat_write_reply,
	.status = problem_plain_status,
	.write_problem = openai_write_problem,
	.emit_keep_alive = chat_emit_keep_alive,
};
