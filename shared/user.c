#include "build.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user.h"

int
user_become(const char *name, struct problem *problem)
{
	struct passwd	*user;

	if (name == NULL || geteuid() != 0)
		return 0;
	user = getpwnam(name);
	if (user == NULL)
		return problem_set(problem, PROBLEM_MISSING,
		    "there is no user %s", name);
	if (initgroups(name, user->pw_gid) == 0 && setgid(user->pw_gid) == 0 &&
	    setuid(user->pw_uid) == 0)
		return 0;
	return problem_set(problem, PROBLEM_FORBIDDEN, "cannot become %s: %s",
	    name, strerror(errno));
}

int
user_become_owner(const char *folder, struct problem *problem)
{
	struct stat	status;

	if (stat(folder, &status) != 0)
		return problem_set(problem, PROBLEM_MISSING,
		    "there is no %s", folder);
	if (geteuid() != 0 || status.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) == 0 && setgid(status.st_gid) == 0 &&
	    setuid(status.st_uid) == 0)
		return 0;
	return problem_set(problem, PROBLEM_FORBIDDEN,
	    "can't become the user who owns %s: %s", folder, strerror(errno));
}
