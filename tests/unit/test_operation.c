#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dialects/dialect.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define GOOGLE		"https://h/v1beta/models/{model}"
#define AZURE		"https://h/openai/deployments/{model}/chat/completions"

/* Where an endpoint is asked. NULL: it is not asked for that. */
struct expected {
	enum dialect_kind	 dialect;
	const char		*base;
	enum operation_kind	 kind;
	bool			 stream;
	const char		*url;
	const char		*named;		/* in `paths` */
	const char		*model;		/* default "a/b" */
};

static const struct expected	all[] = {
	/* chat */
	{ DIALECT_CHAT, "http://h/x?y", OPERATION_CONVERSATIONS, true,
	    .url = "http://h/x?y" },
	{ DIALECT_CHAT, AZURE "?api-version=1", OPERATION_CONVERSATIONS, false,
	    .url = "https://h/openai/deployments/a%2Fb/chat/completions"
	    "?api-version=1" },
	{ DIALECT_CHAT, AZURE, OPERATION_CONVERSATIONS, true,
	    "https://h/openai/deployments/gpt%204%3F%25%23%C3%A4/chat/"
	    "completions", .model = "gpt 4?%#\xc3\xa4" },
	{ DIALECT_CHAT, "http://h/{model}/{model}:x?m={model}",
	    OPERATION_CONVERSATIONS, false,
	    "http://h/%7Bmodel%7D/%7Bmodel%7D:x?m=%7Bmodel%7D",
	    .model = "{model}" },
	{ DIALECT_CHAT, "http://h/v1/messages", OPERATION_COUNT_TOKENS, false,
	    .url = NULL },
	/* responses */
	{ DIALECT_RESPONSES, "http://h/v1/responses", OPERATION_CONVERSATIONS,
	    false, .url = "http://h/v1/responses" },
	{ DIALECT_RESPONSES, "http://h/{model}/responses",
	    OPERATION_CONVERSATIONS, true, .url = "http://h/a%2Fb/responses" },
	{ DIALECT_RESPONSES, "http://h/v1/responses", OPERATION_COUNT_TOKENS,
	    false, .url = NULL },
	{ DIALECT_RESPONSES, "http://responses/v1/responses?a",
	    OPERATION_COMPACT, false,
	    .url = "http://responses/v1/responses/compact?a" },
	{ DIALECT_RESPONSES, "http://responses", OPERATION_COMPACT, false,
	    .url = NULL },
	{ DIALECT_CHAT, "http://h/v1/chat/completions", OPERATION_COMPACT,
	    false, .url = NULL },
	/* OpenAI's both */
	{ DIALECT_CHAT, AZURE "?api-version=1", OPERATION_EMBEDDINGS, false,
	    .url = "https://h/openai/deployments/a%2Fb/embeddings"
	    "?api-version=1" },
	{ DIALECT_CHAT, "http://h/v1/chat/completions",
	    OPERATION_COMPLETIONS, true, .url = "http://h/v1/completions" },
	{ DIALECT_RESPONSES, "http://h/v1/responses", OPERATION_IMAGES, false,
	    .url = "http://h/v1/images/generations" },
	{ DIALECT_RESPONSES, "http://h/v1/responses", OPERATION_SPEECH, false,
	    .url = "http://h/v1/audio/speech" },
	{ DIALECT_RESPONSES, "http://h/v1/responses", OPERATION_IMAGE_EDITS,
	    false, .url = "http://h/v1/images/edits" },
	{ DIALECT_CHAT, AZURE "?api-version=1", OPERATION_TRANSCRIPTIONS,
	    false, .url = "https://h/openai/deployments/a%2Fb/audio/"
	    "transcriptions?api-version=1" },
	{ DIALECT_CHAT, "http://h/chat/completions", OPERATION_TRANSLATIONS,
	    false, .url = "http://h/audio/translations" },
	{ DIALECT_CHAT, "http://h/chat/completions", OPERATION_MODERATIONS,
	    false, .url = "http://h/moderations" },
	{ DIALECT_CHAT, "http://h/chat/completions", OPERATION_RERANK, false,
	    "http://h/v2/rerank", .named = "http://h/v2/rerank" },
	{ DIALECT_CHAT, "http://h/chat", OPERATION_RERANK, false, .url = NULL },
	{ DIALECT_CHAT, "http://h/chat/completions/x", OPERATION_EMBEDDINGS,
	    false, .url = NULL },
	{ DIALECT_CHAT, "http://h/chat/completions", OPERATION_RERANK, false,
	    .url = "http://h/rerank" },
	{ DIALECT_MESSAGES, "http://h/v1/messages", OPERATION_EMBEDDINGS,
	    false, .url = NULL },
	/* messages */
	{ DIALECT_MESSAGES, "http://h/v1/messages", OPERATION_CONVERSATIONS,
	    true, .url = "http://h/v1/messages" },
	{ DIALECT_MESSAGES, "http://h/{model}:rawPredict",
	    OPERATION_CONVERSATIONS, true, .url = "http://h/a%2Fb:rawPredict" },
	{ DIALECT_MESSAGES, "http://h/v1/messages?a=/v1/messages",
	    OPERATION_COUNT_TOKENS, false,
	    .url = "http://h/v1/messages/count_tokens?a=/v1/messages" },
	{ DIALECT_MESSAGES, "http://h/{model}/v1/messages",
	    OPERATION_COUNT_TOKENS, true,
	    .url = "http://h/a%2Fb/v1/messages/count_tokens" },
	{ DIALECT_MESSAGES, "http://h/messages", OPERATION_COUNT_TOKENS, false,
	    .url = NULL },
	{ DIALECT_MESSAGES, "http://h/messages", OPERATION_COUNT_TOKENS, false,
	    "http://h/{}/count/a%2Fb", .named = "http://h/{}/count/{model}" },
	/* generate */
	{ DIALECT_GENERATE, "http://h/v1/generate", OPERATION_CONVERSATIONS,
	    true, .url = "http://h/v1/generate" },
	{ DIALECT_GENERATE, GOOGLE, OPERATION_CONVERSATIONS, false,
	    .url = "https://h/v1beta/models/a%2Fb:generateContent" },
	{ DIALECT_GENERATE, GOOGLE ":generateContent?x=1",
	    OPERATION_CONVERSATIONS, true, .url = "https://h/v1beta/models/a%2Fb:"
	    "streamGenerateContent?x=1&alt=sse" },
	{ DIALECT_GENERATE, GOOGLE ":generateContent",
	    OPERATION_CONVERSATIONS, true, "https://h/v1beta/models/g-1:"
	    "streamGenerateContent?alt=sse", .model = "g-1" },
	{ DIALECT_GENERATE, GOOGLE ":generateContent", OPERATION_COUNT_TOKENS,
	    false, .url = "https://h/v1beta/models/a%2Fb:countTokens" },
	{ DIALECT_GENERATE, "http://h/v1/generate", OPERATION_COUNT_TOKENS,
	    false, .url = NULL },
	{ DIALECT_GENERATE, "http://h/v1/generate", OPERATION_COUNT_TOKENS,
	    false, "http://h/count", .named = "http://h/count" },
	{ DIALECT_GENERATE, "http://h/v1/generate", OPERATION_COUNT_TOKENS,
	    false, "http://h/a%2Fb:countTokens", .named = "http://h/{model}" },
};

