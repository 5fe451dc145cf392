#include "build.h"

#include <stdio.h>
#include <string.h>

#include "models.h"

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

/* All entries, then all names that redirect to one; returns how many. */
static size_t
list_all(const struct config *config, const struct client_key *key,
    struct named_model *list)
{
	size_t i, count = 0;

	for (i = 0; i < config->models_count; i++) {
		const struct model *model = &config->models[i];

		if (!is_wildcard(model->id) && may_use(key, model->id))
			list[count++] = (struct named_model){ model->id,
			    model };
	}
	for (i = 0; i < config->redirects_count; i++) {
		const struct redirect *redirect = &config->redirects[i];
		const struct model *model = config_find_model(config,
		    redirect->to);

		if (model != NULL && may_use(key, redirect->to))
			list[count++] = (struct named_model){ redirect->from,
			    model };
	}
	return count;
}

int
models_write_list(struct json_write *w, const struct config *config,
    const struct client_key *key, const struct dialect *dialect,
    struct arena *arena, struct problem *problem)
{
	struct named_model *list = arena_calloc(arena, config->models_count +
	    config->redirects_count + 1, sizeof(*list));

	if (list == NULL)
		return problem_no_memory(problem);
	dialect->write_models(w, list, list_all(config, key, list));
	return 0;
}

int
models_write_one(struct json_write *w, const struct config *config,
    const struct client_key *key, const struct dialect *dialect,
    const char *name, struct problem *problem)
{
	const char *id;
	const struct model *model = models_find(config, key, name, &id, problem);

	if (model == NULL)
		return -1;
	dialect->write_model(w, &(struct named_model){ name, model });
	return 0;
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

int
models_check_operation(const struct model *model, const char *id,
    const struct operation *operation, struct arena *arena,
    struct problem *problem)
{
	if (model_serves(model, operation->kind))
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
		if (one.kind == OPERATION_CONVERSATIONS ||
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
