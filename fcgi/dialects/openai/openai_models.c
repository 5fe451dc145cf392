#include "build.h"

#include "openai.h"

/* `created` must be a time and must not change: 2025-01-01. */
#define CREATED	1735689600

/* What an output of a tool is cut to by Codex, in tokens: its own default. */
#define TRUNCATION	10000

static void
put_inputs(struct json_write *w, unsigned inputs)
{
	unsigned	i;

	json_put(w, "'input_modalities':[");
	for (i = 0; i < MODALITY_KINDS; i++)
		if ((inputs & 1u << i) != 0)
			json_put(w, "%s", modality_word(i));
	json_put(w, "]");
}

/* By all the names that the servers of this API have for them. */
static void
put_limits(struct json_write *w, const struct named_model *one)
{
	int64_t	context = one->context_window, output = one->max_output;

	if (context > 0)
		json_put(w, "'context_length':%d,'context_window':%d,"
		    "'max_model_len':%d,'max_input_tokens':%d", context,
		    context, context, context);
	if (output > 0)
		json_put(w, "'max_tokens':%d,'max_output_tokens':%d", output,
		    output);
}

/* The levels that an entry names, weakest first, but not to think at all. */
static void
put_efforts(struct json_write *w, const struct model *model, const char *form)
{
	unsigned	effort;

	for (effort = EFFORT_MINIMAL; effort < EFFORT_KINDS; effort++)
		if ((model->efforts & 1u << effort) != 0)
			json_put(w, form, effort_word(effort),
			    effort_word(effort));
}

void
openai_write_model(struct json_write *w, const struct named_model *one)
{
	const struct model	*model = one->model;

	json_put(w, "{'id':%s,'object':'model','created':%d,'owned_by':%s",
	    one->id, (int64_t)CREATED, model->provider != NULL ?
	    model->provider : dialect_type(model->endpoint->dialect));
	put_limits(w, one);
	if (model->inputs != 0) {
		json_put(w, "'architecture':{");
		put_inputs(w, model->inputs);
		json_put(w, "'output_modalities':['text']}");
	}
	if (model->efforts != 0) {
		json_put(w, "'supported_reasoning_efforts':[");
		put_efforts(w, model, "%s");
		json_put(w, "]");
	}
	named_model_write_operations(w, one);
	json_put_end(w);
}

/*
 * One of Codex's catalogue. It decodes the whole of it or nothing, so that no
 * member may be missing; the instructions take the place of its own prompt.
 */
static void
put_slug(struct json_write *w, const struct named_model *one, int64_t priority)
{
	const struct model	*model = one->model;
	const unsigned		 known = 1u << MODALITY_TEXT | 1u << MODALITY_IMAGE;

	json_put(w, "{'slug':%s,'display_name':%s,'description':%s,"
	    "'shell_type':'shell_command','visibility':'list',"
	    "'supported_in_api':true,'priority':%d,'base_instructions':%s,"
	    "'support_verbosity':false,'truncation_policy':{'mode':'tokens',"
	    "'limit':%d},'experimental_supported_tools':[],"
	    "'supports_parallel_tool_calls':true,"
	    "'supports_reasoning_summaries':%b", one->id, one->name,
	    one->name, priority, model->base_instructions,
	    (int64_t)TRUNCATION, model->efforts != 0);
	if (one->context_window > 0)
		json_put(w, "'context_window':%d,'max_context_window':%d",
		    one->context_window, one->context_window);
	if ((model->inputs & known) != 0)
		put_inputs(w, model->inputs & known);
	if ((model->efforts & 1u << EFFORT_MEDIUM) != 0)
		json_put(w, "'default_reasoning_level':'medium'");
	json_put(w, "'supported_reasoning_levels':[");
	put_efforts(w, model, "{'effort':%s,'description':%s}");
	json_put(w, "]}");
}

void
openai_write_models(struct json_write *w, const struct model_list *list)
{
	size_t	i;

	json_put(w, "{'object':'list','data':[");
	for (i = 0; i < list->count; i++)
		openai_write_model(w, &list->at[i]);
	json_put(w, "]");
	if (list->catalogue) {
		json_put(w, "'models':[");
		for (i = 0; i < list->count; i++)
			if (list->at[i].model->base_instructions != NULL)
				put_slug(w, &list->at[i], (int64_t)i);
		json_put(w, "]");
	}
	json_put(w, "}");
}
