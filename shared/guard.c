#include "build.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "guard.h"
#include "guard_calls.h"
#include "guard_files.h"
#include "http_trust.h"

/* Name service, certificates, time zone, cgroup, processors. */
static const char *const system_folders[] = {
	"/etc", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share",
	"/usr/local/lib", "/usr/local/share", "/nix/store", "/sys",
	"/run/systemd/resolve", "/dev/urandom", "/dev/random",
};

/* What these name is read, or may be. */
static const char *const variables[] = {
	"SSL_CERT_FILE", "SSL_CERT_DIR", "FACTORY_API_KEY_FILE",
	"DROID_REFRESH_KEY_FILE", "CREDENTIALS_DIRECTORY",
};

/* Cuts the last name off; "" when only the root is left. */
static void
cut(char *path)
{
	char	*slash = strrchr(path, '/');

	path[slash != NULL ? slash - path : 0] = '\0';
}

void
guard_allow(struct guard *guard, const char *path, enum guard_right right)
{
	char	place[PATH_MAX];

	if (guard->rules == -1 || path == NULL || *path == '\0' ||
	    strlen(path) >= sizeof(place))
		return;
	memcpy(place, path, strlen(path) + 1);
	while (guard_files_allow(guard->rules, place, right) == -1 &&
	    errno == ENOENT && strchr(place, '/') != NULL) {
		cut(place);
		/* The root has several names, and "" is one here. */
		if (*place == '\0' || (*place == '/' &&
		    place[strspn(place, "/.")] == '\0'))
			return;
	}
}

void
guard_allow_beside(struct guard *guard, const char *path,
    enum guard_right right)
{
	char	place[PATH_MAX];

	if (path == NULL || *path == '\0' || strlen(path) >= sizeof(place))
		return;
	memcpy(place, path, strlen(path) + 1);
	cut(place);
	guard_allow(guard, *place != '\0' ? place : *path == '/' ? path :
	    ".", right);
}

/* Beside its name and, where that is a link, beside what it leads to. */
static void
allow_followed(struct guard *guard, const char *path)
{
	char	place[PATH_MAX];

	guard_allow_beside(guard, path, GUARD_READ);
	if (path != NULL && realpath(path, place) != NULL)
		guard_allow_beside(guard, place, GUARD_READ);
}

void
guard_begin(struct guard *guard, const struct config *config)
{
	const struct http_trust	trust = http_trust_find("/");
	size_t			i;

	memset(guard, 0, sizeof(*guard));
	guard->on = config->guard;
#ifdef SANITIZED
	guard->on = false;
#endif
	guard->rules = guard->on ? guard_files_open() : -1;
	for (i = 0; i < sizeof(system_folders) / sizeof(*system_folders); i++)
		if (access(system_folders[i], F_OK) == 0)
			guard_allow(guard, system_folders[i], GUARD_READ);
	for (i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		allow_followed(guard, getenv(variables[i]));
	guard_allow(guard, getenv("CREDENTIALS_DIRECTORY"), GUARD_READ);
	guard_allow(guard, getenv("SSL_CERT_DIR"), GUARD_READ);
	guard_allow(guard, "/dev/null", GUARD_WRITE);
	allow_followed(guard, "/etc/resolv.conf");
	allow_followed(guard, trust.file);
	guard_allow(guard, trust.folder, GUARD_READ);
	allow_followed(guard, config->ca_file);
	allow_followed(guard, config->path);
	guard_allow_beside(guard, config->log_file, GUARD_WRITE);
}

int
guard_shut(struct guard *guard, struct problem *problem)
{
	const char	*files = NULL, *calls = NULL;
	int		 result = 0;

	if (guard->on && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		result = problem_set(problem, PROBLEM_SERVER, "guard: %s",
		    strerror(errno));
	else if (guard->on) {
		if (guard_files_shut(guard->rules, problem) != 0)
			result = -1;
		else if (guard->rules != -1)
			files = "files";
		if (guard_calls_known())
			calls = "calls";
		if (calls != NULL && guard_calls_shut(problem) != 0)
			result = -1;
	}
	if (guard->rules != -1)
		close(guard->rules);
	guard->rules = -1;
	snprintf(guard->says, sizeof(guard->says), "guard: %s%s%s",
	    files != NULL ? files : calls != NULL ? "" : "none",
	    files != NULL && calls != NULL ? " and " : "",
	    calls != NULL ? calls : "");
	return result;
}
