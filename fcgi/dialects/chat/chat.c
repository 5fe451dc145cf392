#include "build.h"

#include "chat.h"
#include "dialects/openai/openai.h"

const struct dialect dialect_chat = {
	.kind = DIALECT_CHAT,
	.name = "chat",
	.edit_depth = 5,	/* request, messages, message, content, part */
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
	.status = problem_plain_status,
	.write_problem = openai_write_problem,
	.emit_keep_alive = chat_emit_keep_alive,
};
