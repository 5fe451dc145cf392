#ifndef SECRET_H
#define SECRET_H

#include "buf.h"
#include "json.h"

/*
 * Text that is overwritten before its memory is given back. Everything here is
 * a NUL-terminated string on the heap; NULL is "none" and always fine.
 */
void	secret_free(char *);

/* Replaces *at by a copy (of NULL: by NULL). 0, or -1 and changes nothing. */
int	secret_set(char **at, const char *);

/* Moves *from to *to, unless it is NULL. */
void	secret_move(char **to, char **from);

/*
 * A member's decoded string; NULL unless it is there, not empty, and free of
 * NULs. secret_read_token(): of visible ASCII only, as it goes into a header.
 */
char	*secret_read(struct json_value object, const char *key);
char	*secret_read_token(struct json_value object, const char *key);

/* Whether it could stand in a header: visible ASCII, not empty. */
int	secret_is_token(const char *);

/* Wipes and releases a buf that held one. */
void	secret_release(struct buf *);

#endif
