#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

static int
read_candidates(const struct given *given)
{
	int64_t	count;

	return json_int64(given->value, &count) == 0 && count == 1 ? 0 :
	    field_wrong(given, "1: the model's own API offers no more");
}

/* Asks for them; `logprobs` says how many of the others. */
static int
read_logprobs_wanted(const struct given *given)
{
	if (!json_true(given->value))
		given->request->logprobs = -1;
	else if (given->request->logprobs < 0)
		given->request->logprobs = 0;
	return 0;
}

static int
read_mime_type(const struct given *given)
{
	if (json_equals(given->value, "application/json"))
		given->request->format.kind = FORMAT_JSON;
	else if (!json_equals(given->value, "text/plain"))
		return field_lost(given, LOST_GENERATION_CONFIG);
	return 0;
}

/* It stands behind the type of the answer, which must be JSON. */
static int
set_schema(const struct given *given, struct json_value schema)
{
	struct format	*format = &given->request->format;

	if (format->kind == FORMAT_TEXT)
		return field_lost(given, LOST_GENERATION_CONFIG);
	format->kind = FORMAT_SCHEMA;
	format->schema = schema;
	return 0;
}

static int
read_schema(const struct given *given)
{
	return set_schema(given, generate_read_schema(given->request->arena,
	    given->value));
}

static int
read_json_schema(const struct given *given)
{
	return set_schema(given, given->value);
}

static int
read_modalities(const struct given *given)
{
	struct json_walk	walk = json_walk(given->value);

	while (json_next(&walk))
		if (!json_equals(walk.value, "TEXT") &&
		    !json_equals(walk.value, "Text") &&
		    !json_equals(walk.value, "text") &&
		    !json_equals(walk.value, "MODALITY_UNSPECIFIED"))
			return field_wrong(given, "TEXT alone: the model's "
			    "own API makes nothing else");
	return 0;
}

static int
read_level(const struct given *given)
{
	return json_equals(given->value, "THINKING_LEVEL_UNSPECIFIED") ? 0 :
	    field_read_option(given);
}

static int
read_budget(const struct given *given)
{
	struct request	*request = given->request;

	if (request->effort != EFFORT_AUTO)
		return field_wrong(given, "left out: it and "
		    "thinkingLevel exclude each other");
	if (json_int64(given->value, &request->budget) == -1 ||
	    request->budget < -1)
		return field_wrong(given, "an integer");
	request->effort = efforts_of_budget(request->budget);
	if (request->budget <= 0)
		request->budget = -1;
	return 0;
}

static int
read_show(const struct given *given)
{
	given->request->show_thinking = flag_of(given->value);
	return 0;
}

static int
read_thinking(const struct given *given)
{
	static const struct field	rows[] = {
		{ .name = "includeThoughts", .read = read_show },
		{ .name = "thinkingLevel", .read = read_level,
		    .option = OPTION_EFFORT },
		{ .name = "thinkingBudget", .read = read_budget },
		{ .name = NULL },
	};
	static const struct fields	fields = { rows, generate_is,
					    "thinkingConfig" };

	return fields_read(&fields, given->request, given->value,
	    given->problem);
}

static const struct field	rows[] = {
	{ .name = "temperature",	.option = OPTION_TEMPERATURE },
	{ .name = "topP",		.option = OPTION_TOP_P },
	{ .name = "topK",		.option = OPTION_TOP_K },
	{ .name = "maxOutputTokens",	.option = OPTION_MAX_TOKENS },
	{ .name = "stopSequences",	.option = OPTION_STOPS },
	{ .name = "candidateCount",	.read = read_candidates },
	{ .name = "presencePenalty",	.option = OPTION_PRESENCE_PENALTY },
	{ .name = "frequencyPenalty",	.option = OPTION_FREQUENCY_PENALTY },
	{ .name = "seed",		.option = OPTION_SEED },
	{ .name = "logprobs",		.option = OPTION_LOGPROBS },
	{ .name = "responseLogprobs",	.read = read_logprobs_wanted },
	{ .name = "responseMimeType",	.read = read_mime_type },
	{ .name = "responseSchema",	.read = read_schema },
	{ .name = "responseJsonSchema",	.read = read_json_schema },
	{ .name = "_responseJsonSchema", .read = read_json_schema },
	{ .name = "responseModalities",	.read = read_modalities },
	{ .name = "thinkingConfig",	.read = read_thinking },
	{ .name = "mediaResolution",	.lost = LOST_MEDIA_RESOLUTION },
	{ .name = "speechConfig",	.lost = LOST_GENERATION_CONFIG },
	{ .name = "imageConfig",	.lost = LOST_GENERATION_CONFIG },
	{ .name = "routingConfig",	.lost = LOST_GENERATION_CONFIG },
	{ .name = "modelSelectionConfig", .lost = LOST_GENERATION_CONFIG },
	{ .name = "audioTimestamp",	.lost = LOST_GENERATION_CONFIG },
	{ .name = "enableEnhancedCivicAnswers",
	    .lost = LOST_GENERATION_CONFIG },
	{ .name = NULL },
};

static const struct fields	fields = { rows, generate_is,
				    "generationConfig" };

int
generate_read_config(const struct given *given)
{
	return fields_read(&fields, given->request, given->value,
	    given->problem);
}
