#ifndef STATE_H
#define STATE_H

#include "config.h"
#include "problem.h"

/*
 * Where the two programs keep what outlives them. $STATE is DROID2API_STATE,
 * else config `state_dir`, else LOCALSTATEDIR/lib/droid2api for an installed
 * program, else XDG_STATE_HOME or ~/.local/state, + /droid2api:
 *
 *	$STATE/login	tokend's alone, 0700: refresh-token store, lock
 *	$STATE/token	tokend's, 2750: token.json, its socket, user_agent,
 *			limits.json
 *	$STATE/run	the gateway's, 0700: scoreboard, ledger, sockets
 *
 * Each program makes only its own folders and refuses those of another owner or
 * with looser modes, with the reason. $STATE itself may be root's, too. What a
 * folder is comes before anything is written there; a link is none.
 */
struct state {
	char	root[512];
	char	login[640], token[640], run[640];
	char	ledger[704];		/* run/ledger */
	char	token_file[704];	/* token/token.json */
	char	token_socket[704];	/* token/tokend.sock */
	char	user_agent_file[704];	/* token/user_agent */
	char	found_file[704];	/* token/models.json */
	char	limits_file[704];	/* token/limits.json */
	char	scoreboard_file[704];	/* run/scoreboard.N */
};

/* Finds the paths; touches nothing. `config` may be NULL. 0 or -1. */
int	state_find(struct state *, const struct config *, struct problem *);

/* Makes $STATE and run/, checks owner and mode. 0 or -1 with the reason. */
int	state_prepare_gateway(const struct state *, struct problem *);

/* Makes $STATE, login/ and token/, checks owner and mode. 0 or -1. */
int	state_prepare_tokend(const struct state *, struct problem *);

/*
 * The note of what start.sh runs with: the configuration's path and $STATE, a
 * line each, in the file last-start of the state directory that is the default.
 * So a program that a person calls without saying anything is about what runs.
 */
int	state_note(const struct state *, const struct config *,
	    struct problem *);

/*
 * Puts what is noted into the environment as DROID2API_CONFIG and
 * DROID2API_STATE, unless one of them is there, or this program is an installed
 * one, or the note isn't this user's.
 */
void	state_recall(void);

#endif
