#include "build.h"

#include "generate.h"
#include "generate_convert.h"

#define PASSED(method, api)						\
	.path = "models/{model}" method, .methods = ALLOWS_POST,	\
	.serving = SERVED_PASSED, .kind = OPERATION_##api,		\
	.model = MODEL_IN_PATH, .upstream = method
#define KEPT(word, which)	OPERATION_KEPT(word, which, "/")
#define GET	ALLOWS_GET
#define POST	ALLOWS_POST
#define PATCH	ALLOWS_PATCH
#define DELETE	ALLOWS_DELETE

/* Where a file's bytes are to be sent. */
static const char *const upload_links[] = {
	"x-goog-upload-url", "x-goog-upload-control-url", NULL
};

/*
 * Factory's path, which has model and stream in the body, then Google's own. An
 * endpoint is asked by the latter if {model} is in its URL.
 */
static const struct operation operations[] = {
	{ .path = "generate", .methods = ALLOWS_POST,
	    .serving = SERVED_CONVERTED, .kind = OPERATION_CONVERSATIONS },
	{ .path = "models/{model}:generateContent", .methods = ALLOWS_POST,
	    .serving = SERVED_CONVERTED, .kind = OPERATION_CONVERSATIONS,
	    .model = MODEL_IN_PATH, .upstream = ":generateContent" },
	{ .path = "models/{model}:streamGenerateContent",
	    .methods = ALLOWS_POST, .serving = SERVED_CONVERTED,
	    .kind = OPERATION_CONVERSATIONS, .model = MODEL_IN_PATH,
	    .stream = true, .upstream = ":streamGenerateContent",
	    .upstream_query = "alt=sse" },
	{ .path = "models/{model}:countTokens", .methods = ALLOWS_POST,
	    .serving = SERVED_PASSED, .kind = OPERATION_COUNT_TOKENS,
	    .model = MODEL_IN_PATH, .upstream = ":countTokens",
	    .count_member = "totalTokens" },
	{ PASSED(":batchEmbedContents", EMBEDDINGS),
	    .edit = generate_edit_embedding, .embedder = &generate_embedder },
	{ PASSED(":embedContent", EMBEDDINGS), .edit = generate_edit_embedding,
	    .embedder = &generate_single_embedder },
	{ PASSED(":predict", PREDICT) },
	{ KEPT("cachedContents", GET | POST) },
	{ KEPT("cachedContents/{id}", GET | PATCH | DELETE) },
	{ KEPT("files", GET) },
	{ KEPT("files", POST), .upstream_front = "/upload",
	    .link_headers = upload_links, .link_key = "upload_id" },
	{ KEPT("files/{id}", GET | DELETE) },
	{ KEPT("files/{id}:download", GET) },
	{ .path = NULL },
};


static const struct dialect_header factory_headers[] = {
	{ "accept", "*/*", HEADER_ALWAYS },
	{ "x-factory-client", "cli", HEADER_CLIENTS },
	{ "x-client-version", NULL, HEADER_VERSION },
	{ NULL, NULL, HEADER_ALWAYS },
};

static const struct dialect_header plain_headers[] = {
	{ "x-goog-api-client", NULL, HEADER_CLIENTS },
	{ "x-goog-user-project", NULL, HEADER_WITH_CREDENTIAL },
	{ "x-goog-upload-protocol", NULL, HEADER_CLIENTS },
	{ "x-goog-upload-command", NULL, HEADER_CLIENTS },
	{ "x-goog-upload-offset", NULL, HEADER_CLIENTS },
	{ "x-goog-upload-file-name", NULL, HEADER_CLIENTS },
	{ "x-goog-upload-header-content-length", NULL, HEADER_CLIENTS },
	{ "x-goog-upload-header-content-type", NULL, HEADER_CLIENTS },
	{ NULL, NULL, HEADER_ALWAYS },
};

static const struct dialect_header reply_headers[] = {
	{ "x-goog-", NULL, HEADER_ALWAYS },
	{ NULL, NULL, HEADER_ALWAYS },
};

const struct dialect dialect_generate = {
	.kind = DIALECT_GENERATE,
	.name = "generate",
	.operations = operations,
	.mark_header = "x-goog-api-key",
	.mark_version = "v1beta",
	.factory_headers = factory_headers,
	.plain_headers = plain_headers,
	.reply_headers = reply_headers,
	.ends_by_eof = true,
	.untold = UNTOLD_SEARCHES | UNTOLD_STOP_SEQUENCE | UNTOLD_PAUSE,
	.id_prefix = "",
	.write_models = generate_write_models,
	.write_model = generate_write_model,
	.read_head = generate_read_head,
	.edit_request = generate_edit_request,
	.read_request = generate_read_request,
	.write_request = generate_write_request,
	.watch_event = generate_watch_event,
	.watch_reply = generate_watch_reply,
	.read_event = generate_read_event,
	.read_reply = generate_read_reply,
	.reply_of = generate_reply_of,
	.write_stream = &generate_stream,
	.write_reply = generate_write_reply,
	.status = problem_plain_status,
	.write_problem = generate_write_problem,
	.emit_keep_alive = generate_emit_keep_alive,
};
