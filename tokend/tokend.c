#include "build.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"
#include "guard.h"
#include "log.h"
#include "secret.h"
#include "store.h"
#include "token.h"
#include "tokend.h"
#include "user.h"

static void
paths_set(struct tokend *tokend)
{
	const struct state	*state = &tokend->state;

	snprintf(tokend->store_file, sizeof(tokend->store_file),
	    "%s/store.json", state->login);
	snprintf(tokend->lock_file, sizeof(tokend->lock_file),
	    "%s/tokend.lock", state->login);
	snprintf(tokend->device_file, sizeof(tokend->device_file),
	    "%s/device.json", state->login);
	snprintf(tokend->status_file, sizeof(tokend->status_file),
	    "%s/status.json", state->token);
}

/* What an earlier process published; its generation goes on. */
static struct tokens *
published_read(const char *path)
{
	struct problem	 problem;
	struct tokens	*tokens = NULL;
	struct buf	 text;

	buf_init(&text, TOKEN_FILE_MAX, NULL);
	if (file_read(path, &text, &problem) == 0)
		tokens = token_parse(text.at, text.length, &problem);
	secret_release(&text);
	return tokens;
}

/* What is known of each login's token, after the store was read. */
static void
schedules_load(struct tokend *tokend, struct moment now)
{
	struct login	*login;
	size_t		 i;

	for (i = 0; i < tokend->logins.count; i++) {
		login = &tokend->logins.at[i];
		if (login->access_token != NULL)
			schedule_load(&login->schedule, now,
			    login->granted_at, login->expires_at);
		if (login->shared)
			schedule_yield(&login->schedule);
		if (login->in_flight_at != 0)
			schedule_resume(&login->schedule, now);
		if (login->dead != NULL && tokend->once)
			login->schedule.dead = true;
	}
}

int
tokend_init(struct tokend *tokend, const char *config_path, int *holder,
    struct problem *problem)
{
	*holder = 0;
	tokend->lock_fd = tokend->ask_fd = tokend->stop_fd = -1;
	tokend->hangup_fd = tokend->timer_fd = tokend->clock_fd = -1;
	tokend->config_source = config_source_new(config_find(config_path),
	    problem);
	if (tokend->config_source == NULL)
		return -1;
	tokend->config = config_current(tokend->config_source);
	log_open(tokend->config->log_file, tokend->config->dev_mode,
	    tokend->config->log_format == LOG_FORMAT_JSON);
	if (state_find(&tokend->state, tokend->config, problem) != 0 ||
	    state_prepare_tokend(&tokend->state, problem) != 0)
		return -1;
	paths_set(tokend);
	tokend->lock_fd = store_lock(tokend->lock_file, holder, problem);
	if (tokend->lock_fd < 0 ||
	    store_read(tokend->store_file, &tokend->logins, problem) != 0)
		return -1;
	tokend->scoreboard = scoreboard_open(NULL, problem);
	tokend->published = published_read(tokend->state.token_file);
	useragent_init(&tokend->useragent, tokend->state.user_agent_file);
	allowed_init(&tokend->allowed, tokend->state.limits_file);
	tokend->unpublished = true;
	schedules_load(tokend, moment_now());
	return 0;
}

int
tokend_become_keeper(const char *config_path, struct problem *problem)
{
	struct config	*config = config_read(config_find(config_path), NULL,
			    NULL, problem);
	struct state	 state;
	int		 result = state_find(&state, config, problem);

	config_release(config);
	if (result == 0)
		result = user_become_owner(state.login, problem);
	return result != 0 && problem->kind == PROBLEM_MISSING ? 0 : result;
}

void
tokend_guard(const struct tokend *tokend)
{
	char		place[PATH_MAX];
	struct guard	guard;
	struct problem	problem;

	if (config_key_commands(tokend->config) > 0) {
		log_info(NULL, "guard: none, since an api_key_command may "
		    "need anything");
		return;
	}
	guard_begin(&guard, tokend->config);
	guard_allow(&guard, tokend->state.login, GUARD_WRITE);
	guard_allow(&guard, tokend->state.token, GUARD_WRITE);
	guard_allow_beside(&guard, tokend->sources.file, GUARD_WRITE);
	if (realpath(tokend->sources.file, place) != NULL)
		guard_allow_beside(&guard, place, GUARD_WRITE);
	if (guard_shut(&guard, &problem) != 0)
		log_warning(NULL, "%s", problem.message);
	log_info(NULL, "%s", guard.says);
}

void
tokend_auth(char out[ORIGIN_SIZE], const struct config *config)
{
	char	text[4096];

	snprintf(text, sizeof(text), "%s %s %s", config->client_id,
	    config->organization_id != NULL ? config->organization_id : "",
	    config->token_url);
	origin_of(out, text);
}

static void
follow_auth(struct tokend *tokend)
{
	struct logins	*logins = &tokend->logins;
	char		 auth[ORIGIN_SIZE];
	size_t		 i;

	tokend_auth(auth, tokend->config);
	if (*logins->auth == '\0' || strcmp(logins->auth, auth) == 0)
		return;
	for (i = 0; i < logins->count; i++)
		if (logins->at[i].schedule.dead)
			schedule_wake(&logins->at[i].schedule);
}

void
tokend_follow_config(struct tokend *tokend)
{
	config_release(tokend->config);
	tokend->config = config_current(tokend->config_source);
	follow_auth(tokend);
	if (keys_follow(&tokend->keys, tokend->config, tokend->published,
	    moment_now()))
		tokend->unpublished = true;
}

void
tokend_release(struct tokend *tokend)
{
	const int	fds[] = { tokend->ask_fd, tokend->stop_fd,
			    tokend->hangup_fd, tokend->timer_fd,
			    tokend->clock_fd, tokend->lock_fd };
	size_t		i;

	if (tokend->ask_fd >= 0)
		unlink(tokend->state.token_socket);
	keys_release(&tokend->keys);
	logins_release(&tokend->logins);
	tokens_release(tokend->published);
	sources_release(&tokend->sources);
	scoreboard_close(tokend->scoreboard);
	config_release(tokend->config);
	config_source_free(tokend->config_source);
	for (i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}
