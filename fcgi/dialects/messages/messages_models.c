#include "build.h"

#include "messages.h"

/* Must be a time and must not change. */
#define CREATED_AT	"2025-01-01T00:00:00Z"

static void
write_supported(struct json_write *w, const char *name, bool supported)
{
	json_put_key(w, name);
	json_put(w, supported ? "{'supported':true}" : "{'supported':false}");
}

/* What the entry says, of what Anthropic's list does. */
static void
write_capabilities(struct json_write *w, const struct model *model)
{
	unsigned	effort;

	json_put(w, "'capabilities':{");
	if (model->efforts != 0) {
		json_put(w, "'effort':{'supported':true");
		for (effort = EFFORT_LOW; effort < EFFORT_KINDS; effort++)
			write_supported(w, effort_word(effort),
			    (model->efforts & 1u << effort) != 0);
		json_put(w, "}");
	}
	if (model->inputs != 0) {
		write_supported(w, "image_input",
		    (model->inputs & 1u << MODALITY_IMAGE) != 0);
		write_supported(w, "pdf_input",
		    (model->inputs & 1u << MODALITY_FILE) != 0);
	}
	json_put(w, "}");
}

void
messages_write_model(struct json_write *w, const struct named_model *one)
{
	const struct model	*model = one->model;

	json_put(w, "{'type':'model','id':%s,'display_name':%s,"
	    "'created_at':'" CREATED_AT "'", one->id, one->name);
	if (one->context_window > 0)
		json_put(w, "'max_input_tokens':%d", one->context_window);
	if (one->max_output > 0)
		json_put(w, "'max_tokens':%d", one->max_output);
	if (model->efforts != 0 || model->inputs != 0)
		write_capabilities(w, model);
	named_model_write_operations(w, one);
	json_put_end(w);
}

/* The ends of a page, which is the whole list; null where it is empty. */
static void
write_end(struct json_write *w, const char *key, const struct named_model *one)
{
	if (one == NULL)
		json_member_null(w, key);
	else
		json_member_string(w, key, one->id);
}

void
messages_write_models(struct json_write *w, const struct model_list *list)
{
	size_t	i, count = list->count;

	json_put_object(w);
	json_put_key(w, "data");
	json_put_array(w);
	for (i = 0; i < count; i++)
		messages_write_model(w, &list->at[i]);
	json_put_end(w);
	json_member_bool(w, "has_more", false);
	write_end(w, "first_id", count > 0 ? &list->at[0] : NULL);
	write_end(w, "last_id", count > 0 ? &list->at[count - 1] : NULL);
	json_put_end(w);
}
