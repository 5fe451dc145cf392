#include "build.h"

#include <string.h>
#include <time.h>

#include <openssl/rand.h>

#include "schedule.h"

#define MARGIN_MIN_S		30
#define MARGIN_MAX_S		600
#define BACKOFF_FIRST_MS	5000
#define BACKOFF_MAX_MS		300000	/* while the token is good */
#define BACKOFF_URGENT_MS	60000	/* when it is not */
#define RETRY_AFTER_MAX_S	3600
#define REPLAY_PAUSE_MAX_MS	4000
#define ATTEMPT_MS		5000	/* a call that took this long waited */

struct moment
moment_now(void)
{
	struct timespec	boot, wall;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct moment){
		.boot_ms = (int64_t)boot.tv_sec * 1000 + boot.tv_nsec / 1000000,
		.wall_s = wall.tv_sec,
	};
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* How long before its end a token is replaced. */
static int64_t
margin_s(int64_t lifetime_s)
{
	int64_t	margin = lifetime_s / 10;

	if (margin < MARGIN_MIN_S)
		margin = smaller(MARGIN_MIN_S, lifetime_s / 2);
	return smaller(margin, MARGIN_MAX_S);
}

/* Everything about failures begins anew; what asking costs does not. */
static void
calm(struct schedule *schedule)
{
	schedule->wanted = false;
	schedule->failures = 0;
	schedule->retry_boot_ms = 0;
	schedule->first_sent_boot_ms = 0;
	schedule->replays = 0;
	schedule->refusals = 0;
	schedule->dead = false;
}

void
schedule_load(struct schedule *schedule, struct moment now, int64_t granted_at,
    int64_t expires_at)
{
	int64_t	age_s = now.wall_s - granted_at;

	memset(schedule, 0, sizeof(*schedule));
	schedule->known = true;
	/* From the future: the clock went back. Its age is then unknown. */
	if (granted_at <= 0 || age_s < 0)
		age_s = 0;
	schedule->granted_boot_ms = now.boot_ms - age_s * 1000;
	schedule->expires_at = expires_at;
	if (expires_at > 0 && granted_at > 0 && expires_at > granted_at)
		schedule->lifetime_s = expires_at - granted_at;
	else if (expires_at > now.wall_s)
		schedule->lifetime_s = expires_at - now.wall_s;
}

void
schedule_grant(struct schedule *schedule, struct moment now,
    int64_t lifetime_s, int64_t expires_at, bool asked)
{
	calm(schedule);
	schedule->known = true;
	schedule->last = false;
	schedule->granted_boot_ms = now.boot_ms;
	schedule->lifetime_s = lifetime_s;
	schedule->expires_at =
	    expires_at > now.wall_s + margin_s(lifetime_s) ? expires_at : 0;
	if (!asked) {
		schedule->asks = 0;
		schedule->ask_boot_ms = 0;
	}
}

void
schedule_yield(struct schedule *schedule)
{
	schedule->last = true;
}

/* Up to a quarter less or more. */
static int64_t
jitter(int64_t ms, uint32_t random)
{
	return ms - ms / 4 + (int64_t)(random % 1024) * (ms / 2) / 1024;
}

/*
 * When to send the same token again: at once after the first failure and after
 * one that took its time, else after 1, 2, 4, 4, ... seconds. -1: the server
 * would not give the same pair any more.
 */
static int64_t
replay_pause_ms(struct schedule *schedule, struct moment now)
{
	int64_t	pause;

	if (schedule->first_sent_boot_ms == 0 || now.boot_ms -
	    schedule->first_sent_boot_ms > SCHEDULE_REPLAY_MS)
		return -1;
	if (schedule->replays++ == 0 || now.boot_ms -
	    schedule->attempt_boot_ms > ATTEMPT_MS)
		return 0;
	pause = (int64_t)500 << (schedule->replays < 5 ? schedule->replays : 5);
	return smaller(pause, REPLAY_PAUSE_MAX_MS);
}

void
schedule_start(struct schedule *schedule, struct moment now)
{
	schedule->attempt_boot_ms = now.boot_ms;
}

