#ifndef ID_H
#define ID_H

#include "arena.h"
#include "json.h"

/*
 * An id in a dialect's form: prefix and 24 random letters and digits, unique
 * across processes. NULL text on a full arena.
 */
struct text	id_mint(struct arena *, const char *prefix);

#endif
