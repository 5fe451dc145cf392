#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "log.h"
#include "printed.h"
#include "secret.h"

#define RUNNING_MAX	4		/* at a time */
#define ASKER_WAITS_MS	5000		/* for a next try that is near */

static bool
is_running(const struct key *key)
{
	return key->command.fd >= 0;
}

static void
key_release(struct key *key)
{
	command_stop(&key->command);
	free(key->endpoint);
	free(key->program);
	secret_free(key->secret);
}

void
keys_release(struct keys *keys)
{
	while (keys->count > 0)
		key_release(&keys->at[--keys->count]);
}

/* ---- which there are ---- */

static uint64_t
hash_words(const struct strings *words)
{
	uint64_t	pair[2] = { 0, 0 };
	size_t		i;

	for (i = 0; i < words->count; i++) {
		pair[1] = token_hash(words->at[i], strlen(words->at[i]));
		pair[0] = token_hash((const char *)pair, sizeof(pair));
	}
	return pair[0];
}

static const struct endpoint *
find_endpoint(const struct config *config, const char *name)
{
	size_t	i;

	for (i = 0; i < config->endpoints_count; i++)
		if (strcmp(config->endpoints[i].name, name) == 0 &&
		    config->endpoints[i].key_command.count > 0)
			return &config->endpoints[i];
	return NULL;
}

static struct key *
find_key(struct keys *keys, const char *endpoint)
{
	size_t	i;

	for (i = 0; i < keys->count; i++)
		if (strcmp(keys->at[i].endpoint, endpoint) == 0)
			return &keys->at[i];
	return NULL;
}

/* Those whose endpoint, or command, is another now. */
static bool
drop_old(struct keys *keys, const struct config *config)
{
	const struct endpoint	*endpoint;
	size_t			 i = 0, before = keys->count;

	while (i < keys->count) {
		endpoint = find_endpoint(config, keys->at[i].endpoint);
		if (endpoint != NULL && hash_words(&endpoint->key_command) ==
		    keys->at[i].words_hash) {
			keys->at[i++].schedule.interval_s =
			    endpoint->key_refresh_s;
			continue;
		}
		key_release(&keys->at[i]);
		keys->at[i] = keys->at[--keys->count];
	}
	return keys->count != before;
}

static bool
add(struct keys *keys, const struct endpoint *endpoint,
    const struct tokens *published, struct moment now)
{
	struct key		*key = &keys->at[keys->count];
	const struct account	*old = tokens_key(published, endpoint->name);

	memset(key, 0, sizeof(*key));
	key->command.fd = -1;
	key->endpoint = strdup(endpoint->name);
	key->program = strdup(endpoint->key_command.at[0]);
	key->words_hash = hash_words(&endpoint->key_command);
	key->schedule.interval_s = endpoint->key_refresh_s;
	if (old != NULL && (old->expires_at == 0 ||
	    old->expires_at > now.wall_s)) {
		secret_set(&key->secret, old->access_token);
		key->expires_at = key->schedule.expires_at = old->expires_at;
		key->schedule.known = true;
		key->schedule.granted_boot_ms = now.boot_ms;
	}
	key->schedule.wanted = true;
	if (key->endpoint == NULL || key->program == NULL) {
		key_release(key);
		return false;
	}
	keys->count++;
	return true;
}

bool
keys_follow(struct keys *keys, const struct config *config,
    const struct tokens *published, struct moment now)
{
	bool	changed = drop_old(keys, config);
	size_t	i;

	for (i = 0; i < config->endpoints_count; i++) {
		const struct endpoint	*endpoint = &config->endpoints[i];

		if (endpoint->key_command.count > 0 &&
		    keys->count < TOKEN_KEYS_MAX &&
		    find_key(keys, endpoint->name) == NULL)
			changed |= add(keys, endpoint, published, now);
	}
	return changed;
}

/* ---- running ---- */

static void
failed(struct key *key, const struct problem *why)
{
	struct moment	now = moment_now();

	key->asked = false;
	schedule_fail(&key->schedule, now, false, 0, schedule_random());
	snprintf(key->last_error, sizeof(key->last_error), "%.60s %.90s",
	    key->program, why->message);
	log_warning(NULL, "endpoint %s: no new key: %s; next try in %lld s%s",
	    key->endpoint, key->last_error,
	    (long long)(schedule_due_ms(&key->schedule, now) + 999) / 1000,
	    key->secret != NULL && schedule_good(&key->schedule, now) ?
	    ", the old one is still good" : "");
}

static void
granted(struct key *key, struct printed *printed)
{
	struct moment	now = moment_now();

	if (key->secret == NULL || strcmp(key->secret, printed->key) != 0)
		log_info(NULL, "endpoint %s: %s printed a new key",
		    key->endpoint, key->program);
	secret_move(&key->secret, &printed->key);
	key->expires_at = printed->expires_at;
	key->granted_at = now.wall_s;
	schedule_grant(&key->schedule, now, printed->lifetime_s,
	    printed->expires_at, key->asked);
	key->asked = false;
	key->last_error[0] = '\0';
}

