#ifndef GATEWAY_H
#define GATEWAY_H

#include "allowance.h"
#include "budget.h"
#include "config.h"
#include "ledger/ledger.h"
#include "scoreboard.h"
#include "state.h"
#include "token.h"
#include "upstream/user_agent.h"

/*
 * What all exchanges of a process share. Made by main() before any thread
 * and constant since; what is behind the pointers guards itself.
 */
struct gateway {
	struct config_source	*configs;
	struct token_reader	*tokens;
	struct scoreboard	*scoreboard;
	struct budget		 budget;	/* memory_max_mb */
	struct state		 state;
	struct upstream_share	*upstreams;
	struct user_agent	 user_agent;
	struct allowance_reader	 allowances;
	atomic_llong		 traffic_s;	/* when tokend was last told */
	struct ledger		*ledger;	/* NULL: no state folder */
};

/*
 * Reads the configuration from `path`, shuts the guard and opens what is named.
 * A state directory that can't be used is fatal, unless `lone` (plain CGI, which
 * can do without a scoreboard and a ledger). 0, or -1 with the problem set.
 */
int	gateway_open(struct gateway *, const char *path, bool lone,
	    struct problem *);
void	gateway_close(struct gateway *);

#endif
