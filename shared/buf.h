#ifndef BUF_H
#define BUF_H

#include <stddef.h>

#include "budget.h"

/*
 * A buf is a growing run of bytes with a ceiling from birth. buf->at is never
 * NULL and always followed by a NUL that is not counted in buf->length, so that
 * text in a buf is a C string.
 *
 * Growing past the ceiling, past the budget or past the system's memory fails:
 * the add returns -1, what was there stays, and buf->failed stays set until
 * buf_clear(); a writer of many small pieces checks it once at the end.
 */
struct buf {
	char		*at;
	size_t		 length;	/* bytes in use */
	size_t		 capacity;	/* bytes allocated, 0 before the first add */
	size_t		 max;		/* length may not pass this */
	struct budget	*budget;	/* borrowed, may be NULL */
	int		 failed;
};

void	buf_init(struct buf *, size_t max, struct budget *);
void	buf_release(struct buf *);

/* Empties it but keeps the memory up to 64 KiB; clears `failed`. */
void	buf_clear(struct buf *);

/* Takes back what was added behind the first `length` bytes, failed or not. */
void	buf_cut(struct buf *, size_t length);

/* Each returns 0, or -1 (see above). Zero bytes may be added. */
int	buf_add(struct buf *, const void *, size_t);
int	buf_puts(struct buf *, const char *);
int	buf_putc(struct buf *, char);
int	buf_printf(struct buf *, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Room for at least `bytes` more behind buf->length, for a reader to fill;
 * buf_filled() then says how many it did. NULL on failure.
 */
char	*buf_room(struct buf *, size_t bytes);
void	 buf_filled(struct buf *, size_t bytes);

/* Drops the first `bytes` bytes. */
void	buf_consume(struct buf *, size_t bytes);

#endif
