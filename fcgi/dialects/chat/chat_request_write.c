#include "build.h"

#include <ctype.h>
#include <string.h>

#include "chat.h"
#include "chat_request.h"
#include "json_text.h"
#include "neutral/schema.h"
#include "neutral/tool_write.h"

#define STOPS_MAX	4
#define USER_MAX	64	/* OpenAI: safety_identifier, and for us user */

static void
put_number(struct json_write *w, const char *key, struct text number)
{
	if (number.length > 0)
		json_member_raw(w, key, number);
}

static void
put_escaped(struct json_write *w, const char *key, struct escaped text)
{
	if (text.length > 0)
		json_member_escaped(w, key, text);
}

/*
 * OpenAI's reasoning models by name (o3, gpt-5.4, not gpt-5-chat): they refuse
 * `max_tokens`, which is all that servers know that imitate the API, and
 * sampling, `stop` and the like, unless told not to reason.
 */
static bool
is_openai_reasoning(struct text model)
{
	const char	*name = model.at, *slash;
	size_t		 length = model.length;

	slash = memrchr(model.at, '/', model.length);
	if (slash != NULL)
		name = slash + 1;
	length -= (size_t)(name - model.at);
	if (memmem(name, length, "chat", 4) != NULL)
		return false;
	return (length > 1 && name[0] == 'o' &&
	    isdigit((unsigned char)name[1])) || (length > 4 &&
	    memcmp(name, "gpt-", 4) == 0 && name[4] >= '5' && name[4] <= '9');
}

static bool
takes_sampling(const struct request *request)
{
	const struct model	*model = request_model(request);

	if (!model->sampling)
		return false;
	return !is_openai_reasoning(request->model) ||
	    (request->effort == EFFORT_OFF &&
	    (model->efforts & (1u << EFFORT_OFF)) != 0);
}

static int
write_limit(struct json_write *w, struct request *request, struct problem *p)
{
	int64_t	most = request_model(request)->max_output_tokens;
	int64_t	tokens = request->max_tokens;

	if (tokens < 0)
		return 0;
	if (tokens == 0)
		return problem_field(p, PROBLEM_INVALID, "max_tokens",
		    "max_tokens must be at least 1 for this model's API");
	if (most > 0 && tokens > most) {
		tokens = most;
		if (request_lost(request, LOST_MAX_TOKENS, p) == -1)
			return -1;
	}
	json_member_int(w, is_openai_reasoning(request->model) ?
	    "max_completion_tokens" : "max_tokens", tokens);
	return 0;
}

static int
write_sampling(struct json_write *w, struct request *request,
    struct problem *p)
{
	if (request->top_k.length > 0 &&
	    request_lost(request, LOST_TOP_K, p) == -1)
		return -1;
	if (takes_sampling(request)) {
		put_number(w, "temperature", request->temperature);
		put_number(w, "top_p", request->top_p);
		put_number(w, "presence_penalty", request->presence_penalty);
		put_number(w, "frequency_penalty",
		    request->frequency_penalty);
	} else if (request->temperature.length > 0 ||
	    request->top_p.length > 0 ||
	    request->presence_penalty.length > 0 ||
	    request->frequency_penalty.length > 0) {
		if (request_lost(request, LOST_SAMPLING, p) == -1)
			return -1;
	}
	put_number(w, "seed", request->seed);
	return 0;
}

static int
write_logprobs(struct json_write *w, struct request *request,
    struct problem *p)
{
	bool	takes = !is_openai_reasoning(request->model) ||
		    takes_sampling(request);

	if (request->logprobs >= 0 && !takes &&
	    request_lost(request, LOST_LOGPROBS, p) == -1)
		return -1;
	if (request->logprobs >= 0 && takes) {
		json_member_bool(w, "logprobs", true);
		json_member_int(w, "top_logprobs", request->logprobs);
	}
	if (json_is(request->logit_bias, JSON_MISSING))
		return 0;
	if (!takes)
		return request_lost(request, LOST_LOGIT_BIAS, p);
	json_member_value(w, "logit_bias", request->logit_bias);
	return 0;
}

static int
write_stops(struct json_write *w, struct request *request, struct problem *p)
{
	size_t	count = request->stops_count, i;

	if (count == 0)
		return 0;
	if (is_openai_reasoning(request->model) && !takes_sampling(request))
		return request_lost(request, LOST_STOP, p);
	if (count > STOPS_MAX) {
		count = STOPS_MAX;
		if (request_lost(request, LOST_STOP, p) == -1)
			return -1;
	}
	json_put_key(w, "stop");
	json_put_array(w);
	for (i = 0; i < count; i++)
		json_put_escaped(w, request->stops[i]);
	json_put_end(w);
	return 0;
}

