#include "build.h"

#include <stdio.h>
#include <string.h>

#include "file.h"
#include "json_text.h"
#include "log.h"
#include "tokend.h"

#define INTERVAL_MS	(5 * 60 * 1000)
#define TIMEOUT_MS	5000
#define ANSWER_MAX	(64 * 1024)

/* Whom Factory knows: a login's account or a key. */
struct subject {
	char		 id[ALLOWANCE_ID], name[ALLOWANCE_ID];
	const char	*secret;
};

/* The one at that place; false: none, and none behind it. */
static bool
subject_key(const struct config *config, size_t at, struct subject *subject)
{
	if (at >= config->factory_keys_count || at >= TOKEN_ACCOUNTS_MAX)
		return false;
	allowance_key_id(subject->id, config->factory_keys[at].hash);
	allowance_key_name(subject->name, at, config->factory_keys_count);
	subject->secret = config->factory_keys[at].at;
	return true;
}

static bool
subject_login(const struct logins *logins, size_t at, struct subject *subject)
{
	const struct login	*login;
	size_t			 i;

	for (i = 0; i < logins->count; i++) {
		login = &logins->at[i];
		if (!login->active || login->id == NULL ||
		    login->access_token == NULL || at-- > 0)
			continue;
		snprintf(subject->id, sizeof(subject->id), "%s", login->id);
		status_mask_user(subject->name, sizeof(subject->name),
		    login->user);
		subject->secret = login->access_token;
		return true;
	}
	return false;
}

static bool
subject_at(const struct tokend *tokend, size_t at, struct subject *subject)
{
	return tokend->config->factory_keys_count > 0 ?
	    subject_key(tokend->config, at, subject) :
	    subject_login(&tokend->logins, at, subject);
}

/* What is known of it: from before, or nothing yet. */
static struct allowance *
known_of(struct allowed *allowed, const struct subject *subject)
{
	struct allowances	*known = &allowed->known;
	struct allowance	*one;
	size_t			 i;

	for (i = 0; i < known->count; i++)
		if (strcmp(known->accounts[i].id, subject->id) == 0)
			return &known->accounts[i];
	if (known->count == TOKEN_ACCOUNTS_MAX)
		return NULL;
	allowed->due_boot_ms[known->count] = 0;
	one = &known->accounts[known->count++];
	memset(one, 0, sizeof(*one));
	memcpy(one->id, subject->id, sizeof(one->id));
	return one;
}

/* Those that are in use no more. */
static void
forget_others(struct tokend *tokend)
{
	struct allowances	*known = &tokend->allowed.known;
	struct subject		 subject;
	size_t			 i = 0, at;
	bool			 used;

	while (i < known->count) {
		used = false;
		for (at = 0; !used && subject_at(tokend, at, &subject); at++)
			used = strcmp(subject.id, known->accounts[i].id) == 0;
		if (used) {
			i++;
			continue;
		}
		known->count--;
		known->accounts[i] = known->accounts[known->count];
		tokend->allowed.due_boot_ms[i] =
		    tokend->allowed.due_boot_ms[known->count];
	}
}

/* When its turn is; `subject` is the one that waits longest. */
static int64_t
next_due(struct tokend *tokend, struct moment now, struct subject *subject,
    struct allowance **found)
{
	struct allowed	*allowed = &tokend->allowed;
	struct subject	 one;
	struct allowance *known;
	int64_t		 least = SCHEDULE_NEVER, due;
	size_t		 at;

	for (at = 0; subject_at(tokend, at, &one); at++) {
		known = known_of(allowed, &one);
		if (known == NULL)
			continue;
		due = allowed->due_boot_ms[known - allowed->known.accounts] -
		    now.boot_ms;
		if (due < 0)
			due = 0;
		if (due >= least)
			continue;
		least = due;
		*subject = one;
		*found = known;
	}
	return least;
}

int64_t
tokend_allowed_due_ms(struct tokend *tokend, struct moment now)
{
	const struct allowed	*allowed = &tokend->allowed;
	struct subject		 subject;
	struct allowance	*known;

	if (tokend->config->limits_url == NULL ||
	    *tokend->config->limits_url == '\0' || !allowed->traffic ||
	    now.boot_ms - allowed->traffic_boot_ms > INTERVAL_MS)
		return SCHEDULE_NEVER;
	return next_due(tokend, now, &subject, &known);
}

/* The answer's windows, or why they are not known; what was known lasts on. */
static void
take(struct allowance *known, const struct http_reply *reply, int result,
    const struct problem *problem)
{
	known->problem[0] = '\0';
	if (result != 0)
		snprintf(known->problem, sizeof(known->problem), "%.90s",
		    problem->message);
	else if (reply->status != 200)
		snprintf(known->problem, sizeof(known->problem), "status %d",
		    reply->status);
	else if (allowance_read_answer(known, (struct text){ reply->body.at,
	    reply->body.length }) != 0)
		snprintf(known->problem, sizeof(known->problem),
		    "the answer has a shape that is not known");
	else
		return;
	log_debug(NULL, "limits of %s: %s", known->name, known->problem);
}

static void
publish(const struct tokend *tokend)
{
	struct json_write	out;
	struct problem		problem;
	struct buf		text;

	buf_init(&text, ALLOWANCE_FILE_MAX, NULL);
	json_write_start(&out, &text);
	allowances_write(&out, &tokend->allowed.known);
	if (json_write_finish(&out) == 0 &&
	    file_write(tokend->state.limits_file, text.at, text.length, 0640,
	    &problem) != 0)
		log_debug(NULL, "%s", problem.message);
	buf_release(&text);
}

void
tokend_allowed_ask(struct tokend *tokend, struct moment now)
{
	struct dialer		 dialer = { tokend->config, tokend->scoreboard,
				    tokend->stop_fd };
	struct allowed		*allowed = &tokend->allowed;
	struct http_reply	 reply;
	struct problem		 problem;
	struct allowance	*known;
	struct subject		 subject;
	int			 result;

	forget_others(tokend);
	if (next_due(tokend, now, &subject, &known) == SCHEDULE_NEVER)
		return;
	allowed->due_boot_ms[known - allowed->known.accounts] = now.boot_ms +
	    INTERVAL_MS;
	memcpy(known->name, subject.name, sizeof(known->name));
	known->asked_at = now.wall_s;
	http_reply_init(&reply, ANSWER_MAX);
	result = dialer_get(&dialer, tokend->config->limits_url,
	    subject.secret, TIMEOUT_MS, &reply, &problem);
	take(known, &reply, result, &problem);
	http_reply_release(&reply);
	publish(tokend);
	status_write(tokend, moment_now());
}
