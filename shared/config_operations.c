#include "build.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "config_reader.h"

#define KIND(name)	(1u << OPERATION_##name)

/* The words of models[].operations, and what an endpoint is asked for by each. */
static const struct {
	const char	*word;
	unsigned	 kinds;
} operations[] = {
	{ "conversations", KIND(CONVERSATIONS) | KIND(COUNT_TOKENS) },
	{ "embeddings", KIND(EMBEDDINGS) },
	{ "completions", KIND(COMPLETIONS) },
	{ "images", KIND(IMAGES) | KIND(IMAGE_EDITS) },
	{ "speech", KIND(SPEECH) },
	{ "transcriptions", KIND(TRANSCRIPTIONS) | KIND(TRANSLATIONS) },
	{ "moderations", KIND(MODERATIONS) },
	{ "rerank", KIND(RERANK) },
	{ "compact", KIND(COMPACT) },
	{ "predict", KIND(PREDICT) },
};

#define OPERATIONS	(sizeof(operations) / sizeof(operations[0]))

int
config_read_operations(struct config_reader *r, const struct config_key *key,
    struct json_object *list, void *target)
{
	struct model_entry	*entry = target;
	size_t			 count = json_object_array_length(list), i, j;

	if (count == 0)
		return config_wrong(r, key->name, "must not be empty");
	for (i = 0; i < count; i++) {
		const char	*word = json_object_get_string(
				    json_object_array_get_idx(list, i));

		for (j = 0; j < OPERATIONS; j++)
			if (word != NULL &&
			    strcmp(word, operations[j].word) == 0)
				break;
		if (j == OPERATIONS)
			return config_wrong_at(r, key->name, i, "must be "
			    "\"conversations\", \"embeddings\", "
			    "\"completions\", \"images\", \"speech\", "
			    "\"transcriptions\", \"moderations\", \"rerank\", "
			    "\"compact\" or \"predict\"");
		entry->model.operations |= operations[j].kinds;
	}
	return 0;
}

/* To compact a conversation is a part of it. */
void
config_settle_operations(struct model *model)
{
	model->operations_said = model->operations != 0;
	if (model->operations_said)
		return;
	model->operations = KIND(CONVERSATIONS) | KIND(COUNT_TOKENS) |
	    KIND(COMPACT);
}

bool
model_serves(const struct model *model, enum operation_kind kind)
{
	return (model->operations & 1u << kind) != 0;
}

bool
model_next_operation(const struct model *model, size_t *at,
    struct model_operation *operation)
{
	for (; *at < OPERATIONS; (*at)++) {
		if ((model->operations & operations[*at].kinds) == 0)
			continue;
		operation->word = operations[*at].word;
		operation->kind = OPERATION_CONVERSATIONS;
		while ((operations[*at].kinds & 1u << operation->kind) == 0)
			operation->kind++;
		(*at)++;
		return true;
	}
	return false;
}
