#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "secret.h"

#define SECRET_MAX	(64 * 1024)

void
secret_free(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

int
secret_set(char **at, const char *value)
{
	char	*copy = NULL;

	if (value != NULL) {
		copy = strdup(value);
		if (copy == NULL)
			return -1;
	}
	secret_free(*at);
	*at = copy;
	return 0;
}

void
secret_move(char **to, char **from)
{
	if (*from == NULL)
		return;
	secret_free(*to);
	*to = *from;
	*from = NULL;
}

void
secret_release(struct buf *buf)
{
	if (buf->capacity > 0)
		explicit_bzero(buf->at, buf->capacity);
	buf_release(buf);
}

char *
secret_read(struct json_value object, const char *key)
{
	struct json_value	value = json_get(object, key);
	struct buf		buf;
	char			*copy = NULL;
	bool			lone = false;

	if (!json_is(value, JSON_STRING))
		return NULL;
	buf_init(&buf, SECRET_MAX, NULL);
	/* Room for all at once: growing would leave copies behind. */
	if (buf_room(&buf, json_escaped(value).length + 1) != NULL &&
	    text_decode_into(&buf, json_escaped(value), &lone) == 0 &&
	    buf.length > 0 && strlen(buf.at) == buf.length)
		copy = strdup(buf.at);
	secret_release(&buf);
	return copy;
}

int
secret_is_token(const char *token)
{
	const char	*at = token;

	while (*at > ' ' && *at < 127)
		at++;
	return at > token && *at == '\0';
}

char *
secret_read_token(struct json_value object, const char *key)
{
	char	*token = secret_read(object, key);

	if (token != NULL && !secret_is_token(token)) {
		secret_free(token);
		token = NULL;
	}
	return token;
}