static const struct operation *
row_of(const struct expected *e, struct endpoint *endpoint)
{
	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->dialect = e->dialect;
	endpoint->base_url = e->base;
	endpoint->model_in_url = strstr(e->base, "{model}") != NULL;
	endpoint->urls[OPERATION_CONVERSATIONS] = e->base;
	if (e->named != NULL)
		endpoint->urls[e->kind] = e->named;
	return operation_at(endpoint, e->kind, e->stream);
}

static void
test_urls(void **state)
{
	const struct operation	*row;
	struct endpoint		 endpoint;
	struct arena		 arena;
	size_t			 i;

	(void)state;
	for (i = 0; i < COUNT(all); i++) {
		row = row_of(&all[i], &endpoint);
		if ((row == NULL) != (all[i].url == NULL))
			fail_msg("%s: has %s", all[i].base, row == NULL ?
			    "none" : row->path);
		if (row == NULL)
			continue;
		arena_init(&arena, 65536, NULL);
		assert_string_equal(operation_url(row, &endpoint,
		    all[i].model != NULL ? all[i].model : "a/b", &arena),
		    all[i].url);
		arena_release(&arena);
	}
}

/* A URL that is used as it stands costs nothing. */
static void
test_plain_url(void **state)
{
	struct endpoint	 endpoint;

	(void)state;
	assert_ptr_equal(operation_url(row_of(&all[0], &endpoint), &endpoint,
	    "m", NULL), all[0].base);
}

/* Each row by which an endpoint is asked is in the list above. */
static void
check_rows(const struct operation *row)
{
	struct endpoint	 endpoint;
	size_t		 i;

	for (; row != NULL && row->path != NULL; row++) {
		for (i = 0; i < COUNT(all); i++)
			if (row_of(&all[i], &endpoint) == row)
				break;
		if (row->upstream != NULL && i == COUNT(all))
			fail_msg("no URL of %s", row->path);
	}
}

static void
test_every_row(void **state)
{
	int	kind;

	(void)state;
	for (kind = 0; kind < DIALECT_KINDS; kind++) {
		check_rows(dialect_of((enum dialect_kind)kind)->operations);
		check_rows(dialect_of((enum dialect_kind)kind)->family);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_plain_url),
		cmocka_unit_test(test_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
