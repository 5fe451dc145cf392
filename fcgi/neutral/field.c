#include "build.h"

#include <stddef.h>

#include "field.h"
#include "json_text.h"

enum kind {
	KIND_NUMBER,		/* struct text, as it stands */
	KIND_OFFSET,		/* a number; 0 says nothing */
	KIND_COUNT,		/* int64_t, positive */
	KIND_TOP,		/* int, 0 to 20 */
	KIND_FLAG,		/* int: 1; 0 says nothing */
	KIND_FLAG_OFF,		/* int: 0; 1 says nothing */
	KIND_STRING,		/* struct escaped */
	KIND_STRINGS,		/* the stops */
	KIND_LEVEL,		/* struct text: low, medium, high */
	KIND_EFFORT,		/* enum effort */
	KIND_OBJECT,		/* struct json_value */
};

#define IN(member)	offsetof(struct request, member)

static const struct {
	enum kind	kind;
	size_t		offset;
	enum lost	lost;
} options[OPTIONS] = {
	[OPTION_TEMPERATURE] =	{ KIND_NUMBER, IN(temperature),
				    LOST_SAMPLING },
	[OPTION_TOP_P] =	{ KIND_NUMBER, IN(top_p), LOST_SAMPLING },
	[OPTION_TOP_K] =	{ KIND_NUMBER, IN(top_k), LOST_TOP_K },
	[OPTION_PRESENCE_PENALTY] = { KIND_OFFSET, IN(presence_penalty),
				    LOST_PENALTIES },
	[OPTION_FREQUENCY_PENALTY] = { KIND_OFFSET, IN(frequency_penalty),
				    LOST_PENALTIES },
	[OPTION_SEED] =		{ KIND_NUMBER, IN(seed), LOST_SEED },
	[OPTION_MAX_TOKENS] =	{ KIND_COUNT, IN(max_tokens),
				    LOST_MAX_TOKENS },
	[OPTION_STOPS] =	{ KIND_STRINGS, IN(stops), LOST_STOP },
	[OPTION_LOGPROBS] =	{ KIND_TOP, IN(logprobs), LOST_LOGPROBS },
	[OPTION_LOGIT_BIAS] =	{ KIND_OBJECT, IN(logit_bias),
				    LOST_LOGIT_BIAS },
	[OPTION_EFFORT] =	{ KIND_EFFORT, IN(effort), LOST_EFFORT },
	[OPTION_VERBOSITY] =	{ KIND_LEVEL, IN(verbosity), LOST_VERBOSITY },
	[OPTION_PARALLEL] =	{ KIND_FLAG_OFF, IN(parallel),
				    LOST_PARALLEL_TOOL_CALLS },
	[OPTION_USER] =		{ KIND_STRING, IN(user), LOST_USER },
	[OPTION_SAFETY_IDENTIFIER] = { KIND_STRING, IN(safety_identifier),
				    LOST_USER },
	[OPTION_CACHE_KEY] =	{ KIND_STRING, IN(prompt_cache_key),
				    LOST_PROMPT_CACHE_KEY },
	[OPTION_METADATA] =	{ KIND_OBJECT, IN(metadata), LOST_METADATA },
	[OPTION_STORE] =	{ KIND_FLAG, IN(store), LOST_STORE },
};

int
field_wrong(const struct given *given, const char *must_be)
{
	const char	*name = given->field->name;
	const char	*inside = given->fields->inside;

	if (inside != NULL)
		return problem_field(given->problem, PROBLEM_INVALID, inside,
		    "%s.%s must be %s", inside, name, must_be);
	return problem_field(given->problem, PROBLEM_INVALID, name,
	    "%s must be %s", name, must_be);
}

int
field_lost(const struct given *given, enum lost lost)
{
	return request_lost(given->request, lost, given->problem);
}

int
word_of(const struct word *words, struct json_value string)
{
	for (; words->word != NULL; words++)
		if (json_equals(string, words->word))
			return words->value;
	return -1;
}

int
flag_of(struct json_value value)
{
	if (json_is(value, JSON_TRUE))
		return 1;
	return json_is(value, JSON_FALSE) ? 0 : -1;
}

static int
read_strings(const struct given *given)
{
	struct request		*request = given->request;
	struct json_walk	 walk = json_walk(given->value);
	size_t			 count = json_count(given->value) + 1;

	if (!json_is(given->value, JSON_STRING) &&
	    !json_is(given->value, JSON_ARRAY))
		return field_wrong(given, "an array of strings");
	request->stops_count = 0;
	request->stops = arena_calloc(request->arena, count,
	    sizeof(*request->stops));
	if (request->stops == NULL)
		return -1;
	if (json_escaped(given->value).length > 0)
		request->stops[request->stops_count++] =
		    json_escaped(given->value);
	while (json_next(&walk)) {
		if (!json_is(walk.value, JSON_STRING))
			return field_wrong(given, "an array of strings");
		if (json_escaped(walk.value).length > 0)
			request->stops[request->stops_count++] =
			    json_escaped(walk.value);
	}
	return 0;
}

static int
read_effort(const struct given *given, enum effort *effort)
{
	char	*word;

	word = text_decode_string(given->request->arena,
	    json_escaped(given->value));
	if (word == NULL || effort_of(word, effort) == -1)
		return field_wrong(given,
		    "none, minimal, low, medium, high, xhigh or max");
	return 0;
}

static int
read_level(const struct given *given, struct text *level)
{
	*level = request_decode(given->request, given->value);
	return text_equals(*level, "low") || text_equals(*level, "medium") ||
	    text_equals(*level, "high") ? 0 :
	    field_wrong(given, "low, medium or high");
}

