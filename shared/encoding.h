#ifndef ENCODING_H
#define ENCODING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"

/*
 * Bytes as letters and digits: hexadecimal, percent-encoding (RFC 3986), base64
 * (RFC 4648 section 4, padded) and that for URLs (section 5, without padding).
 */

/* The value of a hexadecimal digit in either case; -1 for what is none. */
static inline int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%2f" at `at` stands for; -1 when no such thing stands there. */
int	percent_byte(const char *at, size_t length);

/* Appends text in which all but unreserved characters and `also` is encoded. */
void	percent_add(struct buf *, const char *text, const char *also);

/* The 64 digits: [A-Za-z0-9-_]. */
extern const char	base64url_digits[];

void	base64url_add(struct buf *, const void *bytes, size_t length);

/*
 * Decodes into `out`, which has room for length / 4 * 3 + 2 bytes. How many
 * there are; -1 for what is no base64url.
 */
ssize_t	base64url_decode(char *out, const char *text, size_t length);

/* The same of either alphabet, padded or not. */
ssize_t	base64_decode(char *out, const char *text, size_t length);

/*
 * One to three bytes as four characters of base64, padded; `quad` may be where
 * the bytes are.
 */
void	base64_quad(char quad[4], const unsigned char *bytes, size_t length);

#endif
