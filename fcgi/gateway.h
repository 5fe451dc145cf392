#ifndef GATEWAY_H
#define GATEWAY_H

#include "budget.h"
#include "config.h"
#include "scoreboard.h"
#include "state.h"
#include "token.h"

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
	const char		*ca_path;	/* of ca_file, or NULL */
};

#endif
