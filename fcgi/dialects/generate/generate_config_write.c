#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "generate_convert.h"
#include "json_text.h"

#define STOPS_MAX	5
#define LOGPROBS_MAX	20

/* Most thinking of Gemini 2.5, and of its Pro models; the least of those. */
#define BUDGET_MAX	24576
#define BUDGET_PRO_MAX	32768
#define BUDGET_LEAST	128

/* What thinkingConfig will say. */
struct thinking {
	bool		 said;
	const char	*level;		/* NULL: none */
	int64_t		 budget;	/* -2: none; -1: as the model likes */
	bool		 show;
};
#define NO_BUDGET	(-2)

static int
lose(struct generate_writing *writing, enum lost lost)
{
	return request_lost(writing->request, lost, writing->problem);
}

/* Whether thinking is what the client asked for, not the configuration. */
static bool
client_thinks(const struct request *request)
{
	return request->policy == NULL ||
	    request->policy->effort == EFFORT_AUTO;
}

static int
settle_off(struct generate_writing *writing, struct thinking *thinking)
{
	const struct model	*model = request_model(writing->request);
	bool			 budget = model->thinking == THINKING_BUDGET;

	switch (model->thinking_off) {
	case THINKING_OFF_REMOVE:
		return client_thinks(writing->request) ?
		    lose(writing, LOST_EFFORT) : 0;
	case THINKING_OFF_DISABLED:
	case THINKING_OFF_BETWEEN_TOOLS:
		if (budget)
			thinking->budget = 0;
		else
			thinking->level = "MINIMAL";
		break;
	case THINKING_OFF_IMPOSSIBLE:
		if (budget)
			thinking->budget = BUDGET_LEAST;
		else
			thinking->level = "LOW";
		break;
	}
	thinking->said = true;
	return 0;
}

static int
settle_budget(struct generate_writing *writing, struct thinking *thinking,
    enum effort effort)
{
	struct request	*request = writing->request;
	int64_t		 most = BUDGET_MAX;

	if (request->model.length > 0 && memmem(request->model.at,
	    request->model.length, "-pro", 4) != NULL)
		most = BUDGET_PRO_MAX;
	thinking->budget = request->budget > 0 ? request->budget :
	    policy_budget(effort);
	if (thinking->budget <= most)
		return 0;
	thinking->budget = most;
	return request->budget > 0 ? lose(writing, LOST_EFFORT) : 0;
}

static const char *
level_of(enum effort effort)
{
	static const char *const	words[EFFORT_KINDS] = {
		[EFFORT_MINIMAL] =	"MINIMAL",
		[EFFORT_LOW] =		"LOW",
		[EFFORT_MEDIUM] =	"MEDIUM",
		[EFFORT_HIGH] =		"HIGH",
		[EFFORT_XHIGH] =	"HIGH",
		[EFFORT_MAX] =		"HIGH",
	};

	return words[effort];
}

/* Pro models know no minimal thinking; an entry's `efforts` say who does. */
static enum effort
known_effort(const struct generate_writing *writing)
{
	const struct request	*request = writing->request;
	const struct model	*model = request_model(request);
	enum effort		 effort = policy_clamp(model, request->effort);
	bool			 minimal;

	minimal = (model->efforts & (1u << EFFORT_MINIMAL)) != 0 ||
	    (request->from == DIALECT_GENERATE && model->efforts == 0);
	if (effort == EFFORT_MINIMAL &&
	    (!minimal || model->thinking == THINKING_BUDGET))
		return EFFORT_LOW;
	return effort;
}

static int
settle_thinking(struct generate_writing *writing, struct thinking *thinking)
{
	struct request		*request = writing->request;
	enum effort		 effort;

	thinking->budget = NO_BUDGET;
	if (request->effort == EFFORT_OFF)
		return settle_off(writing, thinking);
	if (request->effort == EFFORT_AUTO && request->budget <= 0) {
		thinking->show = request->show_thinking == 1 ||
		    (request->adaptive && request->show_thinking != 0);
		thinking->said = thinking->show;
		return 0;
	}
	if (request->effort == EFFORT_AUTO)
		request->effort = policy_effort_of_budget(request->budget);
	effort = known_effort(writing);
	if (effort == EFFORT_OFF)
		return settle_off(writing, thinking);
	thinking->said = true;
	thinking->show = request->show_thinking != 0;
	if (request_model(request)->thinking == THINKING_BUDGET)
		return settle_budget(writing, thinking, effort);
	thinking->level = level_of(effort);
	return 0;
}

