#include "build.h"

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

int
media_read_url(struct media *media, struct arena *arena,
    struct json_value value, const char *field, struct problem *p)
{
	struct text	url, head;
	const char	*comma, *end;

	if (!json_is(value, JSON_STRING) || json_escaped(value).length == 0)
		return problem_field(p, PROBLEM_INVALID, field,
		    "%s must be a URL", field);
	url = text_decode(arena, json_escaped(value), NULL);
	if (url.length < sizeof(DATA) - 1 ||
	    strncasecmp(url.at, DATA, sizeof(DATA) - 1) != 0) {
		media->url = json_escaped(value);
		return 0;
	}
	comma = memchr(url.at, ',', url.length);
	head.at = url.at + sizeof(DATA) - 1;
	head.length = comma == NULL ? 0 : (size_t)(comma - head.at);
	if (comma == NULL || !ends_in_base64(head))
		return problem_field(p, PROBLEM_INVALID, field,
		    "%s must be base64 when it is a data URL", field);
	end = memchr(head.at, ';', head.length);
	media->media_type = (struct text){ head.at, (size_t)(end - head.at) };
	/* What is base64 has nothing that JSON escapes. */
	media->data = text_escape(arena, (struct text){ comma + 1,
	    url.length - (size_t)(comma + 1 - url.at) });
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
