#ifndef CANDIDATES_H
#define CANDIDATES_H

#include "arena.h"
#include "config.h"
#include "problem.h"
#include "scoreboard.h"
#include "session.h"

/*
 * Where a request may go: the upstreams of its model, then those of the models
 * that it falls back to, each tried once. A conversation keeps to the same
 * upstream as long as that one is up, so that prompt caches stay warm; others
 * are spread by weight. One that is set aside (scoreboard.h) comes behind those
 * that are not; when all are, the one that is back soonest.
 *
 * A model with one upstream and no fallback is a list of one, which costs
 * nothing and is never set aside.
 */
struct candidate {
	const struct model	*model;		/* the entry of that upstream */
	const char		*id;		/* the model's name there */
	bool			 tried;
	int			 status;	/* what it answered; 0: nothing */
};

struct candidates {
	struct candidate	*list;
	size_t			 count;
	size_t			 current;
	size_t			*order;		/* tried so far, for the log */
	size_t			 tried;
	struct scoreboard	*scoreboard;	/* NULL: a list of one */
};

/* What is wanted; `offers` says whether an upstream can be asked for it. */
struct candidates_wanted {
	const struct config	*config;
	const struct model	*model;		/* that was found for `id` */
	const char		*id;
	const struct session	*session;
	const struct client_key	*key;		/* whose models they must be; or
						 * NULL */
	bool			(*offers)(const void *of,
				    const struct model *upstream);
	const void		*of;
};

/*
 * Those that can be asked, and the first of them; where none can, the first
 * alone, so that there is one to be named. In the arena. 0, or -1: no memory.
 */
int	candidates_find(struct candidates *, const struct candidates_wanted *,
	    struct scoreboard *, struct arena *);

const struct candidate *candidates_current(const struct candidates *);

/* Whether there is another one to go on to. */
bool	candidates_left(const struct candidates *);

/* The next one is current. False: none is left. */
bool	candidates_next(struct candidates *);

/* The current one answered; or it failed, and may be set aside for it. */
void	candidates_good(struct candidates *, int status);
void	candidates_failed(struct candidates *, int status,
	    const struct problem *why);

/* The current one begins to answer, or nobody waits for it any more. */
void	candidates_tried(struct candidates *);

/* It answered, with what says nothing of how it does otherwise. */
void	candidates_lacked(struct candidates *, int status);

/* "factory:529,openrouter:200", for the log; arena. */
const char *candidates_list(const struct candidates *, struct arena *);

#endif
