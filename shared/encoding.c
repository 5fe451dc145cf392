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

static int
digit_value(char c, bool url)
{
	const char	*digit = memchr(base64url_digits, c, 64);

	if (digit != NULL)
		return (int)(digit - base64url_digits);
	return url || (c != '+' && c != '/') ? -1 : c == '+' ? 62 : 63;
}

static ssize_t
decode(char *out, const char *text, size_t length, bool url)
{
	uint32_t	bits = 0;
	size_t		i, written = 0;
	int		value;

	if (length % 4 == 1)
		return -1;
	for (i = 0; i < length; i++) {
		value = digit_value(text[i], url);
		if (value == -1)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		if (i % 4 != 0)
			out[written++] = (char)(bits >> (6 - i % 4 * 2));
	}
	return (ssize_t)written;
}

ssize_t
base64url_decode(char *out, const char *text, size_t length)
{
	return decode(out, text, length, true);
}

ssize_t
base64_decode(char *out, const char *text, size_t length)
{
	size_t	padding;

	for (padding = 0; padding < 2 && length > 0 &&
	    text[length - 1] == '='; padding++)
		length--;
	return decode(out, text, length, false);
}

void
base64_quad(char quad[4], const unsigned char *bytes, size_t length)
{
	uint32_t	bits = (uint32_t)bytes[0] << 16;
	size_t		i;
	char		digit;

	if (length > 1)
		bits |= (uint32_t)bytes[1] << 8;
	if (length > 2)
		bits |= bytes[2];
	for (i = 0; i < 4; i++) {
		digit = base64url_digits[bits >> (18 - i * 6) & 63];
		quad[i] = i > length ? '=' : digit == '-' ? '+' :
		    digit == '_' ? '/' : digit;
	}
}
