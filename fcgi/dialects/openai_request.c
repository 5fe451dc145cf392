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

int
openai_read_string(struct request *request, struct json_value value,
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

int
openai_read_flag(struct request *request, struct json_value value,
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

int
openai_read_tier(struct request *request, struct json_value value,
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

int
openai_read_modalities(struct request *request, struct json_value value,
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

int
openai_read_fields(struct request *request, struct json_value body,
    const struct openai_field *fields, struct problem *p)
{
	struct json_walk		 walk = json_walk(body);
	const struct openai_field	*field;

	while (json_next(&walk)) {
		if (json_is(walk.value, JSON_NULL))
			continue;
		field = fields;
		while (field->name != NULL &&
		    !json_equals(walk.key, field->name))
			field++;
		if (field->read(request, walk.value, field, p) == -1)
			return -1;
	}
	return 0;
}
