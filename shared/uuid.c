#include "build.h"

#include <sys/random.h>

#include <ctype.h>
#include <string.h>

#include "uuid.h"

bool
uuid_is(struct text text)
{
	size_t i;

	if (text.length != 36)
		return false;
	for (i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23
		    ? text.at[i] != '-' : !isxdigit((unsigned char)text.at[i]))
			return false;
	return true;
}

void
uuid_form(char out[UUID_SIZE], const unsigned char bytes[16])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char b[16];
	size_t i;

	memcpy(b, bytes, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digits[b[i] >> 4];
		*out++ = digits[b[i] & 15];
	}
	*out = '\0';
}

void
uuid_random(char out[UUID_SIZE])
{
	static __thread unsigned char drawn[16 * 16];
	static __thread size_t left;

	if (left == 0) {
		if (getrandom(drawn, sizeof(drawn), 0) !=
		    (ssize_t)sizeof(drawn))
			memset(drawn, 0, sizeof(drawn));
		left = sizeof(drawn);
	}
	left -= 16;
	uuid_form(out, drawn + left);
}
