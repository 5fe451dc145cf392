#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "secret.h"
#include "store.h"
#include "token.h"
#include "tokend.h"

#define WRITE_RETRY_MS		1000
#define WRITE_RETRY_MAX_MS	10000
#define REFUSALS_MAX		2	/* "invalid_grant": once more, then dead */
#define ASKER_WAITS_MS		5000	/* for a next try that is near */
#define SECOND_S		2	/* a pair this old was another's first */

/* ---- writing ---- */

static void
write_failed(struct tokend *tokend, struct moment now,
    const struct problem *problem)
{
	int64_t	pause = (int64_t)WRITE_RETRY_MS << (tokend->write_failures < 4 ?
		    tokend->write_failures : 4);

	if (pause > WRITE_RETRY_MAX_MS)
		pause = WRITE_RETRY_MAX_MS;
	/* Once a minute at the longest pause. */
	if (tokend->write_failures++ % 6 == 0)
		log_error(NULL, "%s%s", problem->message, tokend->at_risk ?
		    "; new refresh tokens are in memory only, do not stop "
		    "tokend before this is repaired" : "");
	tokend->write_due_boot_ms = now.boot_ms + pause;
}

static void
write_worked(struct tokend *tokend)
{
	if (tokend->write_failures > 0)
		log_info(NULL, "the state directory can be written again");
	tokend->write_failures = 0;
	tokend->write_due_boot_ms = 0;
}

/* Factory's own program shall find the pair that is valid now. */
static void
write_back(struct tokend *tokend)
{
	struct login	*login = logins_find(&tokend->logins, SOURCE_FILE);
	struct problem	 problem;

	if (login == NULL || !login->write_back || !login->active)
		return;
	login->write_back = false;
	if (sources_write_file(&tokend->sources, login, &problem) != 0)
		log_warning(NULL, "%s: Factory's own program keeps a spent "
		    "token; ours is safe", problem.message);
}

int
tokend_save(struct tokend *tokend, struct moment now)
{
	struct problem	problem;

	if (!tokend->unsaved)
		return 0;
	if (store_write(tokend->store_file, &tokend->logins, &problem) != 0) {
		write_failed(tokend, now, &problem);
		return -1;
	}
	tokend->unsaved = tokend->at_risk = false;
	if (tokend->device_taken)
		unlink(tokend->device_file);
	tokend->device_taken = false;
	return 0;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_accounts(const struct account *a, const struct account *b, size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		if (strcmp(a[i].id, b[i].id) != 0 || a[i].hash != b[i].hash ||
		    a[i].expires_at != b[i].expires_at ||
		    !same_text(a[i].organization_id, b[i].organization_id))
			return false;
	return true;
}

/* Whether responders would see no difference; no file and no account is none. */
static bool
same_tokens(const struct tokens *a, const struct tokens *b)
{
	if (b == NULL)
		return a->count == 0 && !a->pending && a->keys_count == 0 &&
		    !a->keys_pending && a->lost == NULL;
	return a->count == b->count && a->pending == b->pending &&
	    a->keys_count == b->keys_count &&
	    a->keys_pending == b->keys_pending &&
	    same_text(a->lost, b->lost) &&
	    same_accounts(a->accounts, b->accounts, a->count) &&
	    same_accounts(a->keys, b->keys, a->keys_count);
}

/* The wall clock, so that a lost file doesn't begin below what readers saw. */
static int64_t
next_generation(const struct tokens *published, int64_t now)
{
	if (published != NULL && published->generation >= now)
		return published->generation + 1;
	return now;
}

static int
publish(struct tokend *tokend, struct moment now, struct problem *problem)
{
	struct tokens	*tokens = logins_publish(&tokend->logins);

	if (tokens == NULL || keys_publish(&tokend->keys, tokens) != 0) {
		tokens_release(tokens);
		return problem_set(problem, PROBLEM_SERVER, "no memory");
	}
	tokens->generation = next_generation(tokend->published, now.wall_s);
	tokens->updated_at = now.wall_s;
	if (!same_tokens(tokens, tokend->published)) {
		if (token_write(tokend->state.token_file, tokens,
		    problem) != 0) {
			tokens_release(tokens);
			return -1;
		}
		tokens_release(tokend->published);
		tokend->published = tokens_hold(tokens);
	}
	tokens_release(tokens);
	return 0;
}

void
tokend_publish(struct tokend *tokend, struct moment now)
{
	struct problem	problem;

	if (now.boot_ms < tokend->write_due_boot_ms ||
	    tokend_save(tokend, now) != 0)
		return;
	if (tokend->unpublished) {
		if (publish(tokend, now, &problem) != 0) {
			write_failed(tokend, now, &problem);
			return;
		}
		tokend->unpublished = false;
	}
	write_worked(tokend);
	write_back(tokend);
	status_write(tokend, now);
}

int64_t
tokend_until_forgotten(const struct tokend *tokend, struct moment now)
{
	const struct login	*login;
	int64_t			 wait = SCHEDULE_NEVER, left_ms;
	size_t			 i;

	for (i = 0; i < tokend->logins.count; i++) {
		login = &tokend->logins.at[i];
		if (login->dead == NULL || login->access_token == NULL)
			continue;
		left_ms = login->expires_at > now.wall_s ?
		    (login->expires_at - now.wall_s) * 1000 : 0;
		if (left_ms < wait)
			wait = left_ms;
	}
	return wait;
}

void
tokend_forget_expired(struct tokend *tokend, struct moment now)
{
	struct login	*login;
	size_t		 i;

	if (tokend_until_forgotten(tokend, now) > 0)
		return;
	for (i = 0; i < tokend->logins.count; i++) {
		login = &tokend->logins.at[i];
		if (login->dead == NULL || login->expires_at > now.wall_s)
			continue;
		secret_free(login->access_token);
		login->access_token = NULL;
	}
	tokend->unsaved = tokend->unpublished = true;
}

/* ---- refreshing ---- */

static void
say_granted(const struct login *login, const struct grant *grant)
{
	char		when[32];
	time_t		expires = (time_t)login->expires_at;
	struct tm	parts;

	if (login->user != NULL)
		log_info(NULL, "Authenticated as: %s%s%s%s", login->user,
		    grant->name != NULL ? " (" : "",
		    grant->name != NULL ? grant->name : "",
		    grant->name != NULL ? ")" : "");
	if (grant->user_id != NULL)
		log_info(NULL, "User ID: %s", grant->user_id);
	if (grant->organization_id != NULL)
		log_info(NULL, "Organization ID: %s", grant->organization_id);
	if (gmtime_r(&expires, &parts) != NULL &&
	    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &parts) > 0)
		log_info(NULL, "Token refreshed successfully, expires at: %s",
		    when);
}

