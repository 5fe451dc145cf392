#include "build.h"

#include "messages.h"

/* Must be a time and must not change. */
#define CREATED_AT	"2025-01-01T00:00:00Z"

void
messages_write_model(struct json_write *w, const struct named_model *one)
{
	const char	*name = one->model->name;

	json_put_object(w);
	json_member_string(w, "type", "model");
	json_member_string(w, "id", one->id);
	json_member_string(w, "display_name", name != NULL ? name : one->id);
	json_member_string(w, "created_at", CREATED_AT);
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
messages_write_models(struct json_write *w, const struct named_model *list,
    size_t count)
{
	size_t	i;

	json_put_object(w);
	json_put_key(w, "data");
	json_put_array(w);
	for (i = 0; i < count; i++)
		messages_write_model(w, &list[i]);
	json_put_end(w);
	json_member_bool(w, "has_more", false);
	write_end(w, "first_id", count > 0 ? &list[0] : NULL);
	write_end(w, "last_id", count > 0 ? &list[count - 1] : NULL);
	json_put_end(w);
}