static void
write_schema_format(struct json_write *w, struct request *request)
{
	const struct format	*format = &request->format;
	struct text		 name = format->name;

	if (name.length == 0)
		name = text_of("answer");
	json_put_key(w, "response_format");
	json_put_object(w);
	json_member_string(w, "type", "json_schema");
	json_put_key(w, "json_schema");
	json_put_object(w);
	json_member_text(w, "name", id_fit(request->arena, name,
	    CHAT_NAME_MAX));
	put_escaped(w, "description", format->description);
	if (json_is(format->schema, JSON_OBJECT))
		json_member_value(w, "schema", format->schema);
	if (format->strict >= 0)
		json_member_bool(w, "strict", format->strict == 1 &&
		    schema_is_strict(format->schema));
	json_put_end(w);
	json_put_end(w);
}

static void
write_format(struct json_write *w, struct request *request)
{
	switch (request->format.kind) {
	case FORMAT_TEXT:
		return;
	case FORMAT_JSON:
		json_put_key(w, "response_format");
		json_put_object(w);
		json_member_string(w, "type", "json_object");
		json_put_end(w);
		return;
	case FORMAT_SCHEMA:
		write_schema_format(w, request);
		return;
	}
}

static void
write_no_effort(struct json_write *w, const struct model *model)
{
	if ((model->efforts & (1u << EFFORT_OFF)) != 0)
		json_member_string(w, "reasoning_effort", "none");
	if (model->thinking_off != THINKING_OFF_DISABLED)
		return;
	json_put_key(w, "thinking");
	json_put_object(w);
	json_member_string(w, "type", "disabled");
	json_put_end(w);
}

static int
write_effort(struct json_write *w, struct request *request, struct problem *p)
{
	const struct model	*model = request_model(request);
	enum effort		 effort = request->effort;

	if (effort == EFFORT_AUTO && request->budget > 0)
		effort = policy_effort_of_budget(request->budget);
	if (effort == EFFORT_AUTO)
		return 0;
	if (!model->tools_reasoning && request->tools != NULL)
		return request_lost(request, LOST_EFFORT, p);
	if (effort == EFFORT_OFF) {
		write_no_effort(w, model);
		return 0;
	}
	effort = policy_clamp(model, effort);
	json_member_string(w, "reasoning_effort", policy_word(effort));
	return effort == request->effort || request->budget > 0 ? 0 :
	    request_lost(request, LOST_EFFORT, p);
}

static int
write_identity(struct json_write *w, struct request *request,
    struct problem *p)
{
	struct text	user;

	user = text_decode(request->arena, request->user, NULL);
	if (user.length <= USER_MAX)
		put_escaped(w, "user", request->user);
	else if (request_lost(request, LOST_USER, p) == -1)
		return -1;
	user = text_decode(request->arena, request->safety_identifier, NULL);
	if (user.length > 0)
		json_member_text(w, "safety_identifier",
		    id_fit(request->arena, user, USER_MAX));
	put_escaped(w, "prompt_cache_key", request->prompt_cache_key);
	/* OpenAI takes metadata only of what it stores. */
	if (request->store == 1)
		json_member_value(w, "metadata", request->metadata);
	else if (!json_is(request->metadata, JSON_MISSING))
		return request_lost(request, LOST_METADATA, p);
	return 0;
}

static void
write_tier(struct json_write *w, const struct request *request)
{
	static const char *const	words[] = { "", "auto", "default",
	    "flex", "scale", "priority" };

	if (request->tier != TIER_UNSAID)
		json_member_string(w, "service_tier", words[request->tier]);
	else if (request->fast)
		json_member_string(w, "service_tier", "priority");
}

static void
write_stream(struct json_write *w, const struct request *request)
{
	if (!request->stream)
		return;
	json_member_bool(w, "stream", true);
	json_put_key(w, "stream_options");
	json_put_object(w);
	json_member_bool(w, "include_usage", true);
	json_put_end(w);
}

int
chat_write_request(struct json_write *w, struct request *request,
    struct problem *p)
{
	request_drop_blank(request);
	request_merge_turns(request);
	if (request_pair_results(request, p) == -1 ||
	    request_end_prefill(request, p) == -1)
		return -1;
	if (request_lacks_json(request, request->system))
		request_add_system(request, escaped_of(REQUEST_SAY_JSON));
	if (request->turns == NULL && request->system == NULL)
		return problem_set(p, PROBLEM_INVALID,
		    "the request says nothing");
	tools_declare(request, CHAT_NAME_MAX);
	json_put_object(w);
	json_member_text(w, "model", request->model);
	if (chat_write_messages(w, request, p) == -1 ||
	    chat_write_tools(w, request, p) == -1 ||
	    write_limit(w, request, p) == -1 ||
	    write_sampling(w, request, p) == -1 ||
	    write_logprobs(w, request, p) == -1 ||
	    write_stops(w, request, p) == -1 ||
	    write_effort(w, request, p) == -1 ||
	    write_identity(w, request, p) == -1)
		return -1;
	write_format(w, request);
	if (request->verbosity.length > 0)
		json_member_text(w, "verbosity", request->verbosity);
	write_tier(w, request);
	if (request->store == 1)
		json_member_bool(w, "store", true);
	write_stream(w, request);
	json_put_end(w);
	return 0;
}
