#include "build.h"

#include <ctype.h>
#include <string.h>

#include "generate_convert.h"
#include "json_text.h"
#include "neutral/media.h"

/* Whether "top_p" is how the name "topP" is said in the other way. */
static bool
is_snake(struct escaped key, const char *camel)
{
	const char	*at = key.at, *end = at + key.length;

	for (; *camel != '\0'; camel++, at++) {
		if (isupper((unsigned char)*camel)) {
			if (at == end || *at != '_')
				return false;
			at++;
		}
		if (at == end || *at != tolower((unsigned char)*camel))
			return false;
	}
	return at == end;
}

bool
generate_is(struct json_value key, const char *camel)
{
	struct escaped	said = json_escaped(key);

	/* Most are told apart by how they begin. */
	return said.length > 0 && (said.at[0] == *camel || said.at[0] == '\\') &&
	    (is_snake(said, camel) || json_equals(key, camel));
}

struct json_value
generate_get(struct json_value object, const char *camel)
{
	struct json_walk	walk = json_walk(object);
	struct json_value	value = JSON_NOTHING;

	while (json_is(object, JSON_OBJECT) && json_next(&walk))
		if (generate_is(walk.key, camel))
			value = walk.value;
	return value;
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
	if (media_type_is(media_type, "image/"))
		return PART_IMAGE;
	if (media_type_is(media_type, "audio/"))
		return PART_AUDIO;
	return PART_DOCUMENT;
}
