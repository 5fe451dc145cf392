#include "build.h"

#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "address.h"
#include "authorize.h"
#include "client/origin.h"
#include "clock.h"
#include "json_text.h"
#include "sha256.h"
#include "ticket.h"

/* What a proxy in between leaves in a request; '-' at the end: all that. */
static const char *const traces[] = {
	"akamai-origin-hop", "cdn-loop", "cf-", "client-ip", "fastly-", "fly-",
	"forwarded", "forwarded-for", "incap-client-ip", "proxy-client-ip",
	"true-client-ip", "via", "wl-proxy-client-ip", "x-amzn-trace-id",
	"x-azure-clientip", "x-client-ip", "x-cluster-client-ip", "x-envoy-",
	"x-forwarded", "x-forwarded-", "x-nginx-proxy", "x-original-",
	"x-real-ip", "x-sucuri-clientip",
};

static const char *
after_bearer(const char *value)
{
	if (value == NULL || strncasecmp(value, "bearer ", 7) != 0)
		return NULL;
	value += 7;
	return value + strspn(value, " ");
}

/* All are compared, so that time says nothing. */
static const struct client_key *
find_key(const struct config *config, const char *credential)
{
	const struct client_key *found = NULL;
	const struct text text = text_of(credential);
	uint8_t digest[SHA256_SIZE];
	size_t i;

	if (text.length == 0 || config->client_keys_count == 0)
		return NULL;
	sha256(digest, &text, 1);
	for (i = 0; i < config->client_keys_count; i++)
		if (CRYPTO_memcmp(digest, config->client_keys[i].sha256,
		    SHA256_SIZE) == 0)
			found = &config->client_keys[i];
	return found;
}

/*
 * Where a client may carry its credential. Basic is not one. SDKs send two when
 * both are set in their environment: a key of ours wins, else the first.
 */
static void
find_credential(struct caller *caller, const struct client *client,
    const struct route *route, const struct config *config,
    struct arena *arena)
{
	const char *found[] = {
		after_bearer(client_header(client, "authorization")),
		client_header(client, "x-api-key"),
		client_header(client, "x-goog-api-key"),
		route_query(route, "key", arena),
	};
	size_t i;

	caller->credential = "";
	for (i = 0; i < sizeof(found) / sizeof(found[0]) &&
	    caller->key == NULL; i++) {
		if (found[i] == NULL || !header_value_valid(found[i]))
			continue;
		caller->key = find_key(config, found[i]);
		if (*caller->credential == '\0' || caller->key != NULL)
			caller->credential = found[i];
	}
}

/* One who follows a link of ours may have no key, but a ticket in the link. */
static void
find_ticket(struct caller *caller, const struct route *route,
    const struct config *config, struct arena *arena)
{
	const struct operation *row = route->operation;

	if (caller->key != NULL || row == NULL || row->link_key == NULL)
		return;
	caller->key = ticket_key(route_query(route, TICKET_PARAMETER, arena),
	    route_query(route, row->link_key, arena), config);
}

/*
 * The address that speaks: the peer's, or behind trusted proxies the last one
 * in X-Forwarded-For that is none of them.
 */
static const char *
find_address(const struct client *client, const struct config *config,
    struct arena *arena, bool *forwarded)
{
	const char *peer = client->peer;
	const char *said = client_header(client, "x-forwarded-for");
	char *list, *comma;

	*forwarded = false;
	if (!address_in(peer, config->trusted_proxies,
	    config->trusted_proxies_count))
		return peer;
	/* Two such fields, or two spellings of it: their order says nothing. */
	if (client_header_count(client, "x-forwarded-for") > 1)
		return "";
	list = said == NULL ? NULL : arena_strdup(arena, said);
	while (list != NULL) {
		comma = strrchr(list, ',');
		peer = comma == NULL ? list : comma + 1;
		peer += strspn(peer, " ");
		*forwarded = true;
		if (!address_in(peer, config->trusted_proxies,
		    config->trusted_proxies_count) || comma == NULL)
			break;
		*comma = '\0';
	}
	return peer;
}

/* For client_headers(): *context becomes the trace that `name` is. */
static void
note_trace(void *context, const char *name, const char *value)
{
	const char **found = context;
	size_t i;

	(void)value;
	for (i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		size_t length = strlen(traces[i]);

		if (traces[i][length - 1] == '-'
		    ? strncmp(name, traces[i], length) == 0
		    : strcmp(name, traces[i]) == 0)
			*found = traces[i];
	}
}

