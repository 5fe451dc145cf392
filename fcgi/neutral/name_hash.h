#ifndef NAME_HASH_H
#define NAME_HASH_H

#include <stdint.h>

#include "json.h"

/*
 * Hashes of names and ids, where one must be shortened or found again: of `text`,
 * going on from another hash or 0; and as NAME_HASH_LENGTH letters. Not for
 * secrets.
 */
#define NAME_HASH_LENGTH	11
uint64_t	name_hash(uint64_t, struct text);
void		name_hash_write(char *to, uint64_t);

#endif
