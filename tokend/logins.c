#include "build.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "logins.h"
#include "secret.h"

static const struct {
	const char	*word;		/* in the store */
	const char	*name;
} sources[SOURCES] = {
	[SOURCE_SEED] =		{ "seed", "DROID_REFRESH_KEY" },
	[SOURCE_DEVICE] =	{ "device", "tokend --login" },
	[SOURCE_FILE] =		{ "file", "~/.factory/auth.json" },
	[SOURCE_SEALED] =	{ "sealed", "~/.factory/auth.v2.file" },
};

const char *
source_name(enum source source)
{
	return sources[source].name;
}

const char *
source_word(enum source source)
{
	return sources[source].word;
}

int
source_of(const char *word, enum source *source)
{
	int	i;

	for (i = 0; i < SOURCES; i++)
		if (strcmp(word, sources[i].word) == 0) {
			*source = (enum source)i;
			return 0;
		}
	return -1;
}

void
origin_of(char out[ORIGIN_SIZE], const char *refresh_token)
{
	unsigned char	digest[SHA256_DIGEST_LENGTH];
	size_t		i;

	SHA256((const unsigned char *)refresh_token, strlen(refresh_token),
	    digest);
	for (i = 0; i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void
login_release(struct login *login)
{
	free(login->id);
	secret_free(login->refresh_token);
	secret_free(login->access_token);
	free(login->user);
	free(login->organization_id);
	free(login->dead);
	memset(login, 0, sizeof(*login));
}

void
logins_release(struct logins *logins)
{
	while (logins->count > 0)
		login_release(&logins->at[--logins->count]);
}

void
seeds_release(struct seeds *seeds)
{
	while (seeds->count > 0)
		secret_free(seeds->at[--seeds->count]);
}

void
logins_remove(struct logins *logins, struct login *login)
{
	login_release(login);
	logins->count--;
	memmove(login, login + 1, sizeof(*login) *
	    (size_t)(&logins->at[logins->count] - login));
	memset(&logins->at[logins->count], 0, sizeof(*login));
}

/* Drops the inactive login that was granted longest ago. */
static int
make_room(struct logins *logins)
{
	struct login	*oldest = NULL;
	size_t		 i;

	for (i = 0; i < logins->count; i++)
		if (!logins->at[i].active && (oldest == NULL ||
		    logins->at[i].granted_at < oldest->granted_at))
			oldest = &logins->at[i];
	if (oldest == NULL)
		return -1;
	logins_remove(logins, oldest);
	return 0;
}

struct login *
logins_add(struct logins *logins, enum source source,
    const char *refresh_token, const char *access_token)
{
	struct login	*login;

	if (logins->count == TOKEN_ACCOUNTS_MAX && make_room(logins) != 0)
		return NULL;
	login = &logins->at[logins->count];
	memset(login, 0, sizeof(*login));
	if (secret_set(&login->refresh_token, refresh_token) != 0 ||
	    secret_set(&login->access_token, access_token) != 0) {
		login_release(login);
		return NULL;
	}
	login->source = source;
	login->active = true;
	origin_of(login->origin, refresh_token);
	logins->count++;
	return login;
}

struct login *
logins_find(struct logins *logins, enum source source)
{
	size_t	i;

	for (i = 0; i < logins->count; i++)
		if (logins->at[i].source == source)
			return &logins->at[i];
	return NULL;
}

/* The login that began with this token of its source, or is at it now. */
static struct login *
find_chain(struct logins *logins, enum source source, const char *token)
{
	char	origin[ORIGIN_SIZE];
	size_t	i;

	origin_of(origin, token);
	for (i = 0; i < logins->count; i++)
		if (logins->at[i].source == source &&
		    (strcmp(logins->at[i].origin, origin) == 0 ||
		    strcmp(logins->at[i].refresh_token, token) == 0))
			return &logins->at[i];
	return NULL;
}

bool
logins_know(struct logins *logins, enum source source,
    const char *refresh_token)
{
	return find_chain(logins, source, refresh_token) != NULL;
}

/* Logins that no seed begins any more rest. */
static void
rest_unnamed(struct logins *logins, const struct seeds *seeds, bool *changed)
{
	size_t	i, j;

	for (i = 0; i < logins->count; i++) {
		if (logins->at[i].source != SOURCE_SEED || !logins->at[i].active)
			continue;
		for (j = 0; j < seeds->count; j++)
			if (find_chain(logins, SOURCE_SEED, seeds->at[j]) ==
			    &logins->at[i])
				break;
		if (j == seeds->count) {
			logins->at[i].active = false;
			*changed = true;
		}
	}
}

int
logins_take_seeds(struct logins *logins, const struct seeds *seeds,
    bool *changed)
{
	struct login	*login;
	size_t		 i;
	int		 fresh = 0;

	*changed = false;
	if (seeds->count == 0)
		return 0;
	rest_unnamed(logins, seeds, changed);
	for (i = 0; i < seeds->count; i++) {
		login = find_chain(logins, SOURCE_SEED, seeds->at[i]);
		if (login != NULL) {
			*changed = *changed || !login->active;
			login->active = true;
			origin_of(login->origin, seeds->at[i]);
			continue;
		}
		if (logins_add(logins, SOURCE_SEED, seeds->at[i], NULL) == NULL)
			return -1;
		fresh++;
	}
	return fresh;
}

static bool
id_taken(const struct logins *logins, const struct login *login, const char *id)
{
	size_t	i;

	for (i = 0; i < logins->count; i++)
		if (&logins->at[i] != login && logins->at[i].id != NULL &&
		    strcmp(logins->at[i].id, id) == 0)
			return true;
	return false;
}

/* The user's id; two logins of one user, or none told: with the chain's. */
static int
id_decide(const struct logins *logins, struct login *login, const char *user_id)
{
	char	id[160];

	if (login->id != NULL)
		return 0;
	snprintf(id, sizeof(id), "%.100s", user_id != NULL ? user_id : "");
	if (user_id == NULL || id_taken(logins, login, id))
		snprintf(id, sizeof(id), "%.100s-%.12s",
		    user_id != NULL ? user_id : "account", login->origin);
	login->id = strdup(id);
	return login->id == NULL ? -1 : 0;
}

struct login *
logins_take_pair(struct logins *logins, enum source source,
    const char *refresh_token, const char *access_token, bool *fresh)
{
	struct login	*login = find_chain(logins, source, refresh_token);
	struct grant	 grant = { .access_token = NULL };

	*fresh = login == NULL;
	if (login != NULL) {
		origin_of(login->origin, refresh_token);
		return login;
	}
	login = logins_find(logins, source);
	if (login != NULL) {
		/* Somebody logged in anew: nothing of the old one counts. */
		logins_remove(logins, login);
	}
	login = logins_add(logins, source, refresh_token, access_token);
	if (login != NULL && access_token != NULL) {
		grant_read_jwt(&grant, access_token);
		login->expires_at = grant.expires_at;
		if (grant.lifetime_s > 0)
			login->granted_at = grant.expires_at -
			    grant.lifetime_s;
		secret_move(&login->user, &grant.email);
		secret_move(&login->organization_id,
		    &grant.factory_organization_id);
		if (id_decide(logins, login, grant.user_id) != 0)
			login = NULL;
		grant_release(&grant);
	}
	return login;
}

struct login *
logins_take_user(struct logins *logins, const struct grant *grant)
{
	struct login	*login;
	size_t		 i;

	for (i = 0; i < logins->count; i++) {
		login = &logins->at[i];
		if (login->source == SOURCE_DEVICE && login->id != NULL &&
		    grant->user_id != NULL &&
		    strcmp(login->id, grant->user_id) == 0) {
			login->active = true;
			origin_of(login->origin, grant->refresh_token);
			return login;
		}
	}
	return logins_add(logins, SOURCE_DEVICE, grant->refresh_token, NULL);
}

bool
login_usable(const struct login *login)
{
	return login->active && login->dead == NULL;
}

int
login_take_grant(struct logins *logins, struct login *login,
    struct grant *grant, int64_t now)
{
	if (id_decide(logins, login, grant->user_id) != 0)
		return -1;
	secret_move(&login->access_token, &grant->access_token);
	secret_move(&login->refresh_token, &grant->refresh_token);
	secret_move(&login->user, &grant->email);
	secret_move(&login->organization_id,
	    &grant->factory_organization_id);
	login->expires_at = grant->expires_at;
	login->granted_at = now;
	login->in_flight_at = 0;
	free(login->dead);
	login->dead = NULL;
	return 0;
}

/* Why the first of them is over; where none is, it is not known yet. */
static char *
why_lost(const struct logins *logins)
{
	size_t	i;

	for (i = 0; i < logins->count; i++)
		if (logins->at[i].active && logins->at[i].dead != NULL)
			return strdup(logins->at[i].dead);
	return NULL;
}

struct tokens *
logins_publish(const struct logins *logins)
{
	struct tokens		*tokens = tokens_new();
	const struct login	*login;
	size_t			 i;

	for (i = 0; tokens != NULL && i < logins->count; i++) {
		login = &logins->at[i];
		if (login_usable(login) && login->access_token == NULL)
			tokens->pending = true;
		if (login->active && login->access_token != NULL &&
		    tokens_add(tokens, login->id, login->access_token,
		    login->expires_at, login->organization_id) != 0) {
			tokens_release(tokens);
			tokens = NULL;
		}
	}
	if (tokens != NULL && tokens->count == 0 && !tokens->pending)
		tokens->lost = why_lost(logins);
	return tokens;
}
