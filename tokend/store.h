#ifndef STORE_H
#define STORE_H

#include "logins.h"
#include "problem.h"

/*
 * The refresh-token store, $STATE/login/store.json (0600), and the lock that
 * makes one tokend of a state directory.
 */
#define STORE_MAX	(1024 * 1024)	/* bytes */

/*
 * The exclusive lock on `path`; kept for the life of the process. The
 * descriptor, or -1 with the reason; when another process has it *holder
 * is its id, -1 if that can't be told, else 0. A killed process leaves no lock behind.
 */
int	store_lock(const char *path, int *holder, struct problem *);

/* Whether a living process has it, or, if we may not look, presumably. */
bool	store_locked(const char *path);

/*
 * Reads the store into empty logins. No file is an empty store. 0, or -1 with
 * the reason: of another owner, readable for others, or damaged.
 */
int	store_read(const char *path, struct logins *, struct problem *);

/* Replaces it durably. 0, or -1 with the reason; the old one stays. */
int	store_write(const char *path, const struct logins *,
	    struct problem *);

#endif
