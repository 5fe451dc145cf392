#include "build.h"

#include <string.h>

#include "json_text.h"
#include "problem_read.h"

/* What a reply has, and nothing that tells of a failure. */
static const char *const answer_keys[] = {
	"choices", "content", "output", "candidates", "promptFeedback",
	"usageMetadata", "response", "delta", "item", "part",
};

/* What tells of a failure where there is no answer. */
static const char *const failure_keys[] = {
	"detail", "errors", "error_message", "error_msg", "errorMessage",
	"error_type", "message", "msg", "ret_msg", "fault",
};

/* Null, empty, zero, or nothing but members that are. */
static bool
is_empty(struct json_value value, int depth)
{
	struct json_walk	walk;
	struct text		raw;

	switch (json_kind(value)) {
	case JSON_MISSING:
	case JSON_NULL:
	case JSON_FALSE:
		return true;
	case JSON_TRUE:
		return false;
	case JSON_STRING:
		return escaped_is_blank(json_escaped(value));
	case JSON_NUMBER:
		raw = json_raw(value);
		return raw.length == 1 && *raw.at == '0';
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	walk = json_walk(value);
	while (json_next(&walk))
		if (depth == 0 || !is_empty(walk.value, depth - 1))
			return false;
	return true;
}

/* Whether one of the members is there, and not empty. */
static bool
has_one(struct json_value object, const char *const *keys, size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		if (!is_empty(json_get(object, keys[i]), 1))
			return true;
	return false;
}

/* "response.created" is the type of an event, "BadRequestError" is none. */
static bool
is_event(struct json_value type)
{
	struct text	raw = json_raw(type);

	return json_is(type, JSON_STRING) &&
	    memmem(raw.at, raw.length, "rror", 4) == NULL;
}

bool
problem_is_error(struct json_value error)
{
	return !is_empty(error, 1);
}

bool
problem_is_said(struct json_value body)
{
	int64_t	code = 0;

	if (!json_is(body, JSON_OBJECT))
		return false;
	if (problem_is_error(json_get(body, "error")) ||
	    json_equals(json_get(body, "object"), "error") ||
	    json_equals(json_get(body, "type"), "error"))
		return true;
	json_int64(json_get(json_get(body, "base_resp"), "status_code"),
	    &code);
	if (code != 0)
		return true;
	return !is_event(json_get(body, "type")) && !has_one(body, answer_keys,
	    sizeof(answer_keys) / sizeof(answer_keys[0])) && has_one(body,
	    failure_keys, sizeof(failure_keys) / sizeof(failure_keys[0]));
}
