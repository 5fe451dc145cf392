#include "build.h"

#include <string.h>

#include "clock.h"
#include "credentials.h"

/* How long one is left alone when the upstream doesn't say. */
#define COOL_UNAUTHORIZED_S	300
#define COOL_PAYMENT_S		900
#define COOL_RATE_S		60

#define FIRST_TOKEN_MS		10000

/* How often a process tells tokend that there is traffic. */
#define TRAFFIC_S		60

const char *
credential_source_name(enum credential_source source)
{
	switch (source) {
	case CREDENTIAL_NONE:
		return "none";
	case CREDENTIAL_FACTORY_KEY:
		return "FACTORY_API_KEY";
	case CREDENTIAL_ACCOUNT:
		return "token";
	case CREDENTIAL_ENDPOINT_KEY:
		return "endpoint key";
	case CREDENTIAL_CLIENT:
		return "client";
	}
	return "none";
}

void
credentials_init(struct credentials *all, struct gateway *gateway,
    struct arena *arena)
{
	memset(all, 0, sizeof(*all));
	all->gateway = gateway;
	all->arena = arena;
}

static void
add(struct credentials *all, enum credential_source source, const char *secret,
    uint64_t hash)
{
	if (all->count == CREDENTIALS_MAX)
		return;
	all->list[all->count++] = (struct credential){
		.source = source,
		.secret = secret,
		.hash = hash,
	};
}

static void
add_secrets(struct credentials *all, enum credential_source source,
    const struct secret *secrets, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		add(all, source, secrets[i].at, secrets[i].hash);
}

static void
add_accounts(struct credentials *all, const struct tokens *tokens)
{
	size_t i;

	for (i = 0; tokens != NULL && i < tokens->count; i++) {
		const struct account *account = &tokens->accounts[i];

		add(all, CREDENTIAL_ACCOUNT, account->access_token,
		    account->hash);
		all->list[all->count - 1].account = account->id;
		all->list[all->count - 1].organization =
		    account->organization_id;
	}
}

static bool
has_command(const struct endpoint *endpoint)
{
	return endpoint->key_command.count > 0;
}

/* What the endpoint's command printed, and tokend published. */
static void
add_printed(struct credentials *all, const struct endpoint *endpoint,
    const struct tokens *tokens)
{
	const struct account *key = tokens_key(tokens, endpoint->name);

	if (key == NULL)
		return;
	add(all, CREDENTIAL_ENDPOINT_KEY, key->access_token, key->hash);
	all->list[all->count - 1].account = key->id;
}

/* Whether that endpoint gets tokend's accounts, if there are any. */
static bool
use_accounts(const struct config *config, const struct endpoint *endpoint)
{
	return endpoint->auth != AUTH_NONE && endpoint->keys_count == 0 &&
	    !has_command(endpoint) && endpoint->profile == PROFILE_FACTORY &&
	    config->factory_keys_count == 0;
}

static bool
use_tokens(const struct config *config, const struct endpoint *endpoint)
{
	return has_command(endpoint) || use_accounts(config, endpoint);
}

struct tokens *
credentials_known_tokens(const struct gateway *gateway,
    const struct config *config)
{
	size_t i;

	for (i = 0; i < config->endpoints_count; i++)
		if (use_tokens(config, &config->endpoints[i]))
			return token_current(gateway->tokens);
	return NULL;
}

struct tokens *
credentials_find_tokens(const struct gateway *gateway,
    const struct config *config, const struct endpoint *endpoint,
    const struct caller *caller)
{
	if (!use_tokens(config, endpoint))
		return NULL;
	return token_await_first(gateway->tokens, has_command(endpoint) ?
	    endpoint->name : NULL, caller->admitted ? FIRST_TOKEN_MS : 0);
}

/* An empty list with room for all that may be found. */
static int
make_list(struct credentials *all, const struct config *config,
    const struct endpoint *endpoint, const struct tokens *tokens)
{
	size_t most = endpoint->keys_count + config->factory_keys_count +
	    (tokens != NULL ? tokens->count : 0) + 1;

	all->count = all->current = 0;
	all->refreshed = false;
	all->list = arena_calloc(all->arena, most < CREDENTIALS_MAX ? most
	    : CREDENTIALS_MAX, sizeof(*all->list));
	return all->list == NULL ? -1 : 0;
}

/* The gateway's own for that endpoint. */
static void
add_own(struct credentials *all, const struct config *config,
    const struct endpoint *endpoint, const struct tokens *tokens)
{
	if (endpoint->auth == AUTH_NONE) {
		add(all, CREDENTIAL_NONE, "", 0);
		return;
	}
	add_secrets(all, CREDENTIAL_ENDPOINT_KEY, endpoint->keys,
	    endpoint->keys_count);
	if (has_command(endpoint))
		add_printed(all, endpoint, tokens);
	if (all->count > 0 || has_command(endpoint) ||
	    endpoint->profile != PROFILE_FACTORY)
		return;
	add_secrets(all, CREDENTIAL_FACTORY_KEY, config->factory_keys,
	    config->factory_keys_count);
	if (use_accounts(config, endpoint))
		add_accounts(all, tokens);
}

