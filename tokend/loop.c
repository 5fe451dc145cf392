#include "build.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "ask.h"
#include "log.h"
#include "memory.h"
#include "notify.h"
#include "tokend.h"

#define FAR_FUTURE_S	((time_t)INT32_MAX)

/* The configuration may want other keys: how often that is looked at. */
#define LOOK_MS		30000

#define WAITED_FOR	5	/* descriptors, beside those of keys */

/* The signal becomes readable instead of delivered. */
static int
signal_open(int first, int second)
{
	sigset_t	set;

	sigemptyset(&set);
	sigaddset(&set, first);
	sigaddset(&set, second);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Becomes readable when somebody sets the clock. */
static void
clock_watch(int fd)
{
	struct itimerspec	far = { .it_value.tv_sec = FAR_FUTURE_S };

	timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far,
	    NULL);
}

int
tokend_open(struct tokend *tokend, struct problem *problem)
{
	signal(SIGPIPE, SIG_IGN);
	tokend->stop_fd = signal_open(SIGTERM, SIGINT);
	tokend->hangup_fd = signal_open(SIGHUP, SIGHUP);
	tokend->timer_fd = timerfd_create(CLOCK_BOOTTIME,
	    TFD_CLOEXEC | TFD_NONBLOCK);
	tokend->clock_fd = timerfd_create(CLOCK_REALTIME,
	    TFD_CLOEXEC | TFD_NONBLOCK);
	if (tokend->stop_fd < 0 || tokend->hangup_fd < 0 ||
	    tokend->timer_fd < 0 || tokend->clock_fd < 0)
		return problem_set(problem, PROBLEM_SERVER,
		    "cannot make a timer: %s", strerror(errno));
	clock_watch(tokend->clock_fd);
	if (tokend->once)
		return 0;
	tokend->ask_fd = ask_open(tokend->state.token_socket, problem);
	return tokend->ask_fd < 0 ? -1 : 0;
}

static bool
readable(int fd)
{
	struct pollfd	one = { .fd = fd, .events = POLLIN };

	return poll(&one, 1, 0) > 0;
}

static bool
refreshing(const struct tokend *tokend)
{
	return tokend->config->factory_keys_count == 0;
}

