#include "build.h"

#include <string.h>

#include "dialects/operation_at.h"
#include "target.h"
#include "ticket.h"

/* Query parameters that are ours, or say how the credential was carried. */
static const char *const never_passed[] = { "key", "alt", NULL };
static const char *const never_passed_kept[] = { "key", TICKET_PARAMETER,
    NULL };

/* The row by which the endpoint is asked for that. */
static const struct operation *
row_at(const struct exchange *x, const struct endpoint *endpoint)
{
	return operation_at(endpoint, x->summed ? x->dialect->operations :
	    x->route.operation, x->stream);
}

const struct operation *
target_row(const struct exchange *x)
{
	return row_at(x, x->endpoint);
}

bool
target_passes(const struct exchange *x)
{
	return target_row(x) == x->route.operation;
}

bool
target_offers(const struct exchange *x, const struct endpoint *endpoint)
{
	return x->route.operation->serving == SERVED_CONVERTED ||
	    x->route.operation->summary ||
	    row_at(x, endpoint) == x->route.operation ||
	    (x->route.operation->embedder != NULL &&
	    row_at(x, endpoint) != NULL);
}

int
target_find_url(struct exchange *x)
{
	const struct operation *row = target_row(x);
	bool stored = row->model == MODEL_NONE;
	const char *query = "";

	x->url = stored ? operation_stored_url(row, x->endpoint,
	    x->route.names, &x->request) : operation_url(row, x->endpoint,
	    x->policy.model_id, &x->request);
	if (x->lane != LANE_CONVERT)
		query = route_query_without(&x->route, stored ?
		    never_passed_kept : never_passed, &x->request);
	if (x->url != NULL && *query != '\0')
		x->url = arena_printf(&x->request, "%s%c%s", x->url,
		    strchr(x->url, '?') == NULL ? '?' : '&', query);
	return x->url != NULL ? 0 : problem_no_memory(&x->problem);
}