static int
refuse_peer(const char *address, struct problem *problem)
{
	uint8_t	bytes[16];

	return problem_set(problem, PROBLEM_FORBIDDEN, "this gateway serves "
	    "only its own machine, and that is not %s; its owner can set "
	    "client_keys in the configuration or DROID2API_CLIENT_KEYS (behind "
	    "Docker see DROID2API_LOCAL_PEERS)",
	    address_read(address, bytes) ? address : "where this comes from");
}

static int
refuse_origin(const char *origin, struct problem *problem)
{
	return problem_set(problem, PROBLEM_FORBIDDEN, "a web page or program "
	    "of the origin \"%.100s\" may not use this gateway; its owner can "
	    "name it in cors_origins", origin);
}

/*
 * What a proxy left in the request, or NULL. nginx's proxy_pass leaves nothing
 * of its own, but speaks HTTP/1.0 unless it is told otherwise.
 */
static const char *
find_trace(const struct client *client)
{
	const char *trace = NULL;

	if (trace == NULL && strcmp(client_param(client, "SERVER_PROTOCOL"),
	    "HTTP/1.0") == 0)
		trace = "HTTP/1.0, which nginx speaks";
	return trace;
}

/* Web pages and proxies on this machine must not reach the credential. */
static int
check_loopback(const struct client *client, const struct config *config,
    struct arena *arena, struct problem *problem)
{
	const char *origin = client_header(client, "origin");
	const char *host = client_header(client, "host");
	bool forwarded;
	const char *address = find_address(client, config, arena, &forwarded);
	const char *trace = find_trace(client);

	if (!address_is_loopback(address) && !address_in(address,
	    config->local_peers, config->local_peers_count))
		return refuse_peer(address, problem);
	if (origin != NULL && !origin_is_loopback(origin) &&
	    !origin_is_listed(origin, config))
		return refuse_origin(origin, problem);
	if (host != NULL && !host_is_loopback(host))
		return problem_set(problem, PROBLEM_FORBIDDEN, "this gateway is "
		    "asked by a name that is not localhost; its owner can set "
		    "client_keys in the configuration");
	client_headers(client, note_trace, &trace);
	if (trace != NULL && !forwarded)
		return problem_set(problem, PROBLEM_FORBIDDEN, "the "
		    "request came through a proxy (%s); its owner can set "
		    "client_keys or trusted_proxies", trace);
	return 0;
}

static int
check_access(const struct caller *caller, const struct client *client,
    const struct config *config, struct arena *arena, struct problem *problem)
{
	if (caller->key != NULL && caller->key->expires != 0 &&
	    caller->key->expires <= (int64_t)wall_s())
		return problem_set(problem, PROBLEM_UNAUTHORIZED,
		    "the key %s of this gateway has expired",
		    caller->key->name);
	switch (config->access) {
	case ACCESS_OPEN:
		return 0;
	case ACCESS_KEYS:
		if (caller->key != NULL)
			return 0;
		return problem_set(problem, PROBLEM_UNAUTHORIZED,
		    *caller->credential == '\0'
		    ? "a key of this gateway is needed: send it as "
		    "Authorization: Bearer KEY or x-api-key: KEY"
		    : "this is not a key of this gateway");
	case ACCESS_SERVER:
		/* nginx tells a name that nobody has looked at, too. */
		if (*client_param(client, "REMOTE_USER") != '\0' &&
		    *client_param(client, "AUTH_TYPE") != '\0')
			return 0;
		return problem_set(problem, PROBLEM_UNAUTHORIZED,
		    "the web server did not authenticate this request, or "
		    "does not say so by AUTH_TYPE and REMOTE_USER");
	case ACCESS_LOOPBACK:
		break;
	}
	return caller->key != NULL ? 0 :
	    check_loopback(client, config, arena, problem);
}

int
authorize_overseer(const struct caller *caller, const struct client *client,
    const struct config *config, struct arena *arena, struct problem *problem)
{
	if (!caller->admitted) {
		*problem = caller->refusal;
		return -1;
	}
	if (caller->key != NULL && !caller->key->admin)
		return problem_set(problem, PROBLEM_FORBIDDEN, "this is for "
		    "keys with admin in client_keys, and %s is none",
		    caller->key->name);
	if (caller->key != NULL || config->access != ACCESS_OPEN)
		return 0;
	return check_loopback(client, config, arena, problem);
}

void
authorize_caller(struct caller *caller, const struct client *client,
    const struct route *route, const struct config *config,
    struct arena *arena)
{
	memset(caller, 0, sizeof(*caller));
	find_credential(caller, client, route, config, arena);
	find_ticket(caller, route, config, arena);
	caller->admitted = check_access(caller, client, config, arena,
	    &caller->refusal) == 0;
}
