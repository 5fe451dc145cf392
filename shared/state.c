#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"
#include "program.h"
#include "scoreboard.h"
#include "state.h"

#define NAME		"droid2api"
#define NOTE_MAX	(2 * PATH_MAX)
#define NOTE_PATH_MAX	(sizeof(((struct state *)NULL)->root) + 16)

static const char *
variable(const char *name)
{
	const char	*value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* ~ of the user, by HOME or by the password file. */
static const char *
home(char *buffer, size_t size)
{
	struct passwd	 entry, *found = NULL;
	const char	*folder = variable("HOME");

	if (folder != NULL)
		return folder;
	if (getpwuid_r(geteuid(), &entry, buffer, size, &found) != 0 ||
	    found == NULL)
		return NULL;
	return found->pw_dir;
}

/* By XDG's base directories; a relative XDG_STATE_HOME is to be ignored. */
static int
find_xdg(char *out, size_t size, struct problem *problem)
{
	const char	*folder = variable("XDG_STATE_HOME");
	char		 buffer[2048];
	int		 length;

	if (folder != NULL && *folder == '/') {
		length = snprintf(out, size, "%s/" NAME, folder);
	} else {
		folder = home(buffer, sizeof(buffer));
		if (folder == NULL || *folder != '/')
			return problem_set(problem, PROBLEM_INVALID,
			    "no home directory: set DROID2API_STATE or "
			    "state_dir");
		length = snprintf(out, size, "%s/.local/state/" NAME, folder);
	}
	return (size_t)length < size ? 0 : problem_set(problem,
	    PROBLEM_INVALID, "the state directory's path is too long");
}

static int
find_root(char *out, size_t size, const struct config *config,
    struct problem *problem)
{
	const char	*folder = variable("DROID2API_STATE");
	char		 here[PATH_MAX] = "";
	int		 length;

	if (folder == NULL && config != NULL)
		folder = config->state_dir;
	if (folder == NULL && program_is_installed())
		folder = LOCALSTATEDIR "/lib/" NAME;
	if (folder == NULL)
		return find_xdg(out, size, problem);
	if (*folder != '/' && getcwd(here, sizeof(here)) == NULL)
		return problem_set(problem, PROBLEM_INVALID,
		    "%s: the working directory is unknown: %s", folder,
		    strerror(errno));
	length = snprintf(out, size, "%s%s%s", here, *here ? "/" : "", folder);
	if ((size_t)length >= size)
		return problem_set(problem, PROBLEM_INVALID,
		    "the state directory's path is too long");
	while (length > 1 && out[length - 1] == '/')
		out[--length] = '\0';
	return 0;
}

/* CGI tells where the pages are that everybody may read. */
static int
check_document_root(const char *folder, struct problem *problem)
{
	const char	*pages = variable("DOCUMENT_ROOT");
	size_t		 length = pages != NULL ? strlen(pages) : 0;

	while (length > 1 && pages[length - 1] == '/')
		length--;
	if (length > 1 && strncmp(folder, pages, length) == 0 &&
	    (folder[length] == '/' || folder[length] == '\0'))
		return problem_set(problem, PROBLEM_FORBIDDEN,
		    "%s lies below the document root: set state_dir to a "
		    "folder that is not served", folder);
	return 0;
}

int
state_find(struct state *state, const struct config *config,
    struct problem *problem)
{
	memset(state, 0, sizeof(*state));
	if (find_root(state->root, sizeof(state->root), config, problem) != 0)
		return -1;
	if (check_document_root(state->root, problem) != 0)
		return -1;
	snprintf(state->login, sizeof(state->login), "%s/login", state->root);
	snprintf(state->token, sizeof(state->token), "%s/token", state->root);
	snprintf(state->run, sizeof(state->run), "%s/run", state->root);
	snprintf(state->ledger, sizeof(state->ledger), "%s/ledger",
	    state->run);
	snprintf(state->token_file, sizeof(state->token_file),
	    "%s/token.json", state->token);
	snprintf(state->token_socket, sizeof(state->token_socket),
	    "%s/tokend.sock", state->token);
	snprintf(state->user_agent_file, sizeof(state->user_agent_file),
	    "%s/user_agent", state->token);
	snprintf(state->found_file, sizeof(state->found_file),
	    "%s/models.json", state->token);
	snprintf(state->limits_file, sizeof(state->limits_file),
	    "%s/limits.json", state->token);
	snprintf(state->scoreboard_file, sizeof(state->scoreboard_file),
	    "%s/scoreboard.%d", state->run, SCOREBOARD_VERSION);
	return 0;
}

static int
wrong_owner(const char *path, const struct stat *status,
    struct problem *problem)
{
	return problem_set(problem, PROBLEM_FORBIDDEN,
	    "%s belongs to user %u, not to %u who runs this", path,
	    (unsigned)status->st_uid, (unsigned)geteuid());
}

/* mkdir -p; the folders above get the modes that umask leaves of 0755. */
static int
make_path(const char *path, struct problem *problem)
{
	char		 part[sizeof(((struct state *)NULL)->root)];
	struct stat	 status;
	size_t		 i;

	for (i = 1; i == 1 || path[i - 1] != '\0'; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (stat(part, &status) == 0 && S_ISDIR(status.st_mode))
			continue;
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			return problem_set(problem, PROBLEM_SERVER,
			    "can't make the folder %s: %s", part,
			    strerror(errno));
	}
	return 0;
}

/* The user's or root's. Others may be in it, but may not exchange what is in it. */
static int
make_root(const char *path, struct problem *problem)
{
	struct stat	status;

	if (make_path(path, problem) != 0)
		return -1;
	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
		return problem_set(problem, PROBLEM_SERVER,
		    "%s is not a folder", path);
	if (status.st_uid != geteuid() && status.st_uid != 0)
		return wrong_owner(path, &status, problem);
	if ((status.st_mode & S_IWOTH) != 0)
		return problem_set(problem, PROBLEM_FORBIDDEN,
		    "%s may be written by everybody: chmod o-w it", path);
	return 0;
}

/* Of this program's own, with no mode beyond `mode`; one just made gets it. */
static int
check_own(int fd, const char *path, bool made, mode_t mode,
    struct problem *problem)
{
	struct stat	status;

	if (fstat(fd, &status) != 0)
		return problem_set(problem, PROBLEM_SERVER, "%s: %s", path,
		    strerror(errno));
	if (status.st_uid != geteuid())
		return wrong_owner(path, &status, problem);
	if (made && (fchmod(fd, mode) != 0 || fstat(fd, &status) != 0))
		return problem_set(problem, PROBLEM_SERVER,
		    "can't set the mode of %s: %s", path, strerror(errno));
	if ((status.st_mode & 0777 & ~mode) != 0)
		return problem_set(problem, PROBLEM_FORBIDDEN,
		    "%s has mode %04o, looser than %04o: chmod %04o it", path,
		    (unsigned)status.st_mode & 07777, (unsigned)mode,
		    (unsigned)mode);
	return 0;
}

/* A folder of this program's own. What a link leads to is not touched. */
static int
make_own(const char *path, mode_t mode, struct problem *problem)
{
	bool	made = mkdir(path, 0700) == 0;
	int	fd, result;

	if (!made && errno != EEXIST)
		return problem_set(problem, PROBLEM_SERVER,
		    "can't make the folder %s: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == EACCES)
		return problem_set(problem, PROBLEM_FORBIDDEN,
		    "%s belongs to another user, or its mode lacks %04o", path,
		    (unsigned)mode);
	if (fd < 0)
		return problem_set(problem, PROBLEM_FORBIDDEN,
		    "%s is not a folder", path);
	result = check_own(fd, path, made, mode, problem);
	close(fd);
	return result;
}

int
state_prepare_gateway(const struct state *state, struct problem *problem)
{
	if (make_root(state->root, problem) != 0)
		return -1;
	return make_own(state->run, 0700, problem);
}

int
state_prepare_tokend(const struct state *state, struct problem *problem)
{
	if (make_root(state->root, problem) != 0 ||
	    make_own(state->login, 0700, problem) != 0)
		return -1;
	return make_own(state->token, 02750, problem);
}

static int
note_path(char *out, size_t size, struct problem *problem)
{
	char	folder[sizeof(((struct state *)NULL)->root)];

	if (find_xdg(folder, sizeof(folder), problem) != 0)
		return -1;
	snprintf(out, size, "%s/last-start", folder);
	return 0;
}

int
state_note(const struct state *state, const struct config *config,
    struct problem *problem)
{
	char	path[NOTE_PATH_MAX], text[NOTE_MAX], file[PATH_MAX], *slash;
	int	length;

	if (note_path(path, sizeof(path), problem) != 0)
		return -1;
	length = realpath(config->path, file) == NULL ? -1 : snprintf(text,
	    sizeof(text), "%s\n%s\n", file, state->root);
	if (length < 0 || (size_t)length >= sizeof(text))
		return problem_set(problem, PROBLEM_INVALID,
		    "%s has no path that can be noted", config->path);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (make_root(path, problem) != 0)
		return -1;
	*slash = '/';
	return file_write(path, text, (size_t)length, 0600, problem);
}

/* Only what this user wrote. */
static int
note_read(struct buf *note)
{
	char		path[NOTE_PATH_MAX];
	struct problem	problem;
	struct stat	status;

	if (note_path(path, sizeof(path), &problem) != 0 ||
	    lstat(path, &status) != 0 || status.st_uid != geteuid())
		return -1;
	return file_read(path, note, &problem);
}

void
state_recall(void)
{
	const char	*config, *root;
	struct buf	 note;
	char		*rest;

	if (variable("DROID2API_CONFIG") != NULL ||
	    variable("DROID2API_STATE") != NULL || program_is_installed())
		return;
	buf_init(&note, NOTE_MAX, NULL);
	if (note_read(&note) == 0) {
		rest = note.at;
		config = strsep(&rest, "\n");
		root = rest != NULL ? strsep(&rest, "\n") : NULL;
		if (rest != NULL && *config == '/' && *root == '/') {
			setenv("DROID2API_CONFIG", config, 1);
			setenv("DROID2API_STATE", root, 1);
		}
	}
	buf_release(&note);
}
