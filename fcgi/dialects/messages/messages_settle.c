#include "build.h"

#include <stdlib.h>

#include "json_text.h"
#include "messages_convert.h"

#define MAX_TOKENS	32000	/* the API wants a number; no client said one */
#define TOP_P_MIN	0.95	/* while thinking */

/* Whether thinking is what the client asked for, not the configuration. */
static bool
client_thinks(const struct request *request)
{
	return request->policy == NULL ||
	    request->policy->effort == EFFORT_AUTO;
}

static int
lose_thinking(struct messages_writing *writing)
{
	writing->thinking = THINKING_UNSAID;
	if (!client_thinks(writing->request))
		return 0;
	return request_lost(writing->request, LOST_THINKING, writing->problem);
}

static int
settle_max_tokens(struct messages_writing *writing)
{
	struct request		*request = writing->request;
	int64_t			 ceiling;

	ceiling = request_model(request)->max_output_tokens;
	writing->max_tokens = request->max_tokens;
	if (request->max_tokens < 0)
		writing->max_tokens = ceiling > 0 ? ceiling : MAX_TOKENS;
	if (ceiling == 0 || writing->max_tokens <= ceiling)
		return 0;
	writing->max_tokens = ceiling;
	return request_lost(request, LOST_MAX_TOKENS, writing->problem);
}

static int
settle_off(struct messages_writing *writing)
{
	struct request	*request = writing->request;

	switch (request_model(request)->thinking_off) {
	case THINKING_OFF_REMOVE:
		break;
	case THINKING_OFF_DISABLED:
		writing->thinking = THINKING_DISABLED;
		break;
	case THINKING_OFF_BETWEEN_TOOLS:
		writing->thinking = THINKING_BETWEEN_TOOLS;
		break;
	case THINKING_OFF_IMPOSSIBLE:
		writing->effort = EFFORT_LOW;
		if (client_thinks(request))
			return request_lost(request, LOST_EFFORT,
			    writing->problem);
		break;
	}
	return 0;
}

/* Thinking with a budget must have been there when the tool was called. */
static bool
misses_thinking(const struct request *request)
{
	const struct turn	*turn, *last = NULL;
	const struct part	*part;

	for (turn = request->turns; turn != NULL; turn = turn->next)
		if (turn->role == ROLE_ASSISTANT)
			last = turn;
	if (last == NULL || last->parts->kind == PART_THINKING ||
	    last->parts->kind == PART_REDACTED)
		return false;
	for (part = last->parts; part != NULL; part = part->next)
		if (part->kind == PART_CALL || part->kind == PART_CUSTOM_CALL)
			return true;
	return false;
}

static int
settle_budget(struct messages_writing *writing, enum effort effort)
{
	struct request	*request = writing->request;
	int64_t		 max_tokens = writing->max_tokens;

	writing->thinking = THINKING_ENABLED;
	writing->budget = request->budget > 0 ? request->budget :
	    policy_budget(effort == EFFORT_AUTO ? EFFORT_HIGH : effort);
	if (misses_thinking(request))
		return lose_thinking(writing);
	if (!policy_fit_budget(request_model(request), &writing->budget,
	    &writing->max_tokens))
		return lose_thinking(writing);
	if (request->max_tokens >= 0 && writing->max_tokens != max_tokens &&
	    client_thinks(request))
		return request_lost(request, LOST_MAX_TOKENS,
		    writing->problem);
	return 0;
}

static int
settle_thinking(struct messages_writing *writing)
{
	struct request		*request = writing->request;
	const struct model	*model = request_model(request);
	enum effort		 effort = request->effort;

	if (effort == EFFORT_OFF)
		return settle_off(writing);
	if (effort == EFFORT_AUTO && request->budget <= 0 &&
	    !request->adaptive)
		return 0;
	if (effort == EFFORT_AUTO)
		effort = policy_effort_of_budget(request->budget);
	if (effort == EFFORT_MINIMAL)
		effort = EFFORT_LOW;
	effort = policy_clamp(model, effort);
	if (model->thinking != THINKING_ADAPTIVE)
		return settle_budget(writing, effort);
	writing->thinking = THINKING_IS_ADAPTIVE;
	writing->effort = effort;
	return 0;
}

