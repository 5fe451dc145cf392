#include "build.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "json_text.h"
#include "watch.h"

#define COUNT_MAX	((int64_t)1 << 53)

void
watch_init(struct watch *watch)
{
	memset(watch, 0, sizeof(*watch));
	usage_init(&watch->usage);
	watch->sequence = -1;
	watch->created_at = time(NULL);
}

static const char *
skip_space(const char *at, const char *end)
{
	while (at < end && strchr(" \t\r\n", *at) != NULL)
		at++;
	return at;
}

/* Whether behind a key there is `: value`, and not null or []. */
static bool
value_follows(const char *at, const char *end)
{
	at = skip_space(at, end);
	if (at == end || *at != ':')
		return false;
	at = skip_space(at + 1, end);
	if (at == end || *at == 'n')
		return false;
	return *at != '[' || skip_space(at + 1, end) == end ||
	    *skip_space(at + 1, end) != ']';
}

bool
watch_mentions(struct text json, const char *key)
{
	const char	*at = json.at, *end = json.at + json.length;
	char		 quoted[64];
	size_t		 length;

	length = (size_t)snprintf(quoted, sizeof(quoted), "\"%s\"", key);
	while ((at = memmem(at, (size_t)(end - at), quoted, length)) != NULL) {
		at += length;
		if (value_follows(at, end))
			return true;
	}
	return false;
}

struct json_value
watch_scan(struct json_document *document, struct text json, uint32_t depth)
{
	struct json_limits	limits = { .record_depth = depth };

	json_scan(document, json.at, json.length, &limits);
	return json_root(document);
}

void
watch_count(int64_t *out, struct json_value value)
{
	int64_t	count;

	if (json_int64(value, &count) == 0 && count >= 0 && count <= COUNT_MAX)
		*out = count;
}

void
watch_usage(struct watch *watch, struct json_value value,
    void (*read)(struct usage *, struct json_value))
{
	struct usage	usage;

	if (!json_is(value, JSON_OBJECT))
		return;
	usage_init(&usage);
	read(&usage, value);
	usage_take(&watch->usage, &usage);
}

void
watch_copy(char *out, size_t size, struct json_value value)
{
	struct escaped	text = json_escaped(value);
	size_t		length = text.length < size ? text.length : size - 1;

	if (!json_is(value, JSON_STRING) ||
	    memchr(text.at, '\\', text.length) != NULL)
		return;
	length = utf8_valid(text.at, length);
	memcpy(out, text.at, length);
	out[length] = '\0';
}

/* Servers hand on others' words in their own case. */
static bool
escaped_is_word(struct escaped text, const char *word)
{
	return text.length == strlen(word) &&
	    strncasecmp(text.at, word, text.length) == 0;
}

/* Of no API's own documents, or of another's, handed on. */
static const struct stop_word	others[] = {
	{ "stop", STOP_END },
	{ "length", STOP_LENGTH },
	{ "tool_calls", STOP_CALLS },
	{ "content_filter", STOP_REFUSAL },
	{ "sensitive", STOP_REFUSAL },			/* GLM */
	{ "model_context_window_exceeded", STOP_CONTEXT },	/* GLM */
	{ "network_error", STOP_BAD },			/* GLM */
	{ "error", STOP_BAD },				/* OpenRouter */
	{ "insufficient_system_resource", STOP_BAD },	/* DeepSeek */
	{ "abort", STOP_BAD },				/* vLLM, SGLang */
	{ "aborted", STOP_BAD },
	{ "cancelled", STOP_BAD },
	{ "failed", STOP_BAD },
	{ "timeout", STOP_BAD },
	{ "overloaded", STOP_BAD },
	{ "server_error", STOP_BAD },
	{ "internal_error", STOP_BAD },
	{ "error_toxic", STOP_REFUSAL },		/* Cohere */
	{ "error_limit", STOP_CONTEXT },
	{ "model_length", STOP_LENGTH },		/* Mistral */
	{ "max_tokens", STOP_LENGTH },
	{ "max_output_tokens", STOP_LENGTH },
	{ "max_completion_tokens", STOP_LENGTH },
	{ "continuation", STOP_LENGTH },
	{ "tool_use", STOP_CALLS },
	{ "refusal", STOP_REFUSAL },
	{ "safety", STOP_REFUSAL },
	{ "recitation", STOP_REFUSAL },
	{ "prohibited_content", STOP_REFUSAL },
	{ "spii", STOP_REFUSAL },
	{ "blocklist", STOP_REFUSAL },
	{ "image_safety", STOP_REFUSAL },
	{ "content_filtered", STOP_REFUSAL },
	{ "guardrail_intervened", STOP_REFUSAL },
	{ "malformed_function_call", STOP_BAD },
	{ "unexpected_tool_call", STOP_BAD },
	{ "other", STOP_BAD },
};

static enum stop
stop_among(const struct stop_word *words, size_t count, struct escaped word,
    enum stop unknown)
{
	size_t	i;

	for (i = 0; i < count; i++)
		if (escaped_is_word(word, words[i].word))
			return words[i].stop;
	return unknown;
}

enum stop
stop_of_word(const struct stop_word *words, size_t count,
    struct json_value word, enum stop unknown)
{
	struct escaped	said = json_escaped(word);
	enum stop	stop;

	if (said.length == 0)
		return STOP_NONE;
	stop = stop_among(words, count, said, STOP_NONE);
	return stop != STOP_NONE ? stop : stop_among(others,
	    sizeof(others) / sizeof(others[0]), said, unknown);
}

void
usage_split(struct usage *usage, int64_t input)
{
	int64_t	cached = 0;

	if (input < 0)
		return;
	if (usage->cache_read > 0)
		cached += usage->cache_read;
	if (usage->cache_write > 0 && usage->cache_write <= INT64_MAX - cached)
		cached += usage->cache_write;
	usage->input = cached <= input ? input - cached : input;
}
