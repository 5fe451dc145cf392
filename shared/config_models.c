#include "build.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "config_keys.h"
#include "config_reader.h"
#include "token.h"

const struct endpoint *
config_find_endpoint(const struct config *config, const char *name)
{
	size_t	i;

	for (i = 0; name != NULL && i < config->endpoints_count; i++)
		if (strcmp(config->endpoints[i].name, name) == 0)
			return &config->endpoints[i];
	return NULL;
}

static const struct endpoint *
first_of_type(const struct config *config, int type)
{
	size_t	i;

	for (i = 0; i < config->endpoints_count; i++)
		if ((int)config->endpoints[i].dialect == type)
			return &config->endpoints[i];
	return NULL;
}

/* By `endpoint`, else the one whose name is the type, else the first of it. */
static int
choose_endpoint(struct config_reader *r, struct model_entry *entry)
{
	const struct endpoint	*endpoint;
	const char		*type;

	if (entry->endpoint != NULL) {
		endpoint = config_find_endpoint(r->config, entry->endpoint);
		if (endpoint == NULL)
			return config_wrong(r, "endpoint",
			    "there is no endpoint \"%.64s\"", entry->endpoint);
		type = dialect_type(endpoint->dialect);
		if (entry->type != -1 && entry->type != (int)endpoint->dialect)
			return config_wrong(r, "type", "endpoint \"%.64s\" is "
			    "of type \"%s\"", entry->endpoint, type);
	} else if (entry->model.upstreams_count > 0) {
		entry->model.endpoint = entry->model.upstreams[0].endpoint;
		return 0;
	} else if (entry->type == -1) {
		return config_wrong(r, "type", "is missing");
	} else {
		type = dialect_type((enum dialect_kind)entry->type);
		endpoint = config_find_endpoint(r->config, type);
		if (endpoint == NULL || (int)endpoint->dialect != entry->type)
			endpoint = first_of_type(r->config, entry->type);
		if (endpoint == NULL)
			return config_wrong(r, "type",
			    "there is no endpoint of type \"%s\"", type);
	}
	entry->model.endpoint = endpoint;
	return 0;
}

static int
choose_thinking(struct config_reader *r, struct model *model)
{
	enum dialect_kind		 dialect = model->endpoint->dialect;
	const struct config_type	*type = config_type_of(dialect);
	char				 known[64];

	if ((int)model->thinking == -1)
		model->thinking = type->thinking;
	if ((type->thinking_known & 1u << model->thinking) != 0)
		return 0;
	key_words_list(known, sizeof(known), config_key_find(SCOPE_MODEL,
	    "thinking")->words, type->thinking_known);
	return config_wrong(r, "thinking", "must be %s for a model of type "
	    "\"%s\"", known, dialect_type(dialect));
}

/* What a model's entry says, wherever it stands. */
int
config_read_model(struct config_reader *r, struct json_object *object,
    struct model_entry *entry)
{
	struct json_object	*said;

	if (config_read_object(r, SCOPE_MODEL, object, entry) != 0 ||
	    choose_endpoint(r, entry) != 0 ||
	    choose_thinking(r, &entry->model) != 0)
		return -1;
	entry->model.openai_reasoning_said =
	    json_object_object_get_ex(object, "openai_reasoning", &said);
	entry->model.mid_system_refused = !entry->model.mid_system &&
	    json_object_object_get_ex(object, "mid_system", &said);
	if ((int)entry->model.template == -1)
		entry->model.template = TEMPLATE_BY_NAME;
	config_settle_operations(&entry->model);
	if (r->config->region == REGION_EU && entry->model.provider_eu != NULL)
		entry->model.provider = entry->model.provider_eu;
	if (entry->model.name == NULL)
		entry->model.name = entry->model.id;
	entry->model.hash = config_hash_add(token_hash(entry->model.id,
	    strlen(entry->model.id)), token_hash(entry->model.endpoint->name,
	    strlen(entry->model.endpoint->name)));
	if (!json_object_object_get_ex(object, "first_event_timeout_s", NULL))
		entry->model.first_event_timeout_s =
		    r->config->first_event_timeout_s;
	return 0;
}

static bool
matches(const struct model *model, const char *id)
{
	size_t	length = strlen(model->id);

	if (length > 0 && model->id[length - 1] == '*')
		return strncmp(model->id, id, length - 1) == 0;
	return strcmp(model->id, id) == 0;
}

static int
read_model(struct config_reader *r, struct json_object *object, size_t index)
{
	struct model_entry	 entry = { .type = -1 };
	const char		*star;
	int			 result;
	size_t			 i;

	r->outer = object;
	result = config_read_model(r, object, &entry);
	r->outer = NULL;
	if (result != 0)
		return -1;
	star = strchr(entry.model.id, '*');
	if (star != NULL && star[1] != '\0')
		return config_wrong(r, "id", "may have a '*' at its end only");
	for (i = 0; i < index; i++) {
		if (matches(&r->config->models[i], entry.model.id)) {
			config_warning(r, "id", "\"%.64s\" is never reached: "
			    "models[%zu] comes first", entry.model.id, i);
			break;
		}
	}
	r->config->upstreams_count += entry.model.upstreams_count > 0 ?
	    entry.model.upstreams_count : 1;
	r->config->models[index] = entry.model;
	return 0;
}

int
config_read_models(struct config_reader *r, const struct config_key *key,
    struct json_object *list, void *target)
{
	struct config	*config = target;

	config->models = config_read_array(r, key, list, sizeof(struct model),
	    &config->models_count);
	if (config->models == NULL)
		return -1;
	return config_read_each(r, key, list, read_model);
}

int
config_read_redirects(struct config_reader *r, const struct config_key *key,
    struct json_object *object, void *target)
{
	struct config	*config = target;
	struct redirect	*redirect;
	char		 path[96];

	config->redirects = arena_calloc(&config->arena,
	    (size_t)json_object_object_length(object) + 1,
	    sizeof(*config->redirects));
	if (config->redirects == NULL)
		return config_no_memory(r);
	json_object_object_foreach(object, name, value) {
		redirect = &config->redirects[config->redirects_count++];
		snprintf(path, sizeof(path), "%s.%s", key->name, name);
		redirect->from = arena_strdup(&config->arena, name);
		redirect->to = config_read_text_value(r, path, value);
		if (redirect->to == NULL)
			return -1;
		if (redirect->from == NULL)
			return config_no_memory(r);
		if (*redirect->to == '\0')
			return config_wrong(r, path, "must not be empty");
		if (config_find_model(config, redirect->to) == NULL)
			config_warning(r, path, "leads to \"%.64s\", which is "
			    "not in models", redirect->to);
	}
	return 0;
}

const char *
config_redirect(const struct config *config, const char *model)
{
	size_t	i;

	for (i = 0; i < config->redirects_count; i++) {
		if (strcmp(config->redirects[i].from, model) == 0)
			return config->redirects[i].to;
	}
	return model;
}

const struct model *
config_find_model(const struct config *config, const char *id)
{
	size_t	i;

	for (i = 0; i < config->models_count; i++) {
		if (matches(&config->models[i], id))
			return &config->models[i];
	}
	return NULL;
}
