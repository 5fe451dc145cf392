#include "build.h"

#include <string.h>

#include "escape.h"
#include "utf8.h"

static int
hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The code unit of the \uXXXX at `at`; -1 if there is none. */
static long
code_unit(const char *at, size_t length)
{
	long	unit = 0;
	size_t	i;
	int	digit;

	if (length < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	for (i = 2; i < 6; i++) {
		digit = hex_digit((unsigned char)at[i]);
		if (digit == -1)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

static char
simple_escape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '"': case '\\': case '/':
		return c;
	}
	return '\0';
}

static size_t
replace(char *out, size_t *written, size_t used)
{
	memcpy(out, UTF8_REPLACEMENT, 3);
	*written = 3;
	return used;
}

size_t
escape_decode(const char *at, size_t length, char *out, size_t *written,
    bool *lone)
{
	long	unit, low;

	if (length < 2)
		return replace(out, written, length);
	if (at[1] != 'u') {
		out[0] = simple_escape(at[1]);
		*written = 1;
		return out[0] != '\0' ? 2 : replace(out, written, 1);
	}
	unit = code_unit(at, length);
	if (unit == -1)
		return replace(out, written, 1);
	if (unit < 0xd800 || unit > 0xdfff) {
		*written = utf8_put(out, (uint32_t)unit);
		return 6;
	}
	low = unit <= 0xdbff ? code_unit(at + 6, length - 6) : -1;
	if (low >= 0xdc00 && low <= 0xdfff) {
		*written = utf8_put(out, (uint32_t)(0x10000 +
		    ((unit - 0xd800) << 10) + (low - 0xdc00)));
		return 12;
	}
	if (lone != NULL)
		*lone = true;
	return replace(out, written, 6);
}
