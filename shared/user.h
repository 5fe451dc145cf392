#ifndef USER_H
#define USER_H

#include "problem.h"

/*
 * Root becomes another user, for good. Who isn't root stays who he is, and
 * nothing happens. 0, or -1 with the reason.
 */

/* A user by name, with the groups that he is in; NULL: nobody. */
int	user_become(const char *name, struct problem *);

/*
 * The user a folder belongs to: so root reads no files there that another may
 * have prepared, and leaves none behind that this one can't use.
 * PROBLEM_MISSING without the folder.
 */
int	user_become_owner(const char *folder, struct problem *);

#endif
