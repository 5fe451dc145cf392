#ifndef ALLOWED_H
#define ALLOWED_H

#include <stdbool.h>
#include <stdint.h>

#include "allowance.h"
#include "schedule.h"

/*
 * What Factory allows each account: asked every five minutes while responders
 * say that there is traffic, one account after the other, and written to
 * limits.json.
 */
struct allowed {
	struct allowances	known;
	int64_t			due_boot_ms[TOKEN_ACCOUNTS_MAX]; /* of each */
	bool			traffic;	/* there was some */
	int64_t			traffic_boot_ms;	/* the last time */
};

/* Takes up what an earlier process wrote to `path`. */
void	allowed_init(struct allowed *, const char *path);

/* All are due, if there is traffic. */
void	allowed_hurry(struct allowed *);

/* A responder says that it uses an account. */
void	allowed_traffic(struct allowed *, struct moment);

#endif
