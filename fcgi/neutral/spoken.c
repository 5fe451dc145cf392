#include "build.h"

#include "escape.h"
#include "spoken.h"

/* FNV-1a, byte by byte: pieces may be cut anywhere. */
static uint64_t
hash_on(uint64_t hash, const char *at, size_t length)
{
	const char	*end = at + length;

	for (; at < end; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	return hash;
}

void
spoken_add(struct spoken *said, struct escaped text)
{
	struct escape_walk	walk = escape_walk(text);
	struct text		piece;

	while (escape_next(&walk, &piece)) {
		said->hash = hash_on(said->hash, piece.at, piece.length);
		said->bytes += piece.length;
	}
}

struct escaped
spoken_rest(const struct spoken *said, struct escaped whole)
{
	struct escape_walk	walk = escape_walk(whole);
	struct spoken		begin = { 0, 0 };
	struct text		piece;
	size_t			i;

	while (begin.bytes < said->bytes) {
		if (!escape_next(&walk, &piece))
			return (struct escaped){ "", 0 };
		i = piece.length;
		if (i > said->bytes - begin.bytes)
			i = said->bytes - begin.bytes;
		begin.hash = hash_on(begin.hash, piece.at, i);
		begin.bytes += i;
		if (i < piece.length && piece.at == walk.decoded)
			return (struct escaped){ "", 0 };
		if (i < piece.length)		/* of the span itself */
			walk.at -= piece.length - i;
	}
	if (begin.hash != said->hash)
		return (struct escaped){ "", 0 };
	return (struct escaped){ walk.at, (size_t)(walk.end - walk.at) };
}

bool
spoken_all(const struct spoken *said, struct escaped whole)
{
	struct spoken	all = { 0, 0 };

	spoken_add(&all, whole);
	return all.bytes > 0 && all.bytes == said->bytes &&
	    all.hash == said->hash;
}
