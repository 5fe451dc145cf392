#include "build.h"

#include "json_text.h"
#include "neutral/known.h"
#include "neutral/schema.h"
#include "openai_request.h"

#define TOKENS_MIN	16

int
openai_read_tier(const struct given *given)
{
	static const struct word	tiers[] = {
		{ "auto", TIER_AUTO },
		{ "default", TIER_STANDARD },
		{ "flex", TIER_FLEX },
		{ "scale", TIER_SCALE },
		{ "priority", TIER_PRIORITY },
		{ "ultrafast", TIER_ULTRAFAST },
		{ NULL, 0 },
	};
	int				tier = word_of(tiers, given->value);

	if (json_equals(given->value, "fast"))
		given->request->fast = true;
	else if (tier == -1)
		return field_lost(given, LOST_SERVICE_TIER);
	else
		given->request->tier = (enum tier)tier;
	return 0;
}

/* Warming the cache is not asking: nobody shall pay for an answer. */
int
openai_read_cache_options(const struct given *given)
{
	struct request	*request = given->request;

	if (!json_true(json_get(given->value, "prewarm")))
		return field_lost(given, LOST_CACHE_MARKS);
	if (request->to != DIALECT_MESSAGES)
		return field_wrong(given, "without prewarm: the model's own API "
		    "can't warm a cache alone");
	request->max_tokens = 0;
	return 0;
}

int
openai_read_modalities(const struct given *given)
{
	struct json_walk	walk = json_walk(given->value);

	while (json_next(&walk))
		if (!json_equals(walk.value, "text"))
			return field_wrong(given,
			    "text alone: this model's API says nothing else");
	return 0;
}

int
openai_read_format(const struct given *given)
{
	struct format		*format = &given->request->format;
	struct json_value	 type = json_get(given->value, "type");
	struct json_value	 from = openai_inner(given->value);

	if (known_check(given->request, given->field->name, given->value,
	    given->problem) == -1 || known_check(given->request,
	    given->field->name, from, given->problem) == -1)
		return -1;
	if (json_equals(type, "text")) {
		format->kind = FORMAT_TEXT;
		return 0;
	}
	if (json_equals(type, "json_object") && !json_is(json_get(from,
	    "schema"), JSON_OBJECT)) {
		format->kind = FORMAT_JSON;
		return 0;
	}
	/* llama.cpp and its kin say a schema with either type. */
	if ((!json_equals(type, "json_schema") &&
	    !json_equals(type, "json_object")) ||
	    (!json_is(json_get(from, "schema"), JSON_OBJECT) &&
	    !json_is(json_get(given->value, "json_schema"), JSON_OBJECT)))
		return field_wrong(given,
		    "of type text, json_object or json_schema, with a schema");
	format->kind = FORMAT_SCHEMA;
	format->name = request_text(given->request, from, "name");
	format->description = json_escaped(json_get(from, "description"));
	format->schema = json_get(from, "schema");
	format->strict = flag_of(json_get(from, "strict"));
	return 0;
}

/* An answer that is no object can be asked for in words alone. */
static int
say_schema(struct request *request, struct problem *p)
{
	struct format	*format = &request->format;
	struct escaped	 spans[2];

	if (format->kind != FORMAT_SCHEMA ||
	    request->from == DIALECT_CHAT || request->from == DIALECT_RESPONSES ||
	    json_is(json_get(format->schema, "type"), JSON_MISSING) ||
	    schema_has_type(format->schema, "object"))
		return 0;
	spans[0] = escaped_of("Answer with nothing but JSON of this schema: ");
	spans[1] = text_escape(request->arena, json_raw(format->schema));
	request_add_system(request, escaped_join(request->arena, spans, 2));
	format->kind = FORMAT_TEXT;
	return request_lost(request, LOST_SCHEMA_KEYWORDS, p);
}

int
openai_prepare(struct request *request, bool fold, struct problem *p)
{
	if (say_schema(request, p) == -1)
		return -1;
	if (request_settle_media(request, p) == -1 ||
	    (fold && request_fold_system(request, false, p) == -1))
		return -1;
	if (request_settle_turns(request, p) == -1)
		return -1;
	return request->turns != NULL || request->system != NULL ? 0 :
	    problem_set(p, PROBLEM_INVALID, "the request says nothing");
}

int
openai_write_limit(struct json_write *w, struct request *request,
    const char *key, bool few_refused, struct problem *p)
{
	int64_t	tokens = request->max_tokens;
	bool	few = few_refused && tokens < TOKENS_MIN;

	if (tokens < 0)
		return 0;
	if (tokens == 0)
		return problem_field(p, PROBLEM_INVALID, "max_tokens",
		    "max_tokens must be at least 1 for this model's API");
	json_member_int(w, key, few ? TOKENS_MIN : tokens);
	return few ? request_lost(request, LOST_MAX_TOKENS, p) : 0;
}
