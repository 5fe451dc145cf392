#include "build.h"

#include <ctype.h>
#include <string.h>

#include "generate_convert.h"
#include "json_text.h"

#define NAME_MAX_BYTES	64	/* of a field's name */

/* "topP" as "top_p"; false when it is the same. */
static bool
snake_of(char *to, const char *camel)
{
	size_t	length = 0;
	bool	other = false;

	for (; *camel != '\0' && length < NAME_MAX_BYTES - 2; camel++) {
		if (isupper((unsigned char)*camel)) {
			to[length++] = '_';
			other = true;
		}
		to[length++] = (char)tolower((unsigned char)*camel);
	}
	to[length] = '\0';
	return other;
}

struct json_value
generate_get(struct json_value object, const char *camel)
{
	struct json_value	value = json_get(object, camel);
	char			snake[NAME_MAX_BYTES];

	if (!json_is(value, JSON_MISSING) || !snake_of(snake, camel))
		return value;
	return json_get(object, snake);
}

bool
generate_is(struct json_value key, const char *camel)
{
	char	snake[NAME_MAX_BYTES];

	return json_equals(key, camel) ||
	    (snake_of(snake, camel) && json_equals(key, snake));
}

struct text
generate_camel(struct arena *arena, struct json_value key)
{
	struct text	text = generate_decode(arena, key);
	char		*to = arena_memdup(arena, text.at, text.length);
	size_t		 i, length = 0;

	if (to == NULL)
		return (struct text){ "", 0 };
	for (i = 0; i < text.length; i++)
		if (text.at[i] == '_' && i + 1 < text.length)
			to[length++] = (char)toupper(
			    (unsigned char)text.at[++i]);
		else
			to[length++] = text.at[i];
	return (struct text){ to, length };
}

struct text
generate_decode(struct arena *arena, struct json_value string)
{
	return text_decode(arena, json_escaped(string), NULL);
}

int
generate_no_memory(struct problem *problem)
{
	return problem_set(problem, PROBLEM_OVERLOADED,
	    "the request needs more memory than one may use");
}

/* What stands behind "gemini-", NULL when that isn't in the name. */
static const char *
version_of(struct text model)
{
	static const char	name[] = "gemini-";
	const char		*at;

	if (model.length == 0)
		return NULL;
	at = memmem(model.at, model.length, name, sizeof(name) - 1);
	return at == NULL ? NULL : at + sizeof(name) - 1;
}

bool
generate_is_gemini(struct text model)
{
	return version_of(model) != NULL;
}

bool
generate_is_old(struct text model)
{
	const char	*version = version_of(model);
	const char	*end = model.at + model.length;

	return version != NULL && version < end &&
	    (*version == '1' || *version == '2') &&
	    (version + 1 == end || !isdigit((unsigned char)version[1]));
}

enum part_kind
generate_media_kind(struct text media_type)
{
	if (media_type.length >= 6 && memcmp(media_type.at, "image/", 6) == 0)
		return PART_IMAGE;
	if (media_type.length >= 6 && memcmp(media_type.at, "audio/", 6) == 0)
		return PART_AUDIO;
	return PART_DOCUMENT;
}
