#include "build.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "journal.h"

/* Segments that a row is tried on. */
#define TRIES	3

/* An open segment, as long as somebody writes to it or it is the current one. */
struct segment {
	atomic_int	references;
	int		fd;
	atomic_llong	size, reserved;
};

struct journal {
	char		 folder[704];
	pthread_mutex_t	 lock;		/* of `current`, never over a write */
	struct segment	*current;	/* NULL: to be opened */
	atomic_bool	 news;
};

bool
segment_is_name(const char *name)
{
	size_t	length = strlen(name);

	return length > strlen(SEGMENT_SUFFIX) && strcmp(name + length -
	    strlen(SEGMENT_SUFFIX), SEGMENT_SUFFIX) == 0;
}

bool
segment_goes_on(long long size)
{
	return size < SEGMENT_MAX / 2 && size % ROW_SIZE == 0;
}

/* ---- finding one ---- */

/* Takes an open file as this process's own; it may be gone by now. */
static bool
claim(int fd, struct stat *status)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, status) == 0 &&
	    S_ISREG(status->st_mode) && status->st_nlink > 0;
}

static bool
is_whole(const struct stat *status)
{
	return status->st_size % ROW_SIZE == 0 &&
	    status->st_size < SEGMENT_MAX;
}

/* For rows on a full disk: what is set aside is not used up. */
static bool
has_room(const struct stat *status)
{
	return is_whole(status) && (long long)status->st_blocks * 512 >=
	    status->st_size + ROW_SIZE;
}

static bool
goes_on(const struct stat *status)
{
	return segment_goes_on(status->st_size);
}

/* One that a dead process left behind and that suits; or -1. */
static int
adopt(const char *folder, bool (*suits)(const struct stat *), off_t *size)
{
	DIR		*all = opendir(folder);
	struct dirent	*entry;
	struct stat	 status;
	int		 fd = -1, in = all != NULL ? dirfd(all) : -1;

	while (fd == -1 && in != -1 && (entry = readdir(all)) != NULL) {
		if (!segment_is_name(entry->d_name))
			continue;
		fd = openat(in, entry->d_name, O_WRONLY | O_APPEND |
		    O_CLOEXEC | O_NOFOLLOW);
		if (fd == -1)
			continue;
		if (claim(fd, &status) && suits(&status)) {
			*size = status.st_size;
			continue;
		}
		close(fd);
		fd = -1;
	}
	if (all != NULL)
		closedir(all);
	return fd;
}

static int
create(const char *folder)
{
	struct timespec	now;
	struct stat	status;
	char		path[800];
	int		fd;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(path, sizeof(path), "%s/%llx-%lx" SEGMENT_SUFFIX, folder,
	    (unsigned long long)now.tv_sec * 1000000000 +
	    (unsigned long long)now.tv_nsec, (long)getpid());
	if (mkdir(folder, 0700) == -1 && errno != EEXIST)
		return -1;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	if (fd == -1 || claim(fd, &status))
		return fd;
	close(fd);	/* who folds took it for a leftover */
	errno = EAGAIN;
	return -1;
}

/* More room on the disk; without it rows need some as they come. */
static void
reserve(struct segment *segment)
{
	long long	reserved = atomic_load(&segment->reserved);

	if (atomic_load(&segment->size) + SEGMENT_RESERVE / 2 < reserved ||
	    !atomic_compare_exchange_strong(&segment->reserved, &reserved,
	    reserved + SEGMENT_RESERVE))
		return;
	(void)fallocate(segment->fd, FALLOC_FL_KEEP_SIZE, (off_t)reserved,
	    SEGMENT_RESERVE);
}

