#include "build.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "config_keys.h"
#include "config_reader.h"

/*
 * Where a model is served. Each element of `upstreams` is an entry of models[]
 * that says only what differs: it is read as one, of the outer entry's members
 * and its own.
 */

/* What an upstream has to say itself, or not at all. */
static bool
is_own(const char *name)
{
	static const char *const names[] = {
		"endpoint", "type", "upstreams", "fallback",
	};
	size_t	i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The outer entry's members that are known, then the upstream's; NULL: memory. */
static struct json_object *
merge(struct json_object *outer, struct json_object *upstream)
{
	struct json_object	*merged = json_object_new_object();
	size_t			 i;

	if (merged == NULL)
		return NULL;
	for (i = 0; i < config_keys_count; i++) {
		const char		*name = config_keys[i].name;
		struct json_object	*value;

		if (config_keys[i].scope == SCOPE_MODEL && !is_own(name) &&
		    json_object_object_get_ex(outer, name, &value))
			json_object_object_add(merged, name,
			    json_object_get(value));
	}
	json_object_object_foreach(upstream, name, value) {
		json_object_object_add(merged, name, json_object_get(value));
	}
	json_object_object_del(merged, "weight");
	return merged;
}

/*
 * `thinking` is a word of one API: where an upstream speaks another it is not
 * inherited.
 */
static void
drop_foreign_thinking(struct config_reader *r, struct json_object *merged,
    struct json_object *upstream)
{
	const struct endpoint	*endpoint = config_find_endpoint(r->config,
				    json_object_get_string(
				    json_object_object_get(merged,
				    "endpoint")));
	const char		*word = json_object_get_string(
				    json_object_object_get(merged,
				    "thinking"));
	const struct key_word	*known = config_key_find(SCOPE_MODEL,
				    "thinking")->words;

	if (endpoint == NULL || word == NULL ||
	    json_object_object_get_ex(upstream, "thinking", NULL))
		return;
	while (known->word != NULL && strcmp(known->word, word) != 0)
		known++;
	if (known->word != NULL && (config_type_of(endpoint->dialect)->
	    thinking_known & 1u << known->value) == 0)
		json_object_object_del(merged, "thinking");
}

static int
read_weight(struct config_reader *r, struct json_object *upstream,
    struct model_entry *entry)
{
	const struct config_key	*key = config_key_find(SCOPE_UPSTREAM,
				    "weight");
	struct json_object	*value = json_object_object_get(upstream,
				    "weight");

	entry->model.weight = (int)key->initial;
	return value == NULL ? 0 : config_read_value(r, key, value, entry);
}

static int
read_upstream(struct config_reader *r, struct json_object *object,
    size_t index)
{
	struct model_entry	 entry = { .type = -1 };
	struct json_object	*merged = merge(r->outer, object);
	int			 result;

	if (merged == NULL)
		return config_no_memory(r);
	if (!json_object_object_get_ex(object, "endpoint", NULL)) {
		json_object_put(merged);
		return config_wrong(r, "endpoint", "is missing");
	}
	drop_foreign_thinking(r, merged, object);
	result = config_read_model(r, merged, &entry);
	if (result == 0)
		result = read_weight(r, object, &entry);
	if (json_object_object_get_ex(object, "id", NULL))
		entry.model.served_as = entry.model.id;
	json_object_put(merged);
	if (result != 0)
		return -1;
	r->upstreams[index] = entry.model;
	return 0;
}

int
config_read_upstreams(struct config_reader *r, const struct config_key *key,
    struct json_object *list, void *target)
{
	struct model	*model = &((struct model_entry *)target)->model;
	size_t		 count;
	struct model	*upstreams = config_read_array(r, key, list,
			    sizeof(struct model), &count);

	if (upstreams == NULL)
		return -1;
	if (count == 0)
		return config_wrong(r, key->name, "must not be empty");
	r->upstreams = upstreams;
	if (config_read_each(r, key, list, read_upstream) != 0)
		return -1;
	model->upstreams = upstreams;
	model->upstreams_count = count;
	return 0;
}

/* Whether the fallbacks of `from` lead to `to`. Each model is looked at once. */
static bool
leads_to(const struct config *config, const struct model *from,
    const struct model *to, bool *seen)
{
	size_t	i;

	if (from == to)
		return true;
	if (seen[from - config->models])
		return false;
	seen[from - config->models] = true;
	for (i = 0; i < from->fallback.count; i++) {
		const struct model	*next = config_find_model(config,
					    config_redirect(config,
					    from->fallback.at[i]));

		if (next != NULL && leads_to(config, next, to, seen))
			return true;
	}
	return false;
}

/* Whether this one, by whatever name, stands before it already. */
static bool
is_repeated(const struct config *config, const struct model *model, size_t at)
{
	const char	*name = config_redirect(config, model->fallback.at[at]);
	size_t		 i;

	for (i = 0; i < at; i++)
		if (strcmp(config_redirect(config, model->fallback.at[i]),
		    name) == 0)
			return true;
	return false;
}

static void
check_fallback(struct config_reader *r, const struct model *model, size_t at)
{
	const char		*name = config_redirect(r->config,
				    model->fallback.at[at]);
	const struct model	*next = config_find_model(r->config, name);
	bool			*seen = arena_calloc(&r->config->arena,
				    r->config->models_count, sizeof(*seen));

	if (seen == NULL)
		return;
	if (strchr(name, '*') != NULL)
		config_warning(r, "fallback", "\"%.64s\" is no name of a model "
		    "that could be asked for", name);
	else if (next == NULL)
		config_warning(r, "fallback", "\"%.64s\" is not in models: it "
		    "is passed over", name);
	else if (is_repeated(r->config, model, at))
		config_warning(r, "fallback", "\"%.64s\" stands there twice",
		    name);
	else if (next == model)
		config_warning(r, "fallback", "\"%.64s\" is the model itself: "
		    "it is not tried again", name);
	else if (leads_to(r->config, next, model, seen))
		config_warning(r, "fallback", "\"%.64s\" leads back to "
		    "\"%.64s\", which is not tried again", name, model->id);
}

/* Two that are the same are tried twice, and counted as one. */
static void
check_upstreams(struct config_reader *r, const struct model *model)
{
	size_t	i, j;

	for (i = 0; i < model->upstreams_count; i++)
		for (j = 0; j < i; j++)
			if (model->upstreams[i].hash == model->upstreams[j].hash) {
				config_warning(r, "upstreams", "[%zu] is the "
				    "same as [%zu]: say it once, with a weight",
				    i, j);
				break;
			}
}

/* What the bounds of all together leave no room for. */
static void
check_bounds(struct config_reader *r, const struct model *model)
{
	const struct config	*config = r->config;
	size_t			 own = model->upstreams_count > 0 ?
				    model->upstreams_count : 1;

	if (own == 1 && model->fallback.count == 0)
		return;
	if (model->fallback.count > 0 && own >= (size_t)config->attempts_max)
		config_warning(r, "fallback", "is not reached before an "
		    "upstream is set aside: attempts_max is %d, and there are "
		    "%zu upstreams", config->attempts_max, own);
	else if (own > (size_t)config->attempts_max)
		config_warning(r, "upstreams", "not all are reached before one "
		    "is set aside: attempts_max is %d", config->attempts_max);
	if (model->first_event_timeout_s >= config->total_timeout_s)
		config_warning(r, "first_event_timeout_s", "leaves no time for "
		    "another upstream: total_timeout_s is %d",
		    config->total_timeout_s);
}

void
config_check_fallbacks(struct config_reader *r)
{
	const char	*outer = r->where;
	char		 where[64];
	size_t		 i, j;

	for (i = 0; i < r->config->models_count; i++) {
		const struct model	*model = &r->config->models[i];

		snprintf(where, sizeof(where), "models[%zu].", i);
		r->where = where;
		check_upstreams(r, model);
		check_bounds(r, model);
		for (j = 0; j < model->fallback.count; j++)
			check_fallback(r, model, j);
	}
	r->where = outer;
}