/* What stays the same when its token is refreshed. */
static uint64_t
name_of(const struct credential *one)
{
	return one->account != NULL ? token_hash(one->account,
	    strlen(one->account)) : one->hash;
}

/* Names the list, so that a changed one starts its turns anew. */
static uint64_t
list_hash(const struct credentials *all)
{
	uint64_t hashes[CREDENTIALS_MAX];
	size_t i;

	for (i = 0; i < all->count; i++)
		hashes[i] = name_of(&all->list[i]);
	return token_hash((const char *)hashes, all->count * sizeof(hashes[0]));
}

/* ---- what is left of each ---- */

/* By the names of Factory's answer: models of open weights are its "core". */
static const char *
pool_of(const struct endpoint *endpoint)
{
	return endpoint->dialect == DIALECT_CHAT ? "core" : "standard";
}

static bool
find_allowance(const struct credentials *all, const struct credential *one,
    struct allowance *allowance)
{
	char id[ALLOWANCE_ID];

	allowance_key_id(id, one->hash);
	return (one->source == CREDENTIAL_ACCOUNT ||
	    one->source == CREDENTIAL_FACTORY_KEY) &&
	    allowance_find(&all->gateway->allowances, one->account != NULL ?
	    one->account : id, allowance);
}

static void
find_left(struct credentials *all, const struct endpoint *endpoint)
{
	const struct allowance_window *window;
	struct allowance allowance;
	int64_t now_s = (int64_t)wall_s();
	size_t i;

	for (i = 0; i < all->count; i++) {
		struct credential *one = &all->list[i];

		one->left = -1;
		if (!find_allowance(all, one, &allowance))
			continue;
		window = allowance_fullest(&allowance, pool_of(endpoint),
		    now_s);
		one->left = allowance_left(window);
		if (one->left == 0)
			one->back_at = window->ends_at;
	}
}

bool
credentials_used_up(const struct credentials *all,
    const struct endpoint *endpoint, int status,
    struct allowance_window *window)
{
	const struct allowance_window *fullest;
	struct allowance allowance;
	int64_t now_s = (int64_t)wall_s();

	if ((status != 402 && status != 429) || all->count == 0 ||
	    !find_allowance(all, credentials_current(all), &allowance))
		return false;
	fullest = allowance_fullest(&allowance, pool_of(endpoint), now_s);
	/* A 429 may be about something else; a 402 was said later. */
	if (fullest == NULL || fullest->ends_at <= now_s ||
	    (status == 429 && fullest->used < 100))
		return false;
	*window = *fullest;
	return true;
}

/* ---- the choice ---- */

/* For how long it is set aside, in seconds. */
static int64_t
away_s(const struct credentials *all, const struct credential *one)
{
	int64_t used_up = one->back_at - (int64_t)wall_s();
	int64_t cooling = scoreboard_cooling(all->gateway->scoreboard,
	    one->hash);

	return used_up > cooling ? used_up : cooling;
}

/*
 * The next untried one from `start` on: of those that aren't set aside the one
 * with the most left, else the one that is so the shortest. False when all were
 * tried.
 */
static bool
choose(struct credentials *all, size_t start)
{
	size_t i, best = all->count;
	int64_t least = 0;

	for (i = 0; i < all->count; i++) {
		size_t at = (start + i) % all->count;
		int64_t away;

		if (all->list[at].tried)
			continue;
		away = away_s(all, &all->list[at]);
		if (best == all->count || away < least || (away == least &&
		    all->list[at].left > all->list[best].left)) {
			best = at;
			least = away;
		}
	}
	if (best == all->count)
		return false;
	all->current = best;
	all->list[best].tried = true;
	return true;
}

/* A session stays where it is, unless that is set aside. */
static bool
stay(struct credentials *all, uint64_t session)
{
	uint64_t home = scoreboard_home(all->gateway->scoreboard, session);
	size_t i;

	for (i = 0; home != 0 && i < all->count; i++)
		if (name_of(&all->list[i]) == home &&
		    away_s(all, &all->list[i]) == 0) {
			all->current = i;
			all->list[i].tried = true;
			return true;
		}
	return false;
}

/* One whose account is not known to have a limit stays by its hash alone. */
static void
choose_of_several(struct credentials *all, const struct endpoint *endpoint,
    const struct session *session)
{
	size_t start;

	find_left(all, endpoint);
	if (session->hinted && stay(all, session->hash))
		return;
	start = (size_t)((session->hinted ? session->hash : scoreboard_turn(
	    all->gateway->scoreboard, list_hash(all))) % all->count);
	(void)choose(all, start);
	if (session->hinted && credentials_current(all)->left >= 0)
		scoreboard_move(all->gateway->scoreboard, session->hash,
		    name_of(credentials_current(all)));
}

