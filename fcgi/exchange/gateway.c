#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "gateway.h"
#include "guard.h"
#include "http_trust.h"
#include "log.h"
#include "upstream/upstream.h"
#include "upstream/upstream_share.h"

/* Whom upstreams are verified by: those that are named, or whom the machine trusts. */
static struct http_trust
find_trust(const struct config *config)
{
	if (config->ca_file != NULL)
		return (struct http_trust){ NULL, config->ca_file };
	return http_trust_find("/");
}

/* Before there are threads. Without it all works, too. */
static void
shut_guard(const struct gateway *gateway, const struct config *config,
    bool usable)
{
	struct guard guard;
	struct problem problem;

	guard_begin(&guard, config);
	guard_allow(&guard, gateway->state.token, GUARD_READ);
	if (usable)
		guard_allow(&guard, gateway->state.run, GUARD_WRITE);
	if (guard_shut(&guard, &problem) == -1)
		log_warning(NULL, "%s", problem.message);
	log_debug(NULL, "%s", guard.says);
}

static int
open_state(struct gateway *gateway, const struct config *config, bool lone,
    struct problem *problem)
{
	struct http_trust trust;
	bool usable;

	if (state_find(&gateway->state, config, problem) == -1)
		return -1;
	usable = state_prepare_gateway(&gateway->state, problem) == 0;
	if (!usable && !lone)
		return -1;
	shut_guard(gateway, config, usable);
	gateway->tokens = token_reader_new(gateway->state.token_file);
	problem_clear(problem);
	gateway->scoreboard = scoreboard_open(usable
	    ? gateway->state.scoreboard_file : NULL, problem);
	if (gateway->tokens == NULL || gateway->scoreboard == NULL)
		return problem_set(problem, PROBLEM_SERVER, "out of memory");
	if (usable && !scoreboard_shared(gateway->scoreboard))
		log_warning(NULL, "%s", problem->message);
	if (usable)
		gateway->ledger = ledger_open(gateway->state.ledger,
		    gateway->configs, !lone);
	user_agent_init(&gateway->user_agent, gateway->state.user_agent_file);
	allowance_reader_init(&gateway->allowances, gateway->state.limits_file);
	trust = find_trust(config);
	gateway->upstreams = upstream_share_open(&trust, problem);
	return gateway->upstreams != NULL ? 0 : -1;
}

int
gateway_open(struct gateway *gateway, const char *path, bool lone,
    struct problem *problem)
{
	struct config *config;
	int result;

	memset(gateway, 0, sizeof(*gateway));
	gateway->configs = config_source_new(path, problem);
	if (gateway->configs == NULL)
		return -1;
	config = config_current(gateway->configs);
	(void)log_open(config->log_file, config->dev_mode,
	    config->log_format == LOG_FORMAT_JSON);
	budget_init(&gateway->budget, config->memory_max);
	result = open_state(gateway, config, lone, problem);
	config_release(config);
	if (result == -1)
		gateway_close(gateway);
	return result;
}

void
gateway_close(struct gateway *gateway)
{
	ledger_close(gateway->ledger);
	allowance_reader_release(&gateway->allowances);
	upstream_share_close(gateway->upstreams);
	if (gateway->scoreboard != NULL)
		scoreboard_close(gateway->scoreboard);
	if (gateway->tokens != NULL)
		token_reader_free(gateway->tokens);
	if (gateway->configs != NULL)
		config_source_free(gateway->configs);
	memset(gateway, 0, sizeof(*gateway));
}
