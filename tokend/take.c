#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "log.h"
#include "secret.h"
#include "tokend.h"

#define LOOK_MS	(30 * 1000)

/* What is wrong with a source is said when it changes, not at every look. */
static void
complain(struct tokend *tokend, const struct problem *problem)
{
	if (strncmp(tokend->source_problem, problem->message,
	    sizeof(tokend->source_problem) - 1) == 0)
		return;
	snprintf(tokend->source_problem, sizeof(tokend->source_problem),
	    "%.255s", problem->message);
	log_warning(NULL, "%s", problem->message);
}

static void
take_seeds(struct tokend *tokend)
{
	struct problem	problem;
	struct seeds	seeds;
	bool		changed;
	int		fresh;

	if (sources_read_seeds(&tokend->sources, &seeds, &problem) != 0) {
		complain(tokend, &problem);
		return;
	}
	fresh = logins_take_seeds(&tokend->logins, &seeds, &changed);
	if (changed)
		tokend->unsaved = tokend->unpublished = true;
	if (fresh < 0)
		log_error(NULL, "no room for the tokens of DROID_REFRESH_KEY");
	if (fresh > 0) {
		log_info(NULL, "Using refresh token from DROID_REFRESH_KEY "
		    "(%d new)", fresh);
		tokend->unsaved = true;
	}
	seeds_release(&seeds);
}

/* Reads the pair of a file's source; as sources_read_file(). */
static int
pair_take(struct tokend *tokend, enum source source, struct pair *pair,
    struct problem *problem)
{
	if (source == SOURCE_FILE)
		return sources_read_file(&tokend->sources, pair, problem);
	return sources_read_sealed(&tokend->sources, pair, problem);
}

/*
 * The login of a file, with *fresh set when it is new; NULL when there is none
 * to be had now (and the one stored, if any, rests).
 */
static struct login *
take_file(struct tokend *tokend, enum source source, bool *fresh)
{
	struct problem	 problem;
	struct pair	 pair;
	struct login	*login = NULL;
	int		 result = pair_take(tokend, source, &pair, &problem);

	*fresh = false;
	if (result < 0)
		complain(tokend, &problem);
	if (result != 0)
		return NULL;
	login = logins_take_pair(&tokend->logins, source, pair.refresh_token,
	    pair.access_token, fresh);
	if (login != NULL && *fresh) {
		/* One whose end is unknown is replaced at once. */
		if (login->access_token != NULL && login->expires_at > 0)
			schedule_load(&login->schedule, moment_now(),
			    login->granted_at, login->expires_at);
		tokend->unsaved = tokend->unpublished = true;
		log_info(NULL, "Using refresh token from %s",
		    source_name(source));
	}
	if (login != NULL)
		login->write_back = source == SOURCE_FILE &&
		    strcmp(login->refresh_token, pair.refresh_token) != 0;
	pair_release(&pair);
	return login;
}

bool
tokend_take_changed(struct tokend *tokend, struct login *login)
{
	enum source	source = login->source;
	bool		fresh;

	if (source != SOURCE_FILE && source != SOURCE_SEALED)
		return false;
	take_file(tokend, source, &fresh);
	return fresh;
}

/* Whether a login that needs no file can do the work. */
static bool
any_own(const struct tokend *tokend)
{
	size_t	i;

	for (i = 0; i < tokend->logins.count; i++)
		if (login_usable(&tokend->logins.at[i]) &&
		    (tokend->logins.at[i].source == SOURCE_SEED ||
		    tokend->logins.at[i].source == SOURCE_DEVICE))
			return true;
	return false;
}

static void
set_active(struct tokend *tokend, struct login *login, bool active)
{
	if (login == NULL || login->active == active)
		return;
	login->active = active;
	tokend->unsaved = tokend->unpublished = true;
}

/* Factory's own files are for when nothing else is configured. */
static void
take_files(struct tokend *tokend)
{
	static const enum source	files[] = { SOURCE_FILE, SOURCE_SEALED };
	bool				wanted = !any_own(tokend), fresh;
	struct login			*login;
	size_t				i;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		login = wanted ? take_file(tokend, files[i], &fresh) : NULL;
		if (login == NULL)
			set_active(tokend, logins_find(&tokend->logins,
			    files[i]), false);
		else
			set_active(tokend, login, true);
		if (login != NULL && login_usable(login))
			wanted = false;
	}
	tokend->watching = !any_own(tokend) ||
	    getenv("DROID_REFRESH_KEY_FILE") != NULL;
}

static void
take_grant(struct tokend *tokend, struct grant *grant, struct moment now)
{
	struct login	*login;

	/* Taken before; only its removal did not come to pass. */
	if (logins_know(&tokend->logins, SOURCE_DEVICE, grant->refresh_token)) {
		unlink(tokend->device_file);
		return;
	}
	login = logins_take_user(&tokend->logins, grant);
	if (login == NULL || login_take_grant(&tokend->logins, login, grant,
	    now.wall_s) != 0)
		return;
	logins_rest_dead(&tokend->logins, grant->user_id);
	schedule_grant(&login->schedule, now, grant->lifetime_s,
	    grant->expires_at, false);
	log_info(NULL, "Using the login of tokend --login");
	tokend->unsaved = tokend->unpublished = true;
	tokend->device_taken = true;
}

void
tokend_take_device(struct tokend *tokend, struct moment now)
{
	struct problem	problem;
	struct buf	text;
	struct grant	grant;

	buf_init(&text, GRANT_MAX, NULL);
	if (file_read(tokend->device_file, &text, &problem) == 0 &&
	    grant_read(&grant, text.at, text.length, now.wall_s,
	    &problem) == 0) {
		if (grant.refresh_token != NULL)
			take_grant(tokend, &grant, now);
		grant_release(&grant);
	}
	secret_release(&text);
}

static void
announce(struct tokend *tokend)
{
	if (tokend->announced)
		return;
	tokend->announced = true;
	if (logins_any_usable(&tokend->logins))
		return;
	log_info(NULL, "No login is configured: waiting for "
	    "DROID_REFRESH_KEY, ~/.factory/auth.json or tokend --login");
}

void
tokend_take_sources(struct tokend *tokend, struct moment now)
{
	tokend->sources_due_boot_ms = now.boot_ms + LOOK_MS;
	take_seeds(tokend);
	tokend_take_device(tokend, now);
	take_files(tokend);
	announce(tokend);
}
