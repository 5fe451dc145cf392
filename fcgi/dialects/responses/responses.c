#include "build.h"

#include "dialects/openai/openai.h"
#include "responses.h"
#include "responses_convert.h"

#define KEPT(word, which)	OPERATION_KEPT(word, which, "/")
#define GET	ALLOWS_GET
#define POST	ALLOWS_POST
#define DELETE	ALLOWS_DELETE

static const struct operation operations[] = {
	{ .path = "responses", .methods = ALLOWS_POST,
	    .serving = SERVED_CONVERTED, .kind = OPERATION_CONVERSATIONS,
	    .websocket = true, .upstream = "/responses" },
	{ .path = "responses/compact", .methods = ALLOWS_POST,
	    .serving = SERVED_PASSED, .kind = OPERATION_COMPACT,
	    .upstream = "/responses/compact", .summary = true,
	    .edit = responses_edit_compact },
	{ .path = "responses/input_tokens/*", .methods = ALLOWS_ALL,
	    .serving = SERVED_NOT },
	{ KEPT("responses/{id}", GET | DELETE) },
	{ KEPT("responses/{id}/input_items", GET) },
	{ KEPT("responses/{id}/cancel", POST) },
	{ KEPT("conversations", POST) },
	{ KEPT("conversations/{id}", GET | POST | DELETE) },
	{ KEPT("conversations/{id}/items", GET | POST) },
	{ KEPT("conversations/{id}/items/{id}", GET | DELETE) },
	{ .path = NULL },
};


static const struct dialect_header factory_headers[] = {
	{ "accept", "*/*", HEADER_ALWAYS },
	{ "x-factory-client", "cli", HEADER_ALWAYS },
	{ NULL, NULL, HEADER_ALWAYS },
};

/* Codex's. */
static const char *const session_headers[] = {
	"session-id", "thread-id", NULL
};

const struct dialect dialect_responses = {
	.kind = DIALECT_RESPONSES,
	.name = "responses",
	.operations = operations,
	.family = openai_operations,
	.mark_word = "responses",
	.session_headers = session_headers,
	.factory_headers = factory_headers,
	.plain_headers = openai_plain_headers,
	.reply_headers = openai_reply_headers,
	.sdk_version = "5.23.2",
	.stream_repeats = true,
	.untold = UNTOLD_STOP_SEQUENCE | UNTOLD_PAUSE,
	.told_in_events = 1u << PROBLEM_CONTEXT_EXCEEDED,	/* by Codex */
	.id_prefix = "resp_",
	.write_models = openai_write_models,
	.write_model = openai_write_model,
	.read_head = responses_read_head,
	.edit_request = responses_edit_request,
	.read_request = responses_read_request,
	.write_request = responses_write_request,
	.watch_event = responses_watch_event,
	.watch_reply = responses_watch_reply,
	.read_event = responses_read_event,
	.read_reply = responses_read_reply,
	.whole_of = responses_whole_of,
	.write_stream = &responses_stream,
	.write_reply = responses_write_reply,
	.status = problem_plain_status,
	.write_problem = openai_write_problem,
	.emit_failure = responses_emit_failure,
	.emit_keep_alive = responses_emit_keep_alive,
};
