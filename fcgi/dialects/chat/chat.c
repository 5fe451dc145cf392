#include "build.h"

#include "chat.h"
#include "dialects/openai/openai.h"
#include "neutral/problem_read.h"

const struct dialect dialect_chat = {
	.kind = DIALECT_CHAT,
	.name = "chat",
	.route = "/v1/chat/completions",
	.id_prefix = "chatcmpl-",
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
	.status = openai_status,
	.read_problem = problem_read,
	.write_problem = openai_write_problem,
	.emit_keep_alive = chat_emit_keep_alive,
};