/*
 * Whether another host exchanged this seed a moment before us: WorkOS answers
 * with the same pair for 30 s, which by its own clock is then older than our
 * only question. Where that host refreshes it, we must not, or one of the two
 * loses its login.
 */
static bool
is_second(const struct login *login, const struct answer *answer)
{
	return login->source == SOURCE_SEED &&
	    (login->granted_at == 0 || login->shared) &&
	    login->schedule.first_sent_boot_ms == 0 &&
	    answer->grant.issued_at > 0 &&
	    answer->date_s - answer->grant.issued_at > SECOND_S;
}

static void
say_second(const struct answer *answer)
{
	log_warning(NULL, "DROID_REFRESH_KEY was exchanged %lld s before by "
	    "another host, or by this one before its state folder was lost: "
	    "its token is used to its end and not refreshed before. Give each "
	    "host a login of its own (tokend --login), and the state folder "
	    "a volume", (long long)(answer->date_s - answer->grant.issued_at));
}

static void
compare_clocks(struct tokend *tokend, int64_t date_s, struct moment now)
{
	int64_t	before = tokend_clock_ahead_s(tokend, now), ahead;

	if (date_s == 0)
		return;
	tokend->service_boot_s = date_s - now.boot_ms / 1000;
	ahead = tokend_clock_ahead_s(tokend, now);
	if (ahead != 0 && before == 0)
		log_warning(NULL, "the clock is wrong: %lld s %s the login "
		    "service's", (long long)(ahead > 0 ? ahead : -ahead),
		    ahead > 0 ? "ahead of" : "behind");
}

static void
granted(struct tokend *tokend, struct login *login, struct answer *answer)
{
	struct grant	*grant = &answer->grant;
	struct moment	 now = moment_now();
	bool		 second = is_second(login, answer);

	if (login_take_grant(&tokend->logins, login, grant, now.wall_s) != 0) {
		log_error(NULL, "no memory for a new token");
		return;
	}
	schedule_grant(&login->schedule, now, grant->lifetime_s,
	    grant->expires_at, login->asked);
	login->shared = second;
	if (second)
		schedule_yield(&login->schedule);
	login->asked = false;
	login->write_back = login->source == SOURCE_FILE;
	tokend->unsaved = tokend->unpublished = tokend->at_risk = true;
	tokend->write_due_boot_ms = 0;
	tokend_publish(tokend, now);
	if (second)
		say_second(answer);
	say_granted(login, grant);
}

/* Who used up a token that "was already exchanged". */
static const char *
spent_by(const struct login *login)
{
	if (login->schedule.first_sent_boot_ms != 0)
		return "; its successor was lost with an answer";
	if (login->granted_at == 0)
		return "; by another host with the same one, or by this one "
		    "before its state folder was lost: it wants a volume, and "
		    "each host a login of its own";
	return "; by another host that has the same login: each wants one of "
	    "its own";
}

static void
dead(struct tokend *tokend, struct login *login, const char *helps)
{
	struct moment	now = moment_now();

	log_error(NULL, "Authentication failure: the login of %s is not "
	    "accepted any more (%s). It is not tried again until %s",
	    source_name(login->source), login->last_error, helps);
	free(login->dead);
	login->dead = strdup(login->last_error);
	login->in_flight_at = 0;
	tokend_auth(tokend->logins.auth, tokend->config);
	tokend->unsaved = tokend->unpublished = true;
	/* Perhaps another source can stand in; this may move `login`. */
	tokend_take_sources(tokend, now);
}

