#include "build.h"

#include <stdio.h>

#include "dialects/dialects.h"
#include "dialects/operation_at.h"
#include "json_text.h"
#include "stored.h"

/* What stands for a model's name in the log and where one is needed. */
#define NO_MODEL	"-"

static int
check_key(struct exchange *x)
{
	const struct client_key	*key = x->caller.key;

	if (key == NULL || key->stored)
		return 0;
	return problem_set(&x->problem, PROBLEM_FORBIDDEN, "the key %s may not "
	    "use %s, which all keys share and no limit of models or tokens "
	    "covers; \"stored\": true in client_keys allows it", key->name,
	    x->route.path);
}

/* The types whose endpoints have the row: "openai or common". */
static const char *
types_of(struct exchange *x)
{
	const struct dialect	*own = x->dialect, *one;
	const char		*types = dialect_type(own->kind);
	int			 kind;

	for (kind = 0; kind < DIALECT_KINDS && types != NULL; kind++) {
		one = dialect_of((enum dialect_kind)kind);
		if (one != own && own->family != NULL &&
		    one->family == own->family &&
		    operation_is_of(x->route.operation, own->family))
			types = arena_printf(&x->reply, "%s or %s", types,
			    dialect_type(one->kind));
	}
	return types == NULL ? "this" : types;
}

static int
refuse(struct exchange *x, const struct endpoint *without)
{
	if (without != NULL)
		return problem_set(&x->problem, PROBLEM_NOT_IMPLEMENTED,
		    "not_supported: endpoint %s does not offer %s: its base_url "
		    "doesn't tell where that is, paths.stored can",
		    without->name, x->route.path);
	return problem_set(&x->problem, PROBLEM_NOT_IMPLEMENTED,
	    "not_supported: %s carries no model, and no endpoint of type %s "
	    "says \"default\": true in the configuration", x->route.path,
	    types_of(x));
}

/* The default that has it. *without becomes one of the family that does not. */
static const struct endpoint *
find_default(const struct exchange *x, const struct endpoint **without)
{
	const struct endpoint	*endpoint;
	size_t			 i;

	for (i = 0; i < x->config->endpoints_count; i++) {
		endpoint = &x->config->endpoints[i];
		if (!endpoint->is_default)
			continue;
		if (operation_at(endpoint, x->route.operation, false) != NULL)
			return endpoint;
		if (endpoint->dialect == x->dialect->kind)
			*without = endpoint;
	}
	return NULL;
}

int
stored_find(struct exchange *x)
{
	const struct endpoint	*without = NULL, *endpoint;
	struct model		*model;

	if (check_key(x) == -1)
		return -1;
	endpoint = find_default(x, &without);
	if (endpoint == NULL)
		return refuse(x, without);
	model = arena_calloc(&x->reply, 1, sizeof(*model));
	if (model == NULL)
		return problem_no_memory(&x->problem);
	model->id = model->name = NO_MODEL;
	model->endpoint = endpoint;
	model->price = (struct price){ -1, -1, -1, -1 };
	/* What is kept is kept under one credential: always the same. */
	x->session.hinted = true;
	x->session.hash = 0;
	/* A list of one: nobody is asked what it offers. */
	return candidates_find(&x->candidates, &(struct candidates_wanted){
		.config = x->config, .model = model, .id = NO_MODEL,
		.session = &x->session,
	}, x->gateway->scoreboard, &x->reply) == 0 ? 0 :
	    problem_no_memory(&x->problem);
}

/* Whether it can be asked by any of its rows, which all have the same front. */
static bool
keeps(const struct endpoint *endpoint)
{
	const struct dialect	*dialect = dialect_of(endpoint->dialect);
	const struct operation	*row;

	for (row = dialect->operations; row->path != NULL; row++)
		if (row->model == MODEL_NONE)
			return operation_at(endpoint, row, false) != NULL;
	for (row = dialect->family; row != NULL && row->path != NULL; row++)
		if (row->model == MODEL_NONE)
			return operation_at(endpoint, row, false) != NULL;
	return false;
}

void
stored_check(const struct config *config, config_warn warn)
{
	char	text[256];
	size_t	i;

	for (i = 0; i < config->endpoints_count; i++) {
		if (!config->endpoints[i].is_default ||
		    keeps(&config->endpoints[i]))
			continue;
		snprintf(text, sizeof(text), "endpoint[%zu].default: base_url "
		    "doesn't tell where files and the like are; paths.stored "
		    "can", i);
		warn(NULL, text);
	}
}
