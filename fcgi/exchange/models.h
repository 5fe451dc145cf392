#ifndef MODELS_H
#define MODELS_H

#include "arena.h"
#include "config.h"
#include "dialects/dialect.h"
#include "json_write.h"

/*
 * The answers to GET /v1/models and GET /v1/models/NAME, in the shape of the
 * dialect that asks. Names of redirects are models too; of a wildcard entry
 * those are listed that tokend found at its endpoint, and any name that it
 * matches is found. `key` is the caller's, or NULL: what it may not use is not
 * listed. `found_file` is where tokend wrote them. `catalogue`: see dialect.h.
 *
 * 0, or -1 with the problem set: out of memory, or PROBLEM_MISSING.
 */
int	models_write_list(struct json_write *, const struct config *,
	    const struct client_key *key, const struct dialect *,
	    const char *found_file, bool catalogue, struct arena *,
	    struct problem *);
int	models_write_one(struct json_write *, const struct config *,
	    const struct client_key *key, const struct dialect *,
	    const char *name, const char *found_file, struct arena *,
	    struct problem *);

/*
 * Whether the entry says that the model serves that; a conversation is all that
 * a summary takes.
 */
bool	models_serve(const struct model *, const struct operation *);

/*
 * Whether the model may be asked for that: 0, or -1 with PROBLEM_INVALID, which
 * says what it may be asked for.
 */
int	models_check_operation(const struct model *, const char *id,
	    const struct operation *, struct arena *, struct problem *);

/* Warns of operations of models that their endpoints don't have. */
void	models_check(const struct config *, config_warn warn);

/*
 * The name without the mark "[1m]" at its end, as which Claude Code keeps a long
 * context among its settings, and which some of its requests show; as it is where
 * an entry or a redirect has it so. NULL: no memory.
 */
const char *models_unmarked(const struct config *, const char *name,
	    struct arena *);

/*
 * The entry that serves a name: its redirect followed once, then the first
 * entry that matches. *id is the name that goes upstream. NULL with
 * PROBLEM_MISSING when there is none, or PROBLEM_FORBIDDEN.
 */
const struct model *models_find(const struct config *,
	    const struct client_key *key, const char *name, const char **id,
	    struct problem *);

#endif
