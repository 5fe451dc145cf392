#ifndef LOG_FORM_H
#define LOG_FORM_H

#include <stddef.h>
#include <time.h>

#include "log_field.h"

/* What a line of the log looks like. For log.c alone. */
#define LOG_LINE_MAX	4096	/* one atomic write, its '\n' included */

enum log_form {
	LOG_FORM_TEXT,		/* time, level, [id], message, name=value */
	LOG_FORM_TERMINAL,	/* the same for a person: short, no details */
	LOG_FORM_COLOURS,	/* ... with colours */
	LOG_FORM_JOURNAL,	/* "<4>" for its level, and no time: it has one */
	LOG_FORM_JSON,		/* an object a line */
};

/* The form for standard error: a terminal's, the journal's, else text. */
enum log_form	log_form_of_error(void);

/*
 * Writes a line with its '\n'; returns its length. Controls and what is no
 * UTF-8 are escaped, and what is too long ends in "...".
 */
size_t	log_form_line(char line[LOG_LINE_MAX + 1], enum log_form,
	    enum log_level, const char *id, const struct timespec *now,
	    const char *message, const struct log_field *, size_t count);

#endif
