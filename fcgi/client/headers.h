#ifndef HEADERS_H
#define HEADERS_H

#include <stddef.h>

#include "arena.h"
#include "config.h"

/*
 * A list of header fields, names in lower case, in the order in which they are
 * sent. Names and values are borrowed or live in the list's arena. A value with
 * a control byte, or a name that is no token (RFC 9110 section 5.1, 5.5), is
 * refused: no field is ever built from unchecked bytes.
 */
struct headers {
	struct header	*at;
	size_t		 count, capacity;
	struct arena	*arena;		/* borrowed */
};

void	headers_init(struct headers *, struct arena *);

/* 0, or -1: refused, or out of memory. The value is borrowed. */
int	headers_add(struct headers *, const char *name, const char *value);
int	headers_printf(struct headers *, const char *name, const char *format,
	    ...) __attribute__((format(printf, 3, 4)));

/* Adds, in place of every one of that name. */
int	headers_set(struct headers *, const char *name, const char *value);
void	headers_remove(struct headers *, const char *name);
const char *headers_find(const struct headers *, const char *name);

/* RFC 9110: a token; a field value without CR, LF, NUL and other controls. */
int	header_name_valid(const char *);
int	header_value_valid(const char *);

#endif
