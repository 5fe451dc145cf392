#include "build.h"

#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "log.h"
#include "tokend.h"

#define PATIENCE_MS	10000	/* for the next try of one login */
#define USERAGENT_AGE_S	3600

/* Waits, or returns -1 at once when the end is asked for. */
static int
wait_ms(const struct tokend *tokend, int64_t ms)
{
	struct pollfd	stop = { .fd = tokend->stop_fd, .events = POLLIN };

	return poll(&stop, 1, (int)ms) > 0 ? -1 : 0;
}

/* A granted token that is nowhere but in memory: stays until it is saved. */
static int
save_all(struct tokend *tokend)
{
	while (tokend->unsaved || tokend->unpublished) {
		tokend_publish(tokend, moment_now());
		if (!tokend->unsaved && !tokend->unpublished)
			break;
		if (!tokend->at_risk)
			return -1;
		if (wait_ms(tokend, 1000) != 0)
			return -1;
	}
	return 0;
}

/* Tries until the login is fresh or dead, or the next try is far away. */
static int
refresh_one(struct tokend *tokend, struct login *login)
{
	int64_t	wait = 0;

	do {
		if (wait > 0 && wait_ms(tokend, wait) != 0)
			return -1;
		tokend_refresh(tokend, login);
		if (save_all(tokend) != 0 || wait_ms(tokend, 0) != 0)
			return -1;
		wait = schedule_due_ms(&login->schedule, moment_now());
	} while (login->schedule.failures > 0 && wait <= PATIENCE_MS);
	return 0;
}

static void
follow_useragent(struct tokend *tokend)
{
	struct dialer	dialer = { tokend->config, tokend->scoreboard,
			    tokend->stop_fd };
	struct stat	status;

	if (useragent_due_ms(&tokend->useragent, tokend->config,
	    moment_now()) != 0)
		return;
	if (stat(tokend->state.user_agent_file, &status) == 0 &&
	    time(NULL) - status.st_mtime < USERAGENT_AGE_S)
		return;
	useragent_update(&tokend->useragent, &dialer,
	    tokend->state.user_agent_file, moment_now());
	status_write(tokend, moment_now());
}

int
tokend_once(struct tokend *tokend, bool force)
{
	struct login	*login;
	size_t		 i;

	tokend_begin(tokend);
	for (i = 0; i < tokend->logins.count; i++) {
		login = &tokend->logins.at[i];
		if (tokend->config->factory_keys_count > 0 || !login->active)
			continue;
		if (force && login->in_flight_at == 0)
			schedule_wake(&login->schedule);
		if (schedule_due_ms(&login->schedule, moment_now()) == 0 &&
		    refresh_one(tokend, login) != 0)
			break;
	}
	if (save_all(tokend) != 0)
		return 1;
	follow_useragent(tokend);
	return status_of(tokend, moment_now());
}
