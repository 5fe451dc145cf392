#include "build.h"

#include <ctype.h>
#include <string.h>

#include "call_id.h"
#include "encoding.h"
#include "json_text.h"

/* A packed id: the prefix, and every other byte than a letter or digit as -XX. */
#define PACKED		"d2a-"
#define PACKED_LENGTH	(sizeof(PACKED) - 1)
#define AGAIN_MAX	40		/* every API takes so much */
#define NINE		9

static bool
is_packed(struct text id)
{
	return id.length > PACKED_LENGTH &&
	    memcmp(id.at, PACKED, PACKED_LENGTH) == 0;
}

static bool
is_plain(char c)
{
	return c != '-' && memchr(base64url_digits, c, 64) != NULL;
}

static bool
fits(struct text id)
{
	size_t	i;

	for (i = 0; i < id.length; i++)
		if (!is_plain(id.at[i]) && id.at[i] != '-')
			return false;
	return !is_packed(id);
}

struct text
call_id_pack(struct arena *arena, struct text id, size_t max)
{
	static const char	digits[] = "0123456789abcdef";
	char			*to, *start;
	size_t			 i;

	if (id.length > CALL_ID_MAX || fits(id))
		return id_fit(arena, id, max);
	start = to = arena_alloc(arena, PACKED_LENGTH + 3 * id.length);
	if (to == NULL)
		return (struct text){ "", 0 };
	memcpy(to, PACKED, PACKED_LENGTH);
	to += PACKED_LENGTH;
	for (i = 0; i < id.length; i++) {
		if (is_plain(id.at[i])) {
			*to++ = id.at[i];
			continue;
		}
		*to++ = '-';
		*to++ = digits[(unsigned char)id.at[i] >> 4];
		*to++ = digits[id.at[i] & 15];
	}
	return id_fit(arena, (struct text){ start, (size_t)(to - start) }, max);
}

struct text
call_id_unpack(struct arena *arena, struct text id)
{
	const char	*at, *end;
	char		*to, *start;
	int		 byte;

	if (!is_packed(id))
		return id;
	start = to = arena_alloc(arena, id.length);
	if (to == NULL)
		return (struct text){ "", 0 };
	at = id.at + PACKED_LENGTH;
	end = id.at + id.length;
	while (at < end) {
		if (*at != '-') {
			*to++ = *at++;
			continue;
		}
		if (end - at < 3 || hex_digit(at[1]) == -1 ||
		    hex_digit(at[2]) == -1)
			return id;
		byte = hex_digit(at[1]) << 4 | hex_digit(at[2]);
		*to++ = (char)byte;
		at += 3;
	}
	return (struct text){ start, (size_t)(to - start) };
}

struct text
call_id_fit(struct arena *arena, struct text id, size_t max)
{
	size_t	i;

	for (i = 0; i < id.length && id.at[i] > ' ' && id.at[i] <= '~'; i++)
		continue;
	return i == id.length && i > 0 && i <= max ? id :
	    id_fit(arena, id, max);
}

static bool
is_nine(struct text id)
{
	size_t	i;

	for (i = 0; i < id.length; i++)
		if (!isalnum((unsigned char)id.at[i]))
			return false;
	return id.length == NINE;
}

struct text
call_id_nine(struct arena *arena, struct text id)
{
	static const char	digits[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	uint64_t		hash = name_hash(0, id);
	char			*to;
	size_t			i;

	if (is_nine(id))
		return id;
	to = arena_alloc(arena, NINE);
	if (to == NULL)
		return (struct text){ "", 0 };
	for (i = 0; i < NINE; i++, hash /= sizeof(digits) - 1)
		to[i] = digits[hash % (sizeof(digits) - 1)];
	return (struct text){ to, NINE };
}

struct text
call_id_again(struct arena *arena, struct text id, uint64_t again)
{
	return id_hashed(arena, id, name_hash(again, id), AGAIN_MAX);
}
