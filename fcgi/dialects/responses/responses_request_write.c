#include "build.h"

#include "json_text.h"
#include "neutral/schema.h"
#include "neutral/tool_write.h"
#include "responses_convert.h"

#define MAX_TOKENS_MIN	16
#define IDENTITY_MAX	64	/* user, safety_identifier, prompt_cache_key */
#define FORMAT_NAME_MAX	64

static int
write_limit(const struct responses_out *out)
{
	int64_t	most = request_model(out->request)->max_output_tokens;
	int64_t	tokens = out->request->max_tokens, asked = tokens;

	if (tokens < 0)
		return 0;
	if (tokens == 0)
		return problem_field(out->p, PROBLEM_INVALID, "max_tokens",
		    "max_tokens must be at least 1 for this model's API");
	if (most > 0 && tokens > most)
		tokens = most;
	if (tokens < MAX_TOKENS_MIN)
		tokens = MAX_TOKENS_MIN;
	json_member_int(out->w, "max_output_tokens", tokens);
	return tokens == asked ? 0 : responses_lost(out, LOST_MAX_TOKENS);
}

static void
put_number(const struct responses_out *out, const char *key,
    struct text number)
{
	if (number.length > 0)
		json_member_raw(out->w, key, number);
}

static int
write_sampling(const struct responses_out *out)
{
	const struct request	*request = out->request;

	if (request_model(request)->sampling) {
		put_number(out, "temperature", request->temperature);
		put_number(out, "top_p", request->top_p);
	} else if (request->temperature.length > 0 ||
	    request->top_p.length > 0) {
		if (responses_lost(out, LOST_SAMPLING) == -1)
			return -1;
	}
	if (request->logprobs >= 0)
		json_member_int(out->w, "top_logprobs", request->logprobs);
	return 0;
}

