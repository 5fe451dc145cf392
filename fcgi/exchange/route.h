#ifndef ROUTE_H
#define ROUTE_H

#include "arena.h"
#include "client/client.h"
#include "config.h"
#include "dialects/operation.h"
#include "problem.h"

/*
 * From the request's target to what is asked for and in which dialect, by the
 * rows of the dialects and the gateway's own. Where rows of two dialects have the
 * same path, that of the dialect serves whose mark the request bears.
 *
 * The target is the raw REQUEST_URI, cut at '?'. In front of a known path
 * everything is tolerated that a web server's mapping may leave there: config
 * `base_path`, or whatever stands before the last /v1/ or /v1beta/ segment (CGI
 * paths). The prefix /v1 may be missing, a trailing slash is fine, fixed words
 * match in any case. "..", empty segments and encoded slashes are refused but
 * in a model's name.
 */
struct route {
	const struct operation	*operation;	/* NULL: none was found */
	enum dialect_kind	 dialect;	/* of the answer, errors too */
	const char		*path;		/* for the log: the row's, or "?" */
	const char		*query;		/* raw, without '?', or "" */
	const char		*model;		/* decoded name in the path, or NULL */
	struct text		 names[OPERATION_NAMES]; /* its {id}s, plain */
	const char		*front;		/* of an operation without a model:
						 * the path in front of it,
						 * decoded, with a slash */
	bool			 sse;		/* alt=sse */
};

/*
 * 0, or -1 with PROBLEM_MISSING, _METHOD (with Allow), _UPGRADE or
 * _NOT_IMPLEMENTED; the dialect is set in any case.
 */
int	route_find(struct route *, const struct client *, const struct config *,
	    struct arena *, struct problem *);

/* The value of a query parameter, decoded; NULL if none. */
char	*route_query(const struct route *, const char *name, struct arena *);

/* The query without those parameters, "" if nothing is left; arena. */
const char *route_query_without(const struct route *, const char *const *names,
	    struct arena *);

#endif
