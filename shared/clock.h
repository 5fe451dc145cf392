#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

/*
 * The clocks: now_us(), now_ms() and now_s() only ever go forward, for waiting and
 * measuring within one machine's life; wall_ms() and wall_s() are the time of
 * day, for what outlives it.
 */
static inline int64_t
clock_us(clockid_t clock)
{
	struct timespec	now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline int64_t
now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

static inline int64_t
now_ms(void)
{
	return now_us() / 1000;
}

static inline int64_t
now_s(void)
{
	return now_us() / 1000000;
}

/* Sleeps for less than a second; a signal ends it early. */
static inline void
clock_pause_ms(int ms)
{
	const struct timespec	pause = { .tv_nsec = ms * 1000000L };

	(void)nanosleep(&pause, NULL);
}

static inline uint64_t
wall_ms(void)
{
	return (uint64_t)clock_us(CLOCK_REALTIME) / 1000;
}

static inline uint64_t
wall_s(void)
{
	return wall_ms() / 1000;
}

#endif
