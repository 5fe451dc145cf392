#include "build.h"

#include <stdio.h>
#include <string.h>

#include "upstream_headers.h"

#define KIND(dialect)	(1u << (dialect))
#define ANTHROPIC	KIND(DIALECT_MESSAGES)
#define OPENAI		KIND(DIALECT_RESPONSES)
#define COMMON		KIND(DIALECT_CHAT)
#define GOOGLE		KIND(DIALECT_GENERATE)
#define ALL		(ANTHROPIC | OPENAI | COMMON | GOOGLE)

/*
 * Factory's fields with a fixed value, or the client's where `passed` says that
 * its own client would have set it. The values are those of its version 0.85.
 */
static const struct fixed {
	const char	*name;
	const char	*value;
	unsigned	 kinds;
	bool		 passed;
} fixed[] = {
	{ "accept", "application/json", ANTHROPIC | COMMON, false },
	{ "accept", "*/*", OPENAI | GOOGLE, false },
	{ "x-api-key", "placeholder", ANTHROPIC, false },
	{ "anthropic-version", "2023-06-01", ANTHROPIC, true },
	{ "x-factory-client", "cli", ANTHROPIC | OPENAI | COMMON, false },
	{ "x-factory-client", "cli", GOOGLE, true },
	{ "x-stainless-timeout", "600", ANTHROPIC, true },
	{ "x-stainless-arch", "x64", ANTHROPIC | OPENAI | COMMON, true },
	{ "x-stainless-lang", "js", ANTHROPIC | OPENAI | COMMON, true },
	{ "x-stainless-os", "MacOS", ANTHROPIC | OPENAI | COMMON, true },
	{ "x-stainless-runtime", "node", ANTHROPIC | OPENAI | COMMON, true },
	{ "x-stainless-retry-count", "0", ANTHROPIC | OPENAI | COMMON, true },
	{ "x-stainless-package-version", "0.57.0", ANTHROPIC, true },
	{ "x-stainless-package-version", "5.23.2", OPENAI | COMMON, true },
	{ "x-stainless-runtime-version", "v24.3.0",
	    ANTHROPIC | OPENAI | COMMON, true },
};

/* What a plain endpoint gets of the client's fields, and of whose API. */
static const struct passed {
	const char	*name;
	unsigned	 kinds;
	bool		 own_credential_only;
} passed[] = {
	{ "user-agent", ALL, false },
	{ "idempotency-key", ALL, false },
	{ "x-client-request-id", ALL, false },
	{ "openai-beta", OPENAI | COMMON, false },
	{ "openai-organization", OPENAI | COMMON, true },
	{ "openai-project", OPENAI | COMMON, true },
	{ "x-goog-api-client", GOOGLE, false },
	{ "x-goog-user-project", GOOGLE, true },
};

static int
add_credential(struct headers *headers, const struct upstream_headers *of)
{
	const char *secret = of->credential->secret;

	switch (of->endpoint->auth) {
	case AUTH_BEARER:
		return headers_printf(headers, "authorization", "Bearer %s",
		    secret);
	case AUTH_X_API_KEY:
		return headers_add(headers, "x-api-key", secret);
	case AUTH_X_GOOG_API_KEY:
		return headers_add(headers, "x-goog-api-key", secret);
	case AUTH_NONE:
		break;
	}
	return 0;
}

/* Whether `list` ("a, b") already has a beta; of `length` bytes. */
static bool
has_beta(const char *list, const char *beta, size_t length)
{
	const char *at;

	for (at = list; (at = strstr(at, beta)) != NULL; at += length)
		if ((at == list || at[-1] == ' ' || at[-1] == ',') &&
		    (at[length] == '\0' || at[length] == ','))
			return true;
	return false;
}

/* Appends a beta unless it is there or is to be left out. */
static const char *
join_beta(struct arena *arena, const char *list, const char *beta,
    size_t length, const char *without)
{
	char *one = arena_memdup(arena, beta, length);

	if (one == NULL || length == 0 ||
	    (without != NULL && strcmp(one, without) == 0) ||
	    has_beta(list, one, length))
		return list;
	if (*list == '\0')
		return one;
	return arena_printf(arena, "%s, %s", list, one);
}

/*
 * The client's betas, and what policy adds or takes: interleaved thinking goes
 * with thinking by budget, fast mode with fast models.
 */
