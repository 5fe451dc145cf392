#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

struct field {
	const char	*key;
	int		(*read)(struct request *, struct json_value,
			    struct problem *);
	enum lost	 lost;		/* without read() */
};

static int
invalid(struct problem *problem, const char *what)
{
	return problem_field(problem, PROBLEM_INVALID, "generationConfig",
	    "generationConfig.%s", what);
}

static int
read_number(struct text *number, struct json_value value,
    struct problem *problem)
{
	if (!json_is(value, JSON_NUMBER))
		return invalid(problem, "a number is expected");
	*number = json_raw(value);
	return 0;
}

static int
read_temperature(struct request *request, struct json_value value,
    struct problem *problem)
{
	return read_number(&request->temperature, value, problem);
}

static int
read_top_p(struct request *request, struct json_value value,
    struct problem *problem)
{
	return read_number(&request->top_p, value, problem);
}

static int
read_top_k(struct request *request, struct json_value value,
    struct problem *problem)
{
	return read_number(&request->top_k, value, problem);
}

static int
read_presence(struct request *request, struct json_value value,
    struct problem *problem)
{
	return read_number(&request->presence_penalty, value, problem);
}

static int
read_frequency(struct request *request, struct json_value value,
    struct problem *problem)
{
	return read_number(&request->frequency_penalty, value, problem);
}

static int
read_seed(struct request *request, struct json_value value,
    struct problem *problem)
{
	return read_number(&request->seed, value, problem);
}

static int
read_max_tokens(struct request *request, struct json_value value,
    struct problem *problem)
{
	if (json_int64(value, &request->max_tokens) == -1 ||
	    request->max_tokens < 1)
		return invalid(problem, "maxOutputTokens must be a positive "
		    "integer");
	return 0;
}

static int
read_candidates(struct request *request, struct json_value value,
    struct problem *problem)
{
	int64_t	count = 0;

	(void)request;
	if (json_int64(value, &count) == -1 || count != 1)
		return invalid(problem, "candidateCount: only 1 is offered by "
		    "the model's own API");
	return 0;
}

static int
read_stops(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(value);

	if (!json_is(value, JSON_ARRAY))
		return invalid(problem, "stopSequences must be a list");
	request->stops = arena_calloc(request->arena, json_count(value) + 1,
	    sizeof(*request->stops));
	if (request->stops == NULL)
		return generate_no_memory(problem);
	while (json_next(&walk))
		if (json_is(walk.value, JSON_STRING))
			request->stops[request->stops_count++] =
			    json_escaped(walk.value);
	return 0;
}

/* `responseLogprobs` asks for them, `logprobs` for how many of the others. */
static int
read_logprobs_wanted(struct request *request, struct json_value value,
    struct problem *problem)
{
	(void)problem;
	if (!json_true(value))
		request->logprobs = -1;
	else if (request->logprobs < 0)
		request->logprobs = 0;
	return 0;
}

static int
read_logprobs(struct request *request, struct json_value value,
    struct problem *problem)
{
	int64_t	count;

	if (json_int64(value, &count) == -1 || count < 0 || count > 20)
		return invalid(problem, "logprobs must be 0 to 20");
	request->logprobs = (int)count;
	return 0;
}

static int
read_mime_type(struct request *request, struct json_value value,
    struct problem *problem)
{
	if (json_equals(value, "application/json")) {
		if (request->format.kind == FORMAT_TEXT)
			request->format.kind = FORMAT_JSON;
	} else if (!json_equals(value, "text/plain")) {
		return request_lost(request, LOST_GENERATION_CONFIG, problem);
	}
	return 0;
}

static int
set_schema(struct request *request, struct json_value schema,
    struct problem *problem)
{
	if (request->format.kind == FORMAT_TEXT)
		return request_lost(request, LOST_GENERATION_CONFIG, problem);
	request->format.kind = FORMAT_SCHEMA;
	request->format.schema = schema;
	return 0;
}

static int
read_schema(struct request *request, struct json_value value,
    struct problem *problem)
{
	return set_schema(request, generate_read_schema(request->arena, value),
	    problem);
}

static int
read_modalities(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(value);

	(void)request;
	while (json_next(&walk))
		if (!json_equals(walk.value, "TEXT") &&
		    !json_equals(walk.value, "MODALITY_UNSPECIFIED"))
			return invalid(problem, "responseModalities: the "
			    "model's own API makes text alone");
	return 0;
}

