#ifndef LOG_FIELD_H
#define LOG_FIELD_H

#include <stdbool.h>
#include <stdint.h>

/* What a line of the log is made of. */
enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,	/* only in dev_mode */
};

struct log_field {
	const char	*name;
	enum {
		LOG_TEXT,
		LOG_NUMBER,
		LOG_STATUS,		/* of HTTP: a number that has a colour */
		LOG_SENTENCE,		/* " name: text" */
		LOG_FLAG,		/* " name", true */
	} kind;
	const char	*text;
	int64_t		 number;
	enum {
		LOG_NAMED,
		LOG_BARE,		/* a text alone, without its name */
		LOG_HIDDEN,
	} terminal;			/* how it stands on one */
};

#endif