/* ---- all of it ---- */

static int
refuse(const struct endpoint *endpoint, const struct tokens *tokens,
    struct problem *problem)
{
	if (has_command(endpoint))
		return problem_set(problem, PROBLEM_UNAUTHORIZED,
		    "no credential: the api_key_command of endpoint %.80s has "
		    "given no key; tokend --status tells why", endpoint->name);
	if (endpoint->api_key_env != NULL)
		return problem_set(problem, PROBLEM_UNAUTHORIZED,
		    "no credential: set %s for the gateway, or send your own "
		    "key for this endpoint", endpoint->api_key_env);
	if (endpoint->profile == PROFILE_PLAIN)
		return problem_set(problem, PROBLEM_UNAUTHORIZED,
		    "no credential: send your own key as Authorization: Bearer "
		    "KEY, or set the endpoint's api_key_env");
	if (tokens != NULL && tokens->lost != NULL)
		return problem_set(problem, PROBLEM_UNAUTHORIZED,
		    "no credential: the gateway's login is not accepted any "
		    "more (%.300s): set another DROID_REFRESH_KEY, or run "
		    "tokend --login", tokens->lost);
	return problem_set(problem, PROBLEM_UNAUTHORIZED, "no credential: set "
	    "FACTORY_API_KEY or DROID_REFRESH_KEY for the gateway, or send "
	    "your own as Authorization: Bearer TOKEN");
}

/* So that tokend asks what is left. */
static void
tell_traffic(struct credentials *all, const struct config *config)
{
	struct gateway *gateway = all->gateway;
	enum credential_source source = all->list[0].source;
	long long before, now = now_s();

	if (source != CREDENTIAL_ACCOUNT && source != CREDENTIAL_FACTORY_KEY)
		return;
	before = atomic_load_explicit(&gateway->traffic_s,
	    memory_order_relaxed);
	if (config->limits_url == NULL || *config->limits_url == '\0' ||
	    (before != 0 && now - before < TRAFFIC_S) || !atomic_compare_exchange_strong(
	    &gateway->traffic_s, &before, now))
		return;
	(void)token_ask(gateway->state.token_socket, TOKEN_TRAFFIC, -1);
}

int
credentials_choose(struct credentials *all, const struct config *config,
    const struct endpoint *endpoint, const struct tokens *tokens,
    const struct caller *caller, const struct session *session,
    struct problem *problem)
{
	if (make_list(all, config, endpoint, tokens) == -1)
		return problem_no_memory(problem);
	add_own(all, config, endpoint, tokens);
	if (all->count > 0 && !caller->admitted) {
		*problem = caller->refusal;
		return -1;
	}
	if (all->count == 0 && *caller->credential != '\0' &&
	    caller->key == NULL && !has_command(endpoint))
		add(all, CREDENTIAL_CLIENT, caller->credential,
		    token_hash(caller->credential, strlen(caller->credential)));
	if (all->count == 0)
		return caller->admitted ? refuse(endpoint, tokens, problem)
		    : (*problem = caller->refusal, -1);
	tell_traffic(all, config);
	if (all->count > 1)
		choose_of_several(all, endpoint, session);
	else
		(void)choose(all, 0);
	return 0;
}

bool
credentials_wanted(struct credentials *all, const struct config *config,
    const struct tokens *tokens)
{
	bool wanted = false;
	size_t i;

	for (i = 0; i < config->endpoints_count && !wanted; i++) {
		if (make_list(all, config, &config->endpoints[i], tokens) == -1)
			break;
		add_own(all, config, &config->endpoints[i], tokens);
		wanted = all->count == 0 && !has_command(&config->endpoints[i]);
	}
	all->count = 0;
	return wanted;
}

const struct credential *
credentials_current(const struct credentials *all)
{
	return &all->list[all->current];
}

bool
credentials_server_side(const struct credentials *all)
{
	return all->count == 0 ||
	    all->list[all->current].source != CREDENTIAL_CLIENT;
}

bool
credentials_next(struct credentials *all, int status, int retry_after_s)
{
	int cool_s;

	switch (status) {
	case 401:
		cool_s = COOL_UNAUTHORIZED_S;
		break;
	case 402:
		cool_s = COOL_PAYMENT_S;
		break;
	case 429:
		cool_s = COOL_RATE_S;
		break;
	default:
		return false;
	}
	if (all->count < 2)
		return false;
	if (status != 401 && retry_after_s > 0)
		cool_s = retry_after_s;
	scoreboard_cool(all->gateway->scoreboard,
	    all->list[all->current].hash, cool_s);
	return choose(all, all->current + 1);
}
