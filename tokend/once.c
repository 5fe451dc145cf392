#include "build.h"

#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "log.h"
#include "tokend.h"

#define PATIENCE_MS	10000	/* for a try of one login */
#define FETCHED_AGE_S	3600	/* of what is fetched hourly */

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

/*
 * What is due in a moment is waited for, since the next run may be an hour away.
 * Tried until it is fresh or dead, or until the next try is far away.
 */
static bool
has_turn(struct login *login, bool force, int64_t *wait)
{
	bool	first = login->turn == TURN_TO_COME;

	if (!login->active || login->turn == TURN_OVER)
		return false;
	if (first && force && login->in_flight_at == 0)
		schedule_wake(&login->schedule);
	*wait = schedule_due_ms(&login->schedule, moment_now());
	if ((first || login->schedule.failures > 0) && *wait <= PATIENCE_MS)
		login->turn = TURN_NOW;
	else
		login->turn = TURN_OVER;
	return login->turn == TURN_NOW;
}

/*
 * The login to refresh in *wait ms; NULL: all in use had their turn. It is
 * looked for before each try, which may move logins, add and wake some.
 */
static struct login *
next_turn(struct tokend *tokend, bool force, int64_t *wait)
{
	struct logins	*logins = &tokend->logins;
	size_t		 i;

	if (tokend->config->factory_keys_count > 0)
		return NULL;
	for (i = 0; i < logins->count; i++)
		if (has_turn(&logins->at[i], force, wait))
			return &logins->at[i];
	return NULL;
}

static bool
is_new(const char *path)
{
	struct stat	status;

	return stat(path, &status) == 0 &&
	    time(NULL) - status.st_mtime < FETCHED_AGE_S;
}

/* Every command that is due, or all of them. -1: the end is asked for. */
static int
run_commands(struct tokend *tokend, bool force)
{
	struct pollfd	fds[TOKEN_KEYS_MAX + 1];
	size_t		running;

	if (force)
		keys_wake(&tokend->keys, true);
	do {
		if (keys_step(&tokend->keys, tokend->config, moment_now()))
			tokend->unpublished = true;
		running = keys_poll(&tokend->keys, fds);
		fds[running] = (struct pollfd){ .fd = tokend->stop_fd,
		    .events = POLLIN };
		if (running > 0 && poll(fds, running + 1, -1) > 0 &&
		    fds[running].revents != 0)
			return -1;
	} while (running > 0);
	return 0;
}

/* What is no token, if it is older than a daemon would let it be. */
static void
follow_others(struct tokend *tokend)
{
	struct dialer	dialer = { tokend->config, tokend->scoreboard,
			    tokend->stop_fd };

	if (useragent_due_ms(&tokend->useragent, tokend->config,
	    moment_now()) == 0 && !is_new(tokend->state.user_agent_file)) {
		useragent_update(&tokend->useragent, &dialer,
		    tokend->state.user_agent_file, moment_now());
		status_write(tokend, moment_now());
	}
	if (is_new(tokend->state.found_file))
		return;
	while (discover_due_ms(&tokend->discover, tokend->config,
	    moment_now()) == 0 && wait_ms(tokend, 0) == 0)
		discover_step(&tokend->discover, &dialer, tokend->published,
		    tokend->state.found_file, moment_now());
}

int
tokend_once(struct tokend *tokend, bool force)
{
	struct login	*login;
	int64_t		 wait;

	tokend_begin(tokend);
	while ((login = next_turn(tokend, force, &wait)) != NULL) {
		if (wait_ms(tokend, wait) != 0)
			break;
		tokend_refresh(tokend, login);
		if (save_all(tokend) != 0)
			break;
	}
	if (run_commands(tokend, force) != 0 || save_all(tokend) != 0)
		return 1;
	follow_others(tokend);
	return status_of(tokend, moment_now());
}