static struct segment *
segment_open(const char *folder, struct problem *problem)
{
	struct segment	*segment = calloc(1, sizeof(*segment));
	off_t		 size = 0;
	int		 tries;

	if (segment == NULL) {
		problem_no_memory(problem);
		return NULL;
	}
	segment->fd = adopt(folder, has_room, &size);
	if (segment->fd == -1)
		segment->fd = adopt(folder, goes_on, &size);
	for (tries = 0; segment->fd == -1 && tries < 10; tries++) {
		segment->fd = create(folder);
		if (segment->fd == -1 && errno != EAGAIN && errno != EEXIST)
			break;
	}
	if (segment->fd == -1) {
		problem_set(problem, PROBLEM_SERVER,
		    "no file can be made in %s: %s", folder, strerror(errno));
		free(segment);
		return NULL;
	}
	atomic_store(&segment->references, 1);
	atomic_store(&segment->size, size);
	atomic_store(&segment->reserved, size);
	reserve(segment);
	return segment;
}

/* ---- using it ---- */

static void
segment_release(struct segment *segment)
{
	if (atomic_fetch_sub(&segment->references, 1) != 1)
		return;
	close(segment->fd);
	free(segment);
}

static struct segment *
segment_hold(struct journal *journal, struct problem *problem)
{
	struct segment	*segment;

	pthread_mutex_lock(&journal->lock);
	if (journal->current == NULL)
		journal->current = segment_open(journal->folder, problem);
	segment = journal->current;
	if (segment != NULL)
		atomic_fetch_add(&segment->references, 1);
	pthread_mutex_unlock(&journal->lock);
	return segment;
}

/* Nobody begins to write to it any more. */
static void
segment_leave(struct journal *journal, struct segment *segment)
{
	pthread_mutex_lock(&journal->lock);
	if (journal->current == segment) {
		journal->current = NULL;
		segment_release(segment);
	}
	pthread_mutex_unlock(&journal->lock);
}

/* Of another segment some room may be left. */
static bool
is_full(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

/*
 * 1 when it stands; 0 when a torn piece of it does, -1 with errno: where another
 * segment may take it, this one is left.
 */
static int
append(struct journal *journal, struct segment *segment,
    const struct row *row)
{
	ssize_t	written;

	do {
		written = write(segment->fd, row, sizeof(*row));
	} while (written == -1 && errno == EINTR);
	if (written != (ssize_t)sizeof(*row)) {
		if (written >= 0 || is_full(errno))
			segment_leave(journal, segment);
		return written >= 0 ? 0 : -1;
	}
	atomic_store_explicit(&journal->news, true, memory_order_relaxed);
	if (atomic_fetch_add(&segment->size, ROW_SIZE) + ROW_SIZE >=
	    SEGMENT_MAX)
		segment_leave(journal, segment);
	else
		reserve(segment);
	return 1;
}

int
journal_add(struct journal *journal, struct row *row, struct problem *problem)
{
	struct segment	*segment;
	int		 result = 0, error = 0, tries;

	row_seal(row);
	for (tries = 0; tries < TRIES && result != 1; tries++) {
		segment = segment_hold(journal, problem);
		if (segment == NULL)
			return -1;
		result = append(journal, segment, row);
		error = result == -1 ? errno : 0;
		segment_release(segment);
		if (result == -1 && !is_full(error))
			break;
	}
	return result == 1 ? 0 : problem_set(problem, PROBLEM_SERVER,
	    result == 0 ? "%s takes no whole row" : "%s can't be written to: %s",
	    journal->folder, strerror(error));
}

bool
journal_news(struct journal *journal)
{
	return atomic_exchange(&journal->news, false);
}

struct journal *
journal_new(const char *folder)
{
	struct journal	*journal = calloc(1, sizeof(*journal));

	if (journal == NULL)
		return NULL;
	snprintf(journal->folder, sizeof(journal->folder), "%s", folder);
	pthread_mutex_init(&journal->lock, NULL);
	return journal;
}

void
journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	if (journal->current != NULL)
		segment_release(journal->current);
	pthread_mutex_destroy(&journal->lock);
	free(journal);
}
