#include "build.h"

#include "json_text.h"
#include "openai_request.h"

int
openai_wrong(const struct openai_field *field, struct problem *p,
    const char *must)
{
	return problem_field(p, PROBLEM_INVALID, field->name, "%s must be %s",
	    field->name, must);
}

static void *
place(struct request *request, const struct openai_field *field)
{
	return (char *)request + field->offset;
}

int
openai_read_nothing(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	(void)request, (void)value, (void)field, (void)p;
	return 0;
}

int
openai_read_lost(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	(void)value;
	return request_lost(request, field->lost, p);
}

int
openai_read_number(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	struct text	*to = place(request, field);

	if (!json_is(value, JSON_NUMBER))
		return openai_wrong(field, p, "a number");
	*to = json_raw(value);
	return 0;
}

static int
read_string(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	struct escaped	*to = place(request, field);

	if (!json_is(value, JSON_STRING))
		return openai_wrong(field, p, "a string");
	*to = json_escaped(value);
	return 0;
}

int
openai_read_object(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	struct json_value	*to = place(request, field);

	if (!json_is(value, JSON_OBJECT))
		return openai_wrong(field, p, "an object");
	*to = value;
	return 0;
}

static int
read_flag(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	int	*to = place(request, field);

	if (!json_is(value, JSON_TRUE) && !json_is(value, JSON_FALSE))
		return openai_wrong(field, p, "true or false");
	*to = json_true(value);
	return 0;
}

int
openai_read_max_tokens(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	if (json_int64(value, &request->max_tokens) == -1 ||
	    request->max_tokens < 1)
		return openai_wrong(field, p, "a positive whole number");
	return 0;
}

static int
read_tier(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	static const struct {
		const char	*word;
		enum tier	 tier;
	} tiers[] = {
		{ "auto", TIER_AUTO },
		{ "default", TIER_STANDARD },
		{ "flex", TIER_FLEX },
		{ "scale", TIER_SCALE },
		{ "priority", TIER_PRIORITY },
	};
	size_t	i;

	if (json_equals(value, "fast")) {
		request->fast = true;
		return 0;
	}
	for (i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++)
		if (json_equals(value, tiers[i].word)) {
			request->tier = tiers[i].tier;
			return 0;
		}
	return openai_wrong(field, p,
	    "auto, default, flex, scale, priority or fast");
}

static int
read_modalities(struct request *request, struct json_value value,
    const struct openai_field *field, struct problem *p)
{
	struct json_walk	walk = json_walk(value);

	(void)request;
	while (json_next(&walk))
		if (!json_equals(walk.value, "text"))
			return problem_field(p, PROBLEM_INVALID, field->name,
			    "this model's API answers in text only");
	return 0;
}

int
openai_top_logprobs(struct json_value value, const struct openai_field *field,
    struct problem *p)
{
	int64_t	top;

	if (json_int64(value, &top) == -1 || top < 0 || top > 20)
		return openai_wrong(field, p, "a whole number from 0 to 20");
	return (int)top;
}

void
openai_read_strict(int *strict, struct json_value holder)
{
	struct json_value	value = json_get(holder, "strict");

	if (json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE))
		*strict = json_true(value);
}

void
openai_read_schema(struct request *request, struct json_value from)
{
	struct format	*format = &request->format;

	format->kind = FORMAT_SCHEMA;
	format->name = text_decode(request->arena,
	    json_escaped(json_get(from, "name")), NULL);
	format->description = json_escaped(json_get(from, "description"));
	format->schema = json_get(from, "schema");
	openai_read_strict(&format->strict, from);
}

int
openai_read_mode(struct choice *choice, struct json_value mode)
{
	if (json_equals(mode, "none"))
		choice->kind = CHOICE_NONE;
	else if (json_equals(mode, "auto"))
		choice->kind = CHOICE_AUTO;
	else if (json_equals(mode, "required"))
		choice->kind = CHOICE_REQUIRED;
	else
		return -1;
	return 0;
}

/* What both APIs say alike. */
static const struct openai_field	common[] = {
	{ .name = "model",		.read = openai_read_nothing },
	{ .name = "tools",		.read = openai_read_nothing },
	{ .name = "stream",		.read = openai_read_nothing },
	{ .name = "temperature",	.read = openai_read_number,
	    OPENAI_IN(temperature) },
	{ .name = "top_p",		.read = openai_read_number,
	    OPENAI_IN(top_p) },
	{ .name = "parallel_tool_calls", .read = read_flag,
	    OPENAI_IN(parallel) },
	{ .name = "user",		.read = read_string,
	    OPENAI_IN(user) },
	{ .name = "safety_identifier",	.read = read_string,
	    OPENAI_IN(safety_identifier) },
	{ .name = "prompt_cache_key",	.read = read_string,
	    OPENAI_IN(prompt_cache_key) },
	{ .name = "metadata",		.read = openai_read_object,
	    OPENAI_IN(metadata) },
	{ .name = "service_tier",	.read = read_tier },
	{ .name = "store",		.read = read_flag,
	    OPENAI_IN(store) },
	{ .name = "modalities",		.read = read_modalities },
	{ .name = "prompt_cache_retention", .read = openai_read_lost,
	    .lost = LOST_CACHE_MARKS },
	{ .name = "prompt_cache_options", .read = openai_read_lost,
	    .lost = LOST_CACHE_MARKS },
	{ .name = "moderation",		.read = openai_read_lost,
	    .lost = LOST_MODERATION },
	{ .name = NULL,			.read = openai_read_lost,
	    .lost = LOST_UNKNOWN_FIELD },
};

/* The field of that name, or the last entry. */
static const struct openai_field *
find(const struct openai_field *field, struct json_value name)
{
	while (field->name != NULL && !json_equals(name, field->name))
		field++;
	return field;
}

int
openai_read_fields(struct request *request, struct json_value body,
    const struct openai_field *own, struct problem *p)
{
	struct json_walk		 walk = json_walk(body);
	const struct openai_field	*field;

	while (json_next(&walk)) {
		if (json_is(walk.value, JSON_NULL))
			continue;
		field = find(own, walk.key);
		if (field->name == NULL)
			field = find(common, walk.key);
		if (field->read(request, walk.value, field, p) == -1)
			return -1;
	}
	return 0;
}
