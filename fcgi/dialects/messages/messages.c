#include "build.h"

#include <string.h>

#include "json_text.h"
#include "messages.h"
#include "messages_convert.h"

#define API_VERSION	"2023-06-01"

#define KEPT(word, which)	OPERATION_KEPT(word, which, "/v1/")
#define GET	ALLOWS_GET
#define POST	ALLOWS_POST
#define DELETE	ALLOWS_DELETE

static const struct operation operations[] = {
	{ .path = "messages", .methods = ALLOWS_POST,
	    .serving = SERVED_CONVERTED, .kind = OPERATION_CONVERSATIONS,
	    .upstream = "/v1/messages" },
	{ .path = "messages/count_tokens", .methods = ALLOWS_POST,
	    .serving = SERVED_PASSED, .kind = OPERATION_COUNT_TOKENS,
	    .upstream = "/v1/messages/count_tokens",
	    .count_member = "input_tokens" },
	{ KEPT("messages/batches", GET | POST), .link_member = "results_url" },
	{ KEPT("messages/batches/{id}", GET | DELETE),
	    .link_member = "results_url" },
	{ KEPT("messages/batches/{id}/cancel", POST),
	    .link_member = "results_url" },
	{ KEPT("messages/batches/{id}/results", GET) },
	{ KEPT("files", GET | POST) },
	{ KEPT("files/{id}", GET | DELETE) },
	{ KEPT("files/{id}/content", GET) },
	{ KEPT("skills", GET | POST) },
	{ KEPT("skills/{id}", GET | DELETE) },
	{ KEPT("skills/{id}/versions", GET | POST) },
	{ KEPT("skills/{id}/versions/{id}", GET | DELETE) },
	{ KEPT("skills/{id}/versions/{id}/content", GET) },
	{ .path = NULL },
};

static const struct dialect_header factory_headers[] = {
	{ "accept", "application/json", HEADER_ALWAYS },
	{ "x-api-key", "placeholder", HEADER_ALWAYS },
	{ "anthropic-version", API_VERSION, HEADER_ANY_CLIENTS },
	{ "x-factory-client", "cli", HEADER_ALWAYS },
	{ "x-stainless-timeout", "600", HEADER_CLIENTS },
	{ "x-stainless-helper-method", "stream", HEADER_OF_STREAMS },
	{ NULL, NULL, HEADER_ALWAYS },
};

static const struct dialect_header plain_headers[] = {
	{ "anthropic-version", API_VERSION, HEADER_ANY_CLIENTS },
	{ NULL, NULL, HEADER_ALWAYS },
};

static const struct dialect_header reply_headers[] = {
	{ "anthropic-organization-id", NULL, HEADER_WITH_CREDENTIAL },
	{ "anthropic-ratelimit-", NULL, HEADER_WITH_CREDENTIAL },
	{ NULL, NULL, HEADER_ALWAYS },
};

/* Claude Code's. */
static const char *const session_headers[] = {
	"x-claude-code-session-id", NULL
};

struct text
messages_session(struct arena *arena, struct json_value user_id)
{
	static const char	 mark[] = "_session_";
	struct text		 user, none = { "", 0 };
	const char		*at;

	user = text_decode(arena, json_escaped(user_id), NULL);
	if (user.length == 0)
		return none;
	if (user.at[0] == '{')
		return text_decode(arena, json_escaped(json_get(
		    json_scan_into(arena, user), "session_id")), NULL);
	at = memmem(user.at, user.length, mark, sizeof(mark) - 1);
	if (at == NULL)
		return none;
	at += sizeof(mark) - 1;
	return (struct text){ at, (size_t)(user.at + user.length - at) };
}

int
messages_read_head(struct head *head, struct arena *arena,
    struct json_value body, struct problem *p)
{
	struct text	session;

	if (head_read(head, body, p) == -1)
		return -1;
	session = messages_session(arena, json_get(json_get(body,
	    "metadata"), "user_id"));
	if (!text_is_blank(session)) {
		head->session = session;
		head->session_name = "session_id";
	}
	return 0;
}

const struct dialect dialect_messages = {
	.kind = DIALECT_MESSAGES,
	.name = "messages",
	.operations = operations,
	.mark_header = "anthropic-version",
	.mark_word = "messages",
	.session_headers = session_headers,
	.factory_headers = factory_headers,
	.plain_headers = plain_headers,
	.reply_headers = reply_headers,
	.sdk_version = "0.57.0",
	.beta_header = "anthropic-beta",
	.untold = UNTOLD_IMAGES | UNTOLD_LOGPROBS,
	.id_prefix = "msg_",
	.failure_name = "error",
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
	.write_stream = &messages_stream,
	.write_reply = messages_write_reply,
	.join_betas = messages_join_betas,
	.status = problem_status,
	.write_problem = messages_write_problem,
	.emit_keep_alive = messages_emit_keep_alive,
};