static void
refused(struct tokend *tokend, struct login *login, const struct answer *answer)
{
	struct moment	now = moment_now();
	bool		spent = grant_error_spent(&answer->error);
	size_t		length = strlen(login->last_error);
	/* The other owner of a file may write what it got in a moment. */
	bool		final = spent && (login->source == SOURCE_SEED ||
			    login->source == SOURCE_DEVICE);

	if (tokend_take_changed(tokend, login))
		return;
	if (spent)
		snprintf(login->last_error + length,
		    sizeof(login->last_error) - length, "%s", spent_by(login));
	log_warning(NULL, "Failed to refresh API key: %s", login->last_error);
	if (schedule_refuse(&login->schedule, now, final ? 1 : REFUSALS_MAX))
		dead(tokend, login, grant_error_of_client(&answer->error) ?
		    "auth.client_id in the configuration is right" :
		    "a new one is there: set another DROID_REFRESH_KEY, or "
		    "run tokend --login");
}

static void
failed(struct login *login, const struct answer *answer, bool sent)
{
	struct moment	now = moment_now();

	schedule_fail(&login->schedule, now, sent, answer->retry_after_s,
	    schedule_random());
	log_warning(NULL, "Failed to refresh API key: %s; next try in %lld s%s",
	    login->last_error,
	    (long long)(schedule_due_ms(&login->schedule, now) + 999) / 1000,
	    schedule_good(&login->schedule, now) ?
	    ", the token is still good" : "");
}

/*
 * Writes down that the token is about to be spent. 0, or -1: what can't be
 * written must not be spent.
 */
static int
mark(struct tokend *tokend, struct login *login)
{
	struct moment	now = moment_now();
	int64_t		before = login->in_flight_at;

	if (before == 0)
		login->in_flight_at = now.wall_s;
	tokend->unsaved = tokend->unsaved || before == 0;
	if (tokend_save(tokend, now) == 0)
		return 0;
	login->in_flight_at = before;
	snprintf(login->last_error, sizeof(login->last_error),
	    "the store can't be written");
	schedule_fail(&login->schedule, now, false, 0, schedule_random());
	return -1;
}

static void
exchange(struct tokend *tokend, struct login *login)
{
	struct dialer	dialer = { tokend->config, tokend->scoreboard,
			    tokend->stop_fd };
	struct answer	answer;
	enum outcome	outcome;

	schedule_start(&login->schedule, moment_now());
	outcome = workos_refresh(&dialer, login->refresh_token, &answer);
	if (outcome != OUTCOME_GRANTED)
		snprintf(login->last_error, sizeof(login->last_error),
		    "%.250s", answer.problem.message);
	if (outcome == OUTCOME_GRANTED || outcome == OUTCOME_REFUSED)
		compare_clocks(tokend, answer.date_s, moment_now());
	switch (outcome) {
	case OUTCOME_GRANTED:
		granted(tokend, login, &answer);
		break;
	case OUTCOME_UNSENT:
		failed(login, &answer, false);
		if (login->schedule.first_sent_boot_ms == 0)
			login->in_flight_at = 0;
		break;
	case OUTCOME_LOST:
		failed(login, &answer, true);
		break;
	case OUTCOME_REFUSED:
		refused(tokend, login, &answer);
		break;
	case OUTCOME_STOPPED:
		log_warning(NULL, "stopped during a refresh: the next start "
		    "repeats it");
		break;
	}
	answer_release(&answer);
}

void
tokend_refresh(struct tokend *tokend, struct login *login)
{
	/* The other owner of the file may have been faster. */
	if (login->in_flight_at == 0 && tokend_take_changed(tokend, login))
		return;
	if (mark(tokend, login) != 0)
		return;
	log_info(NULL, "Refreshing API key...");
	exchange(tokend, login);
	status_write(tokend, moment_now());
}

/* The login in use that has this token; NULL: none. */
static struct login *
login_by_hash(struct logins *logins, uint64_t hash)
{
	struct login	*login;
	size_t		 i;

	for (i = 0; i < logins->count; i++) {
		login = &logins->at[i];
		if (login_usable(login) && login->access_token != NULL &&
		    token_hash(login->access_token,
		    strlen(login->access_token)) == hash)
			return login;
	}
	return NULL;
}

bool
tokend_asked(struct tokend *tokend, uint64_t hash)
{
	struct login	*login;
	bool		 is_key, wait;

	wait = keys_asked(&tokend->keys, hash, &is_key, moment_now());
	if (is_key)
		return wait;
	if (tokend->unsaved || tokend->config->factory_keys_count > 0)
		return false;
	login = login_by_hash(&tokend->logins, hash);
	if (login == NULL)
		return false;
	if (schedule_ask(&login->schedule, moment_now())) {
		log_info(NULL, "a responder's token was refused upstream");
		login->asked = true;
		tokend_refresh(tokend, login);
		/* It may have moved, or have another token now. */
		login = login_by_hash(&tokend->logins, hash);
		if (login == NULL)
			return false;
		login->asked = false;
	}
	return schedule_due_ms(&login->schedule, moment_now()) < ASKER_WAITS_MS;
}
