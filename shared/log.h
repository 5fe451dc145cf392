#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log_field.h"

/*
 * One line per event: time (UTC, milliseconds), level, request id, text. Each
 * line is one write(2) of at most 4096 bytes; control bytes and invalid UTF-8
 * are escaped, so a client can't forge a line. To stderr, or to a file that is
 * reopened when it was moved away or replaced (log_reopen() forces it). A line
 * that is not taken at once is lost; how many were is said once one is taken.
 * Any thread may call any of these.
 */

/*
 * `file` NULL: stderr. `json`: an object a line, for programs. Else text, which
 * is short and has colours (unless NO_COLOR is set) where it goes to a terminal,
 * and has a priority in lieu of time and level where it goes to systemd's journal.
 * May be called again. 0, or -1 and goes to stderr.
 */
int	log_open(const char *file, bool debug, bool json);
void	log_reopen(void);
bool	log_debugging(void);

/* `id` is the request's id or NULL. */
void	log_line(enum log_level, const char *id, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

/*
 * The same with fields: " name=value" in text, members in JSON. A terminal has 120
 * columns, so that some are bare or hidden there, and what is 0 or "-" is, too.
 */
void	log_event(enum log_level, const char *id, const char *message,
	    const struct log_field *, size_t count);

#define log_error(id, ...)	log_line(LOG_LEVEL_ERROR, id, __VA_ARGS__)
#define log_warning(id, ...)	log_line(LOG_LEVEL_WARNING, id, __VA_ARGS__)
#define log_info(id, ...)	log_line(LOG_LEVEL_INFO, id, __VA_ARGS__)
#define log_debug(id, ...) do {						\
	if (log_debugging())						\
		log_line(LOG_LEVEL_DEBUG, id, __VA_ARGS__);		\
} while (0)

/*
 * How a secret may be shown: its first 4 characters and its length,
 * "fk-a...(43)"; shorter than 12: only the length. Returns `out`.
 */
#define LOG_MASKED	32
char	*log_mask(char out[LOG_MASKED], const char *secret, size_t length);

#endif
