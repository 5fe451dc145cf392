#ifndef UUID_H
#define UUID_H

#include <stdbool.h>

#include "json.h"

/* UUIDs (RFC 9562) as text, in lower case. */
#define UUID_SIZE	37	/* with its NUL */

/* Whether a text has the form of one, of whatever version and case. */
bool	uuid_is(struct text);

/* Random or hashed bytes as a UUID of version 4, which fixes six of their bits. */
void	uuid_form(char out[UUID_SIZE], const unsigned char bytes[16]);

/* A random one of version 4. */
void	uuid_random(char out[UUID_SIZE]);

#endif