static void
take(struct key *key)
{
	struct printed	printed;
	struct problem	problem;
	struct buf	text;

	buf_init(&text, COMMAND_OUTPUT_MAX + 1, NULL);
	if (command_take(&key->command, &text, &problem) != 0 ||
	    printed_read(&printed, text.at, text.length,
	    moment_now().wall_s, &problem) != 0) {
		failed(key, &problem);
	} else {
		granted(key, &printed);
		printed_release(&printed);
	}
	secret_release(&text);
}

static void
start(struct key *key, const struct config *config)
{
	const struct endpoint	*endpoint = find_endpoint(config,
				    key->endpoint);
	struct problem		 problem;

	schedule_start(&key->schedule, moment_now());
	key->schedule.wanted = false;
	if (endpoint == NULL || command_start(&key->command,
	    &endpoint->key_command, &problem) != 0)
		failed(key, &problem);
}

/* The last key of a command that fails is used to its end. */
static bool
forget_expired(struct key *key, struct moment now)
{
	if (key->secret == NULL || schedule_good(&key->schedule, now))
		return false;
	log_warning(NULL, "endpoint %s: its key has expired", key->endpoint);
	secret_free(key->secret);
	key->secret = NULL;
	return true;
}

static size_t
count_running(const struct keys *keys)
{
	size_t	count = 0, i;

	for (i = 0; i < keys->count; i++)
		count += is_running(&keys->at[i]);
	return count;
}

bool
keys_step(struct keys *keys, const struct config *config, struct moment now)
{
	bool	changed = false;
	size_t	i;

	for (i = 0; i < keys->count; i++) {
		struct key	*key = &keys->at[i];
		struct pollfd	 end = { .fd = key->command.fd,
				    .events = POLLIN };

		if (is_running(key) && poll(&end, 1, 0) > 0) {
			take(key);
			changed = true;
		} else if (!is_running(key) && count_running(keys) <
		    RUNNING_MAX && schedule_due_ms(&key->schedule, now) == 0)
			start(key, config);
		changed |= forget_expired(key, now);
	}
	return changed;
}

/* ---- waiting ---- */

/* One that good for no longer is forgotten, whether or not another is due. */
static int64_t
expires_ms(const struct key *key, struct moment now)
{
	int64_t	left_s = key->schedule.expires_at - now.wall_s;

	if (key->secret == NULL || key->schedule.expires_at == 0)
		return SCHEDULE_NEVER;
	return left_s <= 0 ? 0 : left_s > INT32_MAX ? SCHEDULE_NEVER :
	    left_s * 1000;
}

int64_t
keys_due_ms(const struct keys *keys, struct moment now)
{
	bool	full = count_running(keys) >= RUNNING_MAX;
	int64_t	wait = SCHEDULE_NEVER, due;
	size_t	i;

	for (i = 0; i < keys->count; i++) {
		due = is_running(&keys->at[i]) || full ? SCHEDULE_NEVER :
		    schedule_due_ms(&keys->at[i].schedule, now);
		if (due < wait)
			wait = due;
		due = expires_ms(&keys->at[i], now);
		if (due < wait)
			wait = due;
	}
	return wait;
}

size_t
keys_poll(const struct keys *keys, struct pollfd *fds)
{
	size_t	count = 0, i;

	for (i = 0; i < keys->count; i++)
		if (is_running(&keys->at[i]))
			fds[count++] = (struct pollfd){
			    .fd = keys->at[i].command.fd, .events = POLLIN };
	return count;
}

void
keys_wake(struct keys *keys, bool all)
{
	size_t	i;

	for (i = 0; i < keys->count; i++)
		if (all || keys->at[i].last_error[0] != '\0')
			schedule_wake(&keys->at[i].schedule);
}

bool
keys_asked(struct keys *keys, uint64_t hash, bool *known, struct moment now)
{
	bool	wait = false;
	size_t	i;

	*known = false;
	for (i = 0; i < keys->count; i++) {
		struct key	*key = &keys->at[i];

		/* Several endpoints may have the same. */
		if (key->secret == NULL || token_hash(key->secret,
		    strlen(key->secret)) != hash)
			continue;
		*known = true;
		if (!is_running(key) && schedule_ask(&key->schedule, now)) {
			log_info(NULL, "endpoint %s: its key was refused",
			    key->endpoint);
			key->asked = true;
			key->schedule.wanted = true;
		}
		wait |= is_running(key) ||
		    schedule_due_ms(&key->schedule, now) < ASKER_WAITS_MS;
	}
	return wait;
}

int
keys_publish(const struct keys *keys, struct tokens *tokens)
{
	const struct key	*key;

	for (key = keys->at; key < keys->at + keys->count; key++) {
		if (key->secret == NULL && key->last_error[0] == '\0')
			tokens->keys_pending = true;
		if (key->secret != NULL && tokens_add_key(tokens,
		    key->endpoint, key->secret, key->expires_at) != 0)
			return -1;
	}
	return 0;
}
