#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define SHA256_SIZE	32

/* Of texts, one behind the other. Allocates nothing, cannot fail. */
void	sha256(uint8_t digest[SHA256_SIZE], const struct text *, size_t count);

#endif
