#include "build.h"

#include <string.h>

#include "encoding.h"

const char	base64url_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int
percent_byte(const char *at, size_t length)
{
	if (length < 3 || at[0] != '%' || hex_digit(at[1]) == -1 ||
	    hex_digit(at[2]) == -1)
		return -1;
	return hex_digit(at[1]) << 4 | hex_digit(at[2]);
}

static bool
is_unreserved(char c)
{
	return memchr(base64url_digits, c, 64) != NULL || c == '.' || c == '~';
}

void
percent_add(struct buf *buf, const char *text, const char *also)
{
	for (; *text != '\0'; text++)
		if (is_unreserved(*text) || strchr(also, *text) != NULL)
			buf_putc(buf, *text);
		else
			buf_printf(buf, "%%%02X", (unsigned char)*text);
}

void
base64url_add(struct buf *buf, const void *bytes, size_t length)
{
	const unsigned char	*at = bytes;
	char			 quad[4];
	uint32_t		 bits;
	size_t			 i, n;

	for (i = 0; i < length; i += 3) {
		n = length - i < 3 ? length - i : 3;
		bits = (uint32_t)at[i] << 16;
		if (n > 1)
			bits |= (uint32_t)at[i + 1] << 8;
		if (n > 2)
			bits |= at[i + 2];
		quad[0] = base64url_digits[bits >> 18];
		quad[1] = base64url_digits[bits >> 12 & 63];
		quad[2] = base64url_digits[bits >> 6 & 63];
		quad[3] = base64url_digits[bits & 63];
		buf_add(buf, quad, n + 1);
	}
}

ssize_t
base64url_decode(char *out, const char *text, size_t length)
{
	const char	*digit;
	uint32_t	 bits = 0;
	size_t		 i, written = 0;

	if (length % 4 == 1)
		return -1;
	for (i = 0; i < length; i++) {
		digit = memchr(base64url_digits, text[i], 64);
		if (digit == NULL)
			return -1;
		bits = bits << 6 | (uint32_t)(digit - base64url_digits);
		if (i % 4 != 0)
			out[written++] = (char)(bits >> (6 - i % 4 * 2));
	}
	return (ssize_t)written;
}