static int
settle_choice(struct messages_writing *writing)
{
	struct request	*request = writing->request;
	struct choice	*choice = &request->choice;

	if (choice->kind == CHOICE_REQUIRED && choice->allowed_count == 1) {
		choice->kind = CHOICE_TOOL;
		choice->name = choice->allowed[0];
		choice->namespace_name = (struct text){ 0 };
	} else if (choice->allowed_count > 0 && request_lost(request,
	    LOST_FORCED_TOOL, writing->problem) == -1) {
		return -1;
	}
	if (choice->kind != CHOICE_REQUIRED && choice->kind != CHOICE_TOOL)
		return 0;
	if (writing->thinking != THINKING_ENABLED &&
	    request_model(request)->forced_tools)
		return 0;
	choice->kind = CHOICE_AUTO;
	return request_lost(request, LOST_FORCED_TOOL, writing->problem);
}

static double
number_of(struct request *request, struct text number)
{
	char	*string = arena_memdup(request->arena, number.at,
		    number.length);

	return string == NULL ? 0 : strtod(string, NULL);
}

/* Leaves a number out. */
static int
lose_number(struct messages_writing *writing, struct text *number,
    enum lost lost)
{
	if (number->length == 0)
		return 0;
	number->length = 0;
	return request_lost(writing->request, lost, writing->problem);
}

static int
settle_temperature(struct messages_writing *writing, bool thinks)
{
	struct request	*request = writing->request;
	double		 temperature;

	if (request->temperature.length == 0)
		return 0;
	temperature = number_of(request, request->temperature);
	if (thinks && !(temperature >= 1 && temperature <= 1))
		return lose_number(writing, &request->temperature,
		    LOST_SAMPLING);
	if (temperature <= 1)
		return 0;
	request->temperature = text_of("1");
	return request_lost(request, LOST_SAMPLING, writing->problem);
}

/* Newer models refuse top_p beside a temperature; 1 says nothing. */
static int
settle_top_p(struct messages_writing *writing, bool thinks)
{
	struct request	*request = writing->request;
	double		 top_p;

	if (request->top_p.length == 0)
		return 0;
	top_p = number_of(request, request->top_p);
	if (request->temperature.length > 0 && top_p >= 1) {
		request->top_p.length = 0;
		return 0;
	}
	if (request->temperature.length > 0 || (thinks && top_p < TOP_P_MIN))
		return lose_number(writing, &request->top_p, LOST_SAMPLING);
	return 0;
}

/*
 * Thinking of either kind takes no sampling of one's own ("... when thinking is
 * enabled or in adaptive mode").
 */
static int
settle_sampling(struct messages_writing *writing)
{
	struct request	*request = writing->request;
	bool		 thinks, none;

	thinks = writing->thinking == THINKING_ENABLED ||
	    writing->thinking == THINKING_IS_ADAPTIVE;
	none = !request_model(request)->sampling;
	if (none && (lose_number(writing, &request->temperature,
	    LOST_SAMPLING) == -1 || lose_number(writing, &request->top_p,
	    LOST_SAMPLING) == -1))
		return -1;
	if ((none || thinks) &&
	    lose_number(writing, &request->top_k, LOST_TOP_K) == -1)
		return -1;
	if (settle_temperature(writing, thinks) == -1)
		return -1;
	return settle_top_p(writing, thinks);
}

int
messages_settle(struct messages_writing *writing)
{
	if (settle_max_tokens(writing) == -1 ||
	    settle_thinking(writing) == -1 ||
	    settle_choice(writing) == -1)
		return -1;
	return settle_sampling(writing);
}
