#include "build.h"

#include <string.h>
#include <sys/random.h>

#include "id.h"

#define ID_LETTERS	24

struct text
id_mint(struct arena *arena, const char *prefix)
{
	static const char	letters[] = "0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	unsigned char		random[ID_LETTERS];
	size_t			length = strlen(prefix);
	char			*to;
	size_t			i;

	to = arena_alloc(arena, length + ID_LETTERS);
	if (to == NULL || getrandom(random, sizeof(random), 0) !=
	    (ssize_t)sizeof(random))
		return (struct text){ NULL, 0 };
	memcpy(to, prefix, length);
	for (i = 0; i < ID_LETTERS; i++)
		to[length + i] = letters[random[i] % (sizeof(letters) - 1)];
	return (struct text){ to, length + ID_LETTERS };
}
