#include "build.h"

#include "generate_convert.h"
#include "json_text.h"
#include "neutral/field.h"

#define STOPS_MAX	5
#define LOGPROBS_MAX	20

static int
lose(struct generate_writing *writing, enum lost lost)
{
	return request_lost(writing->request, lost, writing->problem);
}

static void
write_thinking(struct generate_writing *writing)
{
	const struct generate_rules	*rules = &writing->rules;
	struct json_write		*out = writing->out;

	if (rules->level == NULL && rules->budget < 0 &&
	    rules->show != 1)
		return;
	json_put_key(out, "thinkingConfig");
	json_put_object(out);
	if (rules->level != NULL)
		json_member_string(out, "thinkingLevel", rules->level);
	else if (rules->budget >= 0)
		json_member_int(out, "thinkingBudget", rules->budget);
	if (rules->show == 1)
		json_member_bool(out, "includeThoughts", true);
	json_put_end(out);
}

static int
write_sampling(struct generate_writing *writing)
{
	static const struct field	sampling[] = {
		{ .name = "temperature", .option = OPTION_TEMPERATURE },
		{ .name = "topP",	.option = OPTION_TOP_P },
		{ .name = NULL },
	};
	struct request			*request = writing->request;
	struct json_write		*out = writing->out;

	options_write(out, request, sampling);
	if (request_number(request, request->top_k) < 1)
		return lose(writing, LOST_TOP_K);
	request_put_number(out, "topK", request->top_k);
	return 0;
}

static int
write_stops(struct generate_writing *writing)
{
	struct request		*request = writing->request;
	struct json_write	*out = writing->out;
	size_t			 i, count = 0, some = 0;

	for (i = 0; i < request->stops_count; i++)
		some += request->stops[i].length > 0;
	if (some == 0)
		return 0;
	json_put_key(out, "stopSequences");
	json_put_array(out);
	for (i = 0; i < request->stops_count && count < STOPS_MAX; i++)
		if (request->stops[i].length > 0) {
			json_put_escaped(out, request->stops[i]);
			count++;
		}
	json_put_end(out);
	return some > STOPS_MAX ? lose(writing, LOST_STOP) : 0;
}

/* A seed has 32 bits here. */
static int
write_rare(struct generate_writing *writing)
{
	static const struct field	penalties[] = {
		{ .name = "presencePenalty",
		    .option = OPTION_PRESENCE_PENALTY },
		{ .name = "frequencyPenalty",
		    .option = OPTION_FREQUENCY_PENALTY },
		{ .name = NULL },
	};
	struct request			*request = writing->request;
	double				 seed;

	options_write(writing->out, request, penalties);
	if (request->seed.length > 0) {
		seed = request_number(request, request->seed);
		if (seed >= INT32_MIN && seed <= INT32_MAX)
			request_put_number(writing->out, "seed", request->seed);
		else if (lose(writing, LOST_SEED) == -1)
			return -1;
	}
	if (request->logprobs < 0)
		return 0;
	json_member_bool(writing->out, "responseLogprobs", true);
	if (request->logprobs > 0)
		json_member_int(writing->out, "logprobs",
		    request->logprobs < LOGPROBS_MAX ? request->logprobs :
		    LOGPROBS_MAX);
	return 0;
}

/* Gemini 2.x takes no function tools beside a format. */
static int
write_format(struct generate_writing *writing)
{
	struct format		*format = &writing->request->format;
	struct json_write	*out = writing->out;

	if (format->kind == FORMAT_TEXT)
		return 0;
	if (writing->old && writing->functions)
		return lose(writing, LOST_JSON_OBJECT);
	json_member_string(out, "responseMimeType", "application/json");
	if (format->kind == FORMAT_SCHEMA)
		json_member_value(out, "responseJsonSchema", format->schema);
	return 0;
}

/* An object that turns out empty is taken back. */
int
generate_write_config(struct generate_writing *writing)
{
	struct json_write	*out = writing->out, before = *out;
	size_t			 length = out->out->length, start;

	json_put_key(out, "generationConfig");
	json_put_object(out);
	start = out->out->length;
	if (write_sampling(writing) == -1)
		return -1;
	if (writing->request->max_tokens > 0)
		json_member_int(out, "maxOutputTokens",
		    writing->request->max_tokens);
	if (write_stops(writing) == -1 || write_rare(writing) == -1 ||
	    write_format(writing) == -1)
		return -1;
	write_thinking(writing);
	if (out->out->length > start || out->out->failed) {
		json_put_end(out);
		return 0;
	}
	*out = before;
	out->out->length = length;
	out->out->at[length] = '\0';
	return 0;
}

int
generate_write_tier(struct generate_writing *writing)
{
	struct request	*request = writing->request;
	const char	*word = NULL;
	bool		 asked;

	switch (request->tier) {
	case TIER_UNSAID:
	case TIER_AUTO:
		break;
	case TIER_STANDARD:
		word = "standard";
		break;
	case TIER_FLEX:
		word = "flex";
		break;
	case TIER_ULTRAFAST:
		if (lose(writing, LOST_SERVICE_TIER) == -1)
			return -1;
		word = "priority";
		break;
	case TIER_PRIORITY:
		word = "priority";
		break;
	case TIER_SCALE:
		return lose(writing, LOST_SERVICE_TIER);
	}
	/* Of an entry's own `fast` this API knows nothing, in all lanes. */
	asked = request->fast &&
	    (request->policy == NULL || !request->policy->fast);
	if (asked && word == NULL)
		word = "priority";
	if (word != NULL)
		json_member_string(writing->out, "serviceTier", word);
	return 0;
}

/* What has no place here at all. */
int
generate_report_lost(struct generate_writing *writing)
{
	static const enum option	lost[] = {
		OPTION_LOGIT_BIAS, OPTION_VERBOSITY, OPTION_USER,
		OPTION_SAFETY_IDENTIFIER, OPTION_METADATA, OPTION_STORE,
		OPTION_NONE,
	};
	struct request			*request = writing->request;

	if (options_lose(request, lost, writing->problem) == -1)
		return -1;
	return request->parallel == 0 && writing->functions ?
	    lose(writing, LOST_PARALLEL_TOOL_CALLS) : 0;
}
