#include "build.h"

#include "generate.h"

void
generate_write_model(struct json_write *w, const struct named_model *one)
{
	const char	*name = one->model->name;

	json_put(w, "{'name':'models/%s','displayName':%s,"
	    "'supportedGenerationMethods':['generateContent',"
	    "'streamGenerateContent','countTokens']}", one->id,
	    name != NULL ? name : one->id);
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
