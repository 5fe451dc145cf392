#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define LINE_MAX_LENGTH	4096	/* one atomic write, its '\n' included */

#define LEVEL_LENGTH	5	/* of each name */

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "ERROR",
	[LOG_LEVEL_WARNING] = "WARN ",
	[LOG_LEVEL_INFO] = "INFO ",
	[LOG_LEVEL_DEBUG] = "DEBUG",
};

/*
 * A writer needs no lock: the descriptor's number never changes once a file
 * was opened, and a reopened file is put in its place by dup3().
 */
static atomic_int	log_fd = STDERR_FILENO;
static atomic_bool	log_debug_on;
static atomic_llong	log_checked_at;		/* second of the last look */

static pthread_mutex_t	log_lock = PTHREAD_MUTEX_INITIALIZER;
static char		*log_path;		/* NULL: stderr */
static int		log_file_fd = -1;	/* never closed */
static dev_t		log_device;
static ino_t		log_inode;

/* Holds log_lock. */
static int
open_file(void)
{
	struct stat	status;
	int		fd;

	fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
	    O_NOCTTY, 0640);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0) {
		log_device = status.st_dev;
		log_inode = status.st_ino;
	}
	if (log_file_fd < 0) {
		log_file_fd = fd;
	} else {
		dup3(fd, log_file_fd, O_CLOEXEC);
		close(fd);
	}
	atomic_store(&log_fd, log_file_fd);
	return 0;
}

int
log_open(const char *file, bool debug)
{
	int	result = 0;

	pthread_mutex_lock(&log_lock);
	atomic_store(&log_debug_on, debug);
	free(log_path);
	log_path = file != NULL ? strdup(file) : NULL;
	if (log_path == NULL || open_file() != 0) {
		atomic_store(&log_fd, STDERR_FILENO);
		result = file != NULL ? -1 : 0;
	}
	pthread_mutex_unlock(&log_lock);
	return result;
}

/* A file that can't be opened leaves the old one in use. */
void
log_reopen(void)
{
	pthread_mutex_lock(&log_lock);
	if (log_path != NULL)
		open_file();
	pthread_mutex_unlock(&log_lock);
}

bool
log_debugging(void)
{
	return atomic_load_explicit(&log_debug_on, memory_order_relaxed);
}

/* At most once a second, and by one thread; the others go on writing. */
static void
follow_file(time_t now)
{
	long long	before = atomic_load(&log_checked_at);
	struct stat	status;

	if (before == (long long)now ||
	    !atomic_compare_exchange_strong(&log_checked_at, &before,
	    (long long)now))
		return;
	if (pthread_mutex_trylock(&log_lock) != 0)
		return;
	if (log_path != NULL && (stat(log_path, &status) != 0 ||
	    status.st_dev != log_device || status.st_ino != log_inode ||
	    atomic_load(&log_fd) == STDERR_FILENO))
		open_file();
	pthread_mutex_unlock(&log_lock);
}

/* Length of the UTF-8 character there; 0 if it is none, or a control. */
static size_t
character_length(const unsigned char *c)
{
	static const unsigned	least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned		value;
	size_t			length, i;

	if (c[0] < 0x80)
		return c[0] >= ' ' && c[0] != 0x7f;
	length = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 0;
	value = c[0] & (0xffu >> (length + 1));
	for (i = 1; i < length; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (c[i] & 0x3fu);
	}
	if (value < least[length] || value > 0x10ffff || value < 0xa0 ||
	    (value >= 0xd800 && value < 0xe000))
		return 0;
	return length;
}

static bool
is_plain(char c)
{
	return c >= ' ' && c < 0x7f;
}

/* Adds text, escaped, up to the line's end; returns the new length. */
static size_t
add_escaped(char *line, size_t used, const char *text)
{
	const size_t	most = LINE_MAX_LENGTH - 1 - strlen("...");
	size_t		length;

	while (*text != '\0') {
		while (is_plain(*text) && used < most)
			line[used++] = *text++;
		if (*text == '\0')
			break;
		length = character_length((const unsigned char *)text);
		if (used + (length == 0 ? 4 : length) > most) {
			memcpy(line + used, "...", 3);
			return used + 3;
		}
		if (length > 0) {
			memcpy(line + used, text, length);
			used += length;
		} else {
			used += (size_t)snprintf(line + used, 5, "\\x%02x",
			    (unsigned char)*text);
		}
		text += length == 0 ? 1 : length;
	}
	return used;
}

/* "2026-01-02T03:04:05.678Z INFO  " */
static size_t
add_start(char *line, enum log_level level, const struct timespec *now)
{
	static _Thread_local char	stamp[32];
	static _Thread_local time_t	stamp_of = -1;
	long				ms = now->tv_nsec / 1000000;
	struct tm			utc;
	size_t				used;

	if (stamp_of != now->tv_sec) {
		gmtime_r(&now->tv_sec, &utc);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S.000Z ",
		    &utc);
		stamp_of = now->tv_sec;
	}
	used = strlen(stamp);
	memcpy(line, stamp, used);
	line[used - 5] = (char)('0' + ms / 100);
	line[used - 4] = (char)('0' + ms / 10 % 10);
	line[used - 3] = (char)('0' + ms % 10);
	memcpy(line + used, level_names[level], LEVEL_LENGTH);
	line[used + LEVEL_LENGTH] = ' ';
	return used + LEVEL_LENGTH + 1;
}

void
log_line(enum log_level level, const char *id, const char *format, ...)
{
	char		line[LINE_MAX_LENGTH + 1], text[LINE_MAX_LENGTH];
	struct timespec	now;
	size_t		used;
	va_list		ap;
	int		saved = errno;

	clock_gettime(CLOCK_REALTIME, &now);
	follow_file(now.tv_sec);
	used = add_start(line, level, &now);
	if (id != NULL) {
		snprintf(text, sizeof(text), "[%.128s] ", id);
		used = add_escaped(line, used, text);
	}
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	used = add_escaped(line, used, text);
	line[used++] = '\n';
	while (write(atomic_load(&log_fd), line, used) < 0 && errno == EINTR)
		continue;
	errno = saved;
}

char *
log_mask(char out[LOG_MASKED], const char *secret, size_t length)
{
	if (length < 12)
		snprintf(out, LOG_MASKED, "(%zu)", length);
	else
		snprintf(out, LOG_MASKED, "%.4s...(%zu)", secret, length);
	return out;
}