static int
read_level(struct request *request, struct json_value level,
    struct problem *problem)
{
	char	*word;

	if (json_is(level, JSON_MISSING) || json_is(level, JSON_NULL) ||
	    json_equals(level, "THINKING_LEVEL_UNSPECIFIED"))
		return 0;
	word = text_decode_string(request->arena, json_escaped(level));
	if (word == NULL || effort_of(word, &request->effort) == -1)
		return invalid(problem, "thinkingConfig.thinkingLevel must be "
		    "MINIMAL, LOW, MEDIUM or HIGH");
	return 0;
}

static int
read_thinking(struct request *request, struct json_value value,
    struct problem *problem)
{
	struct json_value	show = generate_get(value, "includeThoughts");
	struct json_value	budget = generate_get(value, "thinkingBudget");
	struct json_value	level = generate_get(value, "thinkingLevel");

	if (json_is(show, JSON_TRUE) || json_is(show, JSON_FALSE))
		request->show_thinking = json_true(show);
	if (json_is(budget, JSON_MISSING) || json_is(budget, JSON_NULL))
		return read_level(request, level, problem);
	if (json_is(level, JSON_STRING))
		return invalid(problem, "thinkingConfig: thinkingLevel and "
		    "thinkingBudget exclude each other");
	if (json_int64(budget, &request->budget) == -1 || request->budget < -1)
		return invalid(problem, "thinkingConfig.thinkingBudget must "
		    "be an integer");
	request->effort = efforts_of_budget(request->budget);
	if (request->budget <= 0)
		request->budget = -1;
	return 0;
}

/* The type of the answer stands before its schema. */
static const struct field fields[] = {
	{ "temperature", read_temperature, 0 },
	{ "topP", read_top_p, 0 },
	{ "topK", read_top_k, 0 },
	{ "maxOutputTokens", read_max_tokens, 0 },
	{ "stopSequences", read_stops, 0 },
	{ "candidateCount", read_candidates, 0 },
	{ "presencePenalty", read_presence, 0 },
	{ "frequencyPenalty", read_frequency, 0 },
	{ "seed", read_seed, 0 },
	{ "logprobs", read_logprobs, 0 },
	{ "responseLogprobs", read_logprobs_wanted, 0 },
	{ "responseMimeType", read_mime_type, 0 },
	{ "responseSchema", read_schema, 0 },
	{ "responseJsonSchema", set_schema, 0 },
	{ "_responseJsonSchema", set_schema, 0 },
	{ "responseModalities", read_modalities, 0 },
	{ "thinkingConfig", read_thinking, 0 },
	{ "mediaResolution", NULL, LOST_MEDIA_RESOLUTION },
	{ "speechConfig", NULL, LOST_GENERATION_CONFIG },
	{ "imageConfig", NULL, LOST_GENERATION_CONFIG },
	{ "routingConfig", NULL, LOST_GENERATION_CONFIG },
	{ "modelSelectionConfig", NULL, LOST_GENERATION_CONFIG },
	{ "audioTimestamp", NULL, LOST_GENERATION_CONFIG },
	{ "enableEnhancedCivicAnswers", NULL, LOST_GENERATION_CONFIG },
};

#define FIELDS	(sizeof(fields) / sizeof(fields[0]))

static bool
is_known(struct json_value key)
{
	size_t	i;

	for (i = 0; i < FIELDS; i++)
		if (generate_is(key, fields[i].key))
			return true;
	return false;
}

int
generate_note_unknown(struct request *request, struct json_value object,
    bool (*known)(struct json_value key), struct problem *problem)
{
	struct json_walk	walk = json_walk(object);

	while (json_next(&walk))
		if (!known(walk.key) && !json_is(walk.value, JSON_NULL) &&
		    request_lost(request, LOST_UNKNOWN_FIELD, problem) == -1)
			return -1;
	return 0;
}

int
generate_read_config(struct request *request, struct json_value config,
    struct problem *problem)
{
	struct json_value	value;
	size_t			i;
	int			result;

	for (i = 0; i < FIELDS; i++) {
		value = generate_get(config, fields[i].key);
		if (json_is(value, JSON_MISSING) || json_is(value, JSON_NULL))
			continue;
		if (fields[i].read != NULL)
			result = fields[i].read(request, value, problem);
		else
			result = request_lost(request, fields[i].lost,
			    problem);
		if (result == -1)
			return -1;
	}
	return generate_note_unknown(request, config, is_known, problem);
}
