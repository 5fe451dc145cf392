#include "build.h"

#include <string.h>

#include "client/origin.h"
#include "cors.h"

#define METHODS	"GET, HEAD, POST, PATCH, DELETE, OPTIONS"

bool
cors_allowed(const struct client *client, const struct config *config)
{
	const char *origin = client_header(client, "origin");
	size_t i;

	if (origin == NULL)
		return false;
	for (i = 0; i < config->cors_origins.count; i++)
		if (strcmp(config->cors_origins.at[i], "*") == 0)
			return true;
	return origin_is_listed(origin, config) || origin_is_loopback(origin);
}

void
cors_add(struct headers *headers, const struct client *client,
    const struct config *config)
{
	if (client_header(client, "origin") == NULL)
		return;
	headers_add(headers, "vary", "Origin");
	if (!cors_allowed(client, config))
		return;
	headers_add(headers, "access-control-allow-origin",
	    client_header(client, "origin"));
	headers_add(headers, "access-control-expose-headers",
	    "request-id, x-request-id, x-droid2api-request-id, "
	    "x-droid2api-lossy, x-droid2api-estimate, "
	    "x-droid2api-upstream, retry-after, "
	    "x-should-retry");
}

void
cors_add_preflight(struct headers *headers, const struct client *client,
    const struct config *config)
{
	const char *wanted = client_header(client,
	    "access-control-request-headers");

	headers_add(headers, "allow", METHODS);
	if (!cors_allowed(client, config))
		return;
	headers_add(headers, "access-control-allow-methods",
	    METHODS);
	headers_add(headers, "access-control-allow-headers",
	    wanted != NULL && header_value_valid(wanted) ? wanted :
	    "authorization, content-type, x-api-key, anthropic-version");
	headers_add(headers, "access-control-max-age", "600");
}
