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
	const char	*name = one->model->name;
	size_t		 i;

	json_put(w, "{'name':'models/%s','displayName':%s,"
	    "'supportedGenerationMethods':[", one->id,
	    name != NULL ? name : one->id);
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (model_serves(one->model, methods[i].kind))
			json_put_string(w, methods[i].name);
	json_put(w, "]");
	named_model_write_operations(w, one);
	json_put(w, "}");
}

void
generate_write_models(struct json_write *w, const struct named_model *list,
    size_t count)
{
	size_t	i;

	json_put_object(w);
	json_put_key(w, "models");
	json_put_array(w);
	for (i = 0; i < count; i++)
		generate_write_model(w, &list[i]);
	json_put_end(w);
	json_put_end(w);
}
