#include "build.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dialects/operation_at.h"
#include "found.h"
#include "models.h"

#define LONG_CONTEXT	"[1m]"

static bool
is_wildcard(const char *id)
{
	size_t length = strlen(id);

	return length > 0 && id[length - 1] == '*';
}

static bool
may_use(const struct client_key *key, const char *id)
{
	return key == NULL || client_key_allows(key, id);
}

static struct named_model
name_it(const char *id, const struct model *model,
    const struct found_model *found)
{
	struct named_model	one = { id, id, model, model->context_window,
				    model->max_output_tokens };

	if (!is_wildcard(model->id) && model->name != NULL)
		one.name = model->name;
	if (found != NULL && one.context_window == 0)
		one.context_window = found->context_window;
	if (found != NULL && one.max_output == 0)
		one.max_output = found->max_output_tokens;
	return one;
}

/* What was found at the endpoint of one of its upstreams, or of itself. */
static bool
is_found_at(const struct found_model *found, const struct model *model)
{
	size_t	i;

	if (strcmp(found->endpoint, model->endpoint->name) == 0)
		return true;
	for (i = 0; i < model->upstreams_count; i++)
		if (strcmp(found->endpoint,
		    model->upstreams[i].endpoint->name) == 0)
			return true;
	return false;
}

/* What the list of endpoint and id says, or NULL. */
static const struct found_model *
find_found(const struct found_models *all, const struct model *model,
    const char *id)
{
	size_t	i;

	for (i = 0; i < all->count; i++)
		if (strcmp(all->at[i].id, id) == 0 &&
		    is_found_at(&all->at[i], model))
			return &all->at[i];
	return NULL;
}

struct listing {
	const struct config	*config;
	const struct client_key	*key;
	struct found_models	 found;
	struct model_list	 list;
};

static void
add(struct listing *l, const char *id, const char *target,
    const struct model *model)
{
	if (may_use(l->key, target))
		l->list.at[l->list.count++] = name_it(id, model,
		    find_found(&l->found, model, target));
}

static bool
is_listed(const struct listing *l, const char *id)
{
	size_t	i;

	for (i = 0; i < l->list.count; i++)
		if (strcmp(l->list.at[i].id, id) == 0)
			return true;
	return false;
}

/* Those found that this wildcard entry serves. */
static void
add_found(struct listing *l, const struct model *model)
{
	size_t	i;

	for (i = 0; i < l->found.count; i++) {
		const struct found_model	*one = &l->found.at[i];

		if (is_found_at(one, model) && config_find_model(l->config,
		    one->id) == model && !is_listed(l, one->id))
			add(l, one->id, one->id, model);
	}
}

/* All entries, then all names that redirect to one. */
static void
list_all(struct listing *l)
{
	size_t	i;

	for (i = 0; i < l->config->models_count; i++) {
		const struct model	*model = &l->config->models[i];

		if (is_wildcard(model->id))
			add_found(l, model);
		else
			add(l, model->id, model->id, model);
	}
	for (i = 0; i < l->config->redirects_count; i++) {
		const struct redirect	*redirect = &l->config->redirects[i];
		const struct model	*model = config_find_model(l->config,
					    redirect->to);

		if (model != NULL)
			add(l, redirect->from, redirect->to, model);
	}
}

int
models_write_list(struct json_write *w, const struct config *config,
    const struct client_key *key, const struct dialect *dialect,
    const char *found_file, bool catalogue, struct arena *arena,
    struct problem *problem)
{
	struct listing	l = { .config = config, .key = key,
			    .list.catalogue = catalogue };

	if (found_read(found_file, &l.found, arena) == 0)
		l.list.at = arena_calloc(arena, config->models_count +
		    config->redirects_count + l.found.count + 1,
		    sizeof(*l.list.at));
	if (l.list.at == NULL)
		return problem_no_memory(problem);
	list_all(&l);
	dialect->write_models(w, &l.list);
	return 0;
}

