#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dialects/dialects.h"
#include "dialects/operation_at.h"
#include "json_text.h"

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
	{ DIALECT_GENERATE, GOOGLE "?x", OPERATION_EMBEDDINGS, false,
	    .url = "https://h/v1beta/models/a%2Fb:batchEmbedContents?x" },
	{ DIALECT_GENERATE, GOOGLE, OPERATION_PREDICT, false,
	    .url = "https://h/v1beta/models/a%2Fb:predict" },
	{ DIALECT_GENERATE, "http://h/v1/generate", OPERATION_EMBEDDINGS,
	    false, .url = NULL },
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
	const struct operation	asked = { .kind = e->kind };

	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->dialect = e->dialect;
	endpoint->base_url = e->base;
	endpoint->model_in_url = strstr(e->base, "{model}") != NULL;
	endpoint->urls[OPERATION_CONVERSATIONS] = e->base;
	if (e->named != NULL)
		endpoint->urls[e->kind] = e->named;
	return operation_at(endpoint, &asked, e->stream);
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
		if (row->model == MODEL_NONE)
			continue;
		for (i = 0; i < COUNT(all); i++)
			if (row_of(&all[i], &endpoint) != NULL &&
			    operation_at(&endpoint, row, all[i].stream) == row)
				break;
		if (row->upstream != NULL && i == COUNT(all))
			fail_msg("no URL of %s", row->path);
	}
}

#define MESSAGES	"https://h/v1/messages"

/* Where what an endpoint keeps is: NULL, nobody knows. */
static const struct {
	enum dialect_kind	 dialect;
	const char		*base, *path, *url, *named;
} kept[] = {
	{ DIALECT_CHAT, "http://h/v1/chat/completions?a=b", "files",
	    "http://h/v1/files?a=b", NULL },
	{ DIALECT_RESPONSES, "http://h/v1/responses", "files/F-1/content",
	    "http://h/v1/files/F-1/content", NULL },
	{ DIALECT_RESPONSES, "http://responses/responses",
	    "conversations/c_1/items/i~2", "http://responses/conversations/"
	    "c_1/items/i~2", NULL },
	{ DIALECT_RESPONSES, "http://h/v1/responses", "Responses/r.1/CANCEL/",
	    "http://h/v1/responses/r.1/cancel", NULL },
	{ DIALECT_CHAT, "http://h/v1/completion", "files", NULL, NULL },
	{ DIALECT_CHAT, "http://h/v1/completion", "files/1",
	    "http://h/kept/files/1?x", "http://h/kept?x" },
	{ DIALECT_CHAT, AZURE "?api-version=1", "files", NULL, NULL },
	{ DIALECT_CHAT, AZURE, "files", NULL, "http://h/{model}/v1" },
	{ DIALECT_CHAT, AZURE "?api-version=1", "batches/b",
	    "https://h/openai/batches/b?api-version=2",
	    "https://h/openai?api-version=2" },
	{ DIALECT_MESSAGES, MESSAGES, "messages/batches/b/results",
	    "https://h/v1/messages/batches/b/results", NULL },
	{ DIALECT_MESSAGES, MESSAGES, "skills/s/versions/12",
	    "https://h/v1/skills/s/versions/12", NULL },
	{ DIALECT_GENERATE, GOOGLE ":generateContent", "cachedContents/c-1",
	    "https://h/v1beta/cachedContents/c-1", NULL },
	{ DIALECT_GENERATE, GOOGLE, "files/f:download",
	    "https://h/v1beta/files/f:download", NULL },
	{ DIALECT_GENERATE, "https://h/v1/generate", "files/f", NULL, NULL },
	{ DIALECT_GENERATE, "https://h/x?m=/models/{model}", "files/f", NULL,
	    NULL },
};

/* The dialect's row for a path, of any methods. */
static const struct operation *
find(enum dialect_kind kind, const char *path, struct text *names)
{
	const struct operation	*row = dialect_of(kind)->operations;

	for (; row->path != NULL; row++)
		if (operation_fits(row, text_of(path), names))
			return row;
	row = dialect_of(kind)->family;
	for (; row != NULL && row->path != NULL; row++)
		if (operation_fits(row, text_of(path), names))
			return row;
	return NULL;
}

static void
test_kept(void **state)
{
	struct expected		 e = { .kind = OPERATION_STORED };
	const struct operation	*row, *there;
	struct text		 names[OPERATION_NAMES];
	struct endpoint		 endpoint;
	struct arena		 arena;
	size_t			 i;

	(void)state;
	for (i = 0; i < COUNT(kept); i++) {
		e.dialect = kept[i].dialect;
		e.base = kept[i].base;
		e.named = kept[i].named;
		(void)row_of(&e, &endpoint);
		row = find(e.dialect, kept[i].path, names);
		assert_non_null(row);
		there = operation_at(&endpoint, row, false);
		assert_ptr_equal(there, kept[i].url == NULL ? NULL : row);
		if (there == NULL)
			continue;
		arena_init(&arena, 65536, NULL);
		assert_string_equal(operation_stored_url(row, &endpoint, names,
		    &arena), kept[i].url);
		arena_release(&arena);
	}
}

/* What stands in front of all. */
static void
test_upload(void **state)
{
	const struct operation	*row = dialect_of(DIALECT_GENERATE)
				    ->operations;
	struct endpoint		 endpoint = { .base_url = GOOGLE "?a" };
	struct text		 names[OPERATION_NAMES];
	struct arena		 arena;

	(void)state;
	while (row->upstream_front == NULL)
		row++;
	arena_init(&arena, 65536, NULL);
	assert_string_equal(operation_stored_url(row, &endpoint, names,
	    &arena), "https://h/upload/v1beta/files?a");
	arena_release(&arena);
}

/* What may mean something in a URL is in no id. */
static void
test_ids(void **state)
{
	static const char	*const bad[] = {
		"files/", "files//content", "files/..", "files/.", "files/a b",
		"files/a?b", "files/a#b", "files/a%b", "files/a/../content",
		"files/a\\b", "files/a;b", "files/a:b", "files/\xc3\xa4",
		"files/a/content/x", "files/a@b", "files/a+b", "files/a&b=c",
	};
	struct text		names[OPERATION_NAMES];
	size_t			i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		const struct operation	*row = find(DIALECT_CHAT, bad[i],
					    names);

		if (row != NULL && strcmp(row->path, "files") != 0)
			fail_msg("%s is taken for %s", bad[i], row->path);
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
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_upload),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
