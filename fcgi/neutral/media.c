#include "build.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "json_text.h"
#include "media.h"

#define DATA	"data:"

static bool
ends_in_base64(struct text head)
{
	static const char	word[] = ";base64";
	size_t			length = sizeof(word) - 1;

	return head.length >= length && strncasecmp(head.at + head.length -
	    length, word, length) == 0;
}

bool
media_type_is(struct text type, const char *family)
{
	size_t	length = strlen(family);

	return type.length > length && memcmp(type.at, family, length) == 0;
}

static bool
is_data_url(struct escaped url)
{
	return url.length >= sizeof(DATA) - 1 &&
	    strncasecmp(url.at, DATA, sizeof(DATA) - 1) == 0;
}

/* Takes a data URL apart. False: it isn't base64. */
static bool
take_apart(struct media *media, struct arena *arena, struct escaped escaped)
{
	struct text	url = text_decode(arena, escaped, NULL), head;
	const char	*comma, *end;

	comma = memchr(url.at, ',', url.length);
	head.at = url.at + sizeof(DATA) - 1;
	head.length = comma == NULL ? 0 : (size_t)(comma - head.at);
	if (comma == NULL || !ends_in_base64(head))
		return false;
	end = memchr(head.at, ';', head.length);
	media->media_type = (struct text){ head.at, (size_t)(end - head.at) };
	media->data = text_escape(arena, (struct text){ comma + 1,
	    url.length - (size_t)(comma + 1 - url.at) });
	media->url.length = 0;
	return true;
}

int
media_read_url(struct media *media, struct arena *arena,
    struct json_value value, const char *field, struct problem *p)
{
	struct escaped	url = json_escaped(value);

	if (!json_is(value, JSON_STRING) || url.length == 0)
		return problem_field(p, PROBLEM_INVALID, field,
		    "%s must be a URL", field);
	if (!is_data_url(url))
		media->url = url;
	else if (!take_apart(media, arena, url))
		return problem_field(p, PROBLEM_INVALID, field,
		    "%s must be base64 when it is a data URL", field);
	return 0;
}

const char *
media_read_source(struct media *media, struct arena *arena,
    struct json_value source)
{
	static const struct {
		const char	*type, *member;
		size_t		 offset;
	} sources[] = {
		{ "base64", "data", offsetof(struct media, data) },
		{ "url", "url", offsetof(struct media, url) },
		{ "file", "file_id", offsetof(struct media, file_id) },
	};
	struct json_value	 type = json_get(source, "type");
	struct escaped		*to;
	const char		*why;
	size_t			 i;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (!json_equals(type, sources[i].type))
			continue;
		to = (struct escaped *)((char *)media + sources[i].offset);
		*to = json_escaped(json_get(source, sources[i].member));
		if (to->length == 0)
			return "source holds nothing";
		media->media_type = text_decode(arena, json_escaped(json_get(
		    source, "media_type")), NULL);
		return NULL;
	}
	why = arena_printf(arena, "source is of the unknown type '%.*s'",
	    json_escaped(type).length > 64 ? 64 :
	    (int)json_escaped(type).length, json_escaped(type).at);
	return why == NULL ? "source is of an unknown type" : why;
}

/* How the base64 of a file begins: its true type, whatever was declared. */
static struct text
type_of_data(struct escaped data)
{
	static const struct {
		const char	*prefix, *media_type;
	} beginnings[] = {
		{ "iVBORw0KGgo", "image/png" },
		{ "/9j/", "image/jpeg" },
		{ "R0lGOD", "image/gif" },
		{ "UklGR", "image/webp" },
		{ "JVBERi", "application/pdf" },
	};
	size_t	i, length;

	for (i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		length = strlen(beginnings[i].prefix);
		if (data.length >= length && memcmp(data.at,
		    beginnings[i].prefix, length) == 0)
			return text_of(beginnings[i].media_type);
	}
	return (struct text){ "", 0 };
}

struct text
media_type_of_name(struct text name)
{
	static const struct {
		const char	*ending, *media_type;
	} endings[] = {
		{ ".png", "image/png" },
		{ ".jpg", "image/jpeg" },
		{ ".jpeg", "image/jpeg" },
		{ ".webp", "image/webp" },
		{ ".gif", "image/gif" },
		{ ".pdf", "application/pdf" },
		{ ".txt", "text/plain" },
		{ ".md", "text/markdown" },
		{ ".csv", "text/csv" },
		{ ".json", "application/json" },
		{ ".mp3", "audio/mp3" },
		{ ".wav", "audio/wav" },
	};
	size_t	i, length = 0, ending;

	while (length < name.length && name.at[length] != '?' &&
	    name.at[length] != '#')
		length++;
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		ending = strlen(endings[i].ending);
		if (length > ending && strncasecmp(name.at + length - ending,
		    endings[i].ending, ending) == 0)
			return text_of(endings[i].media_type);
	}
	return (struct text){ "", 0 };
}