int
models_write_one(struct json_write *w, const struct config *config,
    const struct client_key *key, const struct dialect *dialect,
    const char *name, const char *found_file, struct arena *arena,
    struct problem *problem)
{
	struct found_models	 found;
	struct named_model	 one;
	const char		*id;
	const struct model	*model = models_find(config, key, name, &id,
				    problem);

	if (model == NULL)
		return -1;
	if (found_read(found_file, &found, arena) != 0)
		return problem_no_memory(problem);
	one = name_it(name, model, find_found(&found, model, id));
	dialect->write_model(w, &one);
	return 0;
}

static bool
is_marked(const char *name, size_t length)
{
	size_t	mark = strlen(LONG_CONTEXT);

	return length > mark && strncasecmp(name + length - mark,
	    LONG_CONTEXT, mark) == 0;
}

const char *
models_unmarked(const struct config *config, const char *name,
    struct arena *arena)
{
	size_t	length = strlen(name), i;

	if (!is_marked(name, length) || config_redirect(config, name) != name)
		return name;
	for (i = 0; i < config->models_count; i++)
		if (strcmp(config->models[i].id, name) == 0)
			return name;
	while (is_marked(name, length))
		length -= strlen(LONG_CONTEXT);
	return arena_memdup(arena, name, length);
}

const struct model *
models_find(const struct config *config, const struct client_key *key,
    const char *name, const char **id, struct problem *problem)
{
	const struct model *model;

	*id = config_redirect(config, name);
	model = config_find_model(config, *id);
	if (model == NULL) {
		problem_field(problem, PROBLEM_MISSING, "model",
		    "Model %.200s not found; GET /v1/models lists what there is",
		    *id);
		problem->code = "model_not_found";
		return NULL;
	}
	if (!may_use(key, *id)) {
		problem_field(problem, PROBLEM_FORBIDDEN, "model",
		    "the key %s may not use the model %.200s; GET /v1/models "
		    "lists those that it may", key->name, *id);
		return NULL;
	}
	return model;
}

/* "conversations, images" */
static const char *
list_operations(const struct model *model, struct arena *arena)
{
	struct model_operation one;
	const char *list = "";
	size_t at = 0;

	while (list != NULL && model_next_operation(model, &at, &one))
		list = arena_printf(arena, "%s%s%s", list,
		    *list == '\0' ? "" : ", ", one.word);
	return list != NULL ? list : "";
}

bool
models_serve(const struct model *model, const struct operation *operation)
{
	return model_serves(model, operation->kind) ||
	    (operation->summary && model_serves(model,
	    OPERATION_CONVERSATIONS));
}

int
models_check_operation(const struct model *model, const char *id,
    const struct operation *operation, struct arena *arena,
    struct problem *problem)
{
	if (models_serve(model, operation))
		return 0;
	return problem_field(problem, PROBLEM_INVALID, "model",
	    "Model %.200s does not serve %s; its operations are: %s", id,
	    operation->path, list_operations(model, arena));
}

static void
check_endpoint(size_t index, const struct model *model, config_warn warn)
{
	const struct operation *row;
	struct model_operation one;
	char text[256];
	size_t at = 0;

	while (model->operations_said &&
	    model_next_operation(model, &at, &one)) {
		row = &(struct operation){ .kind = one.kind };
		if (operation_is_anyones(one.kind) ||
		    operation_at(model->endpoint, row, false) != NULL)
			continue;
		snprintf(text, sizeof(text), "models[%zu].operations: endpoint "
		    "%.64s does not offer %s", index, model->endpoint->name,
		    one.word);
		warn(NULL, text);
	}
}

void
models_check(const struct config *config, config_warn warn)
{
	size_t i, j;

	for (i = 0; i < config->models_count; i++) {
		const struct model *model = &config->models[i];

		for (j = 0; j < model->upstreams_count; j++)
			check_endpoint(i, &model->upstreams[j], warn);
		if (j == 0)
			check_endpoint(i, model, warn);
	}
}
