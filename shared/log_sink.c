#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "log_sink.h"

/* How to write without waiting. */
enum way {
	WAY_WRITE,	/* O_NONBLOCK is set, or means nothing there */
	WAY_SEND,	/* a socket */
	WAY_SHARED,	/* a pipe or terminal we can't open for ourselves */
};

/* Of Linux 4.14, younger than some libc's headers. */
#ifndef RWF_NOWAIT
#define RWF_NOWAIT	0x00000008
#endif

/*
 * A writer needs no lock: what was opened once is never closed, but gets another
 * file by dup3(), and which of the two is in use is one word.
 */
static atomic_bool	to_file;
static atomic_int	file_fd = -1;
static atomic_int	error_fd = STDERR_FILENO;
static _Atomic enum way	error_way = WAY_WRITE;
static atomic_llong	looked_at;		/* second of the last look */

static pthread_mutex_t	lock = PTHREAD_MUTEX_INITIALIZER;
static char		*file_path;		/* NULL: standard error */
static dev_t		file_device;
static ino_t		file_inode;

/* Takes the descriptor over. Holds the lock. */
static void
put_in_place(atomic_int *place, int fd)
{
	int	old = atomic_load(place);

	if (old == -1 || old == STDERR_FILENO) {
		atomic_store(place, fd);
		return;
	}
	dup3(fd, old, O_CLOEXEC);
	close(fd);
}

/* Holds the lock. */
static int
open_file(void)
{
	struct stat	status;
	int		fd;

	/* A FIFO without a reader is refused by this, not waited for. */
	fd = open(file_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
	    O_NOCTTY | O_NONBLOCK, 0640);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0) {
		file_device = status.st_dev;
		file_inode = status.st_ino;
	}
	put_in_place(&file_fd, fd);
	atomic_store(&to_file, true);
	return 0;
}

/*
 * A pipe or terminal is opened once more, since O_NONBLOCK would else be
 * everybody's who has it as standard error. Holds the lock.
 */
static void
open_error(void)
{
	struct stat	status;
	bool		can_wait;
	int		fd = -1;

	if (fstat(STDERR_FILENO, &status) != 0)
		return;
	can_wait = S_ISFIFO(status.st_mode) || isatty(STDERR_FILENO);
	if (can_wait)
		fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK |
		    O_CLOEXEC | O_NOCTTY);
	atomic_store(&error_way, S_ISSOCK(status.st_mode) ? WAY_SEND :
	    can_wait && fd < 0 ? WAY_SHARED : WAY_WRITE);
	if (fd < 0 && atomic_load(&error_fd) != STDERR_FILENO)
		fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		put_in_place(&error_fd, fd);
}

int
log_sink_open(const char *path)
{
	int	result = 0;

	pthread_mutex_lock(&lock);
	free(file_path);
	file_path = path != NULL ? strdup(path) : NULL;
	open_error();
	if (file_path == NULL || open_file() != 0) {
		atomic_store(&to_file, false);
		result = path != NULL ? -1 : 0;
	}
	pthread_mutex_unlock(&lock);
	return result;
}

void
log_sink_reopen(void)
{
	pthread_mutex_lock(&lock);
	if (file_path != NULL)
		open_file();
	pthread_mutex_unlock(&lock);
}

/* By one thread at a time; the others go on writing. */
void
log_sink_follow(time_t now)
{
	long long	before = atomic_load(&looked_at);
	struct stat	status;

	if (before == (long long)now || !atomic_compare_exchange_strong(
	    &looked_at, &before, (long long)now))
		return;
	if (pthread_mutex_trylock(&lock) != 0)
		return;
	if (file_path != NULL && (stat(file_path, &status) != 0 ||
	    status.st_dev != file_device || status.st_ino != file_inode ||
	    !atomic_load(&to_file)))
		open_file();
	pthread_mutex_unlock(&lock);
}

/* Newer kernels can be told for one write; older ones have a moment between. */
static ssize_t
put_shared(int fd, const char *line, size_t length)
{
	struct iovec	part = { (void *)(uintptr_t)line, length };
	struct pollfd	room = { .fd = fd, .events = POLLOUT };
	ssize_t		written = syscall(SYS_pwritev2, fd, &part, 1,
			    -1L, -1L, RWF_NOWAIT);

	if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS &&
	    errno != EINVAL))
		return written;
	errno = EAGAIN;
	return poll(&room, 1, 0) > 0 ? write(fd, line, length) : -1;
}

static ssize_t
put_error(const char *line, size_t length)
{
	int	fd = atomic_load(&error_fd);

	switch (atomic_load(&error_way)) {
	case WAY_WRITE:
		break;
	case WAY_SEND:
		return send(fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	case WAY_SHARED:
		return put_shared(fd, line, length);
	}
	return write(fd, line, length);
}

bool
log_sink_put(const char *line, size_t length)
{
	ssize_t	written;

	do {
		written = atomic_load(&to_file) ?
		    write(atomic_load(&file_fd), line, length) :
		    put_error(line, length);
	} while (written < 0 && errno == EINTR);
	return written == (ssize_t)length;
}
