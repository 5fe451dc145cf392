#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/* Where a path's folder ends and its last name begins. */
struct place {
	char	folder[PATH_MAX];
	char	fresh[NAME_MAX + 1];	/* ".NAME.new" */
	const char *name;
};

static int
place_find(struct place *place, const char *path)
{
	const char	*slash = strrchr(path, '/');
	int		 length;

	place->name = slash == NULL ? path : slash + 1;
	if (slash == NULL)
		length = snprintf(place->folder, sizeof(place->folder), ".");
	else
		length = snprintf(place->folder, sizeof(place->folder), "%.*s",
		    slash == path ? 1 : (int)(slash - path), path);
	if (length < 0 || (size_t)length >= sizeof(place->folder))
		return -1;
	length = snprintf(place->fresh, sizeof(place->fresh), ".%s.new",
	    place->name);
	return length < 0 || (size_t)length >= sizeof(place->fresh) ? -1 : 0;
}

/*
 * Each turn lost is another writer's whole file, and who writes without pause
 * can win hundreds of them in a row: the ceiling is only for file systems whose
 * inode numbers differ from look to look.
 */
enum { TURNS_MAX = 10000 };

/*
 * Opens and locks the new file. While another writer held the lock it may have
 * renamed the file away, so that the descriptor now leads to the live file:
 * only a file that still has the name is ours to fill.
 */
static int
fresh_open(int folder, const char *name, mode_t mode)
{
	struct stat	held, named;
	int		fd, turn;

	for (turn = 0; turn < TURNS_MAX; turn++) {
		fd = openat(folder, name,
		    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX) != 0 || fstat(fd, &held) != 0)
			break;
		if (fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
		    named.st_ino != held.st_ino ||
		    named.st_dev != held.st_dev) {
			close(fd);
			continue;
		}
		if (!S_ISREG(held.st_mode) || held.st_nlink != 1) {
			errno = EPERM;
			break;
		}
		if (ftruncate(fd, 0) != 0 || fchmod(fd, mode) != 0)
			break;
		return fd;
	}
	if (turn < TURNS_MAX) {
		turn = errno;
		close(fd);
		errno = turn;
	} else
		errno = EAGAIN;
	return -1;
}

static int
write_all(int fd, const char *bytes, size_t length)
{
	ssize_t	written;

	while (length > 0) {
		written = write(fd, bytes, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		bytes += written;
		length -= (size_t)written;
	}
	return 0;
}

/* Fills and renames; on failure the new file is gone. */
static int
replace(int folder, const struct place *place, int fd, const char *bytes,
    size_t length)
{
	int	error;

	if (write_all(fd, bytes, length) == 0 && fsync(fd) == 0 &&
	    renameat(folder, place->fresh, folder, place->name) == 0)
		return 0;
	error = errno;
	unlinkat(folder, place->fresh, 0);
	errno = error;
	return -1;
}

int
file_write(const char *path, const void *bytes, size_t length, mode_t mode,
    struct problem *problem)
{
	struct place	place;
	int		folder, fd, error = 0;

	if (place_find(&place, path) != 0)
		return problem_set(problem, PROBLEM_SERVER,
		    "the path %.200s is too long", path);
	folder = open(place.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return problem_set(problem, PROBLEM_SERVER,
		    "cannot open the folder %s: %s", place.folder,
		    strerror(errno));
	fd = fresh_open(folder, place.fresh, mode);
	if (fd < 0 || replace(folder, &place, fd, bytes, length) != 0)
		error = errno;
	/* Whoever waits for the lock need not wait for the folder. */
	if (fd >= 0)
		close(fd);
	if (error == 0 && fsync(folder) != 0)
		error = errno;
	close(folder);
	if (error != 0)
		return problem_set(problem, PROBLEM_SERVER,
		    "cannot write %s: %s", path, strerror(error));
	return 0;
}

int
file_read_fd(int fd, const char *path, struct buf *buf, struct problem *problem)
{
	struct stat	 status;
	char		*room;
	ssize_t		 count;
	off_t		 at = 0;

	if (fstat(fd, &status) != 0)
		return problem_set(problem, PROBLEM_SERVER,
		    "cannot read %s: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return problem_set(problem, PROBLEM_SERVER,
		    "%s is not a regular file", path);
	/* Room for all at once: growing would leave copies of secrets. */
	room = status.st_size < 0 || (size_t)status.st_size > buf->max ? NULL :
	    buf_room(buf, (size_t)status.st_size + 1);
	for (;;) {
		if (room == NULL)
			return problem_set(problem, PROBLEM_SERVER,
			    "%s is too large: below %zu bytes are read",
			    path, buf->max);
		count = pread(fd, room, buf->capacity - buf->length - 1, at);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return problem_set(problem, PROBLEM_SERVER,
			    "cannot read %s: %s", path, strerror(errno));
		if (count == 0)
			return 0;
		buf_filled(buf, (size_t)count);
		at += count;
		room = buf_room(buf, 1);
	}
}

int
file_read(const char *path, struct buf *buf, struct problem *problem)
{
	int	fd, result;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return problem_set(problem,
		    errno == ENOENT || errno == ENOTDIR ? PROBLEM_MISSING :
		    PROBLEM_SERVER, "cannot open %s: %s", path,
		    strerror(errno));
	result = file_read_fd(fd, path, buf, problem);
	close(fd);
	return result;
}