static struct text
lower(struct arena *arena, struct text word)
{
	char	*copy = arena_alloc(arena, word.length + 1);
	size_t	 i;

	for (i = 0; copy != NULL && i < word.length; i++)
		copy[i] = (char)tolower((unsigned char)word.at[i]);
	return (struct text){ copy, copy == NULL ? 0 : word.length };
}

/* RIFF is sound, too: what says that it is, is believed. */
static void
settle_type(struct media *media, struct arena *arena)
{
	struct text	type = lower(arena, media->media_type);
	struct text	found = { "", 0 };

	if (!media_type_is(type, "audio/"))
		found = type_of_data(media->data);
	if (found.length == 0 && (type.length == 0 ||
	    text_equals(type, "application/octet-stream")))
		found = media_type_of_name(text_decode(arena, media->title,
		    NULL));
	if (text_equals(type, "image/jpg"))
		type = text_of("image/jpeg");
	media->media_type = found.length > 0 ? found : type;
}

static bool
is_pure(struct escaped data)
{
	static const char	strange[] = "\\-_ ";
	size_t			i;

	for (i = 0; i < sizeof(strange) - 1; i++)
		if (memchr(data.at, strange[i], data.length) != NULL)
			return false;
	return true;
}

/* What is base64 has nothing that JSON escapes. */
static void
purify(struct media *media, struct arena *arena)
{
	struct text	 data = text_decode(arena, media->data, NULL);
	char		*pure = arena_alloc(arena, data.length + 1);
	size_t		 i, length = 0;

	for (i = 0; pure != NULL && i < data.length; i++)
		if (!isspace((unsigned char)data.at[i]))
			pure[length++] = data.at[i] == '-' ? '+' :
			    data.at[i] == '_' ? '/' : data.at[i];
	media->data = pure == NULL ? (struct escaped){ "", 0 } :
	    text_escape(arena, (struct text){ pure, length });
}

void
media_settle(struct media *media, struct arena *arena)
{
	struct escaped	given = media->data.length > 0 ? media->data :
			    media->url;

	if (is_data_url(given)) {
		(void)take_apart(media, arena, given);
	} else if (media->data.length == 0 && type_of_data(given).length > 0) {
		media->data = given;
		media->url.length = 0;
	}
	if (media->data.length == 0)
		return;
	if (!is_pure(media->data))
		purify(media, arena);
	settle_type(media, arena);
}

bool
media_is_text(const struct media *media)
{
	static const char *const	types[] = { "application/json",
	    "application/xml", "application/yaml", "application/x-yaml",
	    "application/javascript" };
	struct text			type = media->media_type;
	size_t				i;

	if (media_type_is(type, "text/"))
		return true;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (text_equals(type, types[i]))
			return true;
	return false;
}

struct escaped
media_text(const struct media *media, struct arena *arena)
{
	struct escaped	 data = media->data, none = { "", 0 };
	unsigned char	*bytes = arena_alloc(arena, data.length / 4 * 3 + 4);
	int		 length;

	if (bytes == NULL || data.length == 0)
		return none;
	length = EVP_DecodeBlock(bytes, (const unsigned char *)data.at,
	    (int)data.length);
	for (; length > 0 && data.at[data.length - 1] == '='; data.length--)
		length--;
	if (length <= 0 || utf8_valid((char *)bytes, (size_t)length) !=
	    (size_t)length)
		return none;
	return text_escape(arena, (struct text){ (char *)bytes,
	    (size_t)length });
}

void
media_put_url(struct json_write *w, const struct media *media)
{
	struct text	type = media->media_type;

	if (media->data.length == 0) {
		json_put_escaped(w, media->url);
		return;
	}
	if (type.length == 0)
		type = text_of("application/octet-stream");
	json_put_string_start(w);
	json_add_text(w, text_of(DATA));
	json_add_text(w, type);
	json_add_text(w, text_of(";base64,"));
	json_add_escaped(w, media->data);
	json_put_string_end(w);
}
