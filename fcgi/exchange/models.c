#include "build.h"

#include <string.h>

#include "models.h"

/* OpenAI's `created` must be a time and must not change: 2025-01-01. */
#define CREATED		1735689600
#define CREATED_WORDS	"2025-01-01T00:00:00Z"

enum models_shape
models_shape(const struct client *client, const struct route *route)
{
	if (client_header(client, "anthropic-version") != NULL)
		return MODELS_ANTHROPIC;
	return route->dialect == DIALECT_GENERATE ? MODELS_GOOGLE
	    : MODELS_OPENAI;
}

static bool
is_wildcard(const char *id)
{
	size_t length = strlen(id);

	return length > 0 && id[length - 1] == '*';
}

static void
write_openai(struct json_write *w, const char *id, const struct model *model)
{
	json_put_object(w);
	json_member_string(w, "id", id);
	json_member_string(w, "object", "model");
	json_member_int(w, "created", CREATED);
	json_member_string(w, "owned_by", model->provider != NULL
	    ? model->provider : dialect_type(model->endpoint->dialect));
	json_put_end(w);
}

static void
write_anthropic(struct json_write *w, const char *id, const struct model *model)
{
	json_put_object(w);
	json_member_string(w, "type", "model");
	json_member_string(w, "id", id);
	json_member_string(w, "display_name",
	    model->name != NULL ? model->name : id);
	json_member_string(w, "created_at", CREATED_WORDS);
	json_put_end(w);
}

static void
write_google(struct json_write *w, const char *id, const struct model *model)
{
	json_put_object(w);
	json_put_key(w, "name");
	json_put_format(w, "models/%s", id);
	json_member_string(w, "displayName",
	    model->name != NULL ? model->name : id);
	json_put_key(w, "supportedGenerationMethods");
	json_put_array(w);
	json_put_string(w, "generateContent");
	json_put_string(w, "streamGenerateContent");
	json_put_string(w, "countTokens");
	json_put_end(w);
	json_put_end(w);
}

static void
write_model(struct json_write *w, enum models_shape shape, const char *id,
    const struct model *model)
{
	switch (shape) {
	case MODELS_OPENAI:
		write_openai(w, id, model);
		break;
	case MODELS_ANTHROPIC:
		write_anthropic(w, id, model);
		break;
	case MODELS_GOOGLE:
		write_google(w, id, model);
		break;
	}
}

/* All entries, then all names that redirect to one; returns how many. */
static size_t
write_all(struct json_write *w, const struct config *config,
    enum models_shape shape, const char **first, const char **last)
{
	size_t i, count = 0;

	for (i = 0; i < config->models_count; i++) {
		const struct model *model = &config->models[i];

		if (is_wildcard(model->id))
			continue;
		write_model(w, shape, model->id, model);
		*last = model->id;
		*first = count++ == 0 ? model->id : *first;
	}
	for (i = 0; i < config->redirects_count; i++) {
		const struct redirect *redirect = &config->redirects[i];
		const struct model *model = config_find_model(config,
		    redirect->to);

		if (model == NULL)
			continue;
		write_model(w, shape, redirect->from, model);
		*last = redirect->from;
		*first = count++ == 0 ? redirect->from : *first;
	}
	return count;
}

void
models_write_list(struct json_write *w, const struct config *config,
    enum models_shape shape)
{
	const char *first = NULL, *last = NULL;

	json_put_object(w);
	if (shape == MODELS_OPENAI)
		json_member_string(w, "object", "list");
	json_put_key(w, shape == MODELS_GOOGLE ? "models" : "data");
	json_put_array(w);
	write_all(w, config, shape, &first, &last);
	json_put_end(w);
	if (shape == MODELS_ANTHROPIC) {
		json_member_bool(w, "has_more", false);
		if (first == NULL) {
			json_member_null(w, "first_id");
			json_member_null(w, "last_id");
		} else {
			json_member_string(w, "first_id", first);
			json_member_string(w, "last_id", last);
		}
	}
	json_put_end(w);
}

int
models_write_one(struct json_write *w, const struct config *config,
    enum models_shape shape, const char *name, struct problem *problem)
{
	const char *id;
	const struct model *model = models_find(config, name, &id, problem);

	if (model == NULL)
		return -1;
	write_model(w, shape, name, model);
	return 0;
}

const struct model *
models_find(const struct config *config, const char *name, const char **id,
    struct problem *problem)
{
	const struct model *model;

	*id = config_redirect(config, name);
	model = config_find_model(config, *id);
	if (model == NULL) {
		problem_field(problem, PROBLEM_MISSING, "model",
		    "Model %.200s not found; GET /v1/models lists what there is",
		    *id);
		problem->code = "model_not_found";
	}
	return model;
}