/* The login that is due longest; NULL: none. */
static struct login *
next_due(struct tokend *tokend, struct moment now, int64_t *wait_ms)
{
	struct login	*login, *first = NULL;
	int64_t		 due;
	size_t		 i;

	*wait_ms = SCHEDULE_NEVER;
	for (i = 0; i < tokend->logins.count && refreshing(tokend); i++) {
		login = &tokend->logins.at[i];
		due = login->active ? schedule_due_ms(&login->schedule, now) :
		    SCHEDULE_NEVER;
		if (due < *wait_ms) {
			*wait_ms = due;
			first = login;
		}
	}
	return first;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
until(int64_t due_boot_ms, struct moment now)
{
	return due_boot_ms > now.boot_ms ? due_boot_ms - now.boot_ms : 0;
}

/* Milliseconds until there is something to do. */
static int64_t
wait_ms(struct tokend *tokend, struct moment now)
{
	int64_t	wait;

	if (tokend->unsaved)
		wait = SCHEDULE_NEVER;
	else
		next_due(tokend, now, &wait);
	wait = sooner(wait, useragent_due_ms(&tokend->useragent,
	    tokend->config, now));
	wait = sooner(wait, discover_due_ms(&tokend->discover, tokend->config,
	    now));
	wait = sooner(wait, tokend_allowed_due_ms(tokend, now));
	wait = sooner(wait, tokend_until_forgotten(tokend, now));
	wait = sooner(wait, keys_due_ms(&tokend->keys, now));
	wait = sooner(wait, LOOK_MS);
	if (tokend->watching && refreshing(tokend))
		wait = sooner(wait, until(tokend->sources_due_boot_ms, now));
	if (tokend->unsaved || tokend->unpublished)
		wait = sooner(wait, until(tokend->write_due_boot_ms, now));
	if (notify_watchdog_ms() > 0)
		wait = sooner(wait, notify_watchdog_ms());
	return wait;
}

/* A timer and not a time-out: it counts while the machine sleeps. */
static void
timer_set(struct tokend *tokend, struct moment now)
{
	struct itimerspec	when = { .it_value.tv_sec = 0 };
	int64_t			wait = wait_ms(tokend, now), at;

	if (wait != SCHEDULE_NEVER) {
		at = now.boot_ms + (wait > 0 ? wait : 1);
		when.it_value.tv_sec = (time_t)(at / 1000);
		when.it_value.tv_nsec = (long)(at % 1000) * 1000000;
	}
	timerfd_settime(tokend->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

/* What a person who sends SIGHUP wants: look at everything, try everything. */
static void
hangup(struct tokend *tokend)
{
	struct moment	now = moment_now();
	size_t		i;

	log_reopen();
	log_info(NULL, "SIGHUP: reading everything again");
	tokend->announced = false;
	tokend->source_problem[0] = '\0';
	allowed_hurry(&tokend->allowed);
	keys_wake(&tokend->keys, true);
	if (!refreshing(tokend))
		return;
	for (i = 0; i < tokend->logins.count; i++)
		if (tokend->logins.at[i].dead != NULL)
			schedule_wake(&tokend->logins.at[i].schedule);
	tokend_take_sources(tokend, now);
}

static void
step(struct tokend *tokend)
{
	struct dialer	 dialer = { NULL, tokend->scoreboard, tokend->stop_fd };
	struct moment	 now;
	struct login	*login;
	int64_t		 wait;

	tokend_follow_config(tokend);
	dialer.config = tokend->config;
	now = moment_now();
	if (keys_step(&tokend->keys, tokend->config, now))
		tokend->unpublished = true;
	if (tokend->watching && refreshing(tokend) &&
	    until(tokend->sources_due_boot_ms, now) == 0)
		tokend_take_sources(tokend, now);
	tokend_forget_expired(tokend, now);
	if (tokend->unsaved || tokend->unpublished)
		tokend_publish(tokend, now);
	login = next_due(tokend, now, &wait);
	if (login != NULL && wait == 0 && !tokend->unsaved) {
		tokend_refresh(tokend, login);
		memory_trim();
	} else if (useragent_due_ms(&tokend->useragent, tokend->config,
	    now) == 0) {
		useragent_update(&tokend->useragent, &dialer,
		    tokend->state.user_agent_file, now);
		status_write(tokend, now);
		memory_trim();
	} else if (discover_due_ms(&tokend->discover, tokend->config,
	    now) == 0) {
		discover_step(&tokend->discover, &dialer, tokend->published,
		    tokend->state.found_file, now);
		memory_trim();
	} else if (tokend_allowed_due_ms(tokend, now) == 0) {
		tokend_allowed_ask(tokend, now);
		memory_trim();
	}
}

/* Empties what made poll() return. */
static void
drain(struct tokend *tokend, const struct pollfd *fds)
{
	char		bytes[256];
	struct question	question;

	if (fds[1].revents != 0 &&
	    read(tokend->hangup_fd, bytes, sizeof(bytes)) > 0)
		hangup(tokend);
	if (fds[2].revents != 0 &&
	    read(tokend->timer_fd, bytes, sizeof(bytes)) < 0 &&
	    errno != EAGAIN)
		log_error(NULL, "timer: %s", strerror(errno));
	if (fds[3].revents != 0 &&
	    read(tokend->clock_fd, bytes, sizeof(bytes)) < 0 &&
	    errno == ECANCELED) {
		log_info(NULL, "the clock was set");
		clock_watch(tokend->clock_fd);
		tokend_clock_set(tokend);
		status_write(tokend, moment_now());
	}
	while (fds[4].revents != 0 && !readable(tokend->stop_fd) &&
	    ask_next(tokend->ask_fd, &question))
		if (question.hash == TOKEN_TRAFFIC) {
			allowed_traffic(&tokend->allowed, moment_now());
			ask_end(&question, false);
		} else {
			ask_end(&question, !tokend_asked(tokend,
			    question.hash));
		}
}

static void
say_state(struct tokend *tokend)
{
	size_t	i, active = 0;

	for (i = 0; i < tokend->logins.count; i++)
		active += login_usable(&tokend->logins.at[i]);
	notify_send("READY=1\nWATCHDOG=1\nSTATUS=%zu login%s, status %d",
	    active, active == 1 ? "" : "s",
	    status_of(tokend, moment_now()));
}

void
tokend_begin(struct tokend *tokend)
{
	struct moment	now = moment_now();

	tokend_follow_config(tokend);
	if (refreshing(tokend))
		tokend_take_sources(tokend, now);
	else
		log_info(NULL, "FACTORY_API_KEY is set: there is nothing to "
		    "refresh");
	tokend_forget_expired(tokend, now);
	tokend_publish(tokend, now);
}

int
tokend_run(struct tokend *tokend)
{
	struct pollfd	fds[WAITED_FOR + TOKEN_KEYS_MAX] = {
		{ .fd = tokend->stop_fd, .events = POLLIN },
		{ .fd = tokend->hangup_fd, .events = POLLIN },
		{ .fd = tokend->timer_fd, .events = POLLIN },
		{ .fd = tokend->clock_fd, .events = POLLIN },
		{ .fd = tokend->ask_fd, .events = POLLIN },
	};
	nfds_t		count;

	tokend_begin(tokend);
	say_state(tokend);
	for (;;) {
		timer_set(tokend, moment_now());
		count = WAITED_FOR + keys_poll(&tokend->keys,
		    fds + WAITED_FOR);
		if (poll(fds, count, -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents != 0)
			break;
		drain(tokend, fds);
		step(tokend);
		say_state(tokend);
	}
	notify_send("STOPPING=1");
	if (tokend->unsaved)
		tokend_save(tokend, moment_now());
	log_info(NULL, "tokend ends");
	return tokend->unsaved ? 1 : 0;
}