static int
add_betas(struct headers *headers, const struct upstream_headers *of)
{
	struct arena *arena = headers->arena;
	const char *at = of->same_dialect ?
	    client_header_joined(of->client, "anthropic-beta", arena) : NULL;
	const struct model *model = of->policy->model;
	enum effort effort = of->policy->effort;
	const char *list = "";

	for (at = at == NULL ? "" : at; *at != '\0'; at += strspn(at, ", \t")) {
		size_t length = strcspn(at, ", \t");

		list = join_beta(arena, list, at, length, effort == EFFORT_OFF
		    ? BETA_INTERLEAVED : NULL);
		if (list == NULL)
			return -1;
		at += length;
	}
	if (effort != EFFORT_AUTO && effort != EFFORT_OFF &&
	    model->thinking == THINKING_BUDGET)
		list = join_beta(arena, list, BETA_INTERLEAVED,
		    strlen(BETA_INTERLEAVED), NULL);
	if (list != NULL && of->policy->fast)
		list = join_beta(arena, list, BETA_FAST, strlen(BETA_FAST),
		    NULL);
	if (list == NULL)
		return -1;
	return *list == '\0' ? 0 : headers_add(headers, "anthropic-beta", list);
}

/* A client's value where it is fit to be one, else the default. */
static const char *
client_value(const struct upstream_headers *of, const char *name,
    const char *otherwise)
{
	const char *value = client_header(of->client, name);

	return value != NULL && *value != '\0' && header_value_valid(value)
	    ? value : otherwise;
}

static int
add_factory(struct headers *headers, const struct upstream_headers *of)
{
	enum dialect_kind dialect = of->endpoint->dialect;
	char message_id[37];
	int failed = 0;
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (fixed[i].kinds & KIND(dialect))
			failed |= headers_add(headers, fixed[i].name,
			    fixed[i].passed && of->same_dialect
			    ? client_value(of, fixed[i].name, fixed[i].value)
			    : fixed[i].value);
	if (of->policy->model->provider != NULL)
		failed |= headers_add(headers, "x-api-provider",
		    of->policy->model->provider);
	failed |= headers_add(headers, "x-session-id", of->session->id);
	uuid_random(message_id);
	failed |= headers_printf(headers, "x-assistant-message-id", "%s",
	    client_value(of, "x-assistant-message-id", message_id));
	failed |= headers_printf(headers, "user-agent", "factory-cli/%s",
	    of->user_agent_version);
	if (dialect == DIALECT_GENERATE)
		failed |= headers_printf(headers, "x-client-version", "%s",
		    of->user_agent_version);
	if (dialect == DIALECT_MESSAGES && of->stream)
		failed |= headers_add(headers, "x-stainless-helper-method",
		    "stream");
	if (of->credential->organization != NULL)
		failed |= headers_add(headers, "x-factory-org-id",
		    of->credential->organization);
	return failed;
}

static int
add_plain(struct headers *headers, const struct upstream_headers *of)
{
	enum dialect_kind dialect = of->endpoint->dialect;
	bool own = of->credential->source == CREDENTIAL_CLIENT;
	int failed = headers_add(headers, "accept", of->stream
	    ? "text/event-stream" : "application/json");
	size_t i;

	for (i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		const char *value = client_value(of, passed[i].name, NULL);

		if (value != NULL && (passed[i].kinds & KIND(dialect)) &&
		    (own || !passed[i].own_credential_only))
			failed |= headers_add(headers, passed[i].name, value);
	}
	if (dialect == DIALECT_MESSAGES)
		failed |= headers_add(headers, "anthropic-version",
		    of->same_dialect ? client_value(of, "anthropic-version",
		    "2023-06-01") : "2023-06-01");
	return failed;
}

/* The configuration's own: add where absent, replace, remove. */
static int
add_configured(struct headers *headers, const struct endpoint *endpoint)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < endpoint->remove.count; i++)
		headers_remove(headers, endpoint->remove.at[i]);
	for (i = 0; i < endpoint->replace_count; i++)
		failed |= headers_set(headers, endpoint->replace[i].name,
		    endpoint->replace[i].value);
	for (i = 0; i < endpoint->add_count; i++)
		if (headers_find(headers, endpoint->add[i].name) == NULL)
			failed |= headers_add(headers, endpoint->add[i].name,
			    endpoint->add[i].value);
	return failed;
}

int
upstream_headers_build(struct headers *headers,
    const struct upstream_headers *of)
{
	int failed = headers_add(headers, "content-type", "application/json");

	failed |= add_credential(headers, of);
	failed |= of->endpoint->profile == PROFILE_FACTORY
	    ? add_factory(headers, of) : add_plain(headers, of);
	if (of->endpoint->dialect == DIALECT_MESSAGES)
		failed |= add_betas(headers, of);
	failed |= add_configured(headers, of->endpoint);
	return failed == 0 ? 0 : -1;
}
