#include "build.h"

#include "json_text.h"
#include "readable.h"

/* Where things hold what a model or a person is to read. */
static bool
holds_text(struct json_value key, struct json_value type)
{
	static const char *const	keys[] = { "text", "content", "summary",
					    "output", "refusal" };
	size_t				i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_equals(key, keys[i]))
			return true;
	return json_is(type, JSON_STRING) &&
	    text_same((struct text){ json_escaped(key).at,
	    json_escaped(key).length }, (struct text){ json_escaped(type).at,
	    json_escaped(type).length });
}

/* The JSON's depth bounds the recursion. */
int
readable_texts(struct json_value value,
    int (*say)(void *who, struct escaped text), void *who)
{
	struct json_walk	 walk = json_walk(value);
	struct json_value	 type = json_get(value, "type");
	bool			 object = json_is(value, JSON_OBJECT);
	int			 count = 0, more;

	if (json_is(value, JSON_STRING)) {
		if (escaped_is_blank(json_escaped(value)))
			return 0;
		return say(who, json_escaped(value)) == -1 ? -1 : 1;
	}
	while (json_next(&walk)) {
		if (object && !holds_text(walk.key, type))
			continue;
		more = readable_texts(walk.value, say, who);
		if (more == -1)
			return -1;
		count += more;
	}
	return count;
}
