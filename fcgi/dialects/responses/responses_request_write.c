#include "build.h"

#include "dialects/openai/openai_request.h"
#include "json_text.h"
#include "neutral/field.h"
#include "neutral/schema.h"
#include "neutral/tool_write.h"
#include "responses_convert.h"
#include "responses_rules.h"

#define IDENTITY_MAX	64	/* user, safety_identifier, prompt_cache_key */
#define FORMAT_NAME_MAX	64

static void
write_sampling(const struct responses_out *out)
{
	static const struct field	sampling[] = {
		{ .name = "temperature", .option = OPTION_TEMPERATURE },
		{ .name = "top_p",	.option = OPTION_TOP_P },
		{ .name = NULL },
	};
	const struct request		*request = out->request;

	options_write(out->w, out->request, sampling);
	if (request->logprobs >= 0)
		json_member_int(out->w, "top_logprobs", request->logprobs);
}

static int
put_schema(const struct responses_out *out)
{
	const struct format	*format = &out->request->format;
	struct json_write	*w = out->w;
	struct text		 name = format->name;
	bool			 changed = false;

	if (name.length == 0)
		name = text_of("answer");
	json_member_string(w, "type", "json_schema");
	json_member_text(w, "name", id_fit(out->request->arena, name,
	    FORMAT_NAME_MAX));
	if (format->description.length > 0)
		json_member_escaped(w, "description", format->description);
	json_put_key(w, "schema");
	schema_put_parameters(w, format->schema, SCHEMA_TYPED, &changed);
	json_member_bool(w, "strict", format->strict == 1 &&
	    schema_is_strict(format->schema));
	return changed ? responses_lost(out, LOST_SCHEMA_KEYWORDS) : 0;
}

static int
write_text(const struct responses_out *out)
{
	const struct request	*request = out->request;
	struct json_write	*w = out->w;
	int			 result = 0;

	if (request->format.kind == FORMAT_TEXT &&
	    request->verbosity.length == 0)
		return 0;
	json_put_key(w, "text");
	json_put_object(w);
	if (request->format.kind != FORMAT_TEXT) {
		json_put_key(w, "format");
		json_put_object(w);
		if (request->format.kind == FORMAT_SCHEMA)
			result = put_schema(out);
		else
			json_member_string(w, "type", "json_object");
		json_put_end(w);
	}
	if (request->verbosity.length > 0)
		json_member_text(w, "verbosity", request->verbosity);
	json_put_end(w);
	return result;
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

static void
write_reasoning(const struct responses_out *out, const struct rules *rules)
{
	const struct request	*request = out->request;
	enum effort		 effort = rules->effort;
	bool			 summary;

	summary = rules->wanted != EFFORT_OFF &&
	    (effort != EFFORT_AUTO || request->adaptive ||
	    request->show_thinking == 1) && wants_summary(request);
	if (effort == EFFORT_AUTO && !summary)
		return;
	json_put_key(out->w, "reasoning");
	json_put_object(out->w);
	if (effort != EFFORT_AUTO)
		json_member_string(out->w, "effort", efforts_word(effort));
	if (summary)
		json_member_string(out->w, "summary", "auto");
	json_put_end(out->w);
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
		[TIER_ULTRAFAST] =	"ultrafast",
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
	bool			 sealed = request->store != 1 &&
				    !policy_openai_plain(request_policy(request));

	json_member_bool(w, "store", request->store == 1);
	if (sealed || request->logprobs >= 0 ||
	    responses_searches(request)) {
		json_put_key(w, "include");
		json_put_array(w);
		if (sealed)
			json_put_string(w, "reasoning.encrypted_content");
		if (request->logprobs >= 0)
			json_put_string(w, "message.output_text.logprobs");
		if (responses_searches(request))
			json_put_string(w, "web_search_call.action.sources");
		json_put_end(w);
	}
	if (request->stream)
		json_member_bool(w, "stream", true);
}

static int
write_settings(const struct responses_out *out, const struct rules *rules)
{
	static const enum option	lost[] = {
		OPTION_TOP_K, OPTION_PRESENCE_PENALTY,
		OPTION_FREQUENCY_PENALTY, OPTION_SEED, OPTION_STOPS,
		OPTION_LOGIT_BIAS, OPTION_NONE,
	};

	if (openai_write_limit(out->w, out->request, "max_output_tokens", true,
	    out->p) == -1)
		return -1;
	write_sampling(out);
	if (options_lose(out->request, lost, out->p) == -1)
		return -1;
	if (write_text(out) == -1)
		return -1;
	write_reasoning(out, rules);
	if (write_identity(out) == -1)
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
	struct rules			rules;
	struct said			said;

	if (openai_prepare(request, request_model(request)->mid_system_refused,
	    p) == -1)
		return -1;
	said = request_said(request);
	rules = responses_rules_find(request_policy(request), &said);
	if (request_obey(request, &rules, p) == -1)
		return -1;
	tools_declare(request, RESPONSES_NAME_MAX);
	json_put_object(w);
	json_member_text(w, "model", request->model);
	if (responses_write_input(&out) == -1 ||
	    responses_write_tools(&out) == -1 ||
	    write_settings(&out, &rules) == -1)
		return -1;
	json_put_end(w);
	return 0;
}
