#include "build.h"

#include "openai.h"

#define PASSED(word, api)						\
	.path = word, .methods = ALLOWS_POST, .serving = SERVED_PASSED,	\
	.kind = OPERATION_##api, .upstream = "/" word
#define KEPT(word, which)	OPERATION_KEPT(word, which, "/")
#define GET	ALLOWS_GET
#define POST	ALLOWS_POST
#define DELETE	ALLOWS_DELETE
#define NOT_OFFERED(word)						\
	.path = word, .methods = ALLOWS_ALL, .serving = SERVED_NOT

const struct operation openai_operations[] = {
	{ PASSED("embeddings", EMBEDDINGS), .embedder = &openai_embedder },
	{ PASSED("completions", COMPLETIONS) },
	{ PASSED("images/generations", IMAGES) },
	{ PASSED("images/edits", IMAGE_EDITS), .body = BODY_FORM },
	{ PASSED("audio/speech", SPEECH) },
	{ PASSED("audio/transcriptions", TRANSCRIPTIONS), .body = BODY_FORM },
	{ PASSED("audio/translations", TRANSLATIONS), .body = BODY_FORM },
	{ PASSED("moderations", MODERATIONS) },
	{ PASSED("rerank", RERANK) },
	{ NOT_OFFERED("images/*") },
	{ NOT_OFFERED("audio/*") },
	{ KEPT("files", GET | POST) },
	{ KEPT("files/{id}", GET | DELETE) },
	{ KEPT("files/{id}/content", GET) },
	{ KEPT("batches", GET | POST) },
	{ KEPT("batches/{id}", GET) },
	{ KEPT("batches/{id}/cancel", POST) },
	{ KEPT("videos", GET | POST) },
	{ KEPT("videos/{id}", GET | DELETE) },
	{ KEPT("videos/{id}/content", GET) },
	{ KEPT("videos/{id}/remix", POST) },
	{ .path = NULL },
};
