#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "file.h"
#include "log.h"
#include "token.h"

#define LOCK_TRIES	20
#define LOCK_PAUSE_MS	5

struct token_reader {
	char		*path;
	pthread_mutex_t	 mutex;		/* of all below */
	int		 fd;		/* of the version last looked at; -1 */
	struct stat	 seen;		/* its identity */
	struct tokens	*tokens;	/* last good snapshot, or NULL */
	bool		 complained;	/* about what is there now */
	bool		 awaited;	/* it was said that there is none yet */
};

struct token_reader *
token_reader_new(const char *path)
{
	struct token_reader	*reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	reader->path = strdup(path);
	if (reader->path == NULL) {
		free(reader);
		return NULL;
	}
	reader->fd = -1;
	pthread_mutex_init(&reader->mutex, NULL);
	return reader;
}

void
token_reader_free(struct token_reader *reader)
{
	if (reader == NULL)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	tokens_release(reader->tokens);
	pthread_mutex_destroy(&reader->mutex);
	free(reader->path);
	free(reader);
}

static void
complain(struct token_reader *reader, const char *reason)
{
	if (reader->complained)
		return;
	reader->complained = true;
	if (reader->tokens == NULL)
		log_warning(NULL, "token file %s: %s", reader->path, reason);
	else
		log_warning(NULL, "token file %s: %s; the last good one is kept",
		    reader->path, reason);
}

/* The file can't be opened. Before the first login there is none: no fault. */
static void
complain_of_error(struct token_reader *reader, int error)
{
	if (error != ENOENT || reader->tokens != NULL) {
		complain(reader, strerror(error));
		return;
	}
	if (!reader->awaited)
		log_info(NULL, "no token file yet (%s)", reader->path);
	reader->awaited = true;
}

static bool
same_version(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Never waits for long: a stopped writer must not stop every request. */
static int
lock_shared(int fd)
{
	int	tries;

	for (tries = 0; tries < LOCK_TRIES; tries++) {
		if (flock(fd, LOCK_SH | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		clock_pause_ms(LOCK_PAUSE_MS);
	}
	return -1;
}

/* Reads and checks an open and locked file. */
static struct tokens *
tokens_read(int fd, const char *path, struct problem *problem)
{
	struct tokens	*tokens = NULL;
	struct buf	 text;

	buf_init(&text, TOKEN_FILE_MAX, NULL);
	if (file_read_fd(fd, path, &text, problem) == 0)
		tokens = token_parse(text.at, text.length, problem);
	if (text.length > 0)
		explicit_bzero(text.at, text.length);
	buf_release(&text);
	return tokens;
}

/* Takes what the open file holds, unless that is older than what we have. */
static void
reader_take(struct token_reader *reader, int fd)
{
	struct problem	 problem;
	struct tokens	*tokens;

	tokens = tokens_read(fd, reader->path, &problem);
	if (tokens == NULL) {
		complain(reader, problem.message);
		return;
	}
	if (reader->tokens != NULL &&
	    tokens->generation < reader->tokens->generation) {
		complain(reader, "its generation is lower than one seen before");
		tokens_release(tokens);
		return;
	}
	tokens_release(reader->tokens);
	reader->tokens = tokens;
	reader->complained = false;
}

/*
 * Looks at another file than before. The descriptor of what was looked at is
 * kept, so that its inode can't come back under another content.
 */
static void
reader_look(struct token_reader *reader)
{
	struct stat	seen;
	int		fd;

	fd = open(reader->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		complain_of_error(reader, errno);
		return;
	}
	if (lock_shared(fd) != 0 || fstat(fd, &seen) != 0) {
		complain(reader, "it is locked by another program");
		close(fd);
		return;
	}
	reader->complained = false;
	reader_take(reader, fd);
	flock(fd, LOCK_UN);
	if (reader->fd >= 0)
		close(reader->fd);
	reader->fd = fd;
	reader->seen = seen;
}

struct tokens *
token_current(struct token_reader *reader)
{
	struct tokens	*tokens = NULL;
	struct stat	 named;
	int		 error = 0;

	if (fstatat(AT_FDCWD, reader->path, &named, AT_SYMLINK_NOFOLLOW) != 0)
		error = errno;
	pthread_mutex_lock(&reader->mutex);
	if (error != 0)
		complain_of_error(reader, error);
	else if (reader->fd < 0 || !same_version(&named, &reader->seen))
		reader_look(reader);
	if (reader->tokens != NULL)
		tokens = tokens_hold(reader->tokens);
	pthread_mutex_unlock(&reader->mutex);
	return tokens;
}