void
schedule_fail(struct schedule *schedule, struct moment now, bool sent,
    int retry_after_s, uint32_t random)
{
	int64_t	pause, most;

	schedule->wanted = false;
	if (sent && schedule->first_sent_boot_ms == 0)
		schedule->first_sent_boot_ms = schedule->attempt_boot_ms;
	pause = retry_after_s == 0 ? replay_pause_ms(schedule, now) : -1;
	if (pause < 0) {
		most = schedule_good(schedule, now) ? BACKOFF_MAX_MS :
		    BACKOFF_URGENT_MS;
		pause = (int64_t)BACKOFF_FIRST_MS <<
		    (schedule->failures < 10 ? schedule->failures : 10);
		pause = jitter(smaller(pause, most), random);
		if (retry_after_s > RETRY_AFTER_MAX_S)
			retry_after_s = RETRY_AFTER_MAX_S;
		if (pause < (int64_t)retry_after_s * 1000)
			pause = (int64_t)retry_after_s * 1000;
		schedule->failures++;
	} else if (schedule->failures == 0)
		schedule->failures = 1;
	schedule->retry_boot_ms = now.boot_ms + pause;
}

void
schedule_resume(struct schedule *schedule, struct moment now)
{
	schedule->wanted = true;
	schedule->first_sent_boot_ms = now.boot_ms;
}

bool
schedule_refuse(struct schedule *schedule, struct moment now, int limit)
{
	int	pause_s = 1 << 2 * (schedule->refusals & 3);

	schedule->wanted = false;
	if (++schedule->refusals >= limit) {
		calm(schedule);
		schedule->dead = true;
		return true;
	}
	schedule->failures++;
	schedule->retry_boot_ms = now.boot_ms + pause_s * 1000;
	return false;
}

void
schedule_wake(struct schedule *schedule)
{
	calm(schedule);
	schedule->wanted = true;
}

bool
schedule_ask(struct schedule *schedule, struct moment now)
{
	static const int64_t	pauses_s[] = { 30, 300, 1800 };
	int			index = schedule->asks;

	if (schedule->dead || schedule->wanted || schedule->failures > 0 ||
	    now.boot_ms < schedule->ask_boot_ms ||
	    (schedule->last && schedule_good(schedule, now)))
		return false;
	if (index > 2)
		index = 2;
	schedule->asks++;
	schedule->ask_boot_ms = now.boot_ms + pauses_s[index] * 1000;
	return true;
}

int64_t
schedule_due_ms(const struct schedule *schedule, struct moment now)
{
	int64_t	due, left_s, margin = schedule->last ? 0 :
		    margin_s(schedule->lifetime_s);

	if (schedule->dead)
		return SCHEDULE_NEVER;
	if (schedule->wanted)
		return 0;
	if (schedule->failures > 0)
		due = schedule->retry_boot_ms - now.boot_ms;
	else if (!schedule->known)
		due = 0;
	else {
		due = schedule->interval_s > 0 ? schedule->interval_s :
		    SCHEDULE_INTERVAL_S;
		if (schedule->lifetime_s > 0 && schedule->last)
			due = schedule->lifetime_s;
		else if (schedule->lifetime_s > 0)
			due = smaller(due, schedule->lifetime_s - margin);
		due = schedule->granted_boot_ms + due * 1000 - now.boot_ms;
		left_s = schedule->expires_at - margin - now.wall_s;
		if (schedule->expires_at > 0 && left_s < INT32_MAX)
			due = smaller(due, left_s * 1000);
	}
	return due > 0 ? due : 0;
}

bool
schedule_good(const struct schedule *schedule, struct moment now)
{
	if (!schedule->known)
		return false;
	if (schedule->expires_at > 0)
		return now.wall_s < schedule->expires_at;
	return schedule->lifetime_s == 0 || now.boot_ms <
	    schedule->granted_boot_ms + schedule->lifetime_s * 1000;
}

uint32_t
schedule_random(void)
{
	uint32_t	number = 0;

	RAND_bytes((unsigned char *)&number, sizeof(number));
	return number;
}
