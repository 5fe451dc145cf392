#include "build.h"

#include <arpa/inet.h>

#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "authorize.h"
#include "clock.h"

/* What a proxy in between leaves in a request; '-' at the end: all that. */
static const char *const traces[] = {
	"akamai-origin-hop", "cdn-loop", "cf-", "client-ip", "fastly-", "fly-",
	"forwarded", "forwarded-for", "incap-client-ip", "proxy-client-ip",
	"true-client-ip", "via", "wl-proxy-client-ip", "x-amzn-trace-id",
	"x-azure-clientip", "x-client-ip", "x-cluster-client-ip", "x-envoy-",
	"x-forwarded", "x-forwarded-", "x-nginx-proxy", "x-original-",
	"x-real-ip", "x-sucuri-clientip",
};

/* An address as 16 bytes, IPv4 mapped into IPv6. */
static bool
read_address(const char *text, uint8_t out[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (inet_pton(AF_INET6, text, out) == 1)
		return true;
	memcpy(out, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, out + 12) == 1;
}

static bool
in_block(const uint8_t address[16], const struct address_block *block)
{
	unsigned bits = block->bits, whole = bits / 8, rest = bits % 8;

	if (memcmp(address, block->address, whole) != 0)
		return false;
	return rest == 0 ||
	    ((address[whole] ^ block->address[whole]) >> (8 - rest)) == 0;
}

bool
address_in(const char *text, const struct address_block *blocks, size_t count)
{
	uint8_t address[16];
	size_t i;

	if (!read_address(text, address))
		return false;
	for (i = 0; i < count; i++)
		if (in_block(address, &blocks[i]))
			return true;
	return false;
}

bool
address_is_loopback(const char *text)
{
	static const struct address_block loopback[] = {
		{ { [10] = 0xff, [11] = 0xff, [12] = 127 }, 104 },
		{ { [15] = 1 }, 128 },
	};

	return address_in(text, loopback, 2);
}

/*
 * The name in "name", "name:80", "[::1]" or "[::1]:80", without brackets. Its
 * length, or 0 for anything else.
 */
static size_t
host_name(const char *host, char name[256])
{
	bool literal = host[0] == '[';
	size_t length = strcspn(host += literal, literal ? "]" : ":");
	const char *rest = host + length;

	if (length == 0 || length >= 256)
		return 0;
	memcpy(name, host, length);
	name[length] = '\0';
	if (literal && (*rest++ != ']' || strchr(name, ':') == NULL))
		return 0;
	if (*rest == ':')
		rest += 1 + strspn(rest + 1, "0123456789");
	return *rest == '\0' ? length : 0;
}

/* Whether a host, with or without a port, is this machine. */
static bool
host_is_loopback(const char *host)
{
	char name[256];
	size_t length = host_name(host, name);

	if (length > 0 && name[length - 1] == '.')
		name[length - 1] = '\0';
	length = length > 0 ? strlen(name) : 0;
	return length > 0 && (strcasecmp(name, "localhost") == 0 ||
	    (length > 10 &&
	    strcasecmp(name + length - 10, ".localhost") == 0) ||
	    address_is_loopback(name));
}

bool
origin_is_loopback(const char *origin)
{
	if (strncasecmp(origin, "http://", 7) == 0)
		return host_is_loopback(origin + 7);
	return strncasecmp(origin, "https://", 8) == 0 &&
	    host_is_loopback(origin + 8);
}

bool
origin_is_listed(const char *origin, const struct config *config)
{
	size_t i;

	for (i = 0; i < config->cors_origins.count; i++)
		if (strcmp(config->cors_origins.at[i], origin) == 0 &&
		    strcmp(origin, "*") != 0)
			return true;
	return false;
}

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
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t i;

	if (*credential == '\0' || config->client_keys_count == 0 ||
	    EVP_Digest(credential, strlen(credential), digest, NULL,
	    EVP_sha256(), NULL) != 1)
		return NULL;
	for (i = 0; i < config->client_keys_count; i++)
		if (CRYPTO_memcmp(digest, config->client_keys[i].sha256,
		    32) == 0)
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

/*
 * The address that speaks: the peer's, or behind trusted proxies the last one
 * in X-Forwarded-For that is none of them.
 */
static const char *
find_address(const struct client *client, const struct config *config,
    struct arena *arena, bool *forwarded)
{
	const char *peer = client->peer;
	char *list, *comma;

	*forwarded = false;
	if (!address_in(peer, config->trusted_proxies,
	    config->trusted_proxies_count))
		return peer;
	list = client_header(client, "x-forwarded-for") == NULL ? NULL :
	    arena_strdup(arena, client_header_joined(client, "x-forwarded-for",
	    arena));
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
	    read_address(address, bytes) ? address : "where this comes from");
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
		if (*client_param(client, "REMOTE_USER") != '\0')
			return 0;
		return problem_set(problem, PROBLEM_UNAUTHORIZED,
		    "the web server did not authenticate this request");
	case ACCESS_LOOPBACK:
		break;
	}
	return caller->key != NULL ? 0 :
	    check_loopback(client, config, arena, problem);
}

static int
check_overseer(const struct caller *caller, const struct client *client,
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
	caller->admitted = check_access(caller, client, config, arena,
	    &caller->refusal) == 0;
	caller->oversees = check_overseer(caller, client, config, arena,
	    &caller->overseer_refusal) == 0;
}
