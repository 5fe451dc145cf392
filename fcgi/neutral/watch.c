#include "build.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "json_text.h"
#include "watch.h"

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

	if (json_int64(value, &count) == 0 && count >= 0)
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

enum stop
stop_of_word(const struct stop_word *words, size_t count,
    struct json_value word, enum stop unknown)
{
	size_t	i;

	if (json_escaped(word).length == 0)
		return STOP_NONE;
	for (i = 0; i < count; i++)
		if (escaped_is_word(json_escaped(word), words[i].word))
			return words[i].stop;
	return unknown;
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
