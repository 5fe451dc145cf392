#include "build.h"

#include "generate.h"

static const struct {
	enum operation_kind	 kind;
	const char		*name;
} methods[] = {
	{ OPERATION_CONVERSATIONS, "generateContent" },
	{ OPERATION_CONVERSATIONS, "streamGenerateContent" },
	{ OPERATION_COUNT_TOKENS, "countTokens" },
	{ OPERATION_EMBEDDINGS, "embedContent" },
	{ OPERATION_EMBEDDINGS, "batchEmbedContents" },
	{ OPERATION_PREDICT, "predict" },
};

void
generate_write_model(struct json_write *w, const struct named_model *one)
{
	size_t	i;

	json_put(w, "{'name':'models/%s','displayName':%s", one->id,
	    one->name);
	if (one->context_window > 0)
		json_put(w, "'inputTokenLimit':%d", one->context_window);
	if (one->max_output > 0)
		json_put(w, "'outputTokenLimit':%d", one->max_output);
	if (one->model->efforts != 0)
		json_put(w, "'thinking':true");
	json_put(w, "'supportedGenerationMethods':[");
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (model_serves(one->model, methods[i].kind))
			json_put_string(w, methods[i].name);
	json_put(w, "]");
	named_model_write_operations(w, one);
	json_put(w, "}");
}

void
generate_write_models(struct json_write *w, const struct model_list *list)
{
	size_t	i;

	json_put_object(w);
	json_put_key(w, "models");
	json_put_array(w);
	for (i = 0; i < list->count; i++)
		generate_write_model(w, &list->at[i]);
	json_put_end(w);
	json_put_end(w);
}
