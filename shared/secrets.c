#include "build.h"

#include <string.h>

#include "log.h"
#include "secrets.h"

#define SECRET_MIN	6	/* bytes: what is shorter is a word like others */

/* Header fields that configurations set and that are no secrets. */
static const char *const harmless[] = {
	"accept", "accept-language", "anthropic-beta", "anthropic-version",
	"content-type", "http-referer", "openai-beta", "origin", "referer",
	"user-agent", "x-api-provider", "x-app", "x-client-version",
	"x-factory-client", "x-title",
};

/* A look for whatever secret begins at one place, the longest wins. */
struct search {
	const char	*at;		/* NULL: only `first` is filled */
	size_t		 left;
	size_t		 found;		/* bytes of the text that are one */
	const char	*secret;
	size_t		 length;
	bool		 first[256];	/* bytes that one may begin with */
};

bool
secrets_named(const char *name)
{
	static const char *const parts[] = { "auth", "key", "cookie", "token",
	    "secret" };
	size_t	i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(name, parts[i]) != NULL)
			return true;
	return false;
}

static bool
is_harmless(const char *name)
{
	size_t	i;

	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (strcmp(name, harmless[i]) == 0)
			return true;
	return strncmp(name, "x-stainless-", 12) == 0;
}

/* How many bytes of the text are the secret, plain or escaped; 0: none. */
static size_t
match(const char *at, size_t left, const char *secret, size_t length)
{
	size_t	i, used = 0;

	for (i = 0; i < length; i++) {
		if (used + 1 < left && at[used] == '\\' &&
		    strchr("\\/\"", secret[i]) != NULL &&
		    at[used + 1] == secret[i])
			used++;
		if (used == left || at[used] != secret[i])
			return 0;
		used++;
	}
	return used;
}

static void
consider(struct search *s, const char *secret, size_t length)
{
	size_t	found;

	if (length < SECRET_MIN)
		return;
	if (s->at == NULL) {
		s->first[(unsigned char)*secret] = true;
		return;
	}
	found = match(s->at, s->left, secret, length);
	if (found <= s->found)
		return;
	s->found = found;
	s->secret = secret;
	s->length = length;
}

/* "Bearer abc": the part behind the word, too. */
static void
consider_headers(struct search *s, const struct header *headers, size_t count)
{
	const char	*value, *space;
	size_t		 i;

	for (i = 0; i < count; i++) {
		value = headers[i].value;
		if (value == NULL || is_harmless(headers[i].name))
			continue;
		consider(s, value, strlen(value));
		space = strrchr(value, ' ');
		if (space != NULL)
			consider(s, space + 1, strlen(space + 1));
	}
}

static void
consider_keys(struct search *s, const struct secret *keys, size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		consider(s, keys[i].at, keys[i].length);
}

static void
consider_all(struct search *s, const struct secrets *secrets)
{
	const struct config	*config = secrets->config;
	const struct tokens	*tokens = secrets->tokens;
	const struct endpoint	*endpoint;
	size_t			 i;

	consider_keys(s, config->factory_keys, config->factory_keys_count);
	for (i = 0; i < config->endpoints_count; i++) {
		endpoint = &config->endpoints[i];
		consider_keys(s, endpoint->keys, endpoint->keys_count);
		consider_headers(s, endpoint->add, endpoint->add_count);
		consider_headers(s, endpoint->replace,
		    endpoint->replace_count);
	}
	for (i = 0; tokens != NULL && i < tokens->count; i++)
		consider(s, tokens->accounts[i].access_token,
		    strlen(tokens->accounts[i].access_token));
	for (i = 0; tokens != NULL && i < tokens->keys_count; i++)
		consider(s, tokens->keys[i].access_token,
		    strlen(tokens->keys[i].access_token));
	if (secrets->credential != NULL)
		consider(s, secrets->credential, strlen(secrets->credential));
}

/* Its length, and the first characters if those may stand in any JSON. */
static size_t
write_mask(char *to, const char *secret, size_t length)
{
	char	masked[LOG_MASKED];
	size_t	i, start = 0, used;

	log_mask(masked, secret, length);
	for (i = 0; i < 4 && masked[0] != '('; i++)
		if (strchr("\\\"/", masked[i]) != NULL ||
		    (signed char)masked[i] < ' ')
			start = strcspn(masked, "(");
	used = strlen(masked + start);
	memcpy(to, masked + start, used);
	return used;
}

size_t
secrets_mask(const struct secrets *secrets, char *text, size_t length)
{
	struct search	search = { .at = NULL };
	size_t		at, used = 0;

	consider_all(&search, secrets);
	search.first['\\'] = true;
	for (at = 0; at < length;) {
		search.found = 0;
		search.at = text + at;
		search.left = length - at;
		if (search.first[(unsigned char)text[at]])
			consider_all(&search, secrets);
		if (search.found == 0) {
			text[used++] = text[at++];
			continue;
		}
		used += write_mask(text + used, search.secret, search.length);
		at += search.found;
	}
	return used;
}

void
secrets_mask_problem(const struct secrets *secrets, struct problem *problem)
{
	size_t	length = strlen(problem->message);

	problem->message[secrets_mask(secrets, problem->message, length)] =
	    '\0';
}
