#include "build.h"

#include <stdio.h>
#include <string.h>

#include "dialects/dialects.h"
#include "upstream_headers.h"
#include "uuid.h"

/*
 * What Factory's client says of the SDK that it is made with, where a dialect
 * has one; "x-stainless-package-version" beside it. The values are those of its
 * version 0.85.
 */
static const struct dialect_header sdk_headers[] = {
	{ "x-stainless-arch", "x64", HEADER_CLIENTS },
	{ "x-stainless-lang", "js", HEADER_CLIENTS },
	{ "x-stainless-os", "MacOS", HEADER_CLIENTS },
	{ "x-stainless-runtime", "node", HEADER_CLIENTS },
	{ "x-stainless-retry-count", "0", HEADER_CLIENTS },
	{ "x-stainless-runtime-version", "v24.3.0", HEADER_CLIENTS },
	{ NULL, NULL, HEADER_ALWAYS },
};

/* What any plain endpoint gets of the client's fields. */
static const struct dialect_header plain_headers[] = {
	{ "user-agent", NULL, HEADER_CLIENTS },
	{ "idempotency-key", NULL, HEADER_OF_BODY },
	{ "x-client-request-id", NULL, HEADER_CLIENTS },
	{ NULL, NULL, HEADER_ALWAYS },
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

static int
add_betas(struct headers *headers, const struct upstream_headers *of,
    const struct dialect *dialect)
{
	const char *list = client_header_joined(of->client,
	    dialect->beta_header, headers->arena);

	list = dialect->join_betas(headers->arena, list == NULL ? "" : list,
	    of->policy);
	if (list == NULL)
		return -1;
	return *list == '\0' ? 0 : headers_add(headers, dialect->beta_header,
	    list);
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

/* The value by its rule; NULL: the field is left out. */
static const char *
value_of(const struct dialect_header *field, const struct upstream_headers *of)
{
	switch (field->rule) {
	case HEADER_OF_BODY:
		return of->policy->no_seals ? NULL :
		    client_value(of, field->name, field->value);
	case HEADER_CLIENTS:
		return field->value == NULL || of->same_dialect
		    ? client_value(of, field->name, field->value)
		    : field->value;
	case HEADER_ANY_CLIENTS:
		return client_value(of, field->name, field->value);
	case HEADER_WITH_CREDENTIAL:
		return of->credential->source == CREDENTIAL_CLIENT
		    ? client_value(of, field->name, NULL) : NULL;
	case HEADER_OF_STREAMS:
		return of->stream ? field->value : NULL;
	case HEADER_VERSION:
		return of->user_agent_version;
	case HEADER_ALWAYS:
		break;
	}
	return field->value;
}

/* The version is the caller's, and copied. */
static int
add_fields(struct headers *headers, const struct upstream_headers *of,
    const struct dialect_header *field)
{
	int failed = 0;

	for (; field != NULL && field->name != NULL; field++) {
		const char *value = value_of(field, of);

		if (value == NULL)
			continue;
		failed |= field->rule == HEADER_VERSION
		    ? headers_printf(headers, field->name, "%s", value)
		    : headers_add(headers, field->name, value);
	}
	return failed;
}

static int
add_sdk(struct headers *headers, const struct upstream_headers *of,
    const char *version)
{
	const struct dialect_header field = { "x-stainless-package-version",
	    version, HEADER_CLIENTS };

	return add_fields(headers, of, sdk_headers) |
	    headers_add(headers, field.name, value_of(&field, of));
}

static int
add_factory(struct headers *headers, const struct upstream_headers *of,
    const struct dialect *dialect)
{
	char message_id[UUID_SIZE];
	int failed = add_fields(headers, of, dialect->factory_headers);

	if (dialect->sdk_version != NULL)
		failed |= add_sdk(headers, of, dialect->sdk_version);
	if (of->policy->model->provider != NULL)
		failed |= headers_add(headers, "x-api-provider",
		    of->policy->model->provider);
	failed |= headers_add(headers, "x-session-id", of->session->id);
	uuid_random(message_id);
	failed |= headers_printf(headers, "x-assistant-message-id", "%s",
	    client_value(of, "x-assistant-message-id", message_id));
	failed |= headers_printf(headers, "user-agent", "factory-cli/%s",
	    of->user_agent_version);
	if (of->credential->organization != NULL)
		failed |= headers_add(headers, "x-factory-org-id",
		    of->credential->organization);
	return failed;
}

static int
add_plain(struct headers *headers, const struct upstream_headers *of,
    const struct dialect *dialect)
{
	return headers_add(headers, "accept", of->stream
	    ? "text/event-stream" : of->passed ? "*/*" : "application/json") |
	    add_fields(headers, of, plain_headers) |
	    add_fields(headers, of, dialect->plain_headers);
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
	const struct dialect *dialect = dialect_of(of->endpoint->dialect);
	int failed = of->content_type == NULL ? 0 :
	    headers_add(headers, "content-type", of->content_type);

	failed |= add_credential(headers, of);
	failed |= of->endpoint->profile == PROFILE_FACTORY
	    ? add_factory(headers, of, dialect)
	    : add_plain(headers, of, dialect);
	if (dialect->beta_header != NULL)
		failed |= add_betas(headers, of, dialect);
	failed |= add_configured(headers, of->endpoint);
	return failed == 0 ? 0 : -1;
}
