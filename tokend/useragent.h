#ifndef USERAGENT_H
#define USERAGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"
#include "schedule.h"
#include "workos.h"

/*
 * Follows the version of Factory's own client, which the responders name in
 * their user-agent: fetched at start and hourly; after a failure the last one
 * stays, and it is tried again a minute later, three times, then hourly.
 */
#define USERAGENT_SIZE	32

struct useragent {
	char	 version[USERAGENT_SIZE];	/* last written; "": none */
	int64_t	 due_boot_ms;
	int	 failures;
	bool	 said;			/* the failure, since it worked */
};

/* Takes up what an earlier process wrote to `path`, and is due at once. */
void	useragent_init(struct useragent *, const char *path);

/* Milliseconds until it is due; SCHEDULE_NEVER when switched off. */
int64_t	useragent_due_ms(const struct useragent *, const struct config *,
	    struct moment);

/* Fetches it, writes it to `path` (0640) when it changed, logs. */
void	useragent_update(struct useragent *, const struct dialer *,
	    const char *path, struct moment);

/* Strictly d.d.d: each a number of at most 5 digits without a sign. */
bool	useragent_valid(const char *, size_t length);

#endif