static int
write_thinking(struct generate_writing *writing)
{
	struct json_write	*out = writing->out;
	struct thinking		 thinking = { .said = false };

	if (settle_thinking(writing, &thinking) == -1)
		return -1;
	if (!thinking.said)
		return 0;
	json_put_key(out, "thinkingConfig");
	json_put_object(out);
	if (thinking.level != NULL)
		json_member_string(out, "thinkingLevel", thinking.level);
	else if (thinking.budget != NO_BUDGET)
		json_member_int(out, "thinkingBudget", thinking.budget);
	if (thinking.show)
		json_member_bool(out, "includeThoughts", true);
	json_put_end(out);
	return 0;
}

static double
number_of(struct request *request, struct text number)
{
	char	*string = arena_memdup(request->arena, number.at,
		    number.length);

	return string == NULL ? 0 : strtod(string, NULL);
}

static void
write_number(struct generate_writing *writing, const char *key,
    struct text number)
{
	if (number.length > 0)
		json_member_raw(writing->out, key, number);
}

static int
write_sampling(struct generate_writing *writing)
{
	struct request	*request = writing->request;

	if (!request_model(request)->sampling) {
		if ((request->temperature.length > 0 ||
		    request->top_p.length > 0) &&
		    lose(writing, LOST_SAMPLING) == -1)
			return -1;
		return request->top_k.length > 0 ?
		    lose(writing, LOST_TOP_K) : 0;
	}
	write_number(writing, "temperature", request->temperature);
	write_number(writing, "topP", request->top_p);
	if (request->top_k.length > 0 && number_of(request, request->top_k) < 1)
		return lose(writing, LOST_TOP_K);
	write_number(writing, "topK", request->top_k);
	return 0;
}

static int
write_max_tokens(struct generate_writing *writing)
{
	struct request	*request = writing->request;
	int64_t		 most = request_model(request)->max_output_tokens;
	int64_t		 count = request->max_tokens;

	if (count <= 0)
		return 0;
	if (most > 0 && count > most) {
		count = most;
		if (lose(writing, LOST_MAX_TOKENS) == -1)
			return -1;
	}
	json_member_int(writing->out, "maxOutputTokens", count);
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
	struct request	*request = writing->request;
	double		 seed;

	write_number(writing, "presencePenalty", request->presence_penalty);
	write_number(writing, "frequencyPenalty", request->frequency_penalty);
	if (request->seed.length > 0) {
		seed = number_of(request, request->seed);
		if (seed >= INT32_MIN && seed <= INT32_MAX)
			write_number(writing, "seed", request->seed);
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
	if (write_sampling(writing) == -1 || write_max_tokens(writing) == -1 ||
	    write_stops(writing) == -1 || write_rare(writing) == -1 ||
	    write_format(writing) == -1 || write_thinking(writing) == -1)
		return -1;
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
	struct request	*request = writing->request;
	const struct {
		bool		said;
		enum lost	lost;
	} rest[] = {
		{ json_count(request->logit_bias) > 0, LOST_LOGIT_BIAS },
		{ request->verbosity.length > 0 &&
		    !text_equals(request->verbosity, "medium"),
		    LOST_VERBOSITY },
		{ request->user.length > 0 ||
		    request->safety_identifier.length > 0, LOST_USER },
		{ json_count(request->metadata) > 0, LOST_METADATA },
		{ request->store == 1, LOST_STORE },
		{ request->parallel == 0 && writing->functions,
		    LOST_PARALLEL_TOOL_CALLS },
	};
	size_t		i;

	for (i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		if (rest[i].said && lose(writing, rest[i].lost) == -1)
			return -1;
	return 0;
}
