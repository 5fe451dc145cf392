#include "build.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "log_form.h"
#include "log_sink.h"

static atomic_bool	log_debug_on;
static atomic_int	log_form = -1;	/* enum log_form; before log_open() none */
static atomic_uint	lines_lost;	/* since one was taken */

int
log_open(const char *file, bool debug, bool json)
{
	int	result = log_sink_open(file);

	atomic_store(&log_debug_on, debug);
	atomic_store(&log_form, json ? LOG_FORM_JSON : file != NULL &&
	    result == 0 ? LOG_FORM_TEXT : log_form_of_error());
	return result;
}

static enum log_form
form_now(void)
{
	int	form = atomic_load(&log_form);

	return form >= 0 ? (enum log_form)form : log_form_of_error();
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

static void
put(const char *line, size_t length, const struct timespec *now)
{
	char		said[LOG_LINE_MAX + 1], text[64];
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
	snprintf(text, sizeof(text), "%u line%s of this log could not be "
	    "written", lost, lost == 1 ? "" : "s");
	used = log_form_line(said, form_now(),
	    LOG_LEVEL_WARNING, NULL, now, text, NULL, 0);
	if (!log_sink_put(said, used))
		atomic_fetch_add(&lines_lost, lost);
}

void
log_event(enum log_level level, const char *id, const char *message,
    const struct log_field *fields, size_t count)
{
	char		line[LOG_LINE_MAX + 1];
	struct timespec	now;
	size_t		length;
	int		saved = errno;

	clock_gettime(CLOCK_REALTIME, &now);
	log_sink_follow(now.tv_sec);
	length = log_form_line(line, form_now(),
	    level, id, &now, message, fields, count);
	put(line, length, &now);
	errno = saved;
}

void
log_line(enum log_level level, const char *id, const char *format, ...)
{
	char	text[LOG_LINE_MAX];
	va_list	ap;
	int	saved = errno;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	errno = saved;
	log_event(level, id, text, NULL, 0);
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
