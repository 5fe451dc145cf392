#include "build.h"

#include "generate.h"

void
generate_write_model(struct json_write *w, const struct named_model *one)
{
	const char	*name = one->model->name;

	json_put_object(w);
	json_put_key(w, "name");
	json_put_format(w, "models/%s", one->id);
	json_member_string(w, "displayName", name != NULL ? name : one->id);
	json_put_key(w, "supportedGenerationMethods");
	json_put_array(w);
	json_put_string(w, "generateContent");
	json_put_string(w, "streamGenerateContent");
	json_put_string(w, "countTokens");
	json_put_end(w);
	json_put_end(w);
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
