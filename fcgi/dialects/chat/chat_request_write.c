#include "build.h"

#include <string.h>

#include "chat.h"
#include "chat_request.h"
#include "chat_rules.h"
#include "dialects/openai/openai_request.h"
#include "json_text.h"
#include "neutral/field.h"
#include "neutral/schema.h"
#include "neutral/tool_write.h"

#define STOPS_MAX	4
#define USER_MAX	64	/* OpenAI: safety_identifier, and for us user */

static void
put_escaped(struct json_write *w, const char *key, struct escaped text)
{
	if (text.length > 0)
		json_member_escaped(w, key, text);
}

static int
write_sampling(struct json_write *w, struct request *request,
    struct problem *p)
{
	static const struct field	sampling[] = {
		{ .name = "temperature", .option = OPTION_TEMPERATURE },
		{ .name = "top_p",	.option = OPTION_TOP_P },
		{ .name = "presence_penalty",
		    .option = OPTION_PRESENCE_PENALTY },
		{ .name = "frequency_penalty",
		    .option = OPTION_FREQUENCY_PENALTY },
		{ .name = "seed",	.option = OPTION_SEED },
		{ .name = NULL },
	};

	options_write(w, request, sampling);
	if (request->logprobs >= 0) {
		json_member_bool(w, "logprobs", true);
		json_member_int(w, "top_logprobs", request->logprobs);
	}
	if (!json_is(request->logit_bias, JSON_MISSING))
		json_member_value(w, "logit_bias", request->logit_bias);
	return options_lose(request, (const enum option[]){ OPTION_TOP_K,
	    OPTION_NONE }, p);
}

static int
write_stops(struct json_write *w, struct request *request, struct problem *p)
{
	size_t	i;

	if (request->stops_count == 0)
		return 0;
	json_put_key(w, "stop");
	json_put_array(w);
	for (i = 0; i < request->stops_count && i < STOPS_MAX; i++)
		json_put_escaped(w, request->stops[i]);
	json_put_end(w);
	return i == request->stops_count ? 0 :
	    request_lost(request, LOST_STOP, p);
}

static int
write_schema_format(struct json_write *w, struct request *request,
    struct problem *p)
{
	const struct format	*format = &request->format;
	struct text		 name = format->name;
	bool			 changed = false;

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
	if (json_is(format->schema, JSON_OBJECT)) {
		json_put_key(w, "schema");
		schema_put_parameters(w, format->schema, SCHEMA_ANY, &changed);
	}
	if (format->strict >= 0)
		json_member_bool(w, "strict", format->strict == 1 &&
		    schema_is_strict(format->schema));
	json_put_end(w);
	json_put_end(w);
	return changed ? request_lost(request, LOST_SCHEMA_KEYWORDS, p) : 0;
}

static int
write_format(struct json_write *w, struct request *request, struct problem *p)
{
	switch (request->format.kind) {
	case FORMAT_TEXT:
		break;
	case FORMAT_JSON:
		json_put_key(w, "response_format");
		json_put_object(w);
		json_member_string(w, "type", "json_object");
		json_put_end(w);
		break;
	case FORMAT_SCHEMA:
		return write_schema_format(w, request, p);
	}
	return 0;
}

static void
write_thinking(struct json_write *w, const struct chat_rules *rules)
{
	if (rules->common.effort != EFFORT_AUTO)
		json_member_string(w, "reasoning_effort",
		    efforts_word(rules->common.effort));
	if (!rules->disabled)
		return;
	json_put_key(w, "thinking");
	json_put_object(w);
	json_member_string(w, "type", "disabled");
	json_put_end(w);
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
	    "flex", "scale", "priority", "ultrafast" };

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
	struct chat_rules	rules;
	struct said		said;

	if (request_tag_files(request, p) == -1 ||
	    openai_prepare(request, !request_model(request)->mid_system,
	    p) == -1)
		return -1;
	if (request_lacks_json(request, request->system))
		request_add_system(request, escaped_of(REQUEST_SAY_JSON));
	said = request_said(request);
	rules = chat_rules_find(request_policy(request), &said);
	if (request_obey(request, &rules.common, p) == -1)
		return -1;
	tools_declare(request, CHAT_NAME_MAX);
	json_put_object(w);
	json_member_text(w, "model", request->model);
	if (chat_write_messages(w, request, p) == -1 ||
	    chat_write_tools(w, request, p) == -1 ||
	    openai_write_limit(w, request, rules.limit,
	    policy_openai_reasoning(request_policy(request)), p) == -1 ||
	    write_sampling(w, request, p) == -1 ||
	    write_stops(w, request, p) == -1)
		return -1;
	write_thinking(w, &rules);
	if (write_identity(w, request, p) == -1 ||
	    write_format(w, request, p) == -1)
		return -1;
	if (request->verbosity.length > 0)
		json_member_text(w, "verbosity", request->verbosity);
	write_tier(w, request);
	if (request->store == 1)
		json_member_bool(w, "store", true);
	write_stream(w, request);
	json_put_end(w);
	return 0;
}
