#include "build.h"

#include "encoding.h"
#include "name_hash.h"

/* FNV-1a with a final mix: every digit depends on every byte. */
uint64_t
name_hash(uint64_t hash, struct text text)
{
	size_t	i;

	hash ^= UINT64_C(0xcbf29ce484222325);
	for (i = 0; i < text.length; i++)
		hash = (hash ^ (unsigned char)text.at[i]) *
		    UINT64_C(0x100000001b3);
	hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return hash ^ hash >> 32;
}

void
name_hash_write(char *to, uint64_t hash)
{
	size_t	i;

	for (i = 0; i < NAME_HASH_LENGTH; i++, hash >>= 6)
		to[i] = base64url_digits[hash & 63];
}