/* What has no place here at all. */
static int
report_lost(const struct responses_out *out)
{
	const struct request	*request = out->request;
	const struct {
		bool		said;
		enum lost	lost;
	} rest[] = {
		{ request->top_k.length > 0, LOST_TOP_K },
		{ request->presence_penalty.length > 0 ||
		    request->frequency_penalty.length > 0, LOST_PENALTIES },
		{ request->seed.length > 0, LOST_SEED },
		{ request->stops_count > 0, LOST_STOP },
		{ json_count(request->logit_bias) > 0, LOST_LOGIT_BIAS },
	};
	size_t			 i;

	for (i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		if (rest[i].said && responses_lost(out, rest[i].lost) == -1)
			return -1;
	return 0;
}

static void
put_schema(const struct responses_out *out)
{
	const struct format	*format = &out->request->format;
	struct json_write	*w = out->w;
	struct text		 name = format->name;

	if (name.length == 0)
		name = text_of("answer");
	json_member_string(w, "type", "json_schema");
	json_member_text(w, "name", id_fit(out->request->arena, name,
	    FORMAT_NAME_MAX));
	if (format->description.length > 0)
		json_member_escaped(w, "description", format->description);
	json_put_key(w, "schema");
	schema_put_parameters(w, format->schema);
	json_member_bool(w, "strict", format->strict == 1 &&
	    schema_is_strict(format->schema));
}

static void
write_text(const struct responses_out *out)
{
	const struct request	*request = out->request;
	struct json_write	*w = out->w;

	if (request->format.kind == FORMAT_TEXT &&
	    request->verbosity.length == 0)
		return;
	json_put_key(w, "text");
	json_put_object(w);
	if (request->format.kind != FORMAT_TEXT) {
		json_put_key(w, "format");
		json_put_object(w);
		if (request->format.kind == FORMAT_SCHEMA)
			put_schema(out);
		else
			json_member_string(w, "type", "json_object");
		json_put_end(w);
	}
	if (request->verbosity.length > 0)
		json_member_text(w, "verbosity", request->verbosity);
	json_put_end(w);
}

/*
 * Other clients see thinking unless they said no; this API's own see it when
 * they said so.
 */
static bool
wants_summary(const struct request *request)
{
	if (request->show_thinking >= 0)
		return request->show_thinking == 1;
	return request->from != DIALECT_RESPONSES;
}

static int
write_no_reasoning(const struct responses_out *out)
{
	if ((request_model(out->request)->efforts & (1u << EFFORT_OFF)) == 0)
		return 0;
	json_put_key(out->w, "reasoning");
	json_put_object(out->w);
	json_member_string(out->w, "effort", "none");
	json_put_end(out->w);
	return 0;
}

static int
write_reasoning(const struct responses_out *out)
{
	const struct request	*request = out->request;
	enum effort		 effort = request->effort, clamped;

	if (effort == EFFORT_OFF)
		return write_no_reasoning(out);
	if (effort == EFFORT_AUTO && request->budget > 0)
		effort = policy_effort_of_budget(request->budget);
	if (effort == EFFORT_AUTO && !request->adaptive &&
	    request->show_thinking != 1)
		return 0;
	clamped = policy_clamp(request_model(request), effort);
	if (clamped == EFFORT_AUTO && !wants_summary(request))
		return 0;
	json_put_key(out->w, "reasoning");
	json_put_object(out->w);
	if (clamped != EFFORT_AUTO)
		json_member_string(out->w, "effort", policy_word(clamped));
	if (clamped != EFFORT_OFF && wants_summary(request))
		json_member_string(out->w, "summary", "auto");
	json_put_end(out->w);
	return clamped == effort ? 0 : responses_lost(out, LOST_EFFORT);
}

/* One of 64 characters at most: another is told by its hash. */
static void
put_identity(const struct responses_out *out, const char *key,
    struct escaped value)
{
	struct arena	*arena = out->request->arena;
	struct text	 text = text_decode(arena, value, NULL);

	if (text.length == 0)
		return;
	if (text.length > IDENTITY_MAX)
		text = id_fit(arena, text, IDENTITY_MAX);
	json_member_text(out->w, key, text);
}

/* A user that is too long identifies nobody to OpenAI but by its hash. */
static int
write_identity(const struct responses_out *out)
{
	const struct request	*request = out->request;
	struct text		 user;

	user = text_decode(request->arena, request->user, NULL);
	if (user.length > IDENTITY_MAX) {
		if (responses_lost(out, LOST_USER) == -1)
			return -1;
	} else if (user.length > 0) {
		json_member_text(out->w, "user", user);
	}
	put_identity(out, "safety_identifier", request->safety_identifier);
	put_identity(out, "prompt_cache_key", request->prompt_cache_key);
	if (json_count(request->metadata) > 0)
		json_member_value(out->w, "metadata", request->metadata);
	return 0;
}

static void
write_tier(const struct responses_out *out)
{
	static const char *const	words[] = {
		[TIER_AUTO] =		"auto",
		[TIER_STANDARD] =	"default",
		[TIER_FLEX] =		"flex",
		[TIER_SCALE] =		"scale",
		[TIER_PRIORITY] =	"priority",
	};
	const struct request		*request = out->request;

	if (request->tier != TIER_UNSAID)
		json_member_string(out->w, "service_tier",
		    words[request->tier]);
	else if (request->fast)
		json_member_string(out->w, "service_tier", "priority");
}

/* Without a store the reasoning must travel with the conversation. */
static void
write_state(const struct responses_out *out)
{
	const struct request	*request = out->request;
	struct json_write	*w = out->w;

	json_member_bool(w, "store", request->store == 1);
	if (request->store != 1 || request->logprobs >= 0) {
		json_put_key(w, "include");
		json_put_array(w);
		if (request->store != 1)
			json_put_string(w, "reasoning.encrypted_content");
		if (request->logprobs >= 0)
			json_put_string(w, "message.output_text.logprobs");
		json_put_end(w);
	}
	if (request->stream)
		json_member_bool(w, "stream", true);
}

static int
write_settings(const struct responses_out *out)
{
	if (write_limit(out) == -1 || write_sampling(out) == -1 ||
	    report_lost(out) == -1)
		return -1;
	write_text(out);
	if (write_reasoning(out) == -1 || write_identity(out) == -1)
		return -1;
	write_tier(out);
	write_state(out);
	return 0;
}

int
responses_write_request(struct json_write *w, struct request *request,
    struct problem *p)
{
	const struct responses_out	out = { w, request, p };

	request_drop_blank(request);
	request_merge_turns(request);
	if (request_pair_results(request, p) == -1 ||
	    request_end_prefill(request, p) == -1)
		return -1;
	if (request->turns == NULL && request->system == NULL)
		return problem_set(p, PROBLEM_INVALID,
		    "the request says nothing");
	tools_declare(request, RESPONSES_NAME_MAX);
	json_put_object(w);
	json_member_text(w, "model", request->model);
	if (responses_write_input(&out) == -1 ||
	    responses_write_tools(&out) == -1 || write_settings(&out) == -1)
		return -1;
	json_put_end(w);
	return 0;
}
