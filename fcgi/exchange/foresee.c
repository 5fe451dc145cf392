#include "build.h"

#include <string.h>

#include "foresee.h"
#include "plain.h"

#define NAME_MAX_BYTES	256

/* Moves on behind white space and `word`, if that is what follows. */
static bool
pass(struct text *text, struct text word)
{
	while (text->length > 0 && (text->at[0] == ' ' ||
	    text->at[0] == '\n' || text->at[0] == '\r' ||
	    text->at[0] == '\t')) {
		text->at++;
		text->length--;
	}
	if (text->length < word.length ||
	    memcmp(text->at, word.at, word.length) != 0)
		return false;
	text->at += word.length;
	text->length -= word.length;
	return true;
}

/* `model` where it comes first and is plain: its name; else false. */
static bool
first_model(struct text body, char name[NAME_MAX_BYTES])
{
	const unsigned char	*at, *end;
	size_t			 length;

	if (!pass(&body, (struct text){ "{", 1 }) ||
	    !pass(&body, (struct text){ "\"model\"", 7 }) ||
	    !pass(&body, (struct text){ ":", 1 }) ||
	    !pass(&body, (struct text){ "\"", 1 }))
		return false;
	at = (const unsigned char *)body.at;
	end = plain_end(at, at + (body.length < NAME_MAX_BYTES ?
	    body.length : NAME_MAX_BYTES));
	length = (size_t)(end - at);
	if (length == body.length || length == NAME_MAX_BYTES || *end != '"')
		return false;
	memcpy(name, at, length);
	name[length] = '\0';
	return true;
}

/* Whether no model speaks the dialect. */
static bool
is_foreign(const struct config *config, enum dialect_kind dialect)
{
	size_t	i;

	for (i = 0; i < config->models_count; i++)
		if (config->models[i].endpoint->dialect == dialect)
			return false;
	return true;
}

bool
foresee_conversion(const struct config *config, const struct route *route,
    struct text body)
{
	char			 buffer[NAME_MAX_BYTES];
	const char		*name = route->model;
	const struct model	*model;

	if (name == NULL && first_model(body, buffer))
		name = buffer;
	if (name == NULL)
		return is_foreign(config, route->dialect);
	model = config_find_model(config, config_redirect(config, name));
	return model != NULL && model->endpoint->dialect != route->dialect;
}
