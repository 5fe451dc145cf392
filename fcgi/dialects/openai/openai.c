#include "build.h"

#include "json_text.h"
#include "openai.h"

const struct dialect_header openai_plain_headers[] = {
	{ "openai-beta", NULL, HEADER_CLIENTS },
	{ "openai-organization", NULL, HEADER_WITH_CREDENTIAL },
	{ "openai-project", NULL, HEADER_WITH_CREDENTIAL },
	{ NULL, NULL, HEADER_ALWAYS },
};

const struct dialect_header openai_reply_headers[] = {
	{ "openai-processing-ms", NULL, HEADER_ALWAYS },
	{ "openai-version", NULL, HEADER_ALWAYS },
	{ "openai-organization", NULL, HEADER_WITH_CREDENTIAL },
	{ "openai-project", NULL, HEADER_WITH_CREDENTIAL },
	{ NULL, NULL, HEADER_ALWAYS },
};

static const struct {
	const char	*type, *code;
} words[PROBLEM_KINDS] = {
	[PROBLEM_NONE] =	{ "server_error", NULL },
	[PROBLEM_INVALID] =	{ "invalid_request_error", NULL },
	[PROBLEM_CONTEXT_EXCEEDED] = { "invalid_request_error",
				    "context_length_exceeded" },
	[PROBLEM_UNAUTHORIZED] = { "invalid_request_error", "invalid_api_key" },
	[PROBLEM_PAYMENT] =	{ "insufficient_quota", "insufficient_quota" },
	[PROBLEM_FORBIDDEN] =	{ "permission_error", NULL },
	[PROBLEM_MISSING] =	{ "invalid_request_error", "model_not_found" },
	[PROBLEM_METHOD] =	{ "invalid_request_error",
				    "method_not_supported" },
	[PROBLEM_CLIENT_TIMEOUT] = { "invalid_request_error", NULL },
	[PROBLEM_TOO_LARGE] =	{ "invalid_request_error", NULL },
	[PROBLEM_MEDIA_TYPE] =	{ "invalid_request_error", NULL },
	[PROBLEM_UPGRADE] =	{ "invalid_request_error", NULL },
	[PROBLEM_RATE] =	{ "rate_limit_error", "rate_limit_exceeded" },
	[PROBLEM_SERVER] =	{ "server_error", NULL },
	[PROBLEM_NOT_IMPLEMENTED] = { "invalid_request_error",
				    "not_supported" },
	[PROBLEM_UPSTREAM] =	{ "server_error", NULL },
	[PROBLEM_OVERLOADED] =	{ "server_error", NULL },
	[PROBLEM_TIMEOUT] =	{ "server_error", NULL },
};

/*
 * Programs act by the codes of these: others' words for them are not OpenAI's,
 * unless they look so ("credit_balance_exhausted", "usage_limit_reached").
 */
static bool
is_foreign(const struct problem *p)
{
	static const char *const	ends[] = { "_exceeded", "_exhausted",
					    "_reached" };
	size_t				i;

	if (p->kind == PROBLEM_CONTEXT_EXCEEDED)
		return true;
	if (p->kind != PROBLEM_PAYMENT && p->kind != PROBLEM_RATE)
		return false;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (escaped_ends_with(escaped_of(p->code), text_of(ends[i])))
			return false;
	return true;
}

const char *
openai_code(const struct problem *p)
{
	return p->code == NULL || is_foreign(p) ? words[p->kind].code : p->code;
}

void
openai_write_problem(struct json_write *w, const struct problem *p,
    const char *request_id)
{
	const char	*code = openai_code(p);

	(void)request_id;	/* travels in a header */
	json_put(w, "{'error':{'message':%s,'type':%s,'param':", p->message,
	    words[p->kind].type);
	json_put(w, p->parameter != NULL ? "%s" : "null", p->parameter);
	json_put(w, code != NULL ? "'code':%s}}" : "'code':null}}", code);
}

static bool
says(struct json_value body, const char *key)
{
	enum json_kind	kind = json_kind(json_get(body, key));

	return kind != JSON_MISSING && kind != JSON_NULL;
}

enum dialect_kind
openai_written_in(struct json_value body, enum dialect_kind path)
{
	bool	chat = says(body, "messages"), responses = says(body, "input");

	if (path == DIALECT_CHAT && responses && !chat)
		return DIALECT_RESPONSES;
	if (path == DIALECT_RESPONSES && chat && !responses)
		return DIALECT_CHAT;
	return DIALECT_KINDS;
}
