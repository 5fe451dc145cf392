#include "build.h"

#include <string.h>

#include "target.h"

/* Query parameters that are ours, or say how the credential was carried. */
static const char *const never_passed[] = { "key", "alt", NULL };

/* The row by which the endpoint is asked for that. */
static const struct operation *
row_at(const struct exchange *x, enum operation_kind kind)
{
	return operation_at(x->endpoint, kind, x->stream);
}

bool
target_offers(const struct exchange *x)
{
	return x->route.operation->serving == SERVED_CONVERTED ||
	    row_at(x, x->route.operation->kind) == x->route.operation;
}

int
target_find_url(struct exchange *x)
{
	/* What is converted is a conversation there, whatever it is here. */
	enum operation_kind kind = x->lane == LANE_CONVERT ?
	    OPERATION_CONVERSATIONS : x->route.operation->kind;
	const char *query = "";

	x->url = operation_url(row_at(x, kind), x->endpoint,
	    x->policy.model_id, &x->request);
	if (x->lane != LANE_CONVERT)
		query = route_query_without(&x->route, never_passed,
		    &x->request);
	if (x->url != NULL && *query != '\0')
		x->url = arena_printf(&x->request, "%s%c%s", x->url,
		    strchr(x->url, '?') == NULL ? '?' : '&', query);
	return x->url != NULL ? 0 : problem_no_memory(&x->problem);
}
