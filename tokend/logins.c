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

bool
logins_any_usable(const struct logins *logins)
{
	size_t	i;

	for (i = 0; i < logins->count; i++)
		if (login_usable(&logins->at[i]))
			return true;
	return false;
}

/* No seed is no word about a login, unless it is over and another lives. */
static bool
rests_without_seeds(const struct logins *logins, const struct login *login)
{
	return login->dead != NULL && login->access_token == NULL &&
	    logins_any_usable(logins);
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
		if (j == seeds->count && (seeds->count > 0 ||
		    rests_without_seeds(logins, &logins->at[i]))) {
			logins->at[i].active = false;
			*changed = true;
		}
	}
}

/* A dead one is not woken by its seed while a login of `--login` lives. */
static bool
is_replaced(const struct logins *logins, const struct login *login)
{
	size_t	i;

	for (i = 0; i < logins->count && login->dead != NULL; i++)
		if (logins->at[i].source == SOURCE_DEVICE &&
		    login_usable(&logins->at[i]))
			return true;
	return false;
}

int
logins_take_seeds(struct logins *logins, const struct seeds *seeds,
    bool *changed)
{
	struct login	*login;
	size_t		 i;
	int		 fresh = 0;

	*changed = false;
	rest_unnamed(logins, seeds, changed);
	for (i = 0; i < seeds->count; i++) {
		login = find_chain(logins, SOURCE_SEED, seeds->at[i]);
		if (login != NULL) {
			if (!login->active && !is_replaced(logins, login))
				*changed = login->active = true;
			origin_of(login->origin, seeds->at[i]);
			continue;
		}
		if (logins_add(logins, SOURCE_SEED, seeds->at[i], NULL) == NULL)
			return -1;
		fresh++;
	}
	return fresh;
}

/* ---- ids ---- */

#define USER_ID_MAX	100
#define CHAIN_ID	12	/* digits of the origin */

/* The user's id, with the chain's if there is one. 0 or -1. */
static int
id_set(struct login *login, const char *user_id, const char *origin)
{
	char	text[USER_ID_MAX + CHAIN_ID + 2], *id;

	snprintf(text, sizeof(text), "%.*s%s%.*s", USER_ID_MAX, user_id,
	    origin != NULL ? "-" : "", CHAIN_ID, origin != NULL ? origin : "");
	id = strdup(text);
	if (id == NULL)
		return -1;
	free(login->id);
	login->id = id;
	return 0;
}

/* Whether it is of that user: 1 by the user's id, 2 by that and the chain's. */
static int
id_is_of(const struct login *login, const char *user_id)
{
	size_t		 length = user_id == NULL ? 0 :
			    strnlen(user_id, USER_ID_MAX);
	const char	*rest;

	if (length == 0 || login->id == NULL ||
	    strncmp(login->id, user_id, length) != 0)
		return 0;
	rest = login->id + length;
	return *rest == '\0' ? 1 : *rest == '-' &&
	    strlen(rest) == CHAIN_ID + 1 ? 2 : 0;
}

/*
 * The user's id; two logins of one user, or none told: with the chain's. One
 * that rests or is dead leaves the user's to the one in use.
 */
static int
id_decide(struct logins *logins, struct login *login, const char *user_id)
{
	const char	*origin = user_id == NULL ? login->origin : NULL;
	struct login	*other;
	size_t		 i;

	if (login->id != NULL)
		return 0;
	for (i = 0; i < logins->count; i++) {
		other = &logins->at[i];
		if (id_is_of(other, user_id) != 1)
			continue;
		if (login_usable(other))
			origin = login->origin;
		else if (id_set(other, user_id, other->origin) != 0)
			return -1;
	}
	return id_set(login, user_id != NULL ? user_id : "account", origin);
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
		if (login->source == SOURCE_DEVICE &&
		    id_is_of(login, grant->user_id) != 0) {
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
	login->last_error[0] = '\0';
	return 0;
}

void
logins_rest_dead(struct logins *logins, const char *user_id)
{
	struct login	*login;
	size_t		 i;

	for (i = 0; i < logins->count; i++) {
		login = &logins->at[i];
		if (login->dead != NULL &&
		    (login->id == NULL || id_is_of(login, user_id) != 0))
			login->active = false;
	}
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
