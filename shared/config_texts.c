#include "build.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "config_reader.h"

/* Printed into headers and log lines. */
const char *
config_line_refusal(const char *text)
{
	for (; *text != '\0'; text++) {
		if (iscntrl((unsigned char)*text))
			return "must not hold control characters";
	}
	return NULL;
}

const char *
config_variable_refusal(const char *text)
{
	if (strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(text) ||
	    isdigit((unsigned char)text[0]))
		return "must be the name of an environment variable";
	if (strcmp(text, "FACTORY_API_KEY") == 0 ||
	    strcmp(text, "DROID_REFRESH_KEY") == 0)
		return "names Factory's own credential; leave it out for an "
		    "endpoint of Factory's";
	return NULL;
}

/* A path is taken from the folder of the file. */
int
config_read_path(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	const char	*text = config_read_text_value(r, key->name, value);
	const char	*slash = strrchr(r->config->path, '/');
	const char	*refusal;
	void		*at = (char *)target + key->at;

	if (text == NULL)
		return -1;
	if (*text == '\0')
		return 0;
	refusal = config_line_refusal(text);
	if (refusal != NULL)
		return config_wrong(r, key->name, "%s", refusal);
	if (*text != '/' && slash != NULL)
		text = arena_printf(&r->config->arena, "%.*s/%s",
		    (int)(slash - r->config->path), r->config->path, text);
	if (text == NULL)
		return config_no_memory(r);
	*(const char **)at = text;
	return 0;
}

int
config_read_base_path(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	const char	*text = config_read_text_value(r, key->name, value);
	size_t		 length;

	(void)target;
	if (text == NULL)
		return -1;
	length = strlen(text);
	while (length > 0 && text[length - 1] == '/')
		length--;
	text = arena_memdup(&r->config->arena, text, length);
	if (text == NULL)
		return config_no_memory(r);
	if (length > 0 && (text[0] != '/' || strstr(text, "//") != NULL ||
	    strstr(text, "/..") != NULL || strpbrk(text, "?#%") != NULL ||
	    config_line_refusal(text) != NULL))
		return config_wrong(r, key->name,
		    "must be a path such as \"/llm\"");
	r->config->base_path = text;
	return 0;
}

/*
 * Only the version behind the '/' counts; the name is always factory-cli, as
 * in the original. It ends up in two headers.
 */
int
config_read_user_agent(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	const char	*text = config_read_text_value(r, key->name, value);
	const char	*slash;
	size_t		 length;

	(void)target;
	if (text == NULL)
		return -1;
	if (*text == '\0')
		text = key->text;
	slash = strchr(text, '/');
	if (slash != NULL)
		text = slash + 1;
	length = strspn(text, "0123456789.");
	if (length == 0 || !isdigit((unsigned char)text[0]) || length > 32)
		return config_wrong(r, key->name,
		    "must end in a version, as \"factory-cli/0.85.0\"");
	r->config->user_agent_version =
	    arena_memdup(&r->config->arena, text, length);
	if (r->config->user_agent_version == NULL)
		return config_no_memory(r);
	return 0;
}

int
config_read_auth(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	return config_read_inner(r, key, SCOPE_AUTH, value, target);
}

/* As in the original, a word it doesn't know means off. */
int
config_read_reasoning(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	struct model_entry	*entry = target;
	const char		*word = json_object_get_string(value);

	if (effort_of(word, &entry->model.reasoning) == 0)
		return 0;
	entry->model.reasoning = EFFORT_OFF;
	if (*word != '\0')
		config_warning(r, key->name, "\"%.32s\" is no reasoning level, "
		    "taken as \"off\"; levels are auto, off, minimal, low, "
		    "medium, high, xhigh, max", word);
	return 0;
}

int
config_read_price(struct config_reader *r, const struct config_key *key,
    struct json_object *value, void *target)
{
	struct model_entry	*entry = target;

	return config_read_inner(r, key, SCOPE_PRICE, value,
	    &entry->model.price);
}

static const char *const modality_words[MODALITY_KINDS] = {
	[MODALITY_TEXT] = "text",
	[MODALITY_IMAGE] = "image",
	[MODALITY_AUDIO] = "audio",
	[MODALITY_VIDEO] = "video",
	[MODALITY_FILE] = "file",
};

const char *
modality_word(enum modality input)
{
	return modality_words[input];
}

bool
model_reads(const struct model *model, enum modality input)
{
	return model->inputs == 0 || (model->inputs & 1u << input) != 0;
}

int
config_read_inputs(struct config_reader *r, const struct config_key *key,
    struct json_object *list, void *target)
{
	struct model_entry	*entry = target;
	size_t			 count = json_object_array_length(list), i, j;

	for (i = 0; i < count; i++) {
		const char	*word = json_object_get_string(
				    json_object_array_get_idx(list, i));

		for (j = 0; word != NULL && j < MODALITY_KINDS; j++)
			if (strcmp(word, modality_words[j]) == 0)
				break;
		if (word == NULL || j == MODALITY_KINDS)
			return config_wrong_at(r, key->name, i,
			    "must be one of \"text\", \"image\", \"audio\", "
			    "\"video\", \"file\"");
		entry->model.inputs |= 1u << j;
	}
	return 0;
}

int
config_read_efforts(struct config_reader *r, const struct config_key *key,
    struct json_object *list, void *target)
{
	struct model_entry	*entry = target;
	size_t			 count = json_object_array_length(list), i;
	enum effort		 effort;

	if (count == 0)
		return config_wrong(r, key->name, "must not be empty");
	for (i = 0; i < count; i++) {
		struct json_object *word = json_object_array_get_idx(list, i);

		if (!json_object_is_type(word, json_type_string) ||
		    effort_of(json_object_get_string(word), &effort) != 0 ||
		    effort == EFFORT_AUTO)
			return config_wrong_at(r, key->name, i,
			    "must be one of \"none\", \"minimal\", \"low\", "
			    "\"medium\", \"high\", \"xhigh\", \"max\"");
		entry->model.efforts |= 1u << effort;
	}
	return 0;
}
