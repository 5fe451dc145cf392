#include "build.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "log_sink.h"

#define LINE_MAX_LENGTH	4096	/* one atomic write, its '\n' included */

#define LEVEL_LENGTH	5	/* of each name */

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "ERROR",
	[LOG_LEVEL_WARNING] = "WARN ",
	[LOG_LEVEL_INFO] = "INFO ",
	[LOG_LEVEL_DEBUG] = "DEBUG",
};

static atomic_bool	log_debug_on;
static atomic_uint	lines_lost;	/* since one was taken */

int
log_open(const char *file, bool debug)
{
	atomic_store(&log_debug_on, debug);
	return log_sink_open(file);
}

void
log_reopen(void)
{
	log_sink_reopen();
}

bool
log_debugging(void)
{
	return atomic_load_explicit(&log_debug_on, memory_order_relaxed);
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

static void
put(const char *line, size_t length, const struct timespec *now)
{
	char		said[128];
	size_t		used;
	unsigned	lost;

	if (!log_sink_put(line, length)) {
		atomic_fetch_add(&lines_lost, 1);
		return;
	}
	lost = atomic_load(&lines_lost) == 0 ? 0 :
	    atomic_exchange(&lines_lost, 0);
	if (lost == 0)
		return;
	used = add_start(said, LOG_LEVEL_WARNING, now);
	used += (size_t)snprintf(said + used, sizeof(said) - used,
	    "%u line%s of this log could not be written\n", lost,
	    lost == 1 ? "" : "s");
	if (!log_sink_put(said, used))
		atomic_fetch_add(&lines_lost, lost);
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
	log_sink_follow(now.tv_sec);
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
	put(line, used, &now);
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