/* Of that kind of JSON, or one of the two. */
static int
check(const struct given *given, enum json_kind kind, enum json_kind other,
    const char *must_be)
{
	return json_is(given->value, kind) || json_is(given->value, other) ?
	    0 : field_wrong(given, must_be);
}

int
field_read_option(const struct given *given)
{
	enum option		 option = given->field->option;
	struct json_value	 value = given->value;
	char			*to = (char *)given->request;
	int64_t			 number;
	double			 offset;

	to += options[option].offset;
	switch (options[option].kind) {
	case KIND_NUMBER:
		*(struct text *)to = json_raw(value);
		return check(given, JSON_NUMBER, JSON_NUMBER, "a number");
	case KIND_OFFSET:
		if (json_double(value, &offset) == 0 &&
		    (offset < 0 || offset > 0))
			*(struct text *)to = json_raw(value);
		return check(given, JSON_NUMBER, JSON_NUMBER, "a number");
	case KIND_COUNT:
		if (json_int64(value, (int64_t *)to) == -1 ||
		    *(int64_t *)to < 1)
			return field_wrong(given, "a positive integer");
		return 0;
	case KIND_TOP:
		if (json_int64(value, &number) == -1 || number < 0 ||
		    number > 20)
			return field_wrong(given, "an integer from 0 to 20");
		*(int *)to = (int)number;
		return 0;
	case KIND_FLAG:
	case KIND_FLAG_OFF:
		*(int *)to = json_true(value);
		return check(given, JSON_TRUE, JSON_FALSE, "true or false");
	case KIND_STRING:
		*(struct escaped *)to = json_escaped(value);
		return check(given, JSON_STRING, JSON_STRING, "a string");
	case KIND_OBJECT:
		if (json_count(value) > 0)	/* an empty one says nothing */
			*(struct json_value *)to = value;
		return check(given, JSON_OBJECT, JSON_OBJECT, "an object");
	case KIND_STRINGS:
		return read_strings(given);
	case KIND_LEVEL:
		return read_level(given, (struct text *)to);
	case KIND_EFFORT:
		return read_effort(given, (enum effort *)to);
	}
	return -1;
}

static int
read_field(const struct given *given)
{
	if (given->field->read != NULL)
		return given->field->read(given);
	if (given->field->option != OPTION_NONE)
		return field_read_option(given);
	return given->field->lost == LOST_NOTHING ? 0 :
	    field_lost(given, given->field->lost);
}

static const struct field *
find(const struct fields *fields, struct json_value key)
{
	const struct field	*field = fields->rows;

	while (field->name != NULL && !fields->is(key, field->name))
		field++;
	return field;
}

int
fields_read(const struct fields *fields, struct request *request,
    struct json_value object, struct problem *p)
{
	struct json_walk	 walk = json_walk(object);
	struct given		 given = { .request = request, .problem = p,
				    .fields = fields };
	struct json_value	 values[FIELDS_MAX];
	const struct field	*field;
	size_t			 count, i;

	if (!json_is(object, JSON_OBJECT))
		return 0;
	for (count = 0; fields->rows[count].name != NULL; count++)
		values[count] = JSON_NOTHING;
	while (json_next(&walk)) {
		field = find(fields, walk.key);
		if (field->name != NULL)
			values[field - fields->rows] = walk.value;
		else if (!json_is(walk.value, JSON_NULL) &&
		    request_lost_field(request, fields->inside, walk.key, p) ==
		    -1)
			return -1;
	}
	for (i = 0; i < count; i++) {
		given.field = &fields->rows[i];
		given.value = values[i];
		if (json_kind(values[i]) > JSON_NULL &&
		    read_field(&given) == -1)
			return -1;
	}
	return 0;
}

/* Whether an option is there and asks for what would not be so without it. */
static bool
says_something(const struct request *request, enum option option)
{
	const void	*at = (const char *)request + options[option].offset;
	const struct text *level = at;

	switch (options[option].kind) {
	case KIND_NUMBER:
	case KIND_OFFSET:
		return ((const struct text *)at)->length > 0;
	case KIND_COUNT:
		return *(const int64_t *)at > 0;
	case KIND_TOP:
		return *(const int *)at >= 0;
	case KIND_FLAG:
		return *(const int *)at == 1;
	case KIND_FLAG_OFF:
		return *(const int *)at == 0;
	case KIND_STRING:
		return ((const struct escaped *)at)->length > 0;
	case KIND_STRINGS:
		return request->stops_count > 0;
	case KIND_LEVEL:
		return level->length > 0 && !text_equals(*level, "medium");
	case KIND_EFFORT:
		return *(const enum effort *)at != EFFORT_AUTO;
	case KIND_OBJECT:
		return json_count(*(const struct json_value *)at) > 0;
	}
	return false;
}

int
options_lose(struct request *request, const enum option *lost,
    struct problem *p)
{
	for (; *lost != OPTION_NONE; lost++)
		if (says_something(request, *lost) &&
		    request_lost(request, options[*lost].lost, p) == -1)
			return -1;
	return 0;
}

void
options_write(struct json_write *w, const struct request *request,
    const struct field *rows)
{
	const struct text	*number;

	for (; rows->name != NULL; rows++) {
		number = (const void *)((const char *)request +
		    options[rows->option].offset);
		if (options[rows->option].kind <= KIND_OFFSET &&
		    number->length > 0)
			json_member_raw(w, rows->name, *number);
	}
}
