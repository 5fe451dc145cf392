#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "json.h"
#include "json_write.h"
#include "secret.h"
#include "store.h"

#define STORE_VERSION	1

/* Somebody who only looks has it for a moment: see store_locked(). */
static int
lock_take(int fd)
{
	int	tries;

	for (tries = 0; tries < 10; tries++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		clock_pause_ms(20);
	}
	errno = EWOULDBLOCK;
	return -1;
}

int
store_lock(const char *path, int *holder, struct problem *problem)
{
	char	text[32];
	ssize_t	length;
	int	fd, error;

	*holder = 0;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return problem_set(problem, PROBLEM_SERVER,
		    "cannot open %s: %s", path, strerror(errno));
	if (lock_take(fd) != 0) {
		error = errno;
		length = pread(fd, text, sizeof(text) - 1, 0);
		text[length > 0 ? length : 0] = '\0';
		close(fd);
		if (error != EWOULDBLOCK)
			return problem_set(problem, PROBLEM_SERVER,
			    "cannot lock %s: %s", path, strerror(error));
		*holder = (int)strtol(text, NULL, 10);
		if (*holder <= 0)
			*holder = -1;
		return problem_set(problem, PROBLEM_SERVER,
		    "another tokend (process %d) looks after this state "
		    "directory: %s is locked", *holder, path);
	}
	snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) != 0 || write(fd, text, strlen(text)) < 0)
		return fd;	/* a full disk: only the pid is not told */
	return fd;
}

bool
store_locked(const char *path)
{
	bool	locked;
	int	fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == EACCES;
	locked = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	close(fd);
	return locked;
}

/* ---- reading ---- */

static int64_t
number_read(struct json_value object, const char *key)
{
	int64_t	number = 0;

	return json_int64(json_get(object, key), &number) == 0 ? number : 0;
}

/* A new login with the tokens that every one has; NULL if they aren't there. */
static struct login *
login_begin(struct logins *logins, struct json_value object)
{
	char		*word = secret_read(object, "source");
	char		*refresh = secret_read_token(object, "refresh_token");
	char		*origin = secret_read(object, "origin");
	struct login	*login = NULL;
	enum source	 source;

	if (word != NULL && source_of(word, &source) == 0 && refresh != NULL &&
	    origin != NULL && strlen(origin) == ORIGIN_SIZE - 1)
		login = logins_add(logins, source, refresh, NULL);
	if (login != NULL)
		memcpy(login->origin, origin, ORIGIN_SIZE);
	free(word);
	secret_free(refresh);
	free(origin);
	return login;
}

static int
login_read(struct logins *logins, struct json_value object)
{
	struct login	*login = login_begin(logins, object);

	if (login == NULL)
		return -1;
	login->id = secret_read(object, "id");
	login->access_token = secret_read_token(object, "access_token");
	login->user = secret_read(object, "user");
	login->organization_id = secret_read(object, "organization_id");
	login->dead = secret_read(object, "dead");
	login->expires_at = number_read(object, "expires_at");
	login->granted_at = number_read(object, "granted_at");
	login->in_flight_at = number_read(object, "in_flight_at");
	login->active = json_true(json_get(object, "active"));
	login->shared = json_true(json_get(object, "shared"));
	return login->access_token != NULL && login->id == NULL ? -1 : 0;
}

static void
auth_read(struct logins *logins, struct json_value root)
{
	char	*auth = secret_read(root, "auth");

	if (auth != NULL && strlen(auth) == ORIGIN_SIZE - 1)
		memcpy(logins->auth, auth, ORIGIN_SIZE);
	free(auth);
}

static int
text_read(struct logins *logins, const struct buf *text)
{
	struct json_document	document;
	struct json_value	list;
	struct json_walk	walk;
	int			result = -1;

	json_init(&document, NULL);
	if (json_scan(&document, text->at, text->length, NULL) == 0) {
		list = json_get(json_root(&document), "logins");
		if (json_is(list, JSON_ARRAY) && number_read(
		    json_root(&document), "version") == STORE_VERSION)
			result = 0;
		auth_read(logins, json_root(&document));
		walk = json_walk(list);
		while (result == 0 && json_next(&walk))
			result = login_read(logins, walk.value);
	}
	json_release(&document);
	return result;
}

static int
owner_check(int fd, const char *path, struct problem *problem)
{
	struct stat	status;

	if (fstat(fd, &status) != 0)
		return problem_set(problem, PROBLEM_SERVER,
		    "cannot read %s: %s", path, strerror(errno));
	if (status.st_uid != geteuid())
		return problem_set(problem, PROBLEM_FORBIDDEN,
		    "%s belongs to user %u, not to %u who runs this", path,
		    (unsigned)status.st_uid, (unsigned)geteuid());
	if ((status.st_mode & 077) != 0)
		return problem_set(problem, PROBLEM_FORBIDDEN,
		    "%s has mode %04o: others may read the refresh tokens; "
		    "chmod 0600 it", path, (unsigned)status.st_mode & 07777);
	return 0;
}

int
store_read(const char *path, struct logins *logins, struct problem *problem)
{
	struct buf	text;
	int		fd, result;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return problem_set(problem, PROBLEM_SERVER,
		    "cannot open %s: %s", path, strerror(errno));
	buf_init(&text, STORE_MAX, NULL);
	result = owner_check(fd, path, problem);
	if (result == 0)
		result = file_read_fd(fd, path, &text, problem);
	if (result == 0 && text_read(logins, &text) != 0) {
		logins_release(logins);
		result = problem_set(problem, PROBLEM_SERVER,
		    "%s is damaged: move it away to begin anew", path);
	}
	secret_release(&text);
	close(fd);
	return result;
}

/* ---- writing ---- */

static void
string_write(struct json_write *out, const char *key, const char *value)
{
	if (value != NULL)
		json_member_string(out, key, value);
}

static void
login_write(struct json_write *out, const struct login *login)
{
	json_put_object(out);
	json_member_string(out, "source", source_word(login->source));
	json_member_string(out, "origin", login->origin);
	string_write(out, "id", login->id);
	json_member_string(out, "refresh_token", login->refresh_token);
	string_write(out, "access_token", login->access_token);
	json_member_int(out, "expires_at", login->expires_at);
	json_member_int(out, "granted_at", login->granted_at);
	json_member_int(out, "in_flight_at", login->in_flight_at);
	string_write(out, "user", login->user);
	string_write(out, "organization_id", login->organization_id);
	json_member_bool(out, "active", login->active);
	json_member_bool(out, "shared", login->shared);
	string_write(out, "dead", login->dead);
	json_put_end(out);
}

int
store_write(const char *path, const struct logins *logins,
    struct problem *problem)
{
	struct json_write	out;
	struct buf		text;
	size_t			i;
	int			result;

	buf_init(&text, STORE_MAX, NULL);
	buf_room(&text, STORE_MAX / 2);
	json_write_start(&out, &text);
	json_put_object(&out);
	json_member_int(&out, "version", STORE_VERSION);
	string_write(&out, "auth", *logins->auth != '\0' ? logins->auth :
	    NULL);
	json_put_key(&out, "logins");
	json_put_array(&out);
	for (i = 0; i < logins->count; i++)
		login_write(&out, &logins->at[i]);
	json_put_end(&out);
	json_put_end(&out);
	if (json_write_finish(&out) != 0)
		result = problem_set(problem, PROBLEM_SERVER,
		    "the store would be larger than %d bytes", STORE_MAX);
	else
		result = file_write(path, text.at, text.length, 0600, problem);
	secret_release(&text);
	return result;
}
